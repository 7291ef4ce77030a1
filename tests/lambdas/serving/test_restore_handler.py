"""A version that was published comes back as the state machine remembered it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lambdas.restore
from lambdas.common.registry import UnknownPackage
from lambdas.logic.serving.errors import BrokenBundle, UnknownVersion
from lambdas.restore import NotApproved, NotInVpc
from tests.lambdas.executions import Executions
from tests.lambdas.serving.published import ENDPOINT, Packages, Publication, put_manifests

_numbers = itertools.count()


@pytest.fixture(autouse=True)
def registry(bucket: str, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Packages:
    """An empty group, in GROUP too."""
    group = f"restoring-{next(_numbers)}"
    aws("sagemaker").create_model_package_group(ModelPackageGroupName=group)
    monkeypatch.setenv("GROUP", group)
    return Packages(aws("sagemaker"), group)


def restore(version: str | None = None, package: str | None = None, mode: str | None = None) -> dict[str, Any]:
    return lambdas.restore.handler({"version": version, "package": package, "mode": mode}, None)


@pytest.mark.parametrize("given", [{}, {"ranking": {}, "endpoint": ENDPOINT}], ids=["like", "ranking and endpoint"])
def test_is_what_the_execution_remembered(
    executions: Executions, tiny_sample: Path, registry: Packages, given: dict[str, Any]
) -> None:
    publication, package = Publication(executions, tiny_sample, **given), registry.register("nightly")
    publication.publish(package=package)
    found, event = restore("nightly"), publication.event()
    for name in ("execution", "name", "created"):
        del event[name]
    assert found == json.loads(json.dumps({**event, "version": "nightly", "package": package}))
    assert restore(package=package) == found
    assert len(json.dumps(found)) < 256 * 1024


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_what_is_not_approved_is_not_restored(
    executions: Executions, tiny_sample: Path, registry: Packages, status: str
) -> None:
    package = registry.register("nightly", status)
    Publication(executions, tiny_sample).publish(package=package)
    expected = f"^version 'nightly': its package {package} is {status}, expected Approved$"
    for asked in ({"version": "nightly"}, {"package": package}):
        with pytest.raises(NotApproved, match=expected):
            restore(**asked)
    registry.judge(package, "Approved")
    assert restore("nightly")["package"] == package


def test_a_package_that_is_not_there_is_named(executions: Executions, tiny_sample: Path, registry: Packages) -> None:
    gone = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/{registry.group}/9"
    with pytest.raises(UnknownPackage, match=f"^package {gone} does not exist in the group {registry.group}$"):
        restore(package=gone)
    with pytest.raises(UnknownPackage, match=f"expected one of the group {registry.group}$"):
        restore(package=gone.replace(registry.group, "others"))
    Publication(executions, tiny_sample).publish(package=gone)
    with pytest.raises(UnknownPackage, match="does not exist"):
        restore("nightly")


def test_the_version_of_a_package_must_be_published(registry: Packages) -> None:
    with pytest.raises(UnknownVersion, match="version 'never' is not published"):
        restore(package=registry.register("never"))


def test_in_a_vpc_no_version_is_served_serverless(
    executions: Executions, tiny_sample: Path, registry: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = registry.register("nightly")
    publication = Publication(executions, tiny_sample)
    publication.publish(package=package, job={**publication.event()["job"], "deploy": {"mode": "serverless"}})
    asked: list[dict[str, Any]] = [{"version": "nightly"}, {"package": package}]
    assert [restore(**each)["version"] for each in asked] == ["nightly"] * 2
    monkeypatch.setenv("NETWORK", "vpc")
    for each in asked:
        with pytest.raises(NotInVpc, match=r"^version 'nightly': deploy\.mode: 'serverless', expected 'realtime' or"):
            restore(**each)
        assert [restore(**each, mode=mode)["version"] for mode in ("realtime", "none")] == ["nightly"] * 2
    Publication(executions, tiny_sample, name="tuesday").publish(package=registry.register("tuesday"))
    assert restore("tuesday")["version"] == "tuesday"


def test_one_of_several_is_read(executions: Executions, tiny_sample: Path, registry: Packages) -> None:
    for name in ("monday", "tuesday"):
        Publication(executions, tiny_sample, name=name).publish(package=registry.register(name))
    for name in ("monday", "tuesday"):
        assert restore(name)["job"]["run"] == f"runs/{name}/"


@pytest.mark.parametrize("version", ["friday", "", ".", "v", "v1/", "v2/..", "V1", "none", "../runs/nightly"])
def test_an_unknown_version_is_answered_with_those_there_are(executions: Executions, version: str) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    executions.put("models/v4/serving.npz", b"arrays of a version that is not there yet")
    expected = f"version {version!r} is not published, expected one of v3, v2, v1"
    with pytest.raises(UnknownVersion, match=f"^{re.escape(expected)}$"):
        restore(version)


def test_a_version_without_a_manifest_does_not_exist(executions: Executions, tiny_sample: Path) -> None:
    Publication(executions, tiny_sample).publish()
    executions.delete("models/nightly/manifest.json")
    with pytest.raises(UnknownVersion, match="version 'nightly' is not published, expected one, but none is published"):
        restore("nightly")


def test_of_many_versions_the_newest_are_named(executions: Executions) -> None:
    put_manifests(executions, *(f"v{number:02}" for number in range(30)))
    with pytest.raises(UnknownVersion, match=r"expected one of v29, v28, .*, v10 and 10 more$"):
        restore("x" * 5000)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format": 9}'], ids=["empty", "{}", "list", "format"])
def test_a_manifest_that_is_none_is_named(
    executions: Executions, content: bytes, objects: Callable[[str], dict[str, bytes]]
) -> None:
    put_manifests(executions, "v1")
    executions.put("models/v1/manifest.json", content)
    with pytest.raises(BrokenBundle, match=rf"^s3://{executions.bucket}/models/v1/manifest\.json: "):
        restore("v1")
