"""Hostile sets end in their named error or their counted rejections, in this process and on the command line.

Whatever happens, no scratch file stays, and without a result no file at all.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from prep import errors, keys
from prep.__main__ import main
from prep.errors import PrepError
from prep.job import PrepareJob
from prep.prepare import check, prepare
from prep.sinks import FolderSink
from prep.sources import open_source
from tests.generated.hostile import HOSTILE
from tests.generated.movielens import as_zip, ml_1m, ml_25m
from tests.prep.preparing import Rating, agree, files_in, liked, records_in

REFUSED: dict[str, tuple[dict[str, Any], type[PrepError], str]] = {
    "truncated_gzip": ({}, errors.BadArchive, "ratings.csv.gz: Compressed file ended before"),
    "utf_16": ({}, errors.UnreadableText, "ratings.csv: UTF-16, expected UTF-8"),
    "one_user": ({}, errors.TooFewIds, "all ratings are of user 7, expected at least two users"),
    "all_equal": ({}, errors.OneClassOnly, "liked_at_least 4: "),
    "unseen_test_user": ({}, errors.TooManyRejected, "rows rejected, expected at most 1 %: user_not_in_train "),
}
COUNTED: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "long_line": ({}, {"line_too_long": 1}),
    "ids_over_63_bits": ({}, {"bad_id": 5}),
    "negative_ratings": ({}, {"out_of_range": 5}),
    "header_repeated": ({}, {"repeated_header": 4}),
}
GOOD = re.compile(r"(\d{1,6}),(\d{1,6}),(0\.5|[1-4]\.[05]|5\.0),(\d{1,10})")


def test_every_hostile_set_is_looked_at() -> None:
    assert {*REFUSED, *COUNTED} == set(HOSTILE)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_set_that_cannot_be_used_is_refused_by_name(tmp_path: Path, root: Path, name: str) -> None:
    job, error, message = REFUSED[name]
    HOSTILE[name](tmp_path / "data")
    refused(tmp_path, tmp_path / "data", error, message, job)
    printed = on_the_command_line(tmp_path, root)
    assert (printed.returncode, printed.stdout, printed.stderr.count("\n")) == (2, "", 1)
    assert message in printed.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "scratch"]
    assert not list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_bad_rows_among_good_ones_are_counted(tmp_path: Path, root: Path, name: str) -> None:
    job, reasons = COUNTED[name]
    made = HOSTILE[name](tmp_path / "data")
    assert made.bad_rows == sum(reasons.values())
    (tmp_path / "scratch").mkdir()
    sink = FolderSink(tmp_path / "out")
    result = prepare(open_source(made.folder), PrepareJob.from_json(job), sink, scratch=tmp_path / "scratch")
    agree(tmp_path / "out", result)
    assert result.rejected == reasons
    lines = (made.folder / "ratings.csv").read_text().splitlines()[1:]
    good = [Rating(int(m[1]), int(m[2]), float(m[3]), int(m[4])) for line in lines if (m := GOOD.fullmatch(line))]
    assert len(good) == made.good_rows == result.ratings.train + result.ratings.test
    records = Counter(record for channel in ("train", "test") for record in records_in(tmp_path / "out", channel))
    assert records == liked(good)
    (kind,) = json.loads((tmp_path / "out" / keys.REJECTED).read_bytes())["by_reason"].values()
    assert kind["count"] == made.bad_rows
    assert {example["line"] for example in kind["examples"]} <= {n for n, _ in bad(lines)}
    first = files_in(tmp_path / "out")
    printed = on_the_command_line(tmp_path, root)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert json.loads(printed.stdout)["rejected"] == reasons
    assert files_in(tmp_path / "out") == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out", "scratch"]
    assert not list((tmp_path / "scratch").iterdir())


def bad(lines: list[str]) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(lines, 2) if not GOOD.fullmatch(line)]


def test_where_more_may_be_rejected_the_unseen_user_is(tmp_path: Path) -> None:
    made = HOSTILE["unseen_test_user"](tmp_path / "data")
    theirs = (made.folder / "test.csv").read_text().count("\n1,")
    job = PrepareJob.from_json({"input": {"max_rejected": 0.2}})
    result = prepare(open_source(made.folder), job, FolderSink(tmp_path / "out"))
    agree(tmp_path / "out", result)
    assert result.rejected == {"user_not_in_train": theirs}
    assert result.ratings.train + result.ratings.test == made.good_rows - theirs
    assert 1 not in {record.user for record in records_in(tmp_path / "out", "test")}


def test_all_ratings_equal_are_constant_for_a_regressor(tmp_path: Path) -> None:
    HOSTILE["all_equal"](tmp_path / "data")
    job = {"label": {"task": "regressor"}}
    refused(tmp_path, tmp_path / "data", errors.ConstantRatings, "ratings of the train channel are 4, expected", job)


def on_the_command_line(tmp_path: Path, root: Path) -> subprocess.CompletedProcess[str]:
    """``python -m prep data out``; its scratch files would be in ``scratch``."""
    command = [sys.executable, "-m", "prep", str(tmp_path / "data"), str(tmp_path / "out")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def refused(tmp_path: Path, data: Path, error: type[PrepError], message: str, job: dict[str, Any]) -> None:
    """By ``check`` and by ``prepare``, in one line, and nothing stays."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = sorted(path.name for path in tmp_path.iterdir())
    asked = PrepareJob.from_json(job)
    to_check = partial(check, job=asked, scratch=scratch)
    to_prepare = partial(prepare, job=asked, sink=FolderSink(tmp_path / "out"), scratch=scratch)
    for attempt in (to_check, to_prepare):
        with pytest.raises(error) as raised:
            attempt(open_source(data))
        assert type(raised.value) is error
        assert message in str(raised.value)
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 1_000
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not list(scratch.iterdir())


