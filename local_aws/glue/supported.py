"""Which members of a request this local AWS honours, or may in truth ignore (docs/fidelity/glue.md says which).

Any other is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.glue.arguments import check_arguments
from local_aws.glue.errors import NotEmulated
from local_aws.members import ANY, Members, first_unsupported

_RUN: Members = {
    "Timeout": ANY,
    "NumberOfWorkers": ANY,
    "WorkerType": ("G.1X", "G.2X", "G.4X", "G.8X"),
    "MaxCapacity": ANY,
    "ExecutionClass": ("STANDARD",),
    "JobRunQueuingEnabled": (False,),
    # The event that it delays is not emitted.
    "NotificationProperty": ANY,
}
_DEFINITION: Members = {
    **_RUN,
    "JobMode": ("SCRIPT",),
    "Description": ANY,
    "Role": ANY,
    "ExecutionProperty": ANY,
    "Connections": ANY,
    "Command.Name": ("glueetl", "pythonshell"),
    "Command.ScriptLocation": ANY,
    "Command.PythonVersion": ("3", "3.9"),
    "DefaultArguments": ANY,
    "MaxRetries": (0,),
    "GlueVersion": ("5.0", "5.1"),
}
_CONNECTION: Members = {
    "CatalogId": ANY,
    "ConnectionInput.ConnectionProperties": ({},),
    "ConnectionInput.ConnectionType": ("NETWORK",),
    **{f"ConnectionInput.{name}": ANY for name in ("Name", "Description", "PhysicalConnectionRequirements")},
}
SUPPORTED: Mapping[str, Members] = {
    "CreateJob": {**_DEFINITION, "Name": ANY, "Tags": ANY},
    "UpdateJob": {"JobName": ANY, **{f"JobUpdate.{path}": values for path, values in _DEFINITION.items()}},
    "CreateConnection": {**_CONNECTION, "Tags": ANY},
    "UpdateConnection": {**_CONNECTION, "Name": ANY},
    # Connections of networks have no passwords.
    "GetConnection": dict.fromkeys(("CatalogId", "Name", "HidePassword"), ANY),
    "GetConnections": dict.fromkeys(("CatalogId", "HidePassword", "MaxResults", "NextToken"), ANY),
    "StartJobRun": {**_RUN, "JobName": ANY, "Arguments": ANY},
}


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member, value or special job argument that would have no effect here."""
    if action in SUPPORTED and (found := first_unsupported(SUPPORTED[action], request)):
        raise NotEmulated(f"{action}: {found}")
    for arguments in ("DefaultArguments", "Arguments"):
        check_arguments((request.get("JobUpdate") or request).get(arguments) or {})
