"""What the measurement of the codec says, with another codec in the SDK's place, which is in `make bench` only."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from bench import recordio
from conformance import sdk
from conformance.cases import Case
from prep.recordio import read_triplet
from tests.conformance.test_recordio import naively_written


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows, and an SDK that is busy for a hundredth of a second, whatever it does."""

    def slow(*_: Any) -> bytes:
        until = time.process_time() + 0.01
        while time.process_time() < until:
            pass
        return b""

    monkeypatch.setattr(recordio, "_UA_BASE_ROWS", 50)
    monkeypatch.setattr(recordio, "_DRAM_ROWS", 500)
    for name in ("write_sparse", "read_records", "read_sparse"):
        monkeypatch.setattr(sdk, name, slow)
    monkeypatch.setattr(sdk, "version", lambda: "0")


def test_every_target_has_a_figure_and_a_note() -> None:
    found = recordio.measure(repeats=3)
    assert found["figures"].keys() == found["repeats"].keys() == found["notes"].keys() > found["targets"].keys()
    assert all(len(each) == 3 for each in found["repeats"].values())
    assert json.loads(json.dumps(found)) == found


def test_a_figure_is_the_median_of_ratios_of_rates() -> None:
    found = recordio.measure(repeats=5)
    for name, figure in found["figures"].items():
        assert figure == pytest.approx(sorted(found["repeats"][name])[2], rel=1e-2, abs=1e-3)
    # Fifty rows in a hundredth of a second, at best.
    assert 0 < found["rates"]["pair_vs_sdk: theirs"] <= 5_000
    assert 0 < found["rates"]["read_vs_sdk_messages: theirs"] <= 5_000


def test_the_rows_are_what_they_are_said_to_be() -> None:
    rng = np.random.default_rng(0)
    rows, labels = recordio.one_hot(rng, 200, 943, 1682)
    keys = rows.indices.reshape(-1, 2)
    assert rows.shape == (200, 2625)
    assert keys[:, 0].max() < 943 <= keys[:, 1].min()
    assert set(labels.tolist()) == {0.0, 1.0}
    rows, labels = recordio.several(rng)
    assert rows.shape == (labels.size, 1 << 18) == (20_000, 1 << 18)
    assert (np.diff(rows.indptr).min(), np.diff(rows.indptr).max()) == (5, 30)


def test_both_sides_write_and_read_the_same() -> None:
    given = recordio.one_hot(np.random.default_rng(1), 30, 943, 1682)
    octets = recordio._written(given)
    assert octets == naively_written(Case("", *given)) == recordio._Pairs(given, 943).encode().tobytes()
    assert read_triplet(octets)[0].indices.tolist() == given.rows.indices.tolist()
    assert given.first.rows.rows == 30
