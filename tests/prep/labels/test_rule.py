from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from prep.errors import BadJob, ConstantRatings, OneClassOnly
from prep.labels import TASKS, LabelCounts, LabelRule, predictor_type

STARS = st.integers(1, 10).map(lambda half: half / 2)
RULES = st.builds(
    LabelRule,
    task=st.sampled_from(TASKS),
    liked_at_least=STARS,
    thresholds=st.lists(STARS, min_size=1, unique=True).map(lambda t: tuple(sorted(t))),
    negatives=st.integers(1, 5),
    likes_repeated=st.integers(1, 4),
)


@given(RULES)
def test_a_rule_is_what_its_json_says(rule: LabelRule) -> None:
    assert LabelRule.from_json(json.loads(json.dumps(rule.as_json()))) == rule


def test_nothing_said_is_the_blogs_label() -> None:
    rule = LabelRule.from_json({})
    assert (rule.task, rule.liked_at_least, rule.thresholds) == ("binary_classifier", 4.0, (2, 3, 4, 5))
    assert (rule.predictor_type, rule.space_thresholds, rule.rows_per_rating()) == ("binary_classifier", (), 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task", "classifier"),
        ("task", None),
        ("task", ["ordinal"]),
        ("liked_at_least", "4"),
        ("liked_at_least", True),
        ("liked_at_least", float("nan")),
        ("liked_at_least", 10**400),
        ("thresholds", []),
        ("thresholds", 3),
        ("thresholds", "23"),
        ("thresholds", [3, 2]),
        ("thresholds", [2, 2]),
        ("thresholds", [2, 2.0000000001]),
        ("thresholds", [2, None]),
        ("thresholds", [float("inf")]),
        ("thresholds", list(range(51))),
        ("negatives", 0),
        ("negatives", 1001),
        ("negatives", 8.0),
        ("negatives", True),
        ("likes_repeated", 0),
        ("likes_repeated", 101),
        ("likes_repeated", None),
        ("liked", 4),
    ],
)
def test_a_bad_field_is_named(field: str, value: object) -> None:
    with pytest.raises(BadJob, match=field) as caught:
        LabelRule.from_json({field: value})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("given_", [[], "ordinal", None, 3])
def test_what_is_no_object_is_refused(given_: object) -> None:
    with pytest.raises(BadJob, match=r"^label: "):
        LabelRule.from_json(given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("thresholds", "liked", "decided"),
    [((2, 3, 4, 5), 4, 4), ((2, 3, 4, 5), 3.5, 4), ((2, 3), 4, 3), ((1, 2.5, 4.5), 3, 2.5), ((3,), 1, 3)],
)
def test_an_ordinal_prediction_asks_the_threshold_nearest_the_cut_off(
    thresholds: tuple[float, ...], liked: float, decided: float
) -> None:
    rule = LabelRule(task="ordinal", thresholds=thresholds, liked_at_least=liked)
    assert rule.thresholds[rule.decision] == rule.cut == decided


def test_only_the_regressor_is_one() -> None:
    assert {task: predictor_type(task) for task in TASKS} == {
        "binary_classifier": "binary_classifier",
        "regressor": "regressor",
        "ordinal": "binary_classifier",
        "ranking": "binary_classifier",
    }


def test_held_out_likes_count_once() -> None:
    rule = LabelRule(task="ranking", negatives=3, likes_repeated=5)
    assert rule.rows_per_rating() == 20
    assert rule.held_out() == LabelRule(task="ranking", negatives=3, likes_repeated=1)


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (LabelRule(liked_at_least=6), "liked_at_least 6"),
        (LabelRule(task="ranking", liked_at_least=0), "liked_at_least 0"),
        (LabelRule(task="ordinal", thresholds=(1, 7)), "thresholds 7"),
    ],
)
def test_a_cut_off_outside_the_scale_is_named(rule: LabelRule, named: str) -> None:
    with pytest.raises(BadJob, match=rf"^{named}, expected 0.5 to 5$"):
        rule.check_scale(0.5, 5)
    rule.check_scale(0, 7)


def test_what_a_task_does_not_use_may_lie_outside_the_scale() -> None:
    LabelRule(task="regressor", liked_at_least=60).check_scale(1, 5)
    LabelRule(thresholds=(60,)).check_scale(1, 5)


@settings(deadline=None)
@given(RULES, st.lists(st.lists(STARS, max_size=4), max_size=4))
def test_a_channel_without_a_difference_is_refused(rule: LabelRule, parts: list[list[float]]) -> None:
    counts, merged = LabelCounts(), LabelCounts()
    for part in parts:
        counts.add(rule, *_among_others(part))
        one = LabelCounts()
        one.add(rule, *_among_others(part))
        merged.merge(one)
    assert merged == counts
    ratings = [rating for part in parts for rating in part]
    likes = {rating >= rule.cut for rating in ratings}
    is_sound = {
        "regressor": len(set(ratings)) != 1,
        "ranking": True in likes,
    }.get(rule.task, len(likes) == 2)
    if is_sound:
        counts.check(rule, channel="test")
    else:
        error = ConstantRatings if rule.task == "regressor" else OneClassOnly
        with pytest.raises(error, match="ratings of the test channel are"):
            counts.check(rule, channel="test")


def _among_others(ratings: list[float]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """With ratings between them that do not count."""
    values = np.array([value for rating in ratings for value in (rating, 9, -9)], np.float32)
    return values, np.arange(values.size) % 3 == 0
