"""Each MovieLens format in miniature, invented, by folder, by zip and packed."""

from __future__ import annotations

import gzip
import pickle
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from prep.errors import EmptyFile, MissingFile, UnknownColumns
from prep.inputs import GENRES, InputSpec, detect, read_items, read_users
from prep.sources import Source, open_source
from tests.prep.inputs.reading import folder, read

FLAGS = "|".join("1" if genre in {"Comedy", "War"} else "0" for genre in GENRES)
ML_100K: Mapping[str, bytes] = {
    "u.data": b"1\t10\t5\t100\n2\t10\t3\t200\n1\t20\t1\t300\n",
    "ua.base": b"1\t10\t5\t100\n2\t10\t3\t200\n",
    "ua.test": b"1\t20\t1\t300\n",
    "u1.base": b"1\t10\t5\t100\n",
    "u.item": f"10|Caf\xe9 (1987)|01-Jan-1990||x|{FLAGS}\n20|No Year|01-Feb-1991||x|{FLAGS}\n".encode("latin-1"),
    "u.user": b"1|17|M|baker|9000\n2|60|F|none|E1\n3|44|F|baker|0\n",
    "u.genre": b"unknown|0\n",
    "README": b"invented",
}
ML_1M: Mapping[str, bytes] = {
    "ratings.dat": b"11::10::5::1111\n12::20::1::2222\n",
    "movies.dat": "10::Café: Story (1995)::Comedy|War\n20::Plain::Drama\n".encode("latin-1"),
    "users.dat": b"11::F::1::10::00000\n12::M::56::16::00001\n",
}
ML_10M: Mapping[str, bytes] = {
    "ratings.dat": b"7::31::4.5::3333\n7::32::5::4444\n",
    "movies.dat": "31::Café (1992)::Comedy\n32::Thing, The Odd (1995)::(no genres listed)\n".encode(),
    "tags.dat": b"7::31::fine::5555\n",
    "ra.train": b"7::31::4.5::3333\n",
    "ra.test": b"7::32::5::4444\n",
}
ML_CSV: Mapping[str, bytes] = {
    "ratings.csv": b"userId,movieId,rating,timestamp\r\n3,41,3.5,6666\r\n4,99999,0.5,7777\r\n",
    "movies.csv": (
        'movieId,title,genres\r\n41,"Colours, Nine (a ""Grey"") (1993)",Drama|Sci-Fi\r\n'
        "99999,Café,(no genres listed)\r\n"
    ).encode(),
    "tags.csv": b"userId,movieId,tag,timestamp\r\n3,41,fine,8888\r\n",
    "links.csv": b"movieId,imdbId,tmdbId\r\n41,0000001,1\r\n",
}


def as_folder(path: Path, files: Mapping[str, bytes]) -> Source:
    return folder(path / "set", files)


def as_zip(path: Path, files: Mapping[str, bytes]) -> Source:
    with zipfile.ZipFile(path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"ml-x/{name}", content)
    return open_source(path / "set.zip")


def as_gzip(path: Path, files: Mapping[str, bytes]) -> Source:
    return folder(path / "set", {f"{name}.gz": gzip.compress(content) for name, content in files.items()})


packings = pytest.mark.parametrize("pack", [as_folder, as_zip, as_gzip])
Pack = Callable[[Path, Mapping[str, bytes]], Source]


@packings
def test_ml_100k(tmp_path: Path, pack: Pack) -> None:
    source = pack(tmp_path, ML_100K)
    gz = ".gz" if pack is as_gzip else ""
    layout = detect(source, InputSpec())
    assert (layout.format, layout.how) == ("ml-100k", "its files are named as MovieLens 100K's")
    assert layout.ratings == (f"u.data{gz}",)
    assert layout.splits == {"ua": (f"ua.base{gz}", f"ua.test{gz}")}
    assert layout.files == tuple(f"{name}{gz}" for name in ("u.data", "ua.base", "ua.test", "u.item", "u.user"))
    assert pickle.loads(pickle.dumps(layout)) == layout  # noqa: S301
    assert read(source).rows == [(1, 10, 5.0, 100), (2, 10, 3.0, 200), (1, 20, 1.0, 300)]
    assert read(source, files=layout.splits["ua"]).places == [
        (f"ua.base{gz}", 1),
        (f"ua.base{gz}", 2),
        (f"ua.test{gz}", 1),
    ]
    items = read_items(source, layout)
    assert items is not None
    assert items.titles == ("Café (1987)", "No Year")
    assert_array_equal(items.ids, [10, 20])
    assert_array_equal(items.years, [1987, 1991])
    assert [genre for genre, has in zip(items.genre_names, items.genres[0], strict=True) if has] == ["Comedy", "War"]
    users = read_users(source, layout)
    assert users is not None
    assert_array_equal(users.ids, [1, 2, 3])
    assert users.attributes == {
        "age": ("under 18", "56+", "35-44"),
        "gender": ("M", "F", "F"),
        "occupation": ("baker", "none", "baker"),
    }


def test_a_split_without_u_data_has_all_ratings_in_its_two_files(tmp_path: Path) -> None:
    source = folder(tmp_path, {name: ML_100K[name] for name in ("ua.base", "ua.test")})
    layout = detect(source, InputSpec())
    assert layout.ratings == ("ua.base", "ua.test")
    assert read_items(source, layout) is None
    assert read_users(source, layout) is None
    assert len(read(source).rows) == 3


