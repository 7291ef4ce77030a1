"""What EventBridge Scheduler answers when it refuses, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── ValidationException           a request that breaks a rule of the service
├── ConflictException             a name that is taken
├── ResourceNotFoundException     no such schedule or group
└── NotEmulated                   a member or a kind of target that would have no effect here
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationException(ServiceException):
    """A request that breaks a rule of the service."""

    code = "ValidationException"


class ConflictException(ServiceException):
    """A name that is taken."""

    code = "ConflictException"


class ResourceNotFoundException(ServiceException):
    """No such schedule or group."""

    code = "ResourceNotFoundException"


class NotEmulated(ServiceException):
    """A member, a value or a kind of target that AWS would heed and this local AWS cannot."""

    code = "NotEmulated"
