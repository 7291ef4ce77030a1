"""Pages of the services' List actions: a token says where the next one starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def page_of(
    items: Sequence[_T], *, token: str | None, size: int, refusal: Callable[[str], Exception]
) -> tuple[Sequence[_T], str | None]:
    """At most `size` items from where `token` says (None: the first), and the next page's token, None after the last.

    Raises what `refusal` makes of a message for a token that no page gave: the service's own error.
    """
    if token is not None and not (token.isascii() and token.isdecimal()):
        raise refusal(f"Invalid token: {token!r} is none that this action returned")
    start = int(token or 0)
    end = start + size
    return items[start:end], str(end) if end < len(items) else None
