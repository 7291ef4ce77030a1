"""The environment variables of a function: those of "Lambda environment variables", and no other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from local_aws.awslambda.deployment import Deployment
from local_aws.awslambda.workspace import Workspace

RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
"""Lambda refuses functions that set these."""

_CREDENTIALS = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}


def function_environment(
    deployment: Deployment,
    workspace: Workspace,
    *,
    credentials: Mapping[str, str],
    runtime_api: str,
    endpoint_url: str,
    log_stream: str,
    tmp: Path,
) -> dict[str, str]:
    """Defaults that the function may change, its own variables, then what is reserved."""
    variables = dict(deployment.variables)
    python_path = ":".join(map(str, workspace.python_path))
    reserved = {
        "_HANDLER": deployment.handler,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": deployment.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployment.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": deployment.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": deployment.logging.group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(workspace.task),
        "LAMBDA_RUNTIME_DIR": str(workspace.python_path[-1]),
        "PYTHONPATH": python_path + (f":{variables['PYTHONPATH']}" if "PYTHONPATH" in variables else ""),
        **{name: credentials[key] for key, name in _CREDENTIALS.items()},
    }
    return _defaults(deployment, workspace, endpoint_url=endpoint_url, tmp=tmp) | variables | reserved


def _defaults(deployment: Deployment, workspace: Workspace, *, endpoint_url: str, tmp: Path) -> dict[str, str]:
    libraries = [workspace.task, workspace.task / "lib", *(layer / "lib" for layer in workspace.layers)]
    logging = {"AWS_LAMBDA_LOG_FORMAT": deployment.logging.format}
    if deployment.logging.application_level:
        logging["AWS_LAMBDA_LOG_LEVEL"] = deployment.logging.application_level
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": ":".join([os.defpath, *(str(layer / "bin") for layer in workspace.layers)]),
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        # Lambda sets neither; both keep the function away from the files of whoever runs this.
        "HOME": str(tmp),
        "TMPDIR": str(tmp),
        "AWS_ENDPOINT_URL": endpoint_url,
        **logging,
    }
