from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prep.catalogue import Catalogue, Item
from prep.errors import UnreadableDocument
from prep.inputs import GENRES, InputSpec, detect, read_items
from prep.sources import FolderSource
from prep.tables import Items


def line(item: int, title: str, *genres: str) -> str:
    return f"{item}|{title}||||{'|'.join(str(int(name in genres)) for name in GENRES)}\n"


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    text = line(3, "Été à Véra (1971)", "Drama", "Comedy") + line(9, "Nameless year")
    (tmp_path / "u.item").write_bytes(text.encode("latin-1"))
    (tmp_path / "u.data").write_text("1\t3\t4\t0\n")
    source = FolderSource(tmp_path)
    items = read_items(source, detect(source, InputSpec()))
    assert items is not None
    return Catalogue.of(items)


def test_items_keep_what_u_item_says_through_json(catalogue: Catalogue) -> None:
    read = Catalogue.from_json(catalogue.to_json())
    assert len(read) == 2
    assert read[3] == Item(3, "Été à Véra (1971)", 1971, ("Comedy", "Drama"))
    assert read[9] == Item(9, "Nameless year", None, ())
    assert read.genre_names == GENRES


def test_an_item_nobody_described_still_has_a_title(catalogue: Catalogue) -> None:
    assert catalogue.title(17) == "item 17"
    assert 17 not in catalogue
    assert 3 in catalogue


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'{"version":2}',
        b'{"version":1,"genres":[],"items":[[1]]}',
        b'{"version":1,"genres":[],"items":[[1,"t",1990,[0]]]}',
        b"[" * 100_000,
        b'{"version":true,"genres":[],"items":[]}',
        b'{"version":1,"genres":[1],"items":[]}',
        b'{"version":1,"genres":["a","a"],"items":[]}',
        b'{"version":1,"genres":"ab","items":[]}',
        b'{"version":1,"genres":[],"items":{}}',
        b'{"version":1,"genres":["a"],"items":[[1,"t",1990,[-1]]]}',
        b'{"version":1,"genres":["a"],"items":[[1,"t",1990,[true]]]}',
        b'{"version":1,"genres":[],"items":[[1,"t",1990,[]],[1,"u",1991,[]]]}',
        b'{"version":1,"genres":[],"items":[["1","t",1990,[]]]}',
        b'{"version":1,"genres":[],"items":[[1.0,"t",1990,[]]]}',
        b'{"version":1,"genres":[],"items":[[9223372036854775808,"t",1990,[]]]}',
        b'{"version":1,"genres":[],"items":[[1,null,1990,[]]]}',
        b'{"version":1,"genres":[],"items":[[1," ",1990,[]]]}',
        b'{"version":1,"genres":[],"items":[[1,"t","1990",[]]]}',
        b'{"version":1,"genres":[],"items":[[1,"t",true,[]]]}',
    ],
    ids=lambda document: document[:60],
)
def test_a_document_of_another_shape_is_refused(document: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"^items: "):
        Catalogue.from_json(document)


TEXT = st.text(min_size=1, max_size=5).filter(str.strip)


@given(st.booleans(), st.lists(TEXT, unique=True, max_size=3), st.data())
def test_any_catalogue_is_what_its_document_says(is_text: bool, genres: list[str], data: st.DataObject) -> None:
    ids: st.SearchStrategy[int | str] = st.text(max_size=5) if is_text else st.integers(-(2**63), 2**63 - 1)
    items = {
        id_: Item(
            id_,
            data.draw(TEXT),
            data.draw(st.none() | st.integers(1, 3000)),
            tuple(genres[: data.draw(st.integers(0, 3))]),
        )
        for id_ in data.draw(st.lists(ids, unique=True, max_size=4))
    }
    read = Catalogue.from_json(Catalogue(items, tuple(genres)).to_json())
    assert len(read) == len(items)
    assert all(read[id_] == item for id_, item in items.items())
    assert read.genre_names == tuple(genres)


def test_an_item_file_with_text_ids_makes_a_catalogue_of_them() -> None:
    table = Items(np.array(["b", "a"]), ("B", "A"), np.array([0, 1990]), np.zeros((2, 0), np.bool_), ())
    read = Catalogue.from_json(Catalogue.of(table).to_json())
    assert (read["a"], read["b"].year) == (Item("a", "A", 1990, ()), None)
    assert read.title(table.ids[0]) == "B"
    assert (read.title("c"), "c" in read) == ("item c", False)


def test_version_1_is_still_read() -> None:
    read = Catalogue.from_json(b'{"version":1,"genres":["War"],"items":[[7,"t",1990,[0]]]}')
    assert read[7] == Item(7, "t", 1990, ("War",))


@pytest.mark.parametrize(
    "rows", ['[["a","t",null,[]],[1,"t",null,[]]]', "[[true,null,1990,[]]]", "[[null,null,1990,[]]]"]
)
def test_ids_of_two_kinds_are_refused(rows: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"^items: "):
        Catalogue.from_json(f'{{"version":2,"genres":[],"items":{rows}}}')
