"""Lists of real channels against lists made item by item."""

from __future__ import annotations

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.logic.ranking
import lambdas.rank
from fm.model import FactorizationMachine
from lambdas.common.runs import Run
from lambdas.common.storage import Store
from lambdas.logic.ranking import OtherIds
from local_aws.cloudwatch import embedded
from local_aws.metrics import Metric
from prep import keys
from prep.feature_space import FeatureSpace
from tests.lambdas.executions import EVERY_BLOCK, Executions, constant, drawn, rated

RUN, RANKING = "runs/nightly/", "runs/nightly/ranking/"
SPLIT = {"kind": "given", "name": "ua"}
MOST_BYTES = 4096
Lists = dict[int, list[int]]


class Case:
    """The sample, prepared for a like model and for a ranking model."""

    def __init__(self, executions: Executions, sample: Path, job: dict[str, Any], of_ranking: list[str]) -> None:
        self.executions, self.job = executions, {"split": SPLIT, **job}
        self.prepared = executions.prepare(RUN, sample, self.job)
        ranking = {
            "split": self.job["split"],
            "features": of_ranking,
            "label": {"task": "ranking", "likes_repeated": 1},
        }
        self.width = executions.prepare(RANKING, sample, ranking)["feature_dim"]

    def rank(self, model: FactorizationMachine, **gate: Any) -> dict[str, Any]:
        event = {
            "run": RUN,
            "ranking_run": RANKING,
            "model_data": self.executions.put_model(RANKING, model),
            "preparation": self.job,
            "prepared": self.prepared,
            "gate": gate,
        }
        return lambdas.rank.handler(event, None)

    def document(self) -> dict[str, Any]:
        return self.executions.json(f"{RUN}ranking.json")

    def scores_of(self, model: FactorizationMachine) -> Callable[[int, int], float]:
        """Of a row of its own for each user and item, by id."""
        run = Run(Store(self.executions.bucket), RANKING)
        space = run.space()
        users, items = (grid.ravel() for grid in np.meshgrid(space.users, space.items, indexing="ij"))
        scores = model.score(run.encoder(space).encode(users, items)).reshape(len(space.users), -1)
        places = [{id_: at for at, id_ in enumerate(ids.tolist())} for ids in (space.users, space.items)]
        return lambda user, item: float(scores[places[0][user], places[1][item]])

    def of_items(self, weights: list[float]) -> FactorizationMachine:
        """A ranking model that puts the items in one order for everybody."""
        w = np.zeros(self.width, np.float32)
        w[self.prepared["users"] : self.prepared["users"] + len(weights)] = weights
        return dataclasses.replace(constant(self.width, 0.0), w=w)


@pytest.fixture
def make(executions: Executions, tiny_sample: Path) -> Callable[..., Case]:
    return lambda of_ranking=(), **job: Case(executions, tiny_sample, job, list(of_ranking))


def _hits(lists: Lists, liked: dict[int, set[int]]) -> dict[str, float]:
    """The measures of lists of ten by their definitions, user by user."""
    found: dict[str, list[float]] = {"precision@10": [], "recall@10": [], "ndcg@10": [], "map@10": []}
    for user, relevant in liked.items():
        hits = [item in relevant for item in lists[user]]
        most = min(len(relevant), 10)
        ideal = sum(1 / math.log2(1 + place) for place in range(1, most + 1))
        found["precision@10"].append(sum(hits) / 10)
        found["recall@10"].append(sum(hits) / len(relevant))
        gains = (is_hit / math.log2(1 + place) for place, is_hit in enumerate(hits, start=1))
        found["ndcg@10"].append(sum(gains) / ideal)
        found["map@10"].append(sum(sum(hits[: at + 1]) / (at + 1) for at, hit in enumerate(hits) if hit) / most)
    return _rounded({name: sum(values) / len(values) for name, values in found.items()})


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 9) for name, value in values.items()}


