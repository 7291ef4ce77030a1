"""`cdk bootstrap` and `cdk deploy` of an assembly, by the stock CDK CLI."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from botocore.handlers import json_decode_template_body

from runner.assembly import Assembly
from runner.children import Children
from runner.cloud import Cloud
from runner.errors import CdkFailed, TemplateDiffers
from runner.files import ROOT, last_lines
from runner.isolation import client_variables
from runner.tools import cdk_command, cdk_variables


@dataclass(frozen=True)
class Outputs:
    """What the pipeline's stack says of itself."""

    bucket: str
    state_machine_arn: str
    endpoint: str
    api_url: str
    pipeline_stack: str
    """Name of the stack that says it."""


@dataclass(frozen=True)
class Deployer:
    """Puts one assembly into one local AWS. `log` gets everything the CLI prints."""

    cloud: Cloud
    assembly: Assembly
    children: Children
    log: Path

    def bootstrap(self) -> None:
        """Make the account ready for the CDK; a second time changes nothing. Raises CdkFailed."""
        self._cdk("bootstrap", f"aws://{self.cloud.account()}/{self.cloud.region}")

    def deploy(self, outputs_file: Path) -> Outputs:
        """Deploy every stack, then verify the templates. Raises CdkFailed, TemplateDiffers."""
        options = ["--all", "--require-approval", "never", "--progress", "events"]
        self._cdk("deploy", *options, "--outputs-file", str(outputs_file))
        self.verify_templates()
        return _read_outputs(outputs_file)

    def verify_templates(self) -> None:
        """The deployed templates are byte for byte the synthesized ones. Raises TemplateDiffers.

        The CLI uploads a template as it is and names its place to CloudFormation, so nothing has to be normalised.
        """
        client = self.cloud.client("cloudformation")
        # botocore would parse the template; it is the bytes that are compared.
        client.meta.events.unregister("after-call.cloudformation.GetTemplate", json_decode_template_body)
        for stack, synthesized in self.assembly.templates.items():
            body: str = client.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
            deployed = hashlib.sha256(body.encode()).hexdigest()
            if deployed != synthesized:
                raise TemplateDiffers(
                    f"{stack}: deployed sha256 {deployed}, expected {synthesized} of {self.assembly.path}"
                )

    def _cdk(self, command: str, *arguments: str) -> None:
        args: Sequence[str] = [
            *cdk_command(),
            command,
            *arguments,
            "--app",
            str(self.assembly.path),
            "--ci",
            "--no-notices",
        ]
        env = {**cdk_variables(), **client_variables(self.cloud.endpoint_url, self.cloud.region)}
        if self.children.run(args, env=env, cwd=ROOT, log=self.log) != 0:
            raise CdkFailed(f"cdk {command} failed (log: {self.log}):{last_lines(self.log)}")


def _read_outputs(path: Path) -> Outputs:
    stacks: dict[str, dict[str, str]] = json.loads(path.read_text())
    outputs = {name: value for stack in stacks.values() for name, value in stack.items()}
    try:
        return Outputs(
            bucket=outputs["BucketName"],
            state_machine_arn=outputs["StateMachineArn"],
            endpoint=outputs["EndpointName"],
            api_url=outputs["ApiUrl"],
            pipeline_stack=next(name for name, said in stacks.items() if "StateMachineArn" in said),
        )
    except KeyError as error:
        raise CdkFailed(f"{path}: no output {error}, expected of {', '.join(outputs) or 'none'}") from error
