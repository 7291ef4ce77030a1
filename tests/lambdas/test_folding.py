"""Vectors of users and items score as whole rows would, whatever blocks they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.folded import Folded
from fm.model import FactorizationMachine
from lambdas.logic.folding import folded_of
from prep import keys
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
from tests.lambdas.executions import EVERY_BLOCK, drawn

UA = {"kind": "given", "name": "ua"}
ORDINAL = {"task": "ordinal"}


def prepared(folder: Path, out: Path, **job: Any) -> tuple[FactorizationMachine, FeatureSpace, Encoder]:
    """A drawn model of what a preparation leaves."""
    prepare(FolderSource(folder), PrepareJob.from_json({"split": UA, **job}), FolderSink(out))
    space = FeatureSpace.from_json((out / keys.FEATURE_SPACE).read_bytes())
    side = SideData.from_bytes((out / keys.SIDE_DATA).read_bytes()) if (out / keys.SIDE_DATA).exists() else SideData()
    return drawn(space.feature_dim, scale=0.3), space, Encoder(space, side)


def whole(
    model: FactorizationMachine, space: FeatureSpace, encoder: Encoder, threshold: int | None = None
) -> NDArray[np.float32]:
    """Raw scores of rows that were never taken apart, (users, items)."""
    users, items = (places.ravel() for places in np.indices((len(space.users), len(space.items))))
    thresholds = None if threshold is None else np.full_like(users, threshold)
    return model.score(encoder.rows(users, items, thresholds=thresholds)).reshape(len(space.users), len(space.items))


def of_all(folded: Folded) -> NDArray[np.float32]:
    return np.stack([folded.scores(*folded.of_user(user)) for user in range(folded.n_users)])


@pytest.mark.parametrize(
    "features", [[], ["genres"], ["user_attributes", "week"], ["rated_items", "item_raters"], EVERY_BLOCK], ids=str
)
def test_scores_are_those_of_whole_rows(tmp_path: Path, tiny_sample: Path, features: list[str]) -> None:
    model, space, encoder = prepared(tiny_sample, tmp_path, features=features)
    folded = folded_of(model, space, encoder)
    np.testing.assert_allclose(of_all(folded), whole(model, space, encoder), atol=2e-5)
    users, items = np.array([3, 0, 29]), np.array([1, 1, 40])
    np.testing.assert_allclose(folded.raw(users, items), whole(model, space, encoder)[users, items], atol=2e-5)


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["alone", "every block"])
def test_the_threshold_asked_for_is_part_of_every_score(tmp_path: Path, tiny_sample: Path, features: list[str]) -> None:
    """Of the ordinal task, where a rating is asked "at least this"; each threshold has scores of its own."""
    model, space, encoder = prepared(tiny_sample, tmp_path, features=features, label=ORDINAL)
    assert len(space.thresholds) == 4
    for threshold in range(4):
        folded = folded_of(model, space, encoder, threshold)
        np.testing.assert_allclose(of_all(folded), whole(model, space, encoder, threshold), atol=2e-5)
    others = folded_of(model, space, encoder, 0)
    np.testing.assert_array_equal(others.users, folded.users)
    assert np.abs(others.items - folded.items).max() > 0.01


def test_a_threshold_is_asked_for_exactly_where_there_are_some(tmp_path: Path, tiny_sample: Path) -> None:
    with pytest.raises(ValueError, match="thresholds of a space with 4, expected one for each row"):
        folded_of(*prepared(tiny_sample, tmp_path / "ordinal", label=ORDINAL))
    with pytest.raises(ValueError, match="thresholds of a space with 0, expected none"):
        folded_of(*prepared(tiny_sample, tmp_path / "plain"), 1)


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["plain", "every block"])
def test_of_users_who_were_not_asked_for_nothing_is_known(
    tmp_path: Path, tiny_sample: Path, features: list[str]
) -> None:
    given = prepared(tiny_sample, tmp_path, features=features)
    some = np.array([2, 7, 11])
    folded, everybody = folded_of(*given, users=some), folded_of(*given)
    np.testing.assert_allclose(of_all(folded)[some], of_all(everybody)[some], atol=1e-6)
    others = np.setdiff1d(np.arange(folded.n_users), some)
    assert not folded.users[others].any()
    assert not folded.user_terms[others].any()
    np.testing.assert_array_equal(folded.items, everybody.items)


def test_rows_are_folded_part_by_part(tmp_path: Path, tiny_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = prepared(tiny_sample, tmp_path, features=EVERY_BLOCK)
    at_once = folded_of(*given)
    monkeypatch.setattr("lambdas.logic.folding._MAX_VALUES", 60)
    in_parts = folded_of(*given)
    np.testing.assert_allclose(of_all(in_parts), of_all(at_once), atol=1e-6)
