from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import PARTS, parser
from bench.child import Ended, run_child
from bench.codec import codec_figures
from bench.errors import CommandFailed
from bench.figures import Figure, Target, largest, median, off_linear, quotient, spread
from bench.io_floor import BUFFER_BYTES, io_floor, warm_pages
from bench.memory import peak_rss_mb
from bench.preparation import preparation_figures, spark_figures
from bench.show import figures_table
from runner.children import Children


def _ended(seconds: float, peak_mb: float = 100.0) -> Ended:
    return Ended({"seconds": seconds, "cpu_seconds": 2 * seconds, "bytes": 1, "peak_rss_mb": peak_mb}, seconds + 1)


def test_a_busy_minute_does_not_move_the_median_of_ratios() -> None:
    # In the second repeat everything takes ten times as long.
    found = quotient("a", [6.0, 60.0, 6.3], [1.0, 10.0, 1.0], how="", target=Target(6.1))
    assert found.value == 6.0
    assert found.each == (6.0, 6.0, 6.3)
    assert found.is_met


@pytest.mark.parametrize(
    ("target", "value", "is_met"),
    [
        (Target(12), 12.0, True),
        (Target(12), 12.01, False),
        (Target(20, at_least=True), 20.0, True),
        (Target(20, at_least=True), 19.9, False),
    ],
)
def test_a_target_is_met_up_to_its_limit(target: Target, value: float, is_met: bool) -> None:
    assert median("a", [value], unit="s", how="", target=target).is_met is is_met


def test_memory_is_judged_by_its_largest_repeat() -> None:
    assert largest("a", [100.0, 600.0, 100.0], unit="MB", how="", target=Target(512)).is_met is False


def test_growth_is_one_where_each_row_takes_as_long_and_more_on_either_side() -> None:
    assert spread({1: 2.0, 5: 10.0, 25: 50.0}) == 1.0
    assert spread({1: 2.0, 5: 10.0, 25: 75.0}) == 1.5
    assert spread({1: 3.0, 5: 10.0, 25: 50.0}) == 1.5


def test_the_way_off_a_straight_line_is_that_of_the_line_that_serves_best() -> None:
    assert off_linear({1: 2.0, 5: 10.0, 25: 50.0}) == 0
    # A row takes 3, 2 and 2.5: of rows times 2.5 the first is a fifth above, the second a fifth below.
    assert off_linear({1: 3.0, 5: 10.0, 25: 62.5}) == 0.2


def test_preparation_is_compared_repeat_by_repeat() -> None:
    done = {
        1_000_000: [_ended(1.0), _ended(2.0)],
        5_000_000: [_ended(5.0), _ended(10.0)],
        25_000_095: [_ended(25.0, 300.0), _ended(50.0, 310.0)],
    }
    found = {figure.name: figure for figure in preparation_figures(done, [5.0, 10.0])}
    assert found["prepare.25m.seconds"].value == 37.5
    assert found["prepare.25m.cpu_seconds"].value == 75.0
    assert found["prepare.25m.peak_rss_mb"].value == 310.0
    assert found["prepare.25m_vs_io_floor"].each == (5.0, 5.0)
    assert found["prepare.growth"].value == pytest.approx(1.0, rel=1e-3)
    assert found["prepare.1m.seconds"].each == (1.0, 2.0)
    assert found["prepare.5m.seconds"].value == 7.5


def test_spark_is_compared_with_the_preparation_beside_it() -> None:
    found = {
        figure.name: figure for figure in spark_figures([_ended(5.0), _ended(10.0)], [_ended(110.0), _ended(190.0)])
    }
    assert found["prepare.25m_vs_spark_local2"].each == (22.0, 19.0)
    assert found["prepare.25m_vs_spark_local2"].is_met
    assert found["prepare.spark_local2.seconds"].value == 150.0


