"""The parts of a Markdown file that tests look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
_CELL_END = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Fence:
    """A fenced block: the language it names, and the code."""

    language: str
    code: str


@dataclass(frozen=True)
class Markdown:
    """One file."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Markdown:
        """The file at `path`."""
        return cls(path, path.read_text(encoding="utf-8"))

    def fences(self) -> list[Fence]:
        """Its fenced blocks, in order."""
        return [Fence(match["language"], match["code"]) for match in _FENCE.finditer(self.text)]

    def links(self) -> list[str]:
        """Targets of its links, those in code left out."""
        return [match["target"] for match in _LINK.finditer(_CODE_SPAN.sub("", self._prose()))]

    def anchors(self) -> set[str]:
        """What `#…` can name: headings in lower case, hyphens for spaces, most punctuation dropped, as on GitHub."""
        headings = (match["text"].lower() for match in _HEADING.finditer(self._prose()))
        return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}

    def table(self, first_header: str) -> list[list[str]]:
        """The cells of each row of every table whose first header is that one."""
        rows: list[list[str]] = []
        is_inside = False
        for line in self._prose().splitlines():
            cells = [cell.strip() for cell in _CELL_END.split(line)[1:-1]]
            if not cells:
                is_inside = False
            elif cells[0] == first_header:
                is_inside = True
            elif is_inside and not set(cells[0]) <= set("-: "):
                rows.append(cells)
        return rows

    def _prose(self) -> str:
        return _FENCE.sub("", self.text)


def plain(cell: str) -> str:
    """A cell that is one code span, without its backticks."""
    return cell.removeprefix("`").removesuffix("`")
