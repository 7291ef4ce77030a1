"""The newest versions and the live one stay; of those that go, the manifest goes first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

import lambdas.retire
from lambdas.common.bundles import BundleStore
from lambdas.common.events import MalformedEvent
from lambdas.common.storage import Store
from local_aws.cloudwatch import embedded
from local_aws.metrics import Metric
from tests.lambdas.executions import Executions
from tests.lambdas.serving.published import Packages, bundles, put_manifests

Objects = Callable[[str], dict[str, bytes]]
NAMES = ("v1", "v2", "v3", "v4", "v5", "v6", "v7")


_numbers = itertools.count()


@pytest.fixture(autouse=True)
def registry(bucket: str, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Packages:
    """An empty group, in GROUP too."""
    group = f"retiring-{next(_numbers)}"
    aws("sagemaker").create_model_package_group(ModelPackageGroupName=group)
    monkeypatch.setenv("GROUP", group)
    return Packages(aws("sagemaker"), group)


def retire(keep: int, live: str) -> list[str]:
    answer = lambdas.retire.handler({"keep": keep, "live": live}, None)
    assert answer.keys() == {"retired", "packages"}
    retired: list[str] = answer["retired"]
    return retired


def test_packages_go_with_their_versions(executions: Executions, registry: Packages) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    arns = {name: registry.register(name) for name in ("v1", "v2", "v3")}
    answer = lambdas.retire.handler({"keep": 1, "live": "v2"}, None)
    assert answer == {"retired": ["v1"], "packages": [arns["v1"]]}
    assert registry.versions() == ["v3", "v2"]


def test_what_was_never_approved_is_counted_by_itself(executions: Executions, registry: Packages) -> None:
    put_manifests(executions, *NAMES)
    for name in NAMES:
        registry.register(
            name, {"v4": "Rejected", "v6": "PendingManualApproval", "v7": "Rejected"}.get(name, "Approved")
        )
    assert retire(2, "v5") == ["v4", "v2", "v1"]
    assert registry.versions() == ["v7", "v6", "v5", "v3"]


def test_of_packages_without_a_version_the_newest_stay(executions: Executions, registry: Packages) -> None:
    """Those of executions that failed before they had published anything."""
    put_manifests(executions, "v1")
    registry.register("v1")
    for name in ("lost1", "lost2", "lost3"):
        registry.register(name, "Rejected")
    assert retire(2, "v1") == []
    assert registry.versions() == ["lost3", "lost2", "v1"]


@pytest.mark.parametrize(
    ("keep", "live", "retired"),
    [
        (5, "v7", ["v2", "v1"]),
        (5, "v1", ["v2"]),
        (5, "v4", ["v2", "v1"]),
        (1, "v3", ["v6", "v5", "v4", "v2", "v1"]),
        (0, "v3", ["v7", "v6", "v5", "v4", "v2", "v1"]),
        (7, "v7", []),
        (50, "v7", []),
        (5, "none", ["v2", "v1"]),
    ],
)
def test_the_newest_and_the_live_one_stay(
    executions: Executions, objects: Objects, keep: int, live: str, retired: list[str]
) -> None:
    put_manifests(executions, *NAMES)
    assert retire(keep, live) == retired
    expected = [name for name in reversed(NAMES) if name not in retired]
    assert bundles(executions).versions() == expected
    files = ("serving.npz", "manifest.json")
    assert set(objects("models/")) == {f"models/{name}/{file}" for name in expected for file in files}
    assert retire(keep, live) == [], "there is no more to do"


def test_age_counts_and_not_names(executions: Executions) -> None:
    """Of a store whose objects are as old as this says."""
    put_manifests(executions, *NAMES)
    ages = dict(zip(NAMES, (3, 9, 1, 7, 5, 0, 2), strict=True))

    class Aged(Store):
        def times(self, prefix: str) -> dict[str, datetime]:
            now = datetime(2026, 11, 26, tzinfo=UTC)
            return {name: now - timedelta(days=ages[name.partition("/")[0]]) for name in super().times(prefix)}

    assert BundleStore(Aged(executions.bucket)).versions() == ["v6", "v3", "v7", "v1", "v5", "v4", "v2"]


def test_the_manifest_goes_first_so_that_no_version_is_ever_half_there(
    executions: Executions, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    for name in ("a.json", "like_parameters.npz", "z.npz"):
        executions.put(f"models/v1/{name}", b"content")
    deleted: list[str] = []
    delete = Store.delete

    def noting(self: Store, key: str) -> None:
        deleted.append(key)
        delete(self, key)

    monkeypatch.setattr(Store, "delete", noting)
    retire(1, "v3")
    names = [key.split("/")[1] for key in deleted]
    assert [name for name, _ in itertools.groupby(names)] == ["v1", "v2"], "the oldest first, one after the other"
    assert deleted[0] == "models/v1/manifest.json"
    assert deleted[names.index("v2")] == "models/v2/manifest.json"
    assert len(deleted) == 7


def test_one_that_breaks_off_has_taken_whole_versions(executions: Executions, monkeypatch: pytest.MonkeyPatch) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    delete = Store.delete

    def broken(self: Store, key: str) -> None:
        delete(self, key)
        raise OSError("broken off")

    monkeypatch.setattr(Store, "delete", broken)
    with pytest.raises(OSError, match="broken off"):
        retire(1, "v3")
    assert bundles(executions).versions() == ["v3", "v2"]


def test_what_is_no_version_is_neither_counted_nor_touched(executions: Executions, objects: Objects) -> None:
    put_manifests(executions, "v1", "v2", "v3")
    others = {
        "models/v0/serving.npz": b"being written, or half gone",
        "models/manifest.json": b"{}",
        "models/v1/old/manifest.json": b"{}",
        "models-of-others/v0/manifest.json": b"{}",
        "runs/nightly/manifest.json": b"{}",
    }
    for key, content in others.items():
        executions.put(key, content)
    assert retire(2, "v3") == ["v1"]
    kept = {**objects("models"), **objects("runs/")}
    assert kept.keys() >= others.keys() - {"models/v1/old/manifest.json"}


def test_a_version_with_the_beginning_of_anothers_name_is_another(executions: Executions, objects: Objects) -> None:
    put_manifests(executions, "v1", "v10", "v2")
    assert retire(2, "v2") == ["v1"]
    assert set(bundles(executions).versions()) == {"v10", "v2"}
    assert {"models/v10/serving.npz", "models/v10/manifest.json"} <= objects("models/").keys()


def test_that_a_new_version_is_live_is_a_metric_though_nothing_can_be_deleted(
    executions: Executions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_manifests(executions, "v1", "v2")
    monkeypatch.setenv("BUCKET", "nowhere-to-be-found")
    with pytest.raises(ClientError):
        retire(1, "v2")
    (point,) = [point for line in capsys.readouterr().out.splitlines() for point in embedded.samples(line)]
    assert point[0] == Metric.of("tests", "NewVersions", {"Stage": "tests-dev"})
    assert point[1].total == 1


@pytest.mark.parametrize(
    "event", [{}, {"keep": 5}, {"keep": 5, "live": "v1", "more": 1}], ids=["empty", "no live", "more"]
)
def test_an_event_of_another_shape_is_refused(executions: Executions, event: dict[str, Any]) -> None:
    with pytest.raises(MalformedEvent, match="RetireEvent: absent"):
        lambdas.retire.handler(event, None)