def test_takes_the_figures_of_the_codec_with_their_targets() -> None:
    said = {
        "figures": {"recordio.read_vs_sdk": 95.0},
        "repeats": {"recordio.read_vs_sdk": [94.0, 95.0, 99.0]},
        "targets": {"recordio.read_vs_sdk": 90.0},
        "notes": {"recordio.read_vs_sdk": "rows/s"},
    }
    (figure,) = codec_figures(said)
    assert figure.as_document() == {
        "value": 95.0,
        "unit": "times",
        "target": ">= 90",
        "met": True,
        "repeats": 3,
        "each": [94.0, 95.0, 99.0],
        "how": "rows/s",
    }


def test_the_table_has_each_figure_beside_its_target() -> None:
    figures = [
        median("near", [11.987654], unit="times", how="", target=Target(12)),
        median("far", [3.0, 4.0, 5.0], unit="times", how="", target=Target(20, at_least=True)),
        median("free", [1234.5], unit="s", how=""),
    ]
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(figures_table(figures))
    rows = {
        row[0]: row[1:] for line in console.export_text().splitlines() if (row := re.split(r"\s{2,}", line.strip()))
    }
    assert rows["near"] == ["12 times", "<= 12", "yes", "1"]
    assert rows["far"] == ["4 times", ">= 20", "NO", "3"]
    assert rows["free"] == ["1,234 s", "1"]


def test_a_figure_is_json() -> None:
    document = Figure(name="a", value=1 / 3, unit="s", target=None, each=[1 / 3], how="so").as_document()
    assert json.loads(json.dumps(document)) == document
    assert document["value"] == 0.3333
    assert document["target"] is document["met"] is None


def test_measures_everything_unless_told_otherwise() -> None:
    given = parser().parse_args([])
    assert given.only == tuple(PARTS)
    assert given.repeats >= 5


def test_parts_are_measured_in_their_order_each_once() -> None:
    assert parser().parse_args(["--only", "prepare, recordio,prepare"]).only == ("recordio", "prepare")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "prepare,glue"], "'glue', expected of run,recordio,prepare,spark"),
        (["--only", ","], "',', expected of run"),
        (["--repeats", "0"], "0, expected 1 or more"),
        (["--spark-repeats", "-1"], "-1, expected 1 or more"),
    ],
)
def test_refuses_options_that_measure_nothing(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)
    assert message in capsys.readouterr().err


def test_a_child_tells_its_own_memory_whoever_started_it(tmp_path: Path) -> None:
    mine = b"1" * (400 << 20)
    code = "import json; from bench.memory import peak_rss_mb; held = b'1' * (100 << 20); print('noise');"
    code += "print(json.dumps({'peak': peak_rss_mb()}))"
    with Children() as children:
        ended = run_child(children, [sys.executable, "-c", code], log=tmp_path / "log")
    assert len(mine) >> 20 == 400
    assert 100 <= ended.said["peak"] < 300


def test_knows_nothing_of_a_process_that_is_not_there() -> None:
    assert peak_rss_mb(2**22 + 1) is None


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import sys; print('no disk', file=sys.stderr); sys.exit(3)", r"(?s)exit status 3, expected 0.*no disk"),
        ("print('[1]')", r"\[1\] on the last line of its output, expected an object"),
        ("pass", "no JSON on the last line"),
    ],
)
def test_a_child_that_fails_says_so(code: str, message: str, tmp_path: Path) -> None:
    with Children() as children, pytest.raises(CommandFailed, match=message):
        run_child(children, [sys.executable, "-c", code], log=tmp_path / "log")


def test_the_floor_writes_as_many_bytes_as_asked_for(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"ratings" * 500_000)
    assert io_floor(source, target, 3 * BUFFER_BYTES + 5) > 0
    assert target.stat().st_size == 3 * BUFFER_BYTES + 5


def test_warming_leaves_nothing(tmp_path: Path) -> None:
    warm_pages(tmp_path, 3 * BUFFER_BYTES)
    assert not list(tmp_path.iterdir())
