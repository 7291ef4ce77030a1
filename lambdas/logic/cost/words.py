"""An estimate as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_PER: Final = {"execution": "an execution", "day": "a day", "month": "a month"}


def dollars(usd: float | None) -> str:
    """To the cent; less than one is said so."""
    if usd is None:
        return "not known"
    if usd == 0:
        return "0 USD"
    return f"{usd:.2f} USD" if usd >= 0.01 else "less than 0.01 USD"


def sentence(document: Mapping[str, Any]) -> str:
    """Both sums in one line."""
    usd = document["usd"]
    return (
        f"in AWS about {dollars(usd['execution'])} for the execution and {dollars(usd['day'])} a day for the endpoint "
        f"(estimate; {document['prices']})"
    )


def lines(document: Mapping[str, Any]) -> list[str]:
    """Each item, and what is left out."""
    items = [
        f"{item['what']}: {dollars(item['usd'])} {_PER[item['per']]} ({item['how']})" for item in document["items"]
    ]
    return [*items, f"Not counted: {document['not_counted']}."]
