"""What the SageMaker APIs answer when they refuse, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── ValidationException   the control plane's word for nearly everything
├── ResourceInUse         a name that is taken
├── ResourceNotFound      a tuning job that is not there; of everything else the service says ValidationException
├── ConflictException     a model package group that still has versions
├── InvalidRequest        the runtime's validation error
└── ModelFailed           the container answered an invocation with an error, or not at all
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationException(ServiceException):
    """A request that cannot be accepted."""

    code = "ValidationException"


class ResourceInUse(ServiceException):
    """A resource of that name exists."""

    code = "ResourceInUse"


class ResourceNotFound(ServiceException):
    """No resource has that name."""

    code = "ResourceNotFound"


class ConflictException(ServiceException):
    """What is there forbids it."""

    code = "ConflictException"


class InvalidRequest(ServiceException):
    """An invocation that cannot be accepted; nothing reached a container."""

    code = "ValidationError"


class ModelFailed(ServiceException):
    """HTTP 424: what the container said, with its own status code."""

    code = "ModelError"

    def __init__(self, message: str, *, status: int, said: str, log_arn: str) -> None:
        super().__init__(message)
        # moto serialises the attributes that bear the names of the error shape's members.
        self.OriginalStatusCode = status
        self.OriginalMessage = said
        self.LogStreamArn = log_arn
