"""The price table, and what it does not know."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

NOT_COUNTED: Final = (
    "functions, state transitions, requests, logs, disks of instances, data transfer, discounts, free tiers, taxes"
)
_FILE: Final = Path(__file__).with_name("prices.json")


@dataclass(frozen=True)
class Item:
    """One line of an estimate. usd: None where the price is not known. per: execution, day or month."""

    what: str
    usd: float | None
    per: str
    how: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, to a hundredth of a cent."""
        return {
            "what": self.what,
            "usd": None if self.usd is None else round(self.usd, 4),
            "per": self.per,
            "how": self.how,
        }


@dataclass(frozen=True)
class Prices:
    """Dollars in one region as of one day."""

    region: str
    read: str
    usd: dict[str, float]

    @classmethod
    @cache
    def load(cls) -> Prices:
        """Those of the table."""
        table = json.loads(_FILE.read_text())
        return cls(table["region"], table["read"], {name: entry["usd"] for name, entry in table["prices"].items()})

    def item(self, what: str, name: str, amount: float, *, per: str, how: str) -> Item:
        """That amount of what `name` has a price for."""
        price = self.usd.get(name)
        if price is None:
            return Item(what, None, per, f"{how}; the price of {name} is not known here")
        return Item(what, amount * price, per, f"{how}, {price:g} dollars each")


def total(items: list[Item], per: str) -> float | None:
    """The sum of one kind; None where a price in it is not known."""
    prices = [item.usd for item in items if item.per == per]
    known = [price for price in prices if price is not None]
    return sum(known) if len(known) == len(prices) else None
