"""Who meets whom on which ratings, and what is said where nobody can be judged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.logic.champion import Contestant, NotComparable, check_same_holdout, meet, not_judged
from lambdas.logic.channels import Ratings
from prep.feature_space import FeatureSpace
from prep.split_rule import SplitRule

PREPARED = {
    "name": "shop",
    "predictor_type": "binary_classifier",
    "split": SplitRule(kind="given", name="ua").as_json(),
}
Held = dict[tuple[int, int], tuple[float, float]]
"""Label and score by ids of user and item."""


def _contestant(held: Held, *, more_users: tuple[int, ...] = (), more_items: tuple[int, ...] = ()) -> Contestant:
    """Whose test channel is ``held``; it knows other users and items as well."""
    users, items = [user for user, _ in held], [item for _, item in held]
    space = FeatureSpace.of(users=[*users, *more_users], items=[*items, *more_items])
    columns = np.array(list(held.values()), np.float32).reshape(-1, 2)
    ratings = Ratings(
        space.positions_of_users(users).astype(np.int32),
        space.positions_of_items(items).astype(np.int32),
        columns[:, 0],
    )
    return Contestant(space=space, ratings=ratings, scores=columns[:, 1])


def _holdout(score: float, *, rows: int = 200, first_user: int = 0) -> Held:
    """Half of them liked, and all with the same score."""
    return {(first_user + row // 10, row % 10): (float(row % 2), score) for row in range(rows)}


@pytest.mark.parametrize(
    ("ours", "theirs", "side"), [(0.9, 0.6, "worse"), (0.6, 0.9, "better"), (0.6, 0.6, "no difference")]
)
def test_the_reason_names_measure_values_and_interval(ours: float, theirs: float, side: str) -> None:
    """Half of the rows liked: a constant p has −(ln p + ln(1 − p)) / 2 whatever is resampled in equal halves."""
    encounter = meet(_contestant(_holdout(ours)), _contestant(_holdout(theirs)), is_regressor=False)
    comparison = encounter.comparison
    assert comparison is not None
    values = [-(np.log(p) + np.log(1 - p)) / 2 for p in (ours, theirs)]
    assert (comparison.challenger, comparison.champion) == pytest.approx(values, rel=1e-5)
    said = f"cross_entropy {values[0]:.4f} of the challenger against {values[1]:.4f} of the champion: {side}"
    assert encounter.reason.startswith(said)
    assert "95 % interval" in encounter.reason
    assert encounter.reason.endswith("; on 200 test ratings")
    assert encounter.as_json() == {
        "judged": True, "reason": encounter.reason, "rows": 200, "unknown": 0, "not_held_out": 0
    }  # fmt: skip


@pytest.mark.parametrize(("tolerance", "is_accepted"), [(0.0, False), (0.4, False), (0.8, True)])
def test_a_little_worse_is_put_up_with(tolerance: float, is_accepted: bool) -> None:
    """A constant .9 for half of the rows liked has 1.2040 against 0.7136 of .6: worse by 69 percent."""
    ours, theirs = _contestant(_holdout(0.9)), _contestant(_holdout(0.6))
    encounter = meet(ours, theirs, is_regressor=False, tolerance=tolerance)
    assert encounter.verdict is not None
    assert encounter.verdict.is_accepted is is_accepted
    if tolerance:
        assert f"than the {0.7136 * tolerance:.3f}"[:-1] in encounter.reason


def test_a_regressor_is_compared_by_its_rmse() -> None:
    held: Held = {(row, 0): (4.0, 4.5) for row in range(50)}
    encounter = meet(
        _contestant(held), _contestant(dict.fromkeys(held, (4.0, 3.0)), more_items=(7,)), is_regressor=True
    )
    assert encounter.reason.startswith("rmse 0.5000 of the challenger against 1.0000 of the champion: better by 0.5000")


def test_ratings_of_the_unknown_and_those_not_held_out_are_left_out_and_counted() -> None:
    """By ids, wherever they stand among other ids: the champion's 4 common rows have a score of their own."""
    ours: Held = {
        (2, 1): (1, 0.8),
        (2, 2): (0, 0.8),
        (3, 1): (1, 0.8),
        (3, 9): (0, 0.8),
        (5, 1): (1, 0.8),
        (5, 5): (1, 0.8),
    }
    theirs: Held = {(3, 1): (1, 0.4), (2, 1): (1, 0.4), (2, 2): (0, 0.4), (1, 1): (1, 0.01), (5, 7): (0, 0.99)}
    encounter = meet(_contestant(ours), _contestant(theirs, more_items=(5,)), is_regressor=False)
    assert (encounter.rows, encounter.unknown, encounter.not_held_out) == (3, 1, 2)
    assert encounter.comparison is not None
    assert encounter.comparison.champion == pytest.approx(-(2 * np.log(0.4) + np.log(0.6)) / 3, rel=1e-5)
    assert encounter.comparison.challenger == pytest.approx(-(2 * np.log(0.8) + np.log(0.2)) / 3, rel=1e-5)
    assert encounter.reason.endswith(
        "; on 3 test ratings, without 1 of users or items that the champion does not know and 2 that it did not hold "
        "out"
    )