def test_half_a_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r": ub\.base alone, expected ub\.base and ub\.test, or u\.data$"):
        detect(folder(tmp_path, {"ub.base": b"1\t2\t3\t4\n"}), InputSpec())
    with pytest.raises(MissingFile, match=r": no file alone, expected ua\.base and ua\.test, or u\.data$"):
        detect(folder(tmp_path / "none", {}), InputSpec(format="ml-100k"))


@packings
def test_ml_1m(tmp_path: Path, pack: Pack) -> None:
    source = pack(tmp_path, ML_1M)
    layout = detect(source, InputSpec())
    assert (layout.format, layout.how) == ("ml-1m", "ratings.dat separated by ::, and users.dat")
    assert read(source).rows == [(11, 10, 5.0, 1111), (12, 20, 1.0, 2222)]
    items = read_items(source, layout)
    assert items is not None
    assert items.titles == ("Café: Story (1995)", "Plain")
    assert items.years.tolist() == [1995, 0]
    assert items.genre_names == ("Comedy", "Drama", "War")
    assert items.genres.tolist() == [[True, False, True], [False, True, False]]
    users = read_users(source, layout)
    assert users is not None
    assert users.attributes == {
        "age": ("under 18", "56+"),
        "gender": ("F", "M"),
        "occupation": ("K-12 student", "self-employed"),
    }


@packings
def test_ml_10m(tmp_path: Path, pack: Pack) -> None:
    source = pack(tmp_path, ML_10M)
    layout = detect(source, InputSpec())
    assert (layout.format, layout.how) == ("ml-10m", "ratings.dat separated by ::, without users.dat")
    assert set(layout.splits) == {"ra"}
    assert read(source).rows == [(7, 31, 4.5, 3333), (7, 32, 5.0, 4444)]
    items = read_items(source, layout)
    assert items is not None
    assert items.titles == ("Café (1992)", "Thing, The Odd (1995)")
    assert items.genre_names == ("Comedy",)
    assert items.genres.tolist() == [[True], [False]]


@packings
def test_ml_csv(tmp_path: Path, pack: Pack) -> None:
    source = pack(tmp_path, ML_CSV)
    layout = detect(source, InputSpec())
    assert (layout.format, layout.how) == ("ml-csv", "found by its header userId,movieId,rating,timestamp")
    assert read(source).rows == [(3, 41, 3.5, 6666), (4, 99999, 0.5, 7777)]
    assert read(source, with_times=False).rows == [(3, 41, 3.5, 0), (4, 99999, 0.5, 0)]
    items = read_items(source, layout)
    assert items is not None
    assert items.titles == ('Colours, Nine (a "Grey") (1993)', "Café")
    assert items.years.tolist() == [1993, 0]
    assert items.genre_names == ("Drama", "Sci-Fi")
    assert items.genres.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize(
    ("format_", "files"), [("ml-100k", ML_100K), ("ml-1m", ML_1M), ("ml-10m", ML_10M), ("ml-csv", ML_CSV)]
)
def test_a_format_that_is_said_is_taken_or_its_file_is_missed(
    tmp_path: Path, format_: str, files: Mapping[str, bytes]
) -> None:
    source = folder(tmp_path / "set", files)
    layout = detect(source, InputSpec(format=format_))
    assert (layout.format, layout.how) == (format_, "as said")
    with pytest.raises(MissingFile):
        detect(folder(tmp_path / "other", {"my.csv": b"user,item,rating\n1,2,3\n"}), InputSpec(format=format_))


def test_the_description_belongs_to_the_files(tmp_path: Path) -> None:
    source = folder(tmp_path, dict(ML_1M) | {"dataset.json": b"{}"})
    assert detect(source, InputSpec()).files == ("ratings.dat", "movies.dat", "users.dat", "dataset.json")


def test_a_said_header_that_is_another_is_refused(tmp_path: Path) -> None:
    source = folder(tmp_path, {"ratings.csv": b"user,item,rating\n1,2,3\n"})
    with pytest.raises(UnknownColumns, match=r"^ratings\.csv: first line 'user,item,rating', expected the header user"):
        detect(source, InputSpec(format="ml-csv"))


def test_single_colons_are_no_delimiter_of_ml_1m(tmp_path: Path) -> None:
    rows = ML_1M["ratings.dat"] + b"3:10:5:1111\n4::10::5:1111\n5::10:::5::1\n6:x:7::5::1\n7::10::5::1\n"
    found = read(folder(tmp_path, dict(ML_1M) | {"ratings.dat": rows}))
    assert [row[0] for row in found.rows] == [11, 12, 7]
    assert found.reasons == {"missing_field": 3, "not_a_number": 1}
    assert [example.line for example in found.rejections.examples("missing_field")] == [3, 4, 6]


def test_files_with_nothing_in_them_are_named(tmp_path: Path) -> None:
    for name, files in {"ratings.dat": ML_1M, "ratings.csv": ML_CSV}.items():
        with pytest.raises(EmptyFile, match=name):
            detect(folder(tmp_path / name, dict(files) | {name: b""}), InputSpec())
    source = folder(tmp_path / "100k", dict(ML_100K) | {"u.data": b"\n  \n"})
    with pytest.raises(EmptyFile, match=r"^u\.data: no row, expected at least one$"):
        read(source)
    header = ML_CSV["ratings.csv"].partition(b"3,")[0]
    with pytest.raises(EmptyFile, match=r"^ratings\.csv: no row"):
        read(folder(tmp_path / "header", dict(ML_CSV) | {"ratings.csv": header}))
