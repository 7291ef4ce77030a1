"""A dataset some of whose items are others: what a shop looks like that sells something else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

BEYOND = 100_000
"""Added to an item's id, which makes it one that nobody knows."""


def exchange(folder: Path, into: Path, *, share: float, seed: int = 0) -> set[int]:
    """Writes a folder in ml-100k's layout anew, with other ids for that share of the items. Returns the old ones."""
    lines = (folder / "u.item").read_text("latin-1").splitlines()
    ids = np.array([int(line.partition("|")[0]) for line in lines])
    gone = set(np.random.default_rng(seed).choice(ids, round(share * ids.size), replace=False).tolist())
    into.mkdir(parents=True)
    for file in folder.iterdir():
        text = file.read_text("latin-1")
        if file.name == "u.item":
            text = _written(text, "|", 0, gone)
        elif file.name == "u.data" or file.suffix in (".base", ".test"):
            text = _written(text, "\t", 1, gone)
        (into / file.name).write_text(text, "latin-1")
    return gone


def _written(text: str, separator: str, column: int, gone: set[int]) -> str:
    rows = [line.split(separator) for line in text.splitlines()]
    for row in rows:
        if int(row[column]) in gone:
            row[column] = str(int(row[column]) + BEYOND)
    return "".join(f"{separator.join(row)}\n" for row in rows)