def _lists(score: Callable[[int, int], float], sample: Path, items: list[int]) -> Lists:
    """Each user's ten best of what they have not rated before the test; of equal ones the lower id."""
    seen = rated(sample, "ua.base").keys()
    lists = {}
    for user in _liked(sample):
        unseen = [item for item in items if (user, item) not in seen]
        unseen.sort(key=lambda item: (-score(user, item), item))
        lists[user] = unseen[:10]
    return lists


def _counts(pairs: Iterable[tuple[int, int]], items: list[int]) -> dict[int, float]:
    """How often each item stands among the pairs."""
    found = Counter(item for _, item in pairs)
    return {item: float(found[item]) for item in items}


def _by_item(scores: dict[int, float], _: int, item: int) -> float:
    return scores[item]


def _liked(sample: Path) -> dict[int, set[int]]:
    liked: dict[int, set[int]] = {}
    for (user, item), stars in rated(sample, "ua.test").items():
        if stars >= 4:
            liked.setdefault(user, set()).add(item)
    return liked


@pytest.mark.parametrize(
    ("features", "job"),
    [
        ([], {}),
        (EVERY_BLOCK, {"features": ["genres"], "shards": 3}),
        ([], {"label": {"task": "ordinal"}}),
        ([], {"label": {"task": "regressor"}}),
    ],
    ids=["plain", "every block", "beside an ordinal model", "beside a regressor"],
)
def test_measures_are_those_of_lists_made_by_hand(
    make: Callable[..., Case], tiny_sample: Path, features: list[str], job: dict[str, Any]
) -> None:
    case = make(features, **job)
    model = drawn(case.width, scale=0.3)
    answer = case.rank(model)
    space = case.executions.space(RUN)
    items, liked = space.items.tolist(), _liked(tiny_sample)
    counts = _counts(rated(tiny_sample, "ua.base"), items)
    by_popularity = _lists(partial(_by_item, counts), tiny_sample, items)
    document = case.document()
    assert (document["k"], document["users"], document["sampled"]) == (10, len(liked), None)
    assert document["popularity"]["by"] == "ratings in training"
    assert _hits(by_popularity, liked).items() <= _rounded(document["popularity"]["metrics"]).items()
    covered = {item for items in by_popularity.values() for item in items}
    assert document["popularity"]["metrics"]["coverage"] == len(covered) / len(items)
    own = _lists(case.scores_of(model), tiny_sample, items)
    assert _hits(own, liked).items() <= _rounded(answer["metrics"]).items()
    for name, (low, high) in answer["intervals"].items():
        assert low <= answer["metrics"][name] <= high
    by_model = [sum(item in made for made in own.values()) for item in items]
    assert sorted(document["frequency"]["recommended_by_model"]) == sorted(by_model)


def test_the_state_gets_no_counts_and_the_bucket_everything(make: Callable[..., Case]) -> None:
    case = make()
    answer = case.rank(drawn(case.width), beat_popularity=True)
    assert len(json.dumps(answer, allow_nan=False)) < MOST_BYTES
    assert answer.pop("key") == f"s3://{case.executions.bucket}/{RUN}ranking.json"
    document = case.document()
    frequency = document.pop("frequency")
    assert document == answer
    assert {len(column) for column in frequency.values()} == {case.prepared["items"]}


def test_the_order_of_the_tests_own_likes_beats_popularity(make: Callable[..., Case], tiny_sample: Path) -> None:
    """A model that knows how often each item will be liked, against one that has them the wrong way round."""
    case = make()
    items, liked = case.executions.space(RUN).items.tolist(), _liked(tiny_sample)
    future = [float(sum(item in of_user for of_user in liked.values())) for item in items]
    gate = case.rank(case.of_items(future), beat_popularity=True)["gate"]
    assert gate["decision"] == "accepted", gate
    assert gate["reasons"][0].startswith("ndcg@10 0.")
    assert ", by popularity 0." in gate["reasons"][0]
    assert gate["reasons"][0].endswith(f"over {len(liked)} users)")
    worst = case.of_items([-value for value in future])
    rejected = case.rank(worst, beat_popularity=True)
    assert rejected["gate"]["decision"] == "rejected"
    assert "a gain of −0." in rejected["gate"]["reasons"][0]
    assert case.rank(worst, beat_popularity=False)["gate"]["decision"] == "accepted"


