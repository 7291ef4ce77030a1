"""What EventBridge answers when it refuses, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── ValidationException            a request that breaks a rule of the service
├── InvalidEventPatternException   a pattern that cannot be read
├── LimitExceededException         more targets than a rule may have
├── ManagedRuleException           a rule that an AWS service looks after
└── NotEmulated                    a member or a kind of target that would have no effect here
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ValidationException(ServiceException):
    """A request that breaks a rule of the service."""

    code = "ValidationException"


class InvalidEventPatternException(ServiceException):
    """A pattern that cannot be read."""

    code = "InvalidEventPatternException"

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")


class LimitExceededException(ServiceException):
    """More targets than a rule may have."""

    code = "LimitExceededException"


class ManagedRuleException(ServiceException):
    """A rule that an AWS service looks after."""

    code = "ManagedRuleException"


class NotEmulated(ServiceException):
    """A member, a value or a kind of target that AWS would heed and this local AWS cannot."""

    code = "NotEmulated"
