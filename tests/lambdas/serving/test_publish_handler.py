"""What an execution leaves in the bucket becomes a version that says what its models say."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.rank
from fm.evaluation.documents import evaluate_ranking
from fm.evaluation.user_items import UserItems
from lambdas.common.events import MalformedEvent
from lambdas.logic.ranking import OtherIds
from lambdas.logic.serving.errors import BrokenBundle
from lambdas.logic.serving.ratings import MiscountedRatings
from prep import keys
from prep.feature_space import FeatureSpace
from prep.recordio import write_records
from tests.lambdas.executions import EVERY_BLOCK, Executions, packed, rated, scores, sigmoid
from tests.lambdas.executions import drawn as drawn_model
from tests.lambdas.serving.folders import EAGER, OF_LIKE, OF_RANKING
from tests.lambdas.serving.published import ARN, ENDPOINT, UA, Publication, bundles

MOST_BYTES = 4096
PLAIN = {*EAGER}
Objects = Callable[[str], dict[str, bytes]]
Publish = Callable[..., Publication]


@pytest.fixture
def case(executions: Executions, tiny_sample: Path) -> Publish:
    return lambda **given: Publication(executions, tiny_sample, **given)


VARIANTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "like alone": ({}, PLAIN),
    "every block": ({"features": EVERY_BLOCK, "shards": 3}, PLAIN.union(OF_LIKE)),
    "ordinal": ({"label": {"task": "ordinal"}}, PLAIN.union(OF_LIKE)),
    "regressor": ({"label": {"task": "regressor"}}, PLAIN),
    "ranking": ({"ranking": {}}, PLAIN),
    "ranking beside blocks": ({"ranking": {}, "features": ["genres"]}, PLAIN.union(OF_LIKE)),
    "blocks of both": ({"ranking": {"features": EVERY_BLOCK}, "features": ["year"]}, PLAIN.union(OF_LIKE, OF_RANKING)),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_version_says_of_held_out_ratings_what_the_model_says(
    case: Publish, executions: Executions, objects: Objects, variant: str
) -> None:
    given, files = VARIANTS[variant]
    publication = case(**given)
    answer = publication.publish()
    stored = objects("models/")
    assert set(stored) == {f"models/nightly/{name}" for name in files | {"manifest.json"}}
    assert answer == {
        "version": "nightly",
        "uri": f"s3://{executions.bucket}/models/nightly/",
        "files": sorted(files),
        "bytes": sum(len(content) for key, content in stored.items() if not key.endswith("manifest.json")),
    }
    assert len(json.dumps(answer)) < MOST_BYTES
    bundle = bundles(executions).load("nightly")
    assert bundle.recommends_by == ("like" if publication.ranking is None else "ranking")
    dense, _, pairs = executions.rows(publication.run)
    if bundle.space.thresholds:
        decides = dense[:, -4 + bundle.space.thresholds.index("4")] == 1
        dense, pairs = dense[decides], [pair for pair, is_one in zip(pairs, decides, strict=True) if is_one]
    users = bundle.space.positions_of_users([user for user, _ in pairs])
    items = bundle.space.positions_of_items([item for _, item in pairs])
    found, expected = bundle.like.raw(users, items), scores(publication.model, dense)
    if "week" not in publication.preparation.get("features", []):  # a held-out rating has a week of its own
        np.testing.assert_allclose(found, expected, atol=1e-4)
    asked = publication.model.score(bundle.rows(users, items))
    np.testing.assert_allclose(found, asked, atol=1e-4)
    if publication.ranking is None:
        raw = bundle.recommender.raw(users, items).astype(np.float64)
        shown = raw if publication.prepared["task"] == "regressor" else sigmoid(raw)
        np.testing.assert_allclose(bundle.shown(raw), shown)


def test_the_ranking_models_vectors_rank(case: Publish, executions: Executions) -> None:
    publication = case(ranking={})
    publication.publish()
    bundle = bundles(executions).load("nightly")
    n_users, n_items = len(bundle.space.users), len(bundle.space.items)
    assert bundle.ranking is not None
    for user in (0, 17):
        rows = np.zeros((n_items, n_users + n_items))
        rows[:, user] = 1
        rows[:, n_users:] = np.eye(n_items)
        expected = scores(publication.ranking_model, rows)
        np.testing.assert_allclose(bundle.ranking.raw(np.full(n_items, user), np.arange(n_items)), expected, atol=1e-5)


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"split": {**UA, "validation": 0.4}, "shards": 3},
        {"label": {"task": "ordinal"}, "split": {**UA, "validation": 0.2}},
        {"label": {"task": "regressor"}},
        {"split": {"kind": "temporal", "share": 0.5}},
    ],
    ids=["given", "validation", "ordinal", "regressor", "temporal"],
)
def test_known_is_what_the_ranking_calls_seen(
    case: Publish, executions: Executions, monkeypatch: pytest.MonkeyPatch, job: dict[str, Any]
) -> None:
    publication = case(ranking={}, **job)
    given: dict[str, Any] = {}

    def noting(*args: Any, **named: Any) -> Any:
        given.update(named)
        return evaluate_ranking(*args, **named)

    monkeypatch.setattr(lambdas.rank, "evaluate_ranking", noting)
    publication.rank()
    publication.publish()
    bundle = bundles(executions).load("nightly")
    ranked = np.unique(given["liked"].keys // given["liked"].n_items).tolist()
    assert ranked
    for user in ranked:
        assert sorted(bundle.known.of(user).tolist()) == _of_user(given["seen"], user)
    np.testing.assert_array_equal(bundle.ratings, given["popularity"])
    np.testing.assert_array_equal(bundle.likes, given["train_likes"])


def _of_user(pairs: UserItems, user: int) -> list[int]:
    return [int(key % pairs.n_items) for key in pairs.keys if key // pairs.n_items == user]


def test_lists_are_those_of_the_datasets_files(case: Publish, executions: Executions, tiny_sample: Path) -> None:
    case(shards=2).publish()
    bundle = bundles(executions).load("nightly")
    train, test = rated(tiny_sample, "ua.base"), rated(tiny_sample, "ua.test")
    likes = {pair for pair, stars in train.items() if stars >= 4}
    for at, user in enumerate(bundle.space.users.tolist()):
        kinds = ((bundle.rated, {*train, *test}), (bundle.known, {*train}), (bundle.liked, likes))
        for lists, pairs in kinds:
            items = bundle.space.items[lists.of(at)].tolist()
            assert sorted(items) == sorted(item for other, item in pairs if other == user)


def test_the_manifest_says_what_the_version_is(case: Publish, executions: Executions) -> None:
    publication = case(ranking={}, endpoint=ENDPOINT)
    publication.publish()
    manifest, event = executions.json("models/nightly/manifest.json"), publication.event()
    assert (manifest["format"], manifest["version"], manifest["recommends_by"]) == (1, "nightly", "ranking")
    assert manifest["created"] == "2026-11-26T03:00:00.500+00:00"
    assert manifest["execution"] == f"{ARN}nightly"
    assert (
        manifest["dataset"].items()
        >= {"users": 30, "items": 50, "synthetic": publication.prepared["synthetic"]}.items()
    )
    assert manifest["endpoint"] == ENDPOINT
    assert (manifest["task"], manifest["threshold"], manifest["decision"]) == ("binary_classifier", 0.5, None)
    assert manifest["models"] == {
        "like": publication.model_data,
        "ranking": event["ranking"]["training"]["model_data"],
    }
    assert manifest["report"] == f"s3://{executions.bucket}/runs/nightly/report.html"
    kept = ("job", "fetched", "prepared", "training", "evaluation", "ranking", "ranked")
    assert manifest["remembered"] == json.loads(json.dumps({name: event[name] for name in kept}))


def test_the_ordinal_tasks_threshold_is_that_of_a_like(case: Publish, executions: Executions) -> None:
    case(label={"task": "ordinal", "liked_at_least": 3}).publish()
    manifest = executions.json("models/nightly/manifest.json")
    assert bundles(executions).load("nightly").space.thresholds[manifest["decision"]] == "3"


def test_ids_may_be_text(executions: Executions, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    rng = np.random.default_rng(3)
    rows = [
        f"käufer {user},sku-{item:03},{int(rng.integers(1, 6))}"
        for user in range(12)
        for item in rng.choice(25, 14, replace=False).tolist()
    ]
    (folder / "shop.csv").write_text("\n".join(["user,item,rating", *rows, ""]))
    publication = Publication(executions, folder, split={"kind": "leave_k_out", "k": 3})
    publication.publish()
    bundle = bundles(executions).load("nightly")
    assert bundle.space.users.tolist() == sorted(f"käufer {user}" for user in range(12))
    assert bundle.rated.counts().tolist() == [14] * 12
    assert bundle.known.counts().tolist() == [11] * 12


def test_a_failed_publication_leaves_no_version(case: Publish, executions: Executions, objects: Objects) -> None:
    publication = case()
    wrong = {**publication.prepared, "ratings": {**publication.prepared["ratings"], "test": 299}}
    with pytest.raises(MiscountedRatings, match="ratings or more in the channels, expected 699 as prepared"):
        publication.publish(prepared=wrong)
    assert objects("models/") == {}
    assert bundles(executions).versions() == []


def test_a_file_that_cannot_be_written_leaves_no_manifest(
    case: Publish, executions: Executions, monkeypatch: pytest.MonkeyPatch, aws: Callable[[str], Any]
) -> None:
    publication = case(features=["genres"])

    def broken(*_: Any) -> None:
        raise OSError("broken pipe")

    monkeypatch.setattr("prep.features.side_data.SideData.write_to", broken)
    with pytest.raises(OSError, match="broken pipe"):
        publication.publish()
    assert bundles(executions).versions() == []
    assert "Uploads" not in aws("s3").list_multipart_uploads(Bucket=executions.bucket)
    with pytest.raises(BrokenBundle, match=r"models/nightly/manifest\.json: NoSuchKey"):
        bundles(executions).load("nightly")


def test_a_ranking_model_of_other_items_is_refused(case: Publish, executions: Executions) -> None:
    publication = case(ranking={})
    other = FeatureSpace.of(users=range(1, 31), items=range(2, 52))
    executions.put(publication.ranking_run + keys.FEATURE_SPACE, other.to_json())
    with pytest.raises(OtherIds, match="items of the ranking model"):
        publication.publish()


def test_an_event_of_another_shape_is_refused(case: Publish) -> None:
    with pytest.raises(MalformedEvent, match=r"absent none, not known \['mode'\]"):
        case().publish(mode="none")


def test_a_million_ratings_are_published_in_little_memory(executions: Executions, case: Publish) -> None:
    """Their records are 64 MB; of each rating 12 bytes are kept, and some megabytes are on their way."""
    publication = case()
    n_users, n_items, each = 10_000, 2_000, 100
    space = FeatureSpace.of(users=range(n_users), items=range(n_items))
    executions.put(publication.run + keys.FEATURE_SPACE, space.to_json())
    rng = np.random.default_rng(0)
    starts = rng.integers(0, n_items, n_users)
    items = (starts[:, None] + np.arange(each) * 17) % n_items
    for key, part in ((keys.TRAIN, slice(0, 90)), (keys.TEST, slice(90, each))):
        x = space.encode(np.repeat(np.arange(n_users), items[:, part].shape[1]), items[:, part].ravel())
        stream = io.BytesIO()
        write_records(stream, x, labels=(rng.random(x.rows) < 0.6).astype(np.float32))
        executions.put(publication.run + key, stream.getvalue())
    del x, stream
    model_data = publication.model_data.removeprefix(f"s3://{executions.bucket}/")
    executions.put(model_data, packed(drawn_model(space.feature_dim)))
    counts = {"train": 90 * n_users, "validation": 0, "test": 10 * n_users}
    tracemalloc.start()
    try:
        publication.publish(prepared={**publication.prepared, "ratings": counts, "shards": 1})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 90e6
    bundle = bundles(executions).load("nightly")
    assert bundle.rated.counts().tolist() == [each] * n_users
    assert sorted(bundle.rated.of(7).tolist()) == sorted(items[7].tolist())
