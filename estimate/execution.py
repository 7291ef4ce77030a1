"""An execution's estimate, of the input as it is given."""

from __future__ import annotations

from lambdas.logic.cost.estimate import ASSUMED, as_document, before
from lambdas.logic.cost.words import lines, sentence
from lambdas.logic.job import InvalidInput, complete


def estimate(given: object, *, rows: int) -> list[str]:
    """Lines of text; none of an input that trains nothing, or that the state machine will refuse."""
    try:
        job = complete(given)
    except InvalidInput:
        return []
    if "restore" in job:
        return []
    document = as_document(before(job, rows=rows))
    return [f"Estimate: {sentence(document)}", *(f"  {line}" for line in [*lines(document), f"Assumed: {ASSUMED}."])]
