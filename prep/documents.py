"""JSON that somebody else may have written: parsed, and its whole numbers told from what only looks like them."""

from __future__ import annotations

import json
import reprlib
from typing import Any

from prep.errors import PrepError, UnreadableDocument

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1


def parse(document: bytes | str, *, refuse: type[PrepError], what: str) -> Any:
    """The JSON value; raises ``refuse``, whose message begins with ``what``, where it is none."""
    try:
        return json.loads(document)
    except (ValueError, RecursionError) as error:
        # Also an integer of thousands of digits, and brackets nested as deep: legal JSON that Python refuses to read.
        raise refuse(f"{what}: {error}, expected JSON") from error


def parse_version(document: bytes | str, *versions: int, what: str) -> dict[str, Any]:
    """The JSON object of a document in one of these versions of its format. Raises UnreadableDocument."""
    content = parse(document, refuse=UnreadableDocument, what=what)
    found = content.get("version") if isinstance(content, dict) else None
    if type(found) is not int or found not in versions:
        raise UnreadableDocument(f"{what}: version {excerpt(found)}, expected {' or '.join(map(str, versions))}")
    return dict(content)


def is_int64(value: object) -> bool:
    """Whether a JSON value is a whole number that an id can be; true and 1.0 are none."""
    return type(value) is int and INT64_MIN <= value <= INT64_MAX


def excerpt(value: object) -> str:
    """The start of a JSON value, to quote in a message, however long or deep it is."""
    return reprlib.repr(value)
