from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from bench.errors import BadSummary
from bench.results import Results, Run, read_parts
from bench.show import run_table


def _results(*warm: Run) -> Results:
    return Results(
        data="sample",
        setup={"Python packages": 60.25, "the CDK CLI": 4.0},
        first=Run(50.0, {"synth": 12.0, "execution": 20.0}),
        warm=warm,
    )


def test_one_slow_run_does_not_move_the_median() -> None:
    results = _results(Run(30.0, {"execution": 10.0}), Run(99.0, {"execution": 80.0}), Run(31.0, {"execution": 11.0}))
    assert results.warm_seconds() == 31.0
    assert results.warm_parts() == {"execution": 11.0}


def test_a_part_that_only_some_runs_had_is_the_median_of_those() -> None:
    results = _results(Run(1.0, {"a": 1.0}), Run(2.0, {"a": 3.0, "b": 7.0}))
    assert results.warm_parts() == {"a": 2.0, "b": 7.0}


def test_a_fresh_run_is_its_set_up_and_its_first_run() -> None:
    document = _results(Run(30.0, {"execution": 10.0})).as_document()
    assert document["fresh"]["seconds"] == 60.25 + 4.0 + 50.0
    assert document["fresh"]["run"]["seconds_by_part"] == {"synth": 12.0, "execution": 20.0}
    assert json.loads(json.dumps(document)) == document


def test_the_table_has_every_part_of_both_kinds_of_run() -> None:
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(run_table(_results(Run(30.0, {"execution": 10.0, "new part": 1.5}))))
    text = console.export_text()
    cells = (re.split(r"\s{2,}", line.strip()) for line in text.splitlines())
    rows = {row[0]: row[1:] for row in cells}
    assert rows["run: the execution"] == ["20.0", "10.0"]
    assert rows["run: new part"] == ["–", "1.5"]
    assert rows["set-up: Python packages"] == ["60.2"]
    assert rows["make run"] == ["50.0", "30.0"]


def test_reads_the_parts_of_a_summary(tmp_path: Path) -> None:
    summary = tmp_path / "summary.json"
    summary.write_text(json.dumps({"status": "SUCCEEDED", "seconds_by_part": {"data": 0.5, "execution": 12}}))
    assert read_parts(summary) == {"data": 0.5, "execution": 12.0}


@pytest.mark.parametrize(
    "content",
    [
        "not JSON",
        "[]",
        '{"status": "SUCCEEDED"}',
        '{"status": "SUCCEEDED", "seconds_by_part": []}',
        '{"status": "SUCCEEDED", "seconds_by_part": {}}',
        '{"status": "SUCCEEDED", "seconds_by_part": {"data": "soon"}}',
        '{"status": "FAILED", "seconds_by_part": {"data": 0.5}}',
    ],
)
def test_refuses_a_summary_that_times_no_successful_run(tmp_path: Path, content: str) -> None:
    summary = tmp_path / "summary.json"
    summary.write_text(content)
    with pytest.raises(BadSummary, match=r"summary\.json: .* expected"):
        read_parts(summary)


def test_refuses_a_summary_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadSummary, match="absent"):
        read_parts(tmp_path / "absent.json")
