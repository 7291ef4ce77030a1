"""Session tags: moto's AssumeRole drops them, so they are kept beside the session it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.sts.models import AssumedRole
from moto.sts.responses import TokenResponse

_KEPT = "local_aws_session_tags"
_assume_role = TokenResponse.assume_role


class TransitiveTagsNotEmulated(ServiceException):
    """Tags that would go on to the next role of a chain."""

    code = "ValidationError"


def keep() -> None:
    """Have STS keep the tags of AssumeRole. moto finds the method by its name."""

    def assume_role(self: TokenResponse) -> ActionResult:
        if self._get_param("TransitiveTagKeys"):
            raise TransitiveTagsNotEmulated("AssumeRole: TransitiveTagKeys is not emulated")
        answer = _assume_role(self)
        setattr(cast("dict[str, Any]", answer.result)["Credentials"], _KEPT, self._get_param("Tags") or ())
        return answer

    setattr(TokenResponse, "assume_role", assume_role)  # noqa: B010 - replaces a method, which mypy refuses


def of(assumed: AssumedRole) -> tuple[tuple[str, str], ...]:
    """(key, value) of each tag that the session was started with."""
    tags: Sequence[Mapping[str, str]] = getattr(assumed, _KEPT, ())
    return tuple((tag["Key"], tag["Value"]) for tag in tags)
