"""One matrix product orders items as whole rows would, whatever blocks they have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lambdas.common.runs import Run
from lambdas.common.storage import Store
from lambdas.logic.scorers import scorer_of
from tests.lambdas.executions import EVERY_BLOCK, Executions, drawn

RUN = "runs/any/"


@pytest.mark.parametrize(
    "features", [[], ["genres"], ["user_attributes", "week"], ["rated_items", "item_raters"], EVERY_BLOCK], ids=str
)
def test_scores_differ_from_those_of_whole_rows_by_the_users_own_part(
    executions: Executions, tiny_sample: Path, features: list[str]
) -> None:
    """So for each user the difference is the same for all items."""
    split = {"kind": "given", "name": "ua"}
    prepared = executions.prepare(RUN, tiny_sample, {"split": split, "features": features})
    run = Run(Store(executions.bucket), RUN)
    space = run.space()
    model, encoder = drawn(prepared["feature_dim"], scale=0.3), run.encoder(space)
    users = np.array([0, 3, 4, 29])
    scores = scorer_of(model, space, encoder, users).scores(users)
    items = np.arange(len(space.items))
    whole = np.stack([model.score(encoder.rows(np.full_like(items, user), items)) for user in users])
    assert scores.shape == whole.shape == (4, prepared["items"])
    difference = whole - scores
    np.testing.assert_allclose(difference, np.tile(difference[:, :1], (1, items.size)), atol=2e-5)
    assert np.ptp(scores, axis=1).min() > 0.1, "the items should differ"
