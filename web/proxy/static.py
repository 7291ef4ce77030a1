"""The page's own files."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from web.proxy.answers import Answer
from web.proxy.errors import Refused

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_CHUNK = 1 << 16


class StaticFiles:
    """The files below one folder, of the kinds a page is made of."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def answer(self, path: str, *, if_none_match: str | None = None) -> Answer:
        """path: as the browser sent it, `/` for `index.html`. Raises Refused (404)."""
        file = self._find(path)
        size = file.stat().st_size
        tag = f'"{_sha256(file)}"'
        headers = {"ETag": tag}
        if if_none_match is not None and tag in if_none_match:
            return Answer(status=304, content_type="", headers=headers, cache="no-cache")
        return Answer(
            content_type=TYPES[file.suffix], body=_pieces(file), length=size, headers=headers, cache="no-cache"
        )

    def _find(self, path: str) -> Path:
        parts = unquote(path).removeprefix("/").split("/")
        if parts[-1] == "":
            parts[-1] = "index.html"
        is_plain = all(part and not part.startswith(".") and part.isprintable() and "\\" not in part for part in parts)
        # An OSError is a name too long for a file, or a link that leads to itself.
        with contextlib.suppress(OSError, RuntimeError):
            file = self._folder.joinpath(*parts if is_plain else ()).resolve()
            if file.is_relative_to(self._folder) and file.suffix in TYPES and file.is_file():
                return file
        raise Refused(404, "NotFound", f"{path}: the page has no such file")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            yield piece
