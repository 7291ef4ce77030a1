"""A version that was published comes back as the state machine remembered it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import lambdas.restore
from lambdas.logic.serving.errors import BrokenBundle, UnknownVersion
from tests.lambdas.executions import Executions
from tests.lambdas.serving.published import ENDPOINT, Publication, put_manifests


@pytest.mark.parametrize("given", [{}, {"ranking": {}, "endpoint": ENDPOINT}], ids=["like", "ranking and endpoint"])
def test_is_what_the_execution_remembered(executions: Executions, tiny_sample: Path, given: dict[str, object]) -> None:
    publication = Publication(executions, tiny_sample, **given)  # type: ignore[arg-type]
    publication.publish()
    found, event = lambdas.restore.handler({"version": "nightly"}, None), publication.event()
    for name in ("execution", "name", "created"):
        del event[name]
    assert found == json.loads(json.dumps(event))
    assert len(json.dumps(found)) < 256 * 1024


def test_one_of_several_is_read(executions: Executions, tiny_sample: Path) -> None:
    for name in ("monday", "tuesday"):
        Publication(executions, tiny_sample, name=name).publish()
    for name in ("monday", "tuesday"):
        assert lambdas.restore.handler({"version": name}, None)["job"]["run"] == f"runs/{name}/"


@pytest.mark.parametrize("version", ["friday", "", ".", "v", "v1/", "v2/..", "V1", "none", "../runs/nightly"])
def test_an_unknown_version_is_answered_with_those_there_are(executions: Executions, version: str) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    executions.put("models/v4/serving.npz", b"arrays of a version that is not there yet")
    expected = f"version {version!r} is not published, expected one of v3, v2, v1"
    with pytest.raises(UnknownVersion, match=f"^{re.escape(expected)}$"):
        lambdas.restore.handler({"version": version}, None)


def test_a_version_without_a_manifest_does_not_exist(executions: Executions, tiny_sample: Path) -> None:
    Publication(executions, tiny_sample).publish()
    executions.delete("models/nightly/manifest.json")
    with pytest.raises(UnknownVersion, match="version 'nightly' is not published, expected one, but none is published"):
        lambdas.restore.handler({"version": "nightly"}, None)


def test_of_many_versions_the_newest_are_named(executions: Executions) -> None:
    put_manifests(executions, *(f"v{number:02}" for number in range(30)))
    with pytest.raises(UnknownVersion, match=r"expected one of v29, v28, .*, v10 and 10 more$"):
        lambdas.restore.handler({"version": "x" * 5000}, None)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 9}'], ids=["empty", "{}", "list", "format"])
def test_a_manifest_that_is_none_is_named(
    executions: Executions, content: bytes, objects: Callable[[str], dict[str, bytes]]
) -> None:
    put_manifests(executions, "v1")
    executions.put("models/v1/manifest.json", content)
    with pytest.raises(BrokenBundle, match=rf"^s3://{executions.bucket}/models/v1/manifest\.json: "):
        lambdas.restore.handler({"version": "v1"}, None)
