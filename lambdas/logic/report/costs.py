"""What the run has cost, and what its endpoint costs."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from lambdas.logic.cost.words import dollars, sentence
from lambdas.logic.report.findings import Findings
from lambdas.logic.report.markup import element
from lambdas.logic.report.tables import Table


def costs(findings: Findings) -> Iterator[Element]:
    """Nothing where the result does not say."""
    document = findings.result.get("cost")
    if not document:
        return
    said = sentence(document)
    yield element("p", f"{said[0].upper()}{said[1:]}.")
    rows = [(item["what"], dollars(item["usd"]), item["per"], item["how"]) for item in document["items"]]
    yield Table(("what", "dollars", "per", "how"), rows).element()
    yield element("p", f"Not counted: {document['not_counted']}.")
