"""The command line of `prep`: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prep import keys
from prep.__main__ import main
from prep.feature_space import FeatureSpace
from tests.generated.custom import COLUMNS, own_columns

MAPPING = ",".join(f"{name}={column}" for name, column in COLUMNS.items())


def test_prepares_a_file_of_ratings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = own_columns(tmp_path / "mine")
    out = tmp_path / "out"
    options = ["--columns", MAPPING, "--split", "leave_k_out", "--k", "3", "--validation", "0.1", "--shards", "2"]
    assert main([str(truth.folder / truth.file), str(out), *options, "--quiet"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / keys.PREPARED).read_bytes())
    assert printed["ratings"]["test"] == sum(min(3, count - 1) for count in truth.rows_per_user.values())
    assert sum(printed["ratings"].values()) == truth.rows
    assert FeatureSpace.from_json((out / keys.FEATURE_SPACE).read_bytes()).users.tolist() == sorted(truth.user_ids)
    sizes = [(out / key).stat().st_size for key in keys.shards(keys.TRAIN, 2)]
    assert sum(sizes) == printed["bytes"]["train"]


def test_a_job_from_a_file_is_overridden_by_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = own_columns(tmp_path / "mine")
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"input": {"columns": COLUMNS}, "split": {"kind": "random", "share": 0.5, "seed": 7}}))
    assert main([str(truth.folder), "--check", "--job", str(job), "--share", "0.2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["split"]["share"], printed["split"]["seed"]) == (0.2, 7)
    assert printed["bytes"]["train"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/nonexistent", "out"], "/nonexistent: no such folder or file"),
        (["{data}"], "no folder to write to, expected OUT or --check"),
        (["{data}", "--check", "--share", "2"], "split.share 2.0, expected more than 0"),
        (["{data}", "--check", "--features", "genres,colour"], "features: 'colour', expected any of"),
        (["{data}", "--check", "--job", "{data}/none"], "No such file or directory, expected a JSON file"),
        (["{data}", "--check", "--columns", "user=nobody"], "no column 'nobody' for the user"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    truth = own_columns(tmp_path / "mine")
    given = [argument.format(data=truth.folder) for argument in arguments]
    assert main(given) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("out", "message"),
    [("taken", "Not a directory"), ("taken/out", "taken: File exists"), ("deep/" + "x" * 300, "File name too")],
)
def test_where_nothing_can_be_written_is_one_line_and_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, message: str
) -> None:
    truth = own_columns(tmp_path / "mine")
    (tmp_path / "taken").write_bytes(b"a file")
    assert main([str(truth.folder), str(tmp_path / out), "--columns", MAPPING]) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert {path.name for path in tmp_path.iterdir()} <= {"mine", "taken", "deep"}
    assert (tmp_path / "taken").read_bytes() == b"a file"
