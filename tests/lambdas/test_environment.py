"""Environment and event as a function takes them: whatever is missing or unknown is named at once."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lambdas.common.environment import BucketEnvironment, Environment, MissingEnvironment
from lambdas.common.events import Event, MalformedEvent


@dataclass(frozen=True)
class Three(Environment):
    bucket: str
    name_prefix: str
    other: str


@dataclass(frozen=True)
class Pair(Event):
    left: int
    right: int | None
    note: str = ""


def test_variables_are_read_by_their_names_in_capitals() -> None:
    assert Three.read({"BUCKET": "b", "NAME_PREFIX": "n", "OTHER": "o", "MORE": "m"}) == Three("b", "n", "o")


def test_every_missing_variable_is_named_an_empty_one_too() -> None:
    with pytest.raises(MissingEnvironment, match=r"^no BUCKET, OTHER in the environment of Three$"):
        Three.read({"NAME_PREFIX": "n", "OTHER": ""})


def test_the_process_environment_is_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET", "mine")
    assert BucketEnvironment.read().bucket == "mine"
    monkeypatch.delenv("BUCKET")
    with pytest.raises(MissingEnvironment, match="no BUCKET in the environment of BucketEnvironment"):
        BucketEnvironment.read()


def test_an_event_becomes_its_fields_and_null_is_a_value() -> None:
    assert Pair.from_event({"left": 1, "right": None}) == Pair(1, None)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "Pair: absent ['left', 'right'], not known none"),
        ({"left": 1, "right": 2, "up": 3, "down": 4}, "Pair: absent none, not known ['up', 'down']"),
        ({"lift": 1}, "Pair: absent ['left', 'right'], not known ['lift']"),
    ],
)
def test_every_absent_and_unknown_key_is_named(event: dict[str, int], message: str) -> None:
    with pytest.raises(MalformedEvent) as refusal:
        Pair.from_event(event)
    assert str(refusal.value) == message
