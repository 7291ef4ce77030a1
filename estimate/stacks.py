"""What deployed stacks cost while nothing runs, counted in their templates."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from lambdas.logic.cost.prices import NOT_COUNTED, Prices, total
from lambdas.logic.cost.words import dollars

_ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
_PRICED: Final = {
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::KMS::Key": "key",
    _ENDPOINT: "endpoint-zone",
}
_BY_USE: Final = (
    "everything else is paid by use, and nothing while nothing runs; an endpoint that executions make is not here"
)


def at_rest(templates: Iterable[Path]) -> list[str]:
    """Lines of text."""
    kinds = Counter[str]()
    for template in templates:
        for resource in json.loads(template.read_text())["Resources"].values():
            kinds[resource["Type"]] += _units(resource)
    prices = Prices.load()
    items = [
        prices.item(f"{kinds[kind]} {name}s", name, kinds[kind], per="month", how=f"{kinds[kind]} {name}s")
        for kind, name in _PRICED.items()
        if kinds[kind]
    ]
    return [
        f"Estimate, at rest: {dollars(total(items, 'month'))} a month and what is stored "
        f"({prices.usd['s3']:g} USD for each GB and month) ({prices.region}, a snapshot of {prices.read})",
        *(f"  {item.what}: {dollars(item.usd)} a month" for item in items),
        f"  Assumed: {_BY_USE}.",
        f"  Not counted: {NOT_COUNTED}.",
    ]


def _units(resource: dict[str, Any]) -> int:
    """What a resource counts for: an interface endpoint for each of its zones, a gateway for nothing."""
    return len(resource["Properties"].get("SubnetIds", [])) if resource["Type"] == _ENDPOINT else 1
