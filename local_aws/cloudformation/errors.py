"""What can go wrong, as one tree.

RequestRefused                 the API answers with an error; nothing was begun
├── TemplateError              the template cannot be used: malformed, unknown type, unknown property, cycle
├── StackNotFound / ChangeSetNotFound / AlreadyExists / InvalidChangeSet / …
ResourceFailed                 one resource could not be made, changed or removed; the stack rolls back
└── HalfMade                   … and what there is of it is to be removed
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class RequestRefused(ServiceException):
    """An error answer of the CloudFormation API (HTTP 400)."""

    code = "ValidationError"


class TemplateError(RequestRefused):
    """The template, or a value it computes, is not one that can be deployed."""


class StackNotFound(RequestRefused):
    """The CDK CLI looks for these very words to learn that a stack is new."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Stack with id {name} does not exist")


class ChangeSetNotFound(RequestRefused):
    """No change set of that name on that stack."""

    code = "ChangeSetNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


class AlreadyExists(RequestRefused):
    """A stack of that name is there."""

    code = "AlreadyExistsException"


class InvalidChangeSet(RequestRefused):
    """The change set cannot be executed."""

    code = "InvalidChangeSetStatus"


class InsufficientCapabilities(RequestRefused):
    """The template makes IAM resources and the caller did not acknowledge it."""

    code = "InsufficientCapabilitiesException"


class NotEmulated(RequestRefused):
    """An action of the real API that the local AWS does not have. Never retried by SDKs: it is a client error."""

    code = "NotEmulated"


class ResourceFailed(Exception):
    """A resource could not be made, changed or removed. The message is its status reason."""


class HalfMade(ResourceFailed):
    """A resource failed while it was made and has a name all the same: the rollback has something to remove."""

    def __init__(self, reason: str, physical_id: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id
