from __future__ import annotations

import io

import pytest

from prep.catalogue import Catalogue, Item
from prep.errors import UnreadableDocument
from prep.movielens import GENRES, read_items


def line(item: int, title: str, *genres: str) -> str:
    return f"{item}|{title}||||{'|'.join(str(int(name in genres)) for name in GENRES)}\n"


def catalogue() -> Catalogue:
    text = line(3, "Été à Véra (1971)", "Drama", "Comedy") + line(9, "Nameless year")
    return Catalogue.of(read_items(io.BytesIO(text.encode("latin-1")), source="u.item"))


def test_items_keep_what_u_item_says_through_json() -> None:
    read = Catalogue.from_json(catalogue().to_json())
    assert len(read) == 2
    assert read[3] == Item(3, "Été à Véra (1971)", 1971, ("Comedy", "Drama"))
    assert read[9] == Item(9, "Nameless year", None, ())
    assert read.genre_names == GENRES


def test_an_item_nobody_described_still_has_a_title() -> None:
    items = catalogue()
    assert items.title(17) == "item 17"
    assert 17 not in items
    assert 3 in items


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
