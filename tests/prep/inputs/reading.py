"""Datasets of a few files, and everything that reading one gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from prep.inputs import InputSpec, Layout, Part, RatingBlock, RatingsReader, Rejections, detect
from prep.sources import Source, open_source

Rating = tuple[Any, Any, float, int]


@dataclass
class Read:
    """rows: with the file and line of each."""

    rows: list[Rating]
    places: list[tuple[str, int]]
    rejections: Rejections

    @property
    def reasons(self) -> dict[str, int]:
        return self.rejections.counts

    def shown(self) -> list[str]:
        return [str(example) for reason in self.rejections.counts for example in self.rejections.examples(reason)]


def folder(path: Path, files: Mapping[str, bytes | str]) -> Source:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return open_source(path)


def read(
    source: Source, spec: InputSpec | None = None, *, files: Iterable[str] | None = None, with_times: bool = True
) -> Read:
    spec = spec or InputSpec()
    layout = detect(source, spec)
    return read_as(source, layout, spec, layout.ratings if files is None else files, with_times=with_times)


def read_as(
    source: Source, layout: Layout, spec: InputSpec, parts: Iterable[Part | str], *, with_times: bool = True
) -> Read:
    reader = RatingsReader(source, layout, spec, with_times=with_times)
    result = Read([], [], reader.rejections)
    for part in parts:
        for block in reader.read(part):
            check_types(block, layout)
            result.rows += rows_of(block)
            result.places += [(block.file, block.line(row)) for row in range(len(block))]
    assert reader.rejections.rows == len(result.rows) + reader.rejections.total
    return result


def rows_of(block: RatingBlock) -> list[Rating]:
    columns = (block.users.to_pylist(), block.items.to_pylist(), block.values.tolist(), block.times.tolist())
    return list(zip(*columns, strict=True))


def check_types(block: RatingBlock, layout: Layout) -> None:
    arrow = {"integer": pa.int64(), "string": pa.string()}
    assert block.users.type == arrow[layout.user_ids]
    assert block.items.type == arrow[layout.item_ids]
    assert block.users.null_count == block.items.null_count == 0
    assert block.values.dtype == np.float32
    assert block.times.dtype == np.int64
    assert len(block) > 0
