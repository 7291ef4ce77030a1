"""``dataset.json``: what a dataset says of itself, above all whether people gave its ratings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from prep import documents
from prep.errors import BadDescription
from prep.sources import Source

DESCRIPTION_FILE: Final = "dataset.json"
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Description:
    """name: the source's own unless the file has one. synthetic: whether the ratings were generated."""

    name: str
    synthetic: bool = False


def read_description(source: Source) -> Description:
    """What ``dataset.json`` says, where there is one. Raises BadDescription."""
    if DESCRIPTION_FILE not in source.names():
        return Description(source.name)
    with source.open(DESCRIPTION_FILE) as stream:
        description = documents.parse(stream.read(), refuse=BadDescription, what=DESCRIPTION_FILE)
    if not isinstance(description, dict) or not isinstance(description.get("synthetic", False), bool):
        raise BadDescription(f"{DESCRIPTION_FILE}: expected an object whose ``synthetic`` is true or false")
    name = description.get("name", source.name)
    if "name" in description and not _is_name(name):
        found, expected = documents.excerpt(name), f"one line of 1 to {_LONGEST_NAME} characters without slashes"
        raise BadDescription(f"{DESCRIPTION_FILE}: name {found}, expected {expected}")
    return Description(name, description.get("synthetic", False))


def _is_name(name: Any) -> bool:
    """Fit to be a word in a report, and no path."""
    is_line = isinstance(name, str) and name.isprintable() and bool(name.strip())
    return is_line and len(name) <= _LONGEST_NAME and not set(name) & set("/\\")
