"""What the Glue API answers when it refuses, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── EntityNotFoundException           no such job, run, connection or resource
├── AlreadyExistsException            a name that is taken
├── InvalidInputException             a request that cannot be accepted
├── ConcurrentRunsExceededException   as many runs as the job allows are going on
└── NotEmulated                       a setting that would have no effect here
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class EntityNotFoundException(ServiceException):
    """No such job, run, connection or resource."""

    code = "EntityNotFoundException"


class AlreadyExistsException(ServiceException):
    """A job or connection of that name exists."""

    code = "AlreadyExistsException"


class InvalidInputException(ServiceException):
    """A request that cannot be accepted."""

    code = "InvalidInputException"


class ConcurrentRunsExceededException(ServiceException):
    """The job has as many runs going on as its MaxConcurrentRuns allows."""

    code = "ConcurrentRunsExceededException"


class NotEmulated(ServiceException):
    """A member, value or job argument that AWS would heed and this local AWS cannot."""

    code = "NotEmulated"
