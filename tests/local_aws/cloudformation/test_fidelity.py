"""The table of resource types in the documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from local_aws.cloudformation.types import TYPES

ROW = re.compile(r"^\| `(AWS::[\w:]+)` \| (.*) \| (.*)\|$", re.MULTILINE)


def names(cell: str) -> set[str]:
    """The property names of a cell, without what is said about them in brackets."""
    return set(re.findall(r"\b[A-Z]\w+", re.sub(r"\(.*?\)", "", cell)))


def test_every_type_and_property_is_documented(root: Path) -> None:
    text = (root / "docs" / "fidelity" / "cloudformation.md").read_text()
    documented = {name: (done, inert) for name, done, inert in ROW.findall(text)}
    assert documented.keys() == TYPES.keys()
    for name, kind in TYPES.items():
        done, inert = documented[name]
        if kind.properties:
            assert names(done) == kind.properties, name
        assert names(inert) == kind.inert, name


def test_what_replaces_and_what_is_needed_are_properties_of_the_type() -> None:
    for name, kind in TYPES.items():
        assert kind.immutable | kind.required <= kind.properties, name
        assert not kind.properties & kind.inert, name
