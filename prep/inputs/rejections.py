"""Rows that were left out: how many for which reason, and the first of each as people can find them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from prep.errors import TooManyRejected

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing_field": "a value in every column that is used",
        "too_many_fields": "as many fields as there are columns",
        "not_a_number": "a rating that is a number",
        "out_of_range": "a rating of the scale",
        "bad_id": "an id: a whole number from 0 to 2^63 - 1, or 1 to 128 characters on one line where ids are text",
        "bad_timestamp": "a moment, written as in the other rows",
        "repeated_header": "the header on the first line only",
        "unclosed_quote": "a closing quote on the same line",
        "line_too_long": "lines of at most 1 MiB",
        "not_utf8": "UTF-8",
        "duplicate": "each user and item once",
        "user_not_in_train": "users of the training rows",
    }
)
"""Every reason there is, with what was expected instead. The last two are for whoever looks at rows together."""

SHOWN: Final = 5
"""Examples kept of each reason."""
_LONGEST_EXCERPT: Final = 80


@dataclass(frozen=True, slots=True)
class Example:
    """One rejected row. line: from 1; of Parquet the row; 0 where it is not known. excerpt: what was found."""

    file: str
    line: int
    excerpt: str
    expected: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.excerpt}, expected {self.expected}"

    def as_json(self) -> dict[str, Any]:
        """As it stands in ``rejected.json``."""
        return {"file": self.file, "line": self.line, "excerpt": self.excerpt, "expected": self.expected}


@dataclass(slots=True)
class _Kind:
    count: int = 0
    examples: list[Example] = field(default_factory=list)


class Rejections:
    """Counts by reason and first examples, in memory that does not grow with the rows. Picklable.

    rows: read so far, rejected ones among them. lines: of each text file read so far; whoever reads a file in parts
    begins each part at line 1, and ``merge`` in the order of the parts sets the lines right.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}
        self.rows = 0
        self.lines: dict[str, int] = {}

    @property
    def total(self) -> int:
        """Rows rejected."""
        return sum(kind.count for kind in self._kinds.values())

    @property
    def counts(self) -> dict[str, int]:
        """Rows rejected by reason, the most frequent reason first."""
        ordered = sorted(self._kinds.items(), key=lambda item: (-item[1].count, item[0]))
        return {reason: kind.count for reason, kind in ordered}

    def examples(self, reason: str) -> tuple[Example, ...]:
        """The first of that reason."""
        return tuple(self._kinds[reason].examples) if reason in self._kinds else ()

    def add(
        self, reason: str, *, file: str = "", line: int = 0, excerpt: str = "", expected: str = "", count: int = 1
    ) -> None:
        """Count rows, and keep the first few where a file is given. reason: of REASONS. expected: where it can be told
        better than there.
        """
        usual = REASONS[reason]
        kind = self._kinds.setdefault(reason, _Kind())
        kind.count += count
        if file and len(kind.examples) < SHOWN:
            kind.examples.append(Example(file, line, printable(excerpt), expected or usual))

    def merge(self, other: Rejections) -> None:
        """Add what another reader found further on."""
        self.rows += other.rows
        for reason, found in other._kinds.items():
            kind = self._kinds.setdefault(reason, _Kind())
            kind.count += found.count
            room = SHOWN - len(kind.examples)
            kind.examples += [self._moved(example) for example in found.examples[:room]]
        for file, lines in other.lines.items():
            self.lines[file] = self.lines.get(file, 0) + lines

    def as_json(self) -> dict[str, Any]:
        """The content of ``rejected.json``: the most frequent reason first."""
        by_reason = {
            reason: {"count": count, "examples": [example.as_json() for example in self.examples(reason)]}
            for reason, count in self.counts.items()
        }
        return {"rows": self.rows, "rejected": self.total, "by_reason": by_reason}

    def check(self, total_rows: int, max_rejected: float) -> None:
        """Raises TooManyRejected where more than that share of all rows read was rejected. max_rejected: 0 to 1."""
        total = self.total
        if total <= max_rejected * total_rows:
            return
        by_reason = ", ".join(f"{reason} {count}" for reason, count in self.counts.items())
        share = f"{total} of {total_rows} rows rejected, expected at most {max_rejected * 100:g} %"
        examples = [kind.examples[0] for kind in self._kinds.values() if kind.examples]
        first = f"; the first: {examples[0]}" if examples else ""
        raise TooManyRejected(f"{share}: {by_reason}{first}")

    def _moved(self, example: Example) -> Example:
        before = self.lines.get(example.file, 0)
        return replace(example, line=example.line + before) if before and example.line else example


def printable(text: str) -> str:
    """One line of at most 80 characters."""
    line = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text[: _LONGEST_EXCERPT + 1])
    return line if len(line) <= _LONGEST_EXCERPT else f"{line[: _LONGEST_EXCERPT - 1]}…"
