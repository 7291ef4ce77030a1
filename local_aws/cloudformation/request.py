"""Parts of requests that several actions share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlparse

from local_aws.cloudformation import api
from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import NotEmulated, RequestRefused, ResourceFailed
from local_aws.cloudformation.submission import Submission

_NAME, _LONGEST_NAME = re.compile("[a-zA-Z][-a-zA-Z0-9]*"), 128
_NOT_EMULATED = (
    "NotificationARNs",
    "OnFailure",
    "OnStackFailure",
    "ResourcesToImport",
    "RollbackConfiguration",
    "StackPolicyBody",
    "StackPolicyURL",
    "TimeoutInMinutes",
)


def submission_of(parameters: Mapping[str, Any], environment: Environment) -> Submission:
    """The template and its inputs. Raises RequestRefused; NotEmulated for options that would change what is done."""
    asked = [name for name in _NOT_EMULATED if parameters.get(name)]
    if asked:
        raise NotEmulated(f"Not emulated: {', '.join(asked)}")
    _check_name(parameters["StackName"])
    given = parameters.get("Parameters") or []
    tags = parameters.get("Tags")
    return Submission(
        stack_name=_name(parameters["StackName"]),
        body=body_of(parameters, environment),
        parameters={item["ParameterKey"]: item["ParameterValue"] for item in given if "ParameterValue" in item},
        previous=[item["ParameterKey"] for item in given if item.get("UsePreviousValue")],
        tags=None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
        capabilities=parameters.get("Capabilities") or [],
        role_arn=parameters.get("RoleARN"),
        token=parameters.get("ClientRequestToken"),
    )


def body_of(parameters: Mapping[str, Any], environment: Environment) -> str | None:
    """The template's text, from the request or from S3; None when the stack's own is to be used."""
    if "TemplateBody" in parameters:
        return str(parameters["TemplateBody"])
    if "TemplateURL" not in parameters:
        return None
    bucket, key = _location(parameters["TemplateURL"])
    try:
        answer = api.call(environment.clients(None)("s3"), "get_object", Bucket=bucket, Key=key)
    except ResourceFailed as error:
        raise RequestRefused(f"S3 error: {error} ({parameters['TemplateURL']})") from error
    body: bytes = answer["Body"].read()
    return body.decode()


def _check_name(name_or_arn: str) -> None:
    """StackName in the API reference of CreateStack and CreateChangeSet, with the service's own words."""
    if name_or_arn.startswith("arn:"):
        return
    said = (
        f"1 validation error detected: Value '{name_or_arn}' at 'stackName' failed to satisfy constraint: Member must "
    )
    if not _NAME.fullmatch(name_or_arn):
        raise RequestRefused(f"{said}satisfy regular expression pattern: {_NAME.pattern}")
    if len(name_or_arn) > _LONGEST_NAME:
        raise RequestRefused(f"{said}have length less than or equal to {_LONGEST_NAME}")


def _name(name_or_arn: str) -> str:
    return name_or_arn.split("/")[1] if name_or_arn.startswith("arn:") else name_or_arn


def _location(url: str) -> tuple[str, str]:
    """Bucket and key of an S3 URL, the bucket in the path or in the host name."""
    parts = urlparse(url)
    path = unquote(parts.path.lstrip("/"))
    host = parts.netloc.split(":")[0]
    if host == "localhost" or host.startswith(("s3.", "s3-")):
        bucket, _, key = path.partition("/")
    else:
        bucket, key = host.split(".s3", 1)[0], path
    if not bucket or not key:
        raise RequestRefused(f"TemplateURL must be a supported URL: {url}")
    return bucket, key
