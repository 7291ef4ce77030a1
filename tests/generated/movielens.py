"""Generated folders in the formats of MovieLens 1M, 10M and 25M; nothing in them is MovieLens data.

Formats: the READMEs of ml-1m and ml-10m and of ml-25m, the last of which 20M, 32M and the latest sets share.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.sample.titles import invent_titles
from tests.generated.taste import Drawn, draw, ids_with_gaps
from tests.generated.truth import Film, Truth

GENRES_1M = (
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
GENRES = tuple("Children" if name == "Children's" else name for name in GENRES_1M)
NO_GENRES = "(no genres listed)"
AGES_1M = (1, 18, 25, 35, 45, 50, 56)


def ml_1m(folder: Path, *, seed: int = 0, users: int = 400, items: int = 300, rows: int = 30_000) -> Truth:
    """``ratings.dat``, ``movies.dat`` and ``users.dat``: ``::`` between fields, latin-1, whole stars, users 1 to n.

    One item in ten, on average, is described and never rated.
    """
    rng = np.random.default_rng(seed)
    drawn = draw(rng, users=users, items=items, rows=rows, halves=False)
    described = items + max(1, items // 10)
    item_ids = ids_with_gaps(rng, described, largest=2 * described)
    films = _films(rng, rng.permutation(item_ids), drawn, GENRES_1M)
    people = {user: _person(rng) for user in range(1, users + 1)}
    truth = _truth(folder, "ratings.dat", drawn, np.arange(1, users + 1), films, people)
    _write(folder, "ratings.dat", _double_colons(truth, "{:.0f}"), "latin-1")
    movies = (f"{item}::{film.title}::{'|'.join(film.genres)}" for item, film in sorted(films.items()))
    _write(folder, "movies.dat", movies, "latin-1")
    about = (f"{user}::{'::'.join(person.values())}" for user, person in people.items())
    _write(folder, "users.dat", about, "latin-1")
    _write(folder, "README", ["Generated; not MovieLens data."], "latin-1")
    return truth


def ml_10m(folder: Path, *, seed: int = 0, users: int = 400, items: int = 300, rows: int = 30_000) -> Truth:
    """``ratings.dat``, ``movies.dat`` and ``tags.dat``: ``::``, UTF-8, half stars, gaps in all ids."""
    rng = np.random.default_rng(seed)
    drawn = draw(rng, users=users, items=items, rows=rows, halves=True).by_user_and_item()
    films = _films(rng, ids_with_gaps(rng, items, largest=6 * items), drawn, GENRES)
    truth = _truth(folder, "ratings.dat", drawn, ids_with_gaps(rng, users, largest=2 * users), films, {})
    _write(folder, "ratings.dat", _double_colons(truth, "{:g}"), "utf-8")
    movies = (f"{i}::{film.title}::{'|'.join(film.genres) or NO_GENRES}" for i, film in sorted(films.items()))
    _write(folder, "movies.dat", movies, "utf-8")
    _write(folder, "tags.dat", [f"{truth.users[0]}::{truth.items[0]}::worth a look::{truth.times[0]}"], "utf-8")
    _write(folder, "README.html", ["<p>Generated; not MovieLens data.</p>"], "utf-8")
    return truth


def ml_25m(
    folder: Path, *, seed: int = 0, users: int = 400, items: int = 300, rows: int = 30_000, line_end: str = "\r\n"
) -> Truth:
    """``ratings.csv``, ``movies.csv``, ``links.csv`` and ``tags.csv``, UTF-8 with a header and CRLF as the real ones.

    Half stars, users 1 to n, items with gaps up to 209171, titles with commas and quotes in quotes, one without a year.
    """
    rng = np.random.default_rng(seed)
    drawn = draw(rng, users=users, items=items, rows=rows, halves=True).by_user_and_item()
    films = _films(rng, ids_with_gaps(rng, items, largest=209_171), drawn, GENRES)
    truth = _truth(folder, "ratings.csv", drawn, np.arange(1, users + 1), films, {})
    ratings = (f"{u},{i},{v:.1f},{t}" for u, i, v, t in _rows(truth))
    movies = (
        f"{item},{_quoted(film.title)},{'|'.join(film.genres) or NO_GENRES}" for item, film in sorted(films.items())
    )
    links = (f"{item},{item + 100_000:07d},{item}" for item in sorted(films))
    tags = [f"{truth.users[0]},{truth.items[0]},{_quoted('slow, but fair')},{truth.times[0]}"]
    _write(folder, "ratings.csv", ["userId,movieId,rating,timestamp", *ratings], "utf-8", line_end)
    _write(folder, "movies.csv", ["movieId,title,genres", *movies], "utf-8", line_end)
    _write(folder, "links.csv", ["movieId,imdbId,tmdbId", *links], "utf-8", line_end)
    _write(folder, "tags.csv", ["userId,movieId,tag,timestamp", *tags], "utf-8", line_end)
    _write(folder, "README.txt", ["Generated; not MovieLens data."], "utf-8", line_end)
    return truth


def as_zip(folder: Path, path: Path) -> Path:
    """The folder's files in a zip, below a top folder of its name as GroupLens packs them. Returns ``path``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(folder.name)
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return path