PAIRS = st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.just((1.0, 0.5)), min_size=1, max_size=20)


@settings(max_examples=25)  # each takes a thousand resamples
@given(PAIRS, PAIRS)
def test_every_rating_is_either_common_or_counted(ours: Held, theirs: Held) -> None:
    """Labels of both kinds on a rating that both have, so that there is something to measure."""
    both: Held = {(8, 8): (1.0, 0.5), (8, 9): (0.0, 0.5)}
    encounter = meet(_contestant({**ours, **both}), _contestant({**both, **theirs}), is_regressor=False)
    users, items = {user for user, _ in {**theirs, **both}}, {item for _, item in {**theirs, **both}}
    unknown = sum(user not in users or item not in items for user, item in ours)
    common = len(ours.keys() & theirs.keys())
    assert (encounter.rows, encounter.unknown) == (common + 2, unknown)
    assert encounter.not_held_out == len(ours) - common - unknown


def test_no_common_rating_is_no_comparison() -> None:
    with pytest.raises(NotComparable, match="it held out none of the 200 test ratings"):
        meet(_contestant(_holdout(0.5)), _contestant(_holdout(0.5, first_user=100)), is_regressor=False)


def test_other_labels_of_the_same_ratings_are_another_rule() -> None:
    theirs = {**_holdout(0.5), (0, 0): (1.0, 0.5), (0, 2): (1.0, 0.5)}
    with pytest.raises(NotComparable, match="its labels follow another rule: 2 of 200 test ratings differ"):
        meet(_contestant(_holdout(0.5)), _contestant(theirs), is_regressor=False)


def test_too_little_in_common_to_measure_is_said() -> None:
    ours: Held = {(1, 1): (1.0, 0.5), (1, 2): (0.0, 0.5)}
    theirs: Held = {(1, 1): (1.0, 0.5), (1, 3): (0.0, 0.5)}
    with pytest.raises(NotComparable, match="on the 1 ratings that both held out: 1 positive and 0 negative rows"):
        meet(_contestant(ours), _contestant(theirs, more_items=(2,)), is_regressor=False)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "other"}, "its dataset was other, this one's is shop"),
        ({"predictor_type": "regressor"}, "its kind of model was regressor, this one's is binary_classifier"),
        (
            {"split": SplitRule(kind="given", name="ub").as_json()},
            "its split was kind given, name ub; this one's is kind ",
        ),
        ({"split": SplitRule(kind="random", seed=3).as_json()}, "may have trained .* kind random, share 0.1, seed 3; "),
        ({"split": None}, "its split was not told"),
        ({"name": None}, "its dataset was None"),
    ],
)
def test_another_holdout_is_not_judged_and_why(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(NotComparable, match=why):
        check_same_holdout(PREPARED, {**PREPARED, **changes})


@pytest.mark.parametrize(
    ("split", "others", "is_same"),
    [
        ({"kind": "given", "name": "ua"}, {"seed": 9, "validation": 0.2}, True),
        ({"kind": "leave_k_out", "k": 5}, {"validation": 0.2}, True),
        ({"kind": "leave_k_out", "k": 5}, {"k": 6}, False),
        ({"kind": "leave_k_out", "k": 5}, {"seed": 6}, False),
        ({"kind": "random"}, {"share": 0.2}, False),
        ({"kind": "temporal"}, {"per": "user"}, False),
        ({"kind": "temporal"}, {"k": 3}, True),
    ],
)
def test_only_what_decides_who_is_tested_on_counts(
    split: dict[str, Any], others: dict[str, Any], is_same: bool
) -> None:
    first, second = ({**PREPARED, "split": SplitRule(**rule).as_json()} for rule in (split, {**split, **others}))
    if is_same:
        check_same_holdout(first, second)
    else:
        with pytest.raises(NotComparable):
            check_same_holdout(first, second)


def test_what_was_not_judged_says_so() -> None:
    assert not_judged("its files are gone").as_json() == {
        "judged": False,
        "reason": "not compared with the champion: its files are gone",
        "rows": 0,
        "unknown": 0,
        "not_held_out": 0,
    }
