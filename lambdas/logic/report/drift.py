"""How far the ratings are from those that the live model has learnt from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element

from lambdas.logic.report import words
from lambdas.logic.report.findings import Findings, Json
from lambdas.logic.report.markup import element
from lambdas.logic.report.tables import Table

_FIRST_HEADER = {"items": "items, by how often they were rated", "scores": "scores of the live model"}


def drift(findings: Findings) -> Iterator[Element]:
    """A sentence, and the shares that both indices are made of; the sentence alone where nothing was measured."""
    found = findings.evaluation.get("drift")
    if not found:
        return
    yield element("p", f"{found['reason'][0].upper()}{found['reason'][1:]}.")
    for name, header in _FIRST_HEADER.items():
        if shares := found.get("bins", {}).get(name):
            yield _table(header, _names(name, len(shares["now"])), shares)


def _names(of: str, bins: int) -> Sequence[str]:
    """What the bins are called; the last one of items holds those that the live model does not know."""
    if of == "items":
        return [*_places(bins - 1, "most popular", "least popular"), "not known to it"]
    return _places(bins, "lowest", "highest")


def _places(bins: int, first: str, last: str) -> list[str]:
    """The tenths, numbered, with words for the two ends."""
    notes = {0: f", {first}", bins - 1: f", {last}"} if bins > 1 else {}
    return [f"part {place + 1}{notes.get(place, '')}" for place in range(bins)]


def _table(header: str, names: Sequence[str], shares: Json) -> Element:
    rows = [
        (name, words.share(before), words.share(now))
        for name, before, now in zip(names, shares["before"], shares["now"], strict=True)
    ]
    return Table((header, "what it has learnt from", "these ratings"), rows).element()