def _films(rng: np.random.Generator, ids: NDArray[np.int64], drawn: Drawn, names: tuple[str, ...]) -> dict[int, Film]:
    """In the order of ``ids``, of which the first are those that are rated."""
    titles = invent_titles(rng, len(ids))
    if len(ids) == len(drawn.genres):  # MovieLens 10M and later have odd ones
        titles[1] = titles[1][: -len(" (1999)")]
        titles[2] = f'"Quoted" {titles[2]}'
        titles[3] = f"Lantern, The ({titles[3]})"
    genres = [tuple(name for name, has in zip(names, row, strict=True) if has) for row in drawn.genres.tolist()]
    genres += [("Drama",)] * (len(ids) - len(genres))
    if names is GENRES:
        genres[0] = ()
    return {item: Film(title, _year(title), has) for item, title, has in zip(ids.tolist(), titles, genres, strict=True)}


def _year(title: str) -> int:
    digits = title.rstrip(")")[-4:]
    return int(digits) if title.endswith(")") and digits.isdigit() else 0


def _person(rng: np.random.Generator) -> dict[str, str]:
    return {
        "gender": "FM"[rng.integers(2)],
        "age": str(rng.choice(AGES_1M)),
        "occupation": str(rng.integers(21)),
        "zip": f"{rng.integers(100_000):05d}",
    }


def _truth(
    folder: Path,
    file: str,
    drawn: Drawn,
    user_ids: NDArray[np.int64],
    films: Mapping[int, Film],
    people: Mapping[Any, Mapping[str, str]],
) -> Truth:
    item_ids = np.array(list(films), dtype=np.int64)
    folder.mkdir(parents=True, exist_ok=True)
    return Truth(
        folder=folder,
        file=file,
        users=user_ids[drawn.user],
        items=item_ids[drawn.item],
        values=drawn.values,
        times=drawn.times,
        liked_probability=drawn.liked_probability,
        films=films,
        people=people,
    )


def _rows(truth: Truth) -> Iterable[tuple[Any, Any, float, int]]:
    columns = (truth.users, truth.items, truth.values, truth.times)
    return zip(*(column.tolist() for column in columns), strict=True)


def _double_colons(truth: Truth, stars: str) -> Iterable[str]:
    return (f"{user}::{item}::{stars.format(value)}::{when}" for user, item, value, when in _rows(truth))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & {",", '"'} else text


def _write(folder: Path, name: str, lines: Iterable[str], encoding: str, line_end: str = "\n") -> None:
    (folder / name).write_bytes("".join(f"{line}{line_end}" for line in lines).encode(encoding))