def test_ranking_by_popularity_does_not_beat_popularity(make: Callable[..., Case], tiny_sample: Path) -> None:
    case = make()
    items = case.executions.space(RUN).items.tolist()
    counts = _counts(rated(tiny_sample, "ua.base"), items)
    answer = case.rank(case.of_items(list(counts.values())), beat_popularity=True)
    assert answer["metrics"] == answer["popularity"]["metrics"]
    assert answer["gate"]["decision"] == "rejected"
    assert "a gain of 0.0000 (95 % interval 0.0000 to 0.0000 " in answer["gate"]["reasons"][0]


def test_what_is_kept_for_validation_is_in_no_list_and_makes_nothing_popular(
    make: Callable[..., Case], tiny_sample: Path
) -> None:
    """Items in the order of how often validation has them: without it they would stand on top."""
    case = make(split={**SPLIT, "validation": 0.4})
    items, liked = case.executions.space(RUN).items.tolist(), _liked(tiny_sample)
    trained, kept = (_counts(case.executions.rows(RUN, key)[2], items) for key in (keys.TRAIN, keys.VALIDATION))
    answer = case.rank(case.of_items(list(kept.values())))
    for counts, found in ((kept, answer), (trained, answer["popularity"])):
        expected = _hits(_lists(partial(_by_item, counts), tiny_sample, items), liked)
        assert expected.items() <= _rounded(found["metrics"]).items()
    likes = sum(stars >= 4 for stars in rated(tiny_sample, "ua.base").values())
    assert 0 < sum(case.document()["frequency"]["train_likes"]) < likes


def test_a_ranking_model_of_other_items_is_refused(make: Callable[..., Case]) -> None:
    case = make()
    other = FeatureSpace.of(users=range(1, 31), items=range(2, 52))
    case.executions.put(RANKING + keys.FEATURE_SPACE, other.to_json())
    with pytest.raises(OtherIds, match="items of the ranking model"):
        case.rank(drawn(case.width))


def test_a_sample_of_users_is_said(
    make: Callable[..., Case], monkeypatch: pytest.MonkeyPatch, tiny_sample: Path
) -> None:
    case = make()
    monkeypatch.setattr(lambdas.logic.ranking, "MOST_SCORES", 12 * case.prepared["items"])
    answer = case.rank(drawn(case.width), beat_popularity=True)
    liked = _liked(tiny_sample)
    assert (answer["users"], answer["sampled"]) == (12, {"of": len(liked), "seed": 0})
    assert f"over 12 users of {len(liked)}, drawn with seed 0)" in answer["gate"]["reasons"][0]


def test_popularity_of_ml_100k_is_what_others_measured(executions: Executions, ml_100k: Path) -> None:
    """By the number of ratings in ua.base, of likes in ua.test: found with other code, before any of this was there."""
    job = {"split": SPLIT}
    prepared = executions.prepare(RUN, ml_100k, job)
    executions.put(RANKING + keys.FEATURE_SPACE, executions.read(RUN + keys.FEATURE_SPACE))
    event = {
        "run": RUN,
        "ranking_run": RANKING,
        "model_data": executions.put_model(RANKING, drawn(prepared["feature_dim"])),
        "preparation": job,
        "prepared": prepared,
        "gate": {"beat_popularity": True},
    }
    metrics = lambdas.rank.handler(event, None)["popularity"]["metrics"]
    assert metrics["precision@10"] == pytest.approx(0.0836, abs=5e-4)
    assert metrics["ndcg@10"] == pytest.approx(0.1333, abs=5e-4)
    assert metrics["recall@10"] == pytest.approx(0.150, abs=1e-3)


def test_coverage_is_a_metric(executions: Executions, tiny_sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = Case(executions, tiny_sample, {}, [])
    case.rank(drawn(case.width))
    (point,) = [point for line in capsys.readouterr().out.splitlines() for point in embedded.samples(line)]
    assert point[0] == Metric.of("tests", "Coverage", {"Stage": "tests-dev"})
    assert point[1].total == case.document()["metrics"]["coverage"] > 0
