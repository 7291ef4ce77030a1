"""Nothing committed leads to one person's machine, or holds MovieLens' data."""

from __future__ import annotations

import re
from pathlib import Path

# Written apart, so that this file does not hold what it looks for.
FORBIDDEN = [
    "/wo" + "rk/",
    "/ro" + "ot/",
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
]
# A slash before the word would be a path below this project (`local_aws/work/`).
PATTERN = re.compile("|".join(rf"(?<![\w.~-]){re.escape(word)}" for word in FORBIDDEN))
# A rating of ml-100k: tab-separated user, item, stars and a second between September 1997 and April 1998.
RATING = re.compile(rb"^\d{1,3}\t\d{1,4}\t[1-5]\t8[789]\d{7}$", re.MULTILINE)
NAMES_OF_DATA = re.compile(r"^(u\.(data|item|user)|u[ab1-5]\.(base|test)|ml-.*\.zip|ratings\.(csv|dat))$")


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_no_file_names_a_machine_or_a_registry(tracked: list[Path], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}:{line}: {match.group()}"
        for path in tracked
        for line, text in enumerate(_text(path).splitlines(), start=1)
        if (match := PATTERN.search(text))
    ]
    assert not found


def test_the_pattern_finds_what_it_is_for() -> None:
    for word in FORBIDDEN:
        assert PATTERN.search(f"see {word}here")
        assert PATTERN.search(f"https://{word}" if "." in word else f'"{word}"')


def test_no_file_is_movielens_data(tracked: list[Path], root: Path) -> None:
    assert [str(path.relative_to(root)) for path in tracked if NAMES_OF_DATA.match(path.name)] == []
    assert [str(path.relative_to(root)) for path in tracked if len(RATING.findall(path.read_bytes())) > 3] == []
