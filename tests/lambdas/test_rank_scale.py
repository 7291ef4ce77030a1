"""Lists of many users against the time and memory of a function."""

from __future__ import annotations

import io
import time
import tracemalloc

import numpy as np

import lambdas.rank
from prep import keys
from prep.feature_space import FeatureSpace
from prep.recordio import write_records
from tests.lambdas.executions import Executions, drawn, packed

RUN, RANKING = "runs/nightly/", "runs/nightly/ranking/"


def test_two_thousand_users_and_five_thousand_items_take_seconds(executions: Executions) -> None:
    """Ten million scores, never held at once: they alone would be 40 MB, and several times that while ordered."""
    rng, n_users, n_items = np.random.default_rng(0), 2_000, 5_000
    space = FeatureSpace.of(users=range(n_users), items=range(n_items))
    for run in (RUN, RANKING):
        executions.put(run + keys.FEATURE_SPACE, space.to_json())
    rows = {keys.TRAIN: 50, keys.TEST: 10}
    picked = np.argsort(rng.random((n_users, n_items)), axis=1)[:, : sum(rows.values())]
    first = 0
    for key, count in rows.items():
        x = space.encode(np.repeat(np.arange(n_users), count), picked[:, first : first + count].ravel())
        stream = io.BytesIO()
        write_records(stream, x, labels=(rng.random(x.rows) < 0.6).astype(np.float32))
        executions.put(RUN + key, stream.getvalue())
        first += count
    del picked
    key = f"{RANKING}model/job/output/model.tar.gz"
    executions.put(key, packed(drawn(space.feature_dim)))
    event = {
        "run": RUN,
        "ranking_run": RANKING,
        "model_data": f"s3://{executions.bucket}/{key}",
        "preparation": {},
        "prepared": {"shards": 1, "validation_rows": 0},
        "gate": {"beat_popularity": True},
    }
    tracemalloc.start()
    try:
        started = time.perf_counter()
        answer = lambdas.rank.handler(event, None)
        seconds = time.perf_counter() - started
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer["users"] > 1_990
    assert answer["gate"]["decision"] == "rejected", "neither drawn model nor drawn ratings know anything"
    assert seconds < 30
    assert peak < 150e6
