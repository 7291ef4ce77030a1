"""The version that answers is the one pointed at, and the one before it as long as that one cannot be had."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.api.live import RETRY_S, Live
from lambdas.logic.api.problems import NothingPublished
from lambdas.logic.serving.bundle import Bundle
from tests.lambdas.api.worlds import World


class Unreadable(Exception):
    """What reading may raise."""


class Bucket:
    """A pointer, versions that can be loaded or cannot, and a clock."""

    def __init__(self) -> None:
        self.pointer: str | None = "none"
        self.is_silent = False
        self.broken: set[str] = set()
        self.loaded: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.now = 1_000.0

    def live(self) -> Live:
        return Live(self.pointed_at, self.load, failures=(Unreadable,), log=self.log, clock=lambda: self.now)

    def pointed_at(self) -> str | None:
        if self.is_silent:
            raise Unreadable("Parameter Store does not answer")
        return self.pointer

    def load(self, version: str) -> Bundle:
        self.loaded.append(version)
        if version in self.broken:
            raise Unreadable(f"{version} is cut")
        world = World()
        world.version = version
        return world.bundle()

    def log(self, message: str, **fields: Any) -> None:
        self.lines.append({"message": message, **fields})


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.mark.parametrize("nothing", ["none", None])
def test_before_anything_is_published_nothing_answers(bucket: Bucket, nothing: str | None) -> None:
    bucket.pointer = nothing
    live = bucket.live()
    with pytest.raises(NothingPublished, match="no version is published yet"):
        live()
    assert bucket.loaded == []
    bucket.pointer = "one"
    assert live().version == "one", "looked up with the next request"


def test_a_version_is_loaded_once(bucket: Bucket) -> None:
    bucket.pointer = "one"
    live = bucket.live()
    assert live() is live()
    bucket.now += 10_000
    assert live().version == "one"
    assert bucket.loaded == ["one"]
    assert [line["message"] for line in bucket.lines] == ["loaded"]


def test_a_new_version_takes_over_when_it_is_loaded(bucket: Bucket) -> None:
    bucket.pointer = "one"
    live = bucket.live()
    live()
    bucket.pointer = "two"
    assert live().version == "two"
    bucket.pointer = "one"
    assert live().version == "one", "and a restored one too"
    assert bucket.loaded == ["one", "two", "one"]


def test_a_version_that_cannot_be_read_leaves_the_one_before_and_is_tried_again_later(bucket: Bucket) -> None:
    bucket.pointer = "one"
    live = bucket.live()
    before = live()
    bucket.pointer, bucket.broken = "two", {"two"}
    assert live() is before
    assert bucket.lines[-1] == {
        "message": "not loaded",
        "version": "two",
        "answers": "one",
        "error": "Unreadable: two is cut",
    }
    bucket.now += RETRY_S - 0.1
    bucket.broken = set()
    assert live() is before
    assert bucket.loaded == ["one", "two"]
    bucket.now += 0.2
    assert live().version == "two"


def test_a_pointer_that_cannot_be_read_leaves_the_version(bucket: Bucket) -> None:
    bucket.pointer = "one"
    live = bucket.live()
    before = live()
    bucket.is_silent = True
    assert live() is before
    assert bucket.lines[-1]["error"] == "Unreadable: Parameter Store does not answer"


def test_without_a_version_before_it_a_broken_one_is_told(bucket: Bucket) -> None:
    bucket.pointer, bucket.broken = "one", {"one"}
    live = bucket.live()
    for _ in range(3):
        with pytest.raises(NothingPublished, match="version one cannot be read"):
            live()
    assert bucket.loaded == ["one"], "not with every request"
    bucket.now += RETRY_S
    bucket.broken = set()
    assert live().version == "one"


def test_a_fault_of_ours_is_not_hidden(bucket: Bucket) -> None:
    def faulty(version: str) -> Bundle:
        raise ZeroDivisionError

    bucket.pointer = "one"
    live = Live(bucket.pointed_at, faulty, failures=(Unreadable,), log=bucket.log)
    with pytest.raises(ZeroDivisionError):
        live()
