"""What the CloudWatch API answers when it refuses, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── ValidationError               a request that is malformed, or names what is not there
├── InvalidParameterValue         a value that cannot be accepted
├── InvalidParameterCombination   values that do not go together
├── MissingParameter              a value that is needed
├── ResourceNotFound              no such alarm
└── NotEmulated                   a setting that would have no effect here
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationError(ServiceException):
    """A request that is malformed, or names what is not there."""

    code = "ValidationError"


class InvalidParameterValue(ServiceException):
    """A value that cannot be accepted."""

    code = "InvalidParameterValue"


class InvalidParameterCombination(ServiceException):
    """Values that do not go together."""

    code = "InvalidParameterCombination"


class MissingParameter(ServiceException):
    """A value that is needed."""

    code = "MissingParameter"


class ResourceNotFound(ServiceException):
    """No such alarm."""

    code = "ResourceNotFound"


class NotEmulated(ServiceException):
    """A member or value that AWS would heed and this local AWS cannot."""

    code = "NotEmulated"
