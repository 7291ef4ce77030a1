"""Everybody's recommendations stand beside what the execution wrote, as Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import lambdas.batch
from lambdas.logic.serving.errors import BrokenBundle
from tests.lambdas.executions import EVERY_BLOCK, Executions, rated
from tests.lambdas.serving.published import Publication, bundles

KEY = "runs/nightly/batch/recommendations.parquet"
VARIANTS: dict[str, dict[str, Any]] = {
    "like": {},
    "ranking": {"ranking": {}},
    "every block": {"ranking": {"features": EVERY_BLOCK}, "features": EVERY_BLOCK},
    "ordinal": {"label": {"task": "ordinal"}},
    "regressor": {"label": {"task": "regressor"}},
}


def batch(**over: Any) -> dict[str, Any]:
    event = {"version": "nightly", "run": "runs/nightly/", "n": 5, "exclude_seen": True}
    return lambdas.batch.handler({**event, **over}, None)


def rows(executions: Executions) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(executions.read(KEY))).to_pylist()
    return found


@pytest.mark.parametrize("variant", VARIANTS)
def test_everybody_gets_the_best_of_what_they_never_rated(
    executions: Executions, tiny_sample: Path, variant: str
) -> None:
    Publication(executions, tiny_sample, **VARIANTS[variant]).publish()
    answer = batch()
    assert answer["uri"] == f"s3://{executions.bucket}/{KEY}"
    assert answer["bytes"] == len(executions.read(KEY))
    assert len(json.dumps(answer)) < 1024
    found = rows(executions)
    assert (answer["rows"], answer["users"]) == (len(found), 30)
    bundle, seen = bundles(executions).load("nightly"), rated(tiny_sample, "u.data").keys()
    place = {item: at for at, item in enumerate(bundle.space.items.tolist())}
    for at, user in enumerate(bundle.space.users.tolist()):
        scores = bundle.recommender.scores(*bundle.recommender.of_user(at))
        unseen = [item for item in place if (user, item) not in seen]
        best = sorted(unseen, key=lambda item: (-scores[place[item]], place[item]))[:5]
        of_user = [row for row in found if row["user"] == user]
        assert [row["item"] for row in of_user] == best
        assert [row["rank"] for row in of_user] == [1, 2, 3, 4, 5]
        assert [row["title"] for row in of_user] == [bundle.catalogue.title(item) for item in best]
        if variant != "regressor":
            assert all(0 < row["score"] < 1 for row in of_user)


def test_what_was_rated_may_be_among_them(executions: Executions, tiny_sample: Path) -> None:
    Publication(executions, tiny_sample).publish()
    assert batch(n=1000, exclude_seen=False)["rows"] == 30 * 50
    pairs = {(row["user"], row["item"]) for row in rows(executions)}
    assert pairs > rated(tiny_sample, "u.data").keys()


def test_a_version_that_is_not_whole_recommends_nothing(
    executions: Executions,
    tiny_sample: Path,
    objects: Callable[[str], dict[str, bytes]],
    aws: Callable[[str], Any],
) -> None:
    Publication(executions, tiny_sample).publish()
    executions.put("models/nightly/serving.npz", executions.read("models/nightly/serving.npz")[:-1])
    with pytest.raises(BrokenBundle, match=r"serving\.npz: \d+ bytes, expected \d+$"):
        batch()
    with pytest.raises(BrokenBundle, match=r"models/friday/manifest\.json: NoSuchKey"):
        batch(version="friday")
    assert objects("runs/nightly/batch/") == {}
    assert "Uploads" not in aws("s3").list_multipart_uploads(Bucket=executions.bucket)
