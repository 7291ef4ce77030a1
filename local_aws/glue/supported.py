"""Which members of a request this local AWS honours, or may in truth ignore (docs/fidelity/glue.md says which).

Any other is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.glue.arguments import check_arguments
from local_aws.glue.errors import NotEmulated

_ANY: tuple[Any, ...] = ()
"""Every value that the service model allows."""

Members = Mapping[str, tuple[Any, ...]]
"""Dotted path to the values that are supported; a path covers what is below it."""

_RUN: Members = {
    "Timeout": _ANY,
    "NumberOfWorkers": _ANY,
    "WorkerType": ("G.1X", "G.2X", "G.4X", "G.8X"),
    "MaxCapacity": _ANY,
    "ExecutionClass": ("STANDARD",),
    "JobRunQueuingEnabled": (False,),
    # The event that it delays is not emitted, as no service's events are.
    "NotificationProperty": _ANY,
}
_DEFINITION: Members = {
    **_RUN,
    "JobMode": ("SCRIPT",),
    "Description": _ANY,
    "Role": _ANY,
    "ExecutionProperty": _ANY,
    "Command.Name": ("glueetl", "pythonshell"),
    "Command.ScriptLocation": _ANY,
    "Command.PythonVersion": ("3", "3.9"),
    "DefaultArguments": _ANY,
    "MaxRetries": (0,),
    "GlueVersion": ("5.0", "5.1"),
}
SUPPORTED: Mapping[str, Members] = {
    "CreateJob": {**_DEFINITION, "Name": _ANY, "Tags": _ANY},
    "UpdateJob": {"JobName": _ANY, **{f"JobUpdate.{path}": values for path, values in _DEFINITION.items()}},
    "StartJobRun": {**_RUN, "JobName": _ANY, "Arguments": _ANY},
}


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member, value or special job argument that would have no effect here."""
    if action in SUPPORTED:
        _check(SUPPORTED[action], action, request, "")
    for arguments in ("DefaultArguments", "Arguments"):
        check_arguments((request.get("JobUpdate") or request).get(arguments) or {})


def _check(members: Members, action: str, value: Mapping[str, Any], prefix: str) -> None:
    for name, inner in value.items():
        path = prefix + name
        if inner is None:
            continue
        if path in members:
            if members[path] and inner not in members[path]:
                choices = " or ".join(map(repr, members[path]))
                raise NotEmulated(f"{action}: {path} {inner!r} is not emulated, only {choices}")
        elif any(known.startswith(f"{path}.") for known in members):
            _check(members, action, inner, f"{path}.")
        else:
            raise NotEmulated(f"{action}: {path} is not emulated")
