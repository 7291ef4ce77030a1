"""``feature_space.json``: a feature space as a document, checked as what a stranger may have written.

version 1   a user and an item block of runs [first id, how many], whole numbers only
version 2   ids as runs or as a list of text, and the optional blocks; each block states its columns
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep import documents
from prep.errors import UnreadableDocument
from prep.features.blocks import Block, fault
from prep.features.ids import Ids

VERSION: Final = 2
MAX_FEATURES: Final = 1 << 25
"""What a document may hold: three times the largest ``feature_dim`` that SageMaker suggests; 270 MB of ids."""
MAX_TEXT: Final = 1 << 27
"""Ids times the length of the longest: NumPy keeps text at 4 bytes a character, all ids as long as the longest."""

Run = tuple[int, int]
"""The first of ids in a row, and how many there are."""


def dump(users: Ids, items: Ids, blocks: Sequence[Block]) -> bytes:
    """A compact document: whole numbers as runs, so dense ids take one run whatever their number."""
    id_blocks = [_id_block("user", users, first=0), _id_block("item", items, first=len(users))]
    optional = [_columns(block) | _categories(block) for block in blocks]
    width = len(users) + len(items) + sum(block.width for block in blocks)
    document = {"version": VERSION, "feature_dim": width, "blocks": id_blocks + optional}
    return json.dumps(document, separators=(",", ":")).encode()


def load(document: bytes | str) -> tuple[Ids, Ids, tuple[Block, ...]]:
    """The users, items and optional blocks that ``dump`` wrote. Raises UnreadableDocument."""
    content = documents.parse_version(document, 1, VERSION, what="feature space")
    users, items, optional = _parts(content)
    counted = _count(users) + _count(items)
    blocks = tuple(_block(block) for block in optional)
    width, stated = counted + sum(block.width for block in blocks), content.get("feature_dim")
    if type(stated) is not int or not stated == width <= MAX_FEATURES:
        found = f"{counted} ids, {width} columns, feature_dim {documents.excerpt(stated)}"
        raise _unreadable(f"{found}, expected as many columns as feature_dim, at most {MAX_FEATURES}")
    _check_columns(content, (_count(users), _count(items)))
    if problem := fault(blocks, users=_count(users), items=_count(items)):
        raise _unreadable(problem)
    return _expanded(users), _expanded(items), blocks


def _id_block(name: str, ids: Ids, *, first: int) -> dict[str, Any]:
    listed = {"ids": ids.tolist()} if ids.dtype.kind == "U" else {"runs": _runs(ids.astype(np.int64))}
    return _columns(Block(name, name, len(ids), first=first)) | listed


def _columns(block: Block) -> dict[str, Any]:
    return {"name": block.name, "kind": block.kind, "first": block.first, "width": block.width}


def _categories(block: Block) -> dict[str, Any]:
    return {"categories": block.categories} if block.categories else {}


def _runs(ids: NDArray[np.int64]) -> list[list[int]]:
    starts = np.flatnonzero(np.diff(ids, prepend=ids[:1] - 2) != 1)
    counts = np.diff(starts, append=len(ids))
    runs: list[list[int]] = np.stack([ids[starts], counts], axis=1).tolist()
    return runs


def _parts(content: dict[str, Any]) -> tuple[list[Run] | list[str], list[Run] | list[str], list[Any]]:
    """The runs or texts of users and of items, and the optional blocks, each as they stand."""
    version = content["version"]
    match content.get("blocks"):
        case [{"name": "user"} as users, {"name": "item"} as items, *optional] if version > 1 or not optional:
            return _ids(users, version), _ids(items, version), optional
        case blocks:
            raise _unreadable(f"blocks {documents.excerpt(blocks)}, expected a user and an item block")


def _ids(block: dict[str, Any], version: int) -> list[Run] | list[str]:
    match block:
        case {"runs": list(runs), **rest} if "ids" not in rest:
            return [_run(run) for run in runs]
        case {"ids": list(ids), **rest} if "runs" not in rest and version > 1:
            return _texts(ids)
        case _:
            raise _unreadable(f"block {documents.excerpt(block)}, expected its ids as runs or as a list of text")


def _run(run: Any) -> Run:
    match run:
        case [int(first), int(count)] if all(map(documents.is_int64, (first, count, first + count - 1))) and count > 0:
            return first, count
        case _:
            raise _unreadable(f"run {documents.excerpt(run)}, expected [first id, how many]")


def _texts(ids: list[Any]) -> list[str]:
    for id_ in ids:
        if not isinstance(id_, str) or "\0" in id_ or not _is_encodable(id_):
            raise _unreadable(f"id {documents.excerpt(id_)}, expected text without NUL")
    if (size := len(ids) * max(map(len, ids), default=0)) > MAX_TEXT:
        raise _unreadable(f"{len(ids)} ids as long as the longest take {size} characters, expected at most {MAX_TEXT}")
    return ids


def _is_encodable(text: str) -> bool:
    """Half a surrogate pair is no text that can be printed or sent."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _count(ids: list[Run] | list[str]) -> int:
    return sum(1 if isinstance(id_, str) else id_[1] for id_ in ids)


def _expanded(ids: list[Run] | list[str]) -> Ids:
    """The ids, which have to be ascending and distinct."""
    if ids and isinstance(ids[0], str):
        found: Ids = np.array(ids, np.str_)
    else:
        whole = [np.arange(run[0], int(run[0]) + int(run[1]), dtype=np.int64) for run in ids]
        found = np.concatenate([np.empty(0, np.int64), *whole])
    if len(wrong := np.flatnonzero(found[1:] <= found[:-1])):
        pair = documents.excerpt(found[wrong[0] : wrong[0] + 2].tolist())
        raise _unreadable(f"ids {pair} one after the other, expected distinct ids in ascending order")
    return found


def _block(block: Any) -> Block:
    match block:
        case {"name": str(name), "kind": str(kind), "first": first, "width": width, **rest} if (
            documents.is_int64(first) and documents.is_int64(width) and 0 < width <= MAX_FEATURES
        ):
            categories = rest.get("categories", [])
            if isinstance(categories, list) and all(isinstance(category, str) for category in categories):
                return Block(name, kind, width, tuple(categories), first)
    raise _unreadable(f"block {documents.excerpt(block)}, expected name, kind, first, width and categories")


def _check_columns(content: dict[str, Any], counts: tuple[int, int]) -> None:
    """Version 2 states the columns of users and items as well."""
    first = 0
    for block, count in zip(content["blocks"], counts, strict=False):
        stated = block.get("first"), block.get("width")
        if content["version"] > 1 and not (all(map(documents.is_int64, stated)) and stated == (first, count)):
            raise _unreadable(f"{block['name']} block: columns {documents.excerpt(stated)}, expected {(first, count)}")
        first += count


def _unreadable(problem: str) -> UnreadableDocument:
    return UnreadableDocument(f"feature space: {problem}")
