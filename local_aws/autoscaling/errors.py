"""What the Application Auto Scaling API answers when it refuses, by the names AWS gives.

ServiceException (moto's base: serialised as the service's protocol wants it)
├── ValidationException       SageMaker's, which has the same name
├── ObjectNotFoundException   no such scalable target or policy
└── NotEmulated               a setting that would have no effect here
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ObjectNotFoundException(ServiceException):
    """No such scalable target or policy."""

    code = "ObjectNotFoundException"


class NotEmulated(ServiceException):
    """A setting that would have no effect here."""

    code = "NotEmulated"
