"""What the page works on: one deployed pipeline, as its stack tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from web.proxy.errors import Unusable

TRAINING_LOGS = "/aws/sagemaker/TrainingJobs"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """Names and addresses of one deployment's resources."""

    region: str
    is_local: bool
    state_machine: str
    bucket: str
    endpoint: str
    api_url: str
    version_parameter: str
    functions: Mapping[str, str]
    """Name of each function of the stack → its log group."""
    log_groups: frozenset[str]
    """All log groups of the stack: the functions', the state machine's, the API's."""

    @property
    def stage(self) -> str:
        """`dev` of the endpoint `movie-recommender-dev`, which has the deployment's own name."""
        return self.endpoint.rpartition("-")[2]

    @property
    def job_prefixes(self) -> tuple[str, ...]:
        """How names of this deployment's training jobs begin. Those of a tuning job, whose name has 32 characters at
        most, begin with the project's initials instead.
        """
        project, _, stage = self.endpoint.rpartition("-")
        initials = "".join(word[:1] for word in project.split("-"))
        return f"{self.endpoint}-", f"{initials}-{stage}-"

    def config(self) -> dict[str, Any]:
        """What the page may know of it."""
        return {
            "stage": self.stage,
            "region": self.region,
            "local": self.is_local,
            "state_machine": self.state_machine,
            "bucket": self.bucket,
            "endpoint": self.endpoint,
            "version_parameter": self.version_parameter,
            "api": True,
            "functions": dict(sorted(self.functions.items())),
            "log_groups": sorted(self.log_groups),
        }


def read_pipeline(cloudformation: Any, stack: str) -> Pipeline:
    """The pipeline of the stack of that name. Raises Unusable where there is no such stack, or it lacks an output."""
    outputs = _outputs(cloudformation, stack)
    functions, log_groups = _functions_and_logs(cloudformation, stack)
    try:
        pipeline = Pipeline(
            region=cloudformation.meta.region_name,
            is_local=is_loopback(cloudformation.meta.endpoint_url),
            state_machine=outputs["StateMachineArn"],
            bucket=outputs["BucketName"],
            endpoint=outputs["EndpointName"],
            api_url=outputs["ApiUrl"],
            version_parameter=outputs["VersionParameter"],
            functions=functions,
            log_groups=log_groups,
        )
    except KeyError as error:
        has = ", ".join(sorted(outputs)) or "none"
        raise Unusable(f"stack {stack}: no output {error}, expected one; it has {has}") from error
    if not pipeline.api_url.startswith("https://") and not is_loopback(pipeline.api_url):
        raise Unusable(
            f"stack {stack}: ApiUrl is {pipeline.api_url!r}, expected https:// or an address on this machine"
        )
    return pipeline


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        where = f"{cloudformation.meta.region_name} at {cloudformation.meta.endpoint_url}"
        raise Unusable(f"stack {stack} in {where}: {error}") from error
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _functions_and_logs(cloudformation: Any, stack: str) -> tuple[dict[str, str], frozenset[str]]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    physical = {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in resources}
    groups = {each["LogicalResourceId"] for each in resources if each["ResourceType"] == "AWS::Logs::LogGroup"}
    template = cloudformation.get_template(StackName=stack)["TemplateBody"]
    # botocore hands a template written in JSON over as what it says; the CDK writes JSON.
    declared = template.get("Resources", {}) if isinstance(template, Mapping) else {}
    functions = {}
    for name, resource in declared.items():
        log = resource.get("Properties", {}).get("LoggingConfig", {}).get("LogGroup")
        if resource["Type"] == "AWS::Lambda::Function" and isinstance(log, Mapping) and log.get("Ref") in groups:
            functions[physical[name]] = physical[log["Ref"]]
    return functions, frozenset(physical[name] for name in groups if physical[name])
