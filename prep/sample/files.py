"""The generated dataset's files, in the formats of ml-100k (its README, "DETAILED DESCRIPTIONS OF DATA FILES")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from prep.inputs import GENRES
from prep.tables import Ratings

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_OCCUPATIONS: Final = (
    "artist",
    "baker",
    "engineer",
    "gardener",
    "none",
    "nurse",
    "other",
    "retired",
    "student",
    "teacher",
)


def write_dataset(
    folder: Path,
    rng: np.random.Generator,
    *,
    ratings: Ratings,
    held_out: Mapping[str, NDArray[np.bool_]],
    titles: Sequence[str],
    genres: NDArray[np.bool_],
    facts: Mapping[str, Any],
) -> None:
    """Write every file of the layout, and ``dataset.json`` with the facts.

    held_out: the test rows of a split by its name, bool (ratings,) each. ``u1`` to ``u5`` are made here: as in ml-100k
    each tests on another fifth of ``u.data``, in the order in which that stands.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shuffled = rng.permutation(len(ratings))
    users = int(ratings.users.max())
    files = {
        "u.data": _rating_lines(ratings.take(shuffled)),
        **_split_files(ratings, {**held_out, **_fifths(shuffled)}),
        "u.item": _item_lines(rng, titles, genres),
        "u.user": _user_lines(rng, users),
        "u.genre": [f"{name}|{index}" for index, name in enumerate(GENRES)],
        "u.occupation": _OCCUPATIONS,
        "u.info": [f"{users} users", f"{len(titles)} items", f"{len(ratings)} ratings"],
        "dataset.json": [json.dumps(facts, indent=2)],
    }
    for name, lines in files.items():
        (folder / name).write_bytes("".join(f"{line}\n" for line in lines).encode("latin-1"))


def _fifths(shuffled: NDArray[np.intp]) -> dict[str, NDArray[np.bool_]]:
    """Five disjoint test sets, bool (ratings,) each, from the rows in the order of ``u.data``."""
    splits = {}
    for number, fifth in enumerate(np.array_split(shuffled, 5), start=1):
        splits[f"u{number}"] = np.zeros(len(shuffled), dtype=np.bool_)
        splits[f"u{number}"][fifth] = True
    return splits


def _split_files(ratings: Ratings, held_out: Mapping[str, NDArray[np.bool_]]) -> dict[str, list[str]]:
    """Base and test of each split, ordered by user and item."""
    order = np.lexsort((ratings.items, ratings.users))
    lines = np.array(_rating_lines(ratings.take(order)), dtype=object)
    files: dict[str, list[str]] = {}
    for split, is_test in held_out.items():
        files[f"{split}.base"] = lines[~is_test[order]].tolist()
        files[f"{split}.test"] = lines[is_test[order]].tolist()
    return files


def _rating_lines(ratings: Ratings) -> list[str]:
    columns = (ratings.users, ratings.items, ratings.values.astype(np.int64), ratings.timestamps)
    return [f"{u}\t{i}\t{r}\t{t}" for u, i, r, t in zip(*(column.tolist() for column in columns), strict=True)]


def _item_lines(rng: np.random.Generator, titles: Sequence[str], genres: NDArray[np.bool_]) -> list[str]:
    days = rng.integers(1, 29, size=len(titles)).tolist()
    months = rng.integers(0, len(_MONTHS), size=len(titles)).tolist()
    lines = []
    for item, (title, day, month, flags) in enumerate(zip(titles, days, months, genres.tolist(), strict=True), start=1):
        released = f"{day:02d}-{_MONTHS[month]}-{title[-5:-1]}"
        # The top-level domain that RFC 2606 keeps from ever resolving: no link leads to somebody's site.
        address = f"http://films.invalid/{item}"
        lines.append("|".join([str(item), title, released, "", address, *(str(int(flag)) for flag in flags)]))
    return lines


def _user_lines(rng: np.random.Generator, users: int) -> list[str]:
    ages = rng.integers(12, 75, size=users).tolist()
    sexes = rng.choice(["F", "M"], size=users).tolist()
    jobs = rng.choice(_OCCUPATIONS, size=users).tolist()
    zips = rng.integers(0, 100_000, size=users).tolist()
    rows = zip(ages, sexes, jobs, zips, strict=True)
    return [f"{user}|{age}|{sex}|{job}|{zip_:05d}" for user, (age, sex, job, zip_) in enumerate(rows, start=1)]
