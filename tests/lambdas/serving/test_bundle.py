"""Versions come back as they were written, and say of every user and item what their models say."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fm.folded import Folded
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.details import explain_folded
from lambdas.logic.serving.manifest import MANIFEST
from lambdas.logic.serving.ratings import UserRatings
from prep import keys
from prep.recordio import read_records
from tests.lambdas.api.worlds import World, strange
from tests.lambdas.executions import EVERY_BLOCK, rated
from tests.lambdas.serving.folders import EAGER, OF_LIKE, OF_RANKING, Folder, Made

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "every block": {"features": EVERY_BLOCK},
    "ordinal": {"label": {"task": "ordinal"}},
    "ordinal with blocks": {"label": {"task": "ordinal"}, "features": ["genres", "week"]},
    "regressor": {"label": {"task": "regressor"}},
    "regressor with blocks": {"label": {"task": "regressor"}, "features": EVERY_BLOCK},
    "ranking": {"ranking": {}},
    "ranking with blocks": {"ranking": {"features": EVERY_BLOCK}},
    "ranking of an ordinal model": {"label": {"task": "ordinal"}, "ranking": {"features": ["genres"]}},
}
Make = Callable[..., Made]


@pytest.fixture
def made(tiny_sample: Path, tmp_path: Path) -> Make:
    return lambda **job: Made(tiny_sample, tmp_path, **job)


@pytest.fixture(params=VARIANTS)
def variant(made: Make, request: pytest.FixtureRequest) -> Made:
    return made(**VARIANTS[request.param])


def check_equal(found: Bundle, expected: Bundle) -> None:
    for name in ("users", "items", "blocks"):
        assert list(getattr(found.space, name)) == list(getattr(expected.space, name))
    assert found.catalogue.to_json() == expected.catalogue.to_json()
    for field in dataclasses.fields(UserRatings):
        _check_same(getattr(found.user_ratings, field.name), getattr(expected.user_ratings, field.name))
    assert (found.ranking is None) == (expected.ranking is None)
    _check_folded(found.like, expected.like)
    _check_folded(found.recommender, expected.recommender)
    assert {**found.manifest, "files": {}} == {**expected.manifest, "files": {}}
    assert (found.version, found.recommends_by) == (expected.version, expected.recommends_by)


def _check_folded(found: Folded, expected: Folded) -> None:
    assert found.w0 == expected.w0
    for name in ("users", "user_terms", "items", "item_terms"):
        _check_same(getattr(found, name), getattr(expected, name))


def _check_same(found: NDArray[Any], expected: NDArray[Any]) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "world",
    [World(), World(has_ranking=False), World(has_ranking=False, task="regressor", threshold=None), strange()],
    ids=["ranking", "like", "regressor", "ids that are text"],
)
def test_comes_back_as_it_was(world: World, tmp_path: Path) -> None:
    folder, bundle = Folder(tmp_path), world.bundle()
    written = {**world.manifest(), "decision": None}
    entries = bundle.write(folder)
    assert set(entries) == set(EAGER)
    assert folder.names() == {*EAGER, MANIFEST}
    manifest = json.loads(folder.read(MANIFEST))
    assert manifest == {**written, "files": manifest["files"]}
    assert {name: entry["bytes"] for name, entry in manifest["files"].items()} == {
        name: len(folder.read(name)) for name in EAGER
    }
    check_equal(Bundle.read(folder), bundle)


def test_every_kind_comes_back_as_it_was(variant: Made) -> None:
    check_equal(variant.read(), variant.bundle)
    expected = {*EAGER, *(OF_LIKE if variant.like.space.blocks else ())}
    expected |= set(OF_RANKING if variant.ranking and variant.ranking.space.blocks else ())
    assert set(variant.entries) == expected
    assert variant.folder.names() == {*expected, MANIFEST}


def test_a_version_that_was_read_is_written_again_byte_by_byte(variant: Made, tmp_path: Path) -> None:
    again = Folder(tmp_path / "again")
    variant.read().write(again)
    assert again.names() == variant.folder.names()
    for name in again.names():
        assert again.read(name) == variant.folder.read(name)


def test_the_manifest_is_written_last(made: Make) -> None:
    order: list[str] = []

    class Noting(Folder):
        def open(self, name: str) -> Any:
            order.append(name)
            return super().open(name)

    case = made(features=EVERY_BLOCK)
    case.bundle.write(Noting(case.folder.path.parent / "noted"))
    assert order[-1] == MANIFEST
    assert order.count(MANIFEST) == 1


def test_explanations_sum_to_the_raw_score_of_a_whole_row(variant: Made) -> None:
    bundle, prepared = variant.read(), variant.recommender
    blocks = {block.name for block in prepared.space.all_blocks}
    for user, item in [(0, 0), (7, 3), (29, len(bundle.space.items) - 1)]:
        found = bundle.explain(user, item)
        thresholds = None if prepared.decision is None else np.array([prepared.decision])
        row = prepared.encoder.rows(np.array([user]), np.array([item]), thresholds=thresholds)
        expected = float(prepared.model.score(row)[0])
        parts = [part["contribution"] for kind in ("linear", "pairs") for part in found[kind]]
        assert found["bias"] + sum(parts) == pytest.approx(found["score"], abs=1e-9)
        assert found["score"] == pytest.approx(expected, abs=1e-5)
        assert found["score"] == pytest.approx(bundle.recommender.raw(np.array([user]), np.array([item]))[0], abs=1e-5)
        assert [part["feature"] for part in found["linear"]] == row.indices.tolist()
        assert {part["block"] for part in found["linear"]} <= blocks
        json.dumps(found, allow_nan=False)


def test_of_a_plain_space_vectors_explain_as_parameters_do(made: Make) -> None:
    case = made()
    by_parameters = case.like.trained().details()
    for user, item in [(0, 0), (11, 17)]:
        expected, found = by_parameters.explain(user, item), explain_folded(case.bundle.like, user, item)
        assert found.keys() == expected.keys()
        assert [{**part, "contribution": 0} for part in found["linear"]] == [
            {**part, "contribution": 0} for part in expected["linear"]
        ]
        assert [part["blocks"] for part in found["pairs"]] == [part["blocks"] for part in expected["pairs"]]
        for kind in ("linear", "pairs"):
            for one, other in zip(found[kind], expected[kind], strict=True):
                assert one["contribution"] == pytest.approx(other["contribution"], abs=1e-6)


def test_rows_are_those_that_the_like_model_was_trained_on(variant: Made) -> None:
    """As they stand in the test channel, of the ordinal task those of the threshold that decides."""
    bundle, like = variant.read(), variant.like
    x, _ = read_records((like.out / keys.TEST).read_bytes())
    dense, width, n_users = x.toarray(), like.space.feature_dim, len(like.space.users)
    users, items = dense[:, :n_users].argmax(1), dense[:, n_users : n_users + len(like.space.items)].argmax(1)
    if like.decision is not None:
        is_decided = dense[:, width - len(like.space.thresholds) + like.decision] == 1
        dense, users, items = dense[is_decided], users[is_decided], items[is_decided]
    found = bundle.rows(users, items)
    assert found.n_columns == width
    is_same = np.ones(width, np.bool_)
    for block in like.space.blocks:  # a held-out rating has a week of its own, a prediction the last one
        is_same[block.first : block.stop] = block.kind != "week"
    whole = csr_array((found.data, found.indices, found.indptr), shape=dense.shape).toarray()
    np.testing.assert_array_equal(whole[:, is_same], dense[:, is_same])
    expected = like.encoder.rows(
        users, items, thresholds=None if like.decision is None else np.full_like(users, like.decision)
    )
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


@pytest.mark.parametrize("task", ["binary_classifier", "ordinal", "regressor"])
def test_ratings_are_those_of_the_datasets_files(made: Make, tiny_sample: Path, task: str) -> None:
    case = made(label={"task": task}, shards=2, split={"kind": "given", "name": "ua", "validation": 0.3})
    bundle = case.read()
    train, test = rated(tiny_sample, "ua.base"), rated(tiny_sample, "ua.test")
    users, items = bundle.space.users.tolist(), bundle.space.items
    kept = {
        (users[u], int(items[i]))
        for part in case.like.ratings(keys.VALIDATION)
        for u, i in zip(part.users, part.items, strict=True)
    }
    assert 0 < len(kept) < len(train)
    trained = {pair: stars for pair, stars in train.items() if pair not in kept}
    for at, user in enumerate(users):
        of_user = [{item for u, item in pairs if u == user} for pairs in ({**train, **test}, train)]
        likes = {item for (u, item), stars in trained.items() if u == user and stars >= 4}
        for lists, expected in zip((bundle.rated, bundle.known, bundle.liked), (*of_user, likes), strict=True):
            assert sorted(items[lists.of(at)].tolist()) == sorted(expected)
    for at, item in enumerate(items.tolist()):
        stars_of = [stars for (_, other), stars in trained.items() if other == item]
        assert bundle.ratings[at] == len(stars_of)
        assert bundle.likes[at] == sum(stars >= 4 for stars in stars_of)


def test_shown_scores_are_probabilities_and_of_a_regressor_ratings() -> None:
    raw = np.array([-1000, -2.0, 0, 0.5, 1000])
    bundle = World(has_ranking=False).bundle()
    np.testing.assert_allclose(bundle.shown(raw), [0, 1 / (1 + np.exp(2)), 0.5, 1 / (1 + np.exp(-0.5)), 1])
    regressor = World(has_ranking=False, task="regressor").bundle()
    np.testing.assert_array_equal(regressor.shown(raw), raw)
    ranked = World(has_ranking=True, task="regressor").bundle()
    assert ranked.has_probabilities
    assert ranked.shown(raw).max() == 1
