"""What nobody wants to be given: a named error, or rejected rows that are counted; never anything else."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prep.errors import (
    BadArchive,
    BadDataset,
    EmptyFile,
    PrepError,
    TooManyRejected,
    UnknownColumns,
    UnreadableText,
)
from prep.inputs import InputSpec, detect, read_items, read_users
from tests.prep.inputs.reading import folder, read

HEADER = b"userId,movieId,rating,timestamp\n"
ROWS = b"".join(b"%d,%d,3.5,%d\n" % (user, user % 7, user) for user in range(2000))
RUBBISH = random.Random(0).randbytes(50_000)  # noqa: S311


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("ratings.csv.gz", gzip.compress(HEADER + ROWS, mtime=0)[:-900], BadArchive, "Compressed file ended before"),
        ("ratings.csv.gz", gzip.compress(HEADER + ROWS, mtime=0)[:12], BadArchive, "Compressed file ended before"),
        (
            "ratings.csv",
            (HEADER + ROWS).decode().encode("utf-16"),
            UnreadableText,
            "ratings.csv: UTF-16, expected UTF-8",
        ),
        (
            "ratings.csv",
            (HEADER + ROWS).decode().encode("utf-16-be"),
            UnreadableText,
            "UTF-16 or binary, expected UTF-8",
        ),
        (
            "ratings.csv",
            (HEADER + ROWS).decode().encode("utf-32"),
            UnreadableText,
            "ratings.csv: UTF-32, expected UTF-8",
        ),
        ("ratings.csv", RUBBISH, UnreadableText, "ratings.csv: binary, expected UTF-8 text"),
        ("ratings.csv", bytes(5000), UnreadableText, "ratings.csv: UTF-16 or binary"),
        (
            "ratings.csv",
            (HEADER + ROWS).replace(b"\n", b"\r"),
            UnreadableText,
            "lines that end in CR, expected LF or CRLF",
        ),
        ("ratings.csv", b"", EmptyFile, "ratings.csv: "),
        ("ratings.csv", b"\xef\xbb\xbf\n \n", EmptyFile, "ratings.csv: "),
        ("ratings.csv", HEADER, EmptyFile, "ratings.csv: no row, expected at least one"),
        ("ratings.csv", b"x" * 10_000_000, UnknownColumns, "longer than 65536 bytes, expected columns"),
        ("u.data", RUBBISH, UnreadableText, "u.data: binary, expected UTF-8 text"),
        ("u.data", b"1\t2\t3\t4\n".decode().encode("utf-16"), UnreadableText, "u.data: UTF-16, expected UTF-8"),
        ("u.data", b"", EmptyFile, "u.data: no row, expected at least one"),
        ("ratings.dat", b"PK\x03\x04" + RUBBISH, UnreadableText, "ratings.dat: binary"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes, error: type[BadDataset], message: str
) -> None:
    with pytest.raises(error) as raised:
        read(folder(tmp_path, {name: content}))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("bad", "reason", "count", "said"),
    [
        (
            b"9223372036854775808,1,3,4",
            "bad_id",
            1,
            "user '9223372036854775808', expected a whole number from 0 to 2^63",
        ),
        (b"99999999999999999999999,1,3,4", "bad_id", 1, "user '99999999999999999999999', expected a whole number"),
        (b"1,1,-3,4", "out_of_range", 1, "rating '-3', expected a number from 0.5 to 5"),
        (b"1,1,NaN,4", "not_a_number", 1, "rating 'NaN', expected a number from 0.5 to 5"),
        (
            HEADER.rstrip(),
            "repeated_header",
            1,
            "the header 'userId,movieId,rating,timestamp', expected the header on the",
        ),
        (b"\xef\xbb\xbf" + HEADER.rstrip(), "repeated_header", 1, "the header "),
        (b'1,1,"3,4', "unclosed_quote", 1, "a quote that is never closed in '1,1,\"3,4', expected a closing quote"),
        (b"1,1\0,3,4", "bad_id", 1, r"item '1\x00', expected a whole number"),
        (b"\xff\xfe\xfd,1,3,4", "not_utf8", 1, "byte 0xff in user "),
        (b"9" * 10_000_000, "line_too_long", 1, "a line that starts with '99999999"),
        (b"1,1,3,4\r2,2,3,4", "too_many_fields", 1, "7 fields in "),
        (b"1,2,3,4,5\n1,2", "too_many_fields", 2, "5 fields in '1,2,3,4,5', expected 4 separated by ,"),
        (b'"' + b"1,2,3,4\n" * 50, "unclosed_quote", 1, "a quote that is never closed"),
    ],
)
@pytest.mark.parametrize("at", ["start", "middle", "end"])
def test_a_bad_row_is_counted_and_all_others_are_read(
    tmp_path: Path, bad: bytes, reason: str, count: int, said: str, at: str
) -> None:
    lines = ROWS.splitlines(keepends=True)
    place = {"start": 1, "middle": 1000, "end": len(lines)}[at]
    content = HEADER + b"".join(lines[:place]) + bad + b"\n" + b"".join(lines[place:])
    found = read(folder(tmp_path, {"ratings.csv": content}))
    extra = bad.count(b"\n1,2,3,4")
    assert len(found.rows) == 2000 + extra
    assert found.rejections.total == count
    assert found.reasons[reason] == 1
    example = found.rejections.examples(reason)[0]
    assert example.line == place + 2
    assert said in str(example)
    assert example.excerpt.isprintable()
    assert found.rows[place - 1] == (place - 1, (place - 1) % 7, 3.5, place - 1)


def test_a_file_whose_quotes_never_close_is_rejected_row_by_row(tmp_path: Path) -> None:
    content = HEADER + ROWS.replace(b"\n", b'\n"')
    found = read(folder(tmp_path, {"ratings.csv": content}))
    assert found.reasons == {"unclosed_quote": 2000}
    with pytest.raises(
        TooManyRejected, match=r"^2000 of 2001 rows rejected, expected at most 1 %: unclosed_quote 2000; "
    ):
        found.rejections.check(found.rejections.rows, 0.01)


def test_one_long_line_is_a_rejected_row_where_no_header_is_needed(tmp_path: Path) -> None:
    found = read(folder(tmp_path, {"u.data": b"7" * 10_000_000}))
    assert (found.rows, found.reasons) == ([], {"line_too_long": 1})


def test_gzip_that_is_cut_off_late_is_still_named(tmp_path: Path) -> None:
    """After the first blocks were read."""
    rows = b"".join(b"%d,%d,3.5,%d\n" % (user, user * 7919 % 100_003, user) for user in range(600_000))
    source = folder(tmp_path, {"ratings.csv.gz": gzip.compress(HEADER + rows, 1, mtime=0)[:-2000]})
    with pytest.raises(BadArchive, match=r"ratings\.csv\.gz: Compressed file ended .*, expected a whole gzip file$"):
        read(source)


PIECES = st.sampled_from(
    [
        b"1,2,3,4\n",
        b"1::2::3::4\n",
        b"1\t2\t3\t4\n",
        HEADER,
        b'"',
        b"\0",
        b"\r",
        b"\n",
        b"\xff",
        b"\xef\xbb\xbf",
        b",",
        b"x",
    ]
)
NAMES = ["ratings.csv", "ratings.dat", "u.data", "ua.base", "mine.csv", "mine.tsv", "items.csv", "users.csv", "u.item",
         "movies.dat", "users.dat", "u.user", "movies.csv", "mine.parquet", "ratings.csv.gz", "part-0.csv"]  # fmt: skip


@given(
    files=st.dictionaries(
        st.sampled_from(NAMES),
        st.one_of(
            st.lists(PIECES, max_size=30).map(b"".join), st.binary(max_size=200), st.just(HEADER + b"1,2,3,4\n" * 9)
        ),
        max_size=4,
    )
)
@example(files={"mine.csv": HEADER + b"1,2,3,4\n", "users.csv": b'"1\n2",3\n4,5\n'})
@example(files={"mine.csv": HEADER + b"1,2,3,4\n", "items.csv": b'"1\n2",3\n4,5\n'})
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_files_are_there_is_nothing_but_our_own_errors(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    source = folder(tmp_path_factory.mktemp("set"), files)
    try:
        layout = detect(source, InputSpec())
    except PrepError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    assert set(layout.files) <= source.names()
    for step in (read, lambda source: read_items(source, layout), lambda source: read_users(source, layout)):
        try:
            step(source)
        except PrepError as error:
            assert "\n" not in str(error)  # noqa: PT017