HEADER = "userId,movieId,rating,timestamp\n"
ROWS = "".join(f"{user},{item},{1 + (user + item) % 5},{user}\n" for user in range(30) for item in range(20))


def of(**files: str | bytes) -> Callable[[Path], Path]:
    """A folder of these files, whose names have _ for a dot."""

    def build(folder: Path) -> Path:
        folder.mkdir()
        for name, content in files.items():
            octets = content.encode() if isinstance(content, str) else content
            (folder / name.replace("_", ".")).write_bytes(octets)
        return folder

    return build


def with_side_file(build: Callable[..., Any], name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        build(folder, users=20, items=40, rows=440)
        (folder / name).write_bytes(change((folder / name).read_bytes()))
        return folder

    return make


def a_folder_of_that_name(folder: Path) -> Path:
    (folder / "ratings.csv").mkdir(parents=True)
    return folder


def a_zip(damage: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        folder = path.with_name("unpacked")
        ml_25m(folder, users=20, items=40, rows=440)
        as_zip(folder, path)
        path.write_bytes(damage(path.read_bytes()))
        return path

    return make


def in_the_ratings(octets: bytes) -> bytes:
    """Fifty bytes of the packed ratings are gone."""
    start = octets.index(b"ratings.csv") + 100
    return octets[:start] + bytes(50) + octets[start + 50 :]


def a_bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", HEADER + "1" * 20_000_000)
    return path


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (of(), errors.UnknownFormat, "no file, expected the files of a MovieLens set, or ratings as"),
        (of(notes_md="hello"), errors.UnknownFormat, "notes.md, expected the files of a MovieLens set"),
        (of(ratings_csv=""), errors.EmptyFile, "ratings.csv: "),
        (of(ratings_csv=HEADER), errors.EmptyFile, "ratings.csv: no row, expected at least one"),
        (
            of(ratings_csv=HEADER + "x\n" * 500),
            errors.TooManyRejected,
            "500 of 500 rows rejected, expected at most 1 %",
        ),
        (of(ratings_csv=(HEADER + ROWS).replace("\n", "\r")), errors.UnreadableText, "lines that end in CR"),
        (of(ratings_csv=os.urandom(50_000) + b"\0"), errors.UnreadableText, "ratings.csv: "),
        (of(ratings_csv=HEADER + "1" * 10_000_000), errors.TooManyRejected, "line_too_long 1; the first: ratings.csv"),
        (of(ratings_csv="1" * 10_000_000), errors.UnknownColumns, "ratings.csv: first line '1111"),
        (of(ratings_csv=HEADER + ROWS.replace("\n", ",\n")), errors.TooManyRejected, "too_many_fields 600"),
        (of(ratings_csv=HEADER + ROWS.replace(",", ";")), errors.TooManyRejected, "missing_field 600"),
        (of(u_data=ROWS), errors.TooManyRejected, "missing_field 600"),
        (of(ua_base=ROWS.replace(",", "\t")), errors.MissingFile, "ua.base alone, expected ua.base and ua.test"),
        (of(ratings_csv_gz=gzip.compress(b"")), errors.EmptyFile, "ratings.csv.gz: "),
        (of(ratings_csv_gz=gzip.compress(b"abc")[:6]), errors.BadArchive, "ratings.csv.gz: "),
        (of(mine_parquet=b"PAR1" + b"x" * 90 + b"PAR1"), errors.BadParquet, "mine.parquet: "),
        (of(ratings_csv=HEADER + ROWS, dataset_json="{"), errors.BadDescription, "dataset.json: "),
        (of(train_csv=HEADER + ROWS, test_csv=HEADER), errors.EmptyChannel, "no row for the test channel"),
        (of(train_csv=HEADER + ROWS, test_csv="a,b,c\n1,2,3\n"), errors.UnknownColumns, "test.csv: first line 'a,b,c'"),
        (with_side_file(ml_25m, "movies.csv", lambda text: text + b"9,x\r\n"), errors.MalformedRow, "movies.csv:"),
        (with_side_file(ml_25m, "movies.csv", lambda _: b""), errors.EmptyFile, "movies.csv: "),
        (with_side_file(ml_1m, "users.dat", lambda text: text + text), errors.DuplicateUser, "users.dat:21: user 1,"),
        (with_side_file(ml_1m, "movies.dat", lambda text: text * 2), errors.DuplicateItem, "movies.dat:"),
        (a_folder_of_that_name, errors.UnknownFormat, "expected the files of a MovieLens set"),
        (a_zip(lambda octets: octets[:-30]), errors.BadArchive, "expected a whole zip"),
        (a_zip(in_the_ratings), errors.BadArchive, "expected a whole zip"),
        (a_bomb, errors.TooManyRejected, "line_too_long 1"),
    ],
)
def test_anything_else_that_is_no_set_of_ratings_is_refused_too(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    build: Callable[[Path], Path],
    error: type[PrepError],
    message: str,
) -> None:
    data = build(tmp_path / "data")
    scratch = tmp_path / "scratch"
    refused(tmp_path, data, error, message, {})
    before = sorted(path.name for path in tmp_path.iterdir())
    assert main([str(data), str(tmp_path / "out"), "--scratch", str(scratch)]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not list(scratch.iterdir())
