"""What people are shown of an item: title, year, genres. The document ``items.json`` travels with the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from prep import documents
from prep.errors import UnreadableDocument

if TYPE_CHECKING:
    from prep.tables import Items

VERSION: Final = 2
"""Since 2 an id may be text; 1 is still read."""

ItemId = int | str


@dataclass(frozen=True, slots=True)
class Item:
    """One item. year: None where unknown."""

    id: ItemId
    title: str
    year: int | None
    genres: tuple[str, ...]


class Catalogue:
    """Items by id. An item that was rated but never described has a title all the same: ``item 17``."""

    def __init__(
        self, items: Mapping[ItemId, Item] | Mapping[int, Item] | Mapping[str, Item], genre_names: tuple[str, ...]
    ) -> None:
        self._items: dict[ItemId, Item] = dict(items.items())
        self.genre_names = genre_names

    @classmethod
    def of(cls, items: Items) -> Catalogue:
        """The catalogue of a parsed item file."""
        flags, years = items.genres.tolist(), items.years.tolist()
        described: dict[ItemId, Item] = {
            item: Item(item, title, year or None, tuple(compress(items.genre_names, row)))
            for item, title, year, row in zip(items.ids.tolist(), items.titles, years, flags, strict=True)
        }
        return cls(described, items.genre_names)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item: ItemId) -> bool:
        return item in self._items

    def __getitem__(self, item: ItemId) -> Item:
        return self._items.get(item) or Item(item, f"item {item}", None, ())

    def title(self, item: ItemId) -> str:
        """Its title."""
        return self[item].title

    def to_json(self) -> bytes:
        """A compact document, one row per item: [id, title, year or null, [positions in ``genres``]].

        ids: all whole numbers, or all text.
        """
        position = {name: index for index, name in enumerate(self.genre_names)}
        rows = [[item.id, item.title, item.year, [position[g] for g in item.genres]] for item in self._items.values()]
        document = {"version": VERSION, "genres": self.genre_names, "items": rows}
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, document: bytes | str) -> Catalogue:
        """Reads what ``to_json`` wrote. Raises UnreadableDocument naming the first row that cannot be one."""
        content = documents.parse_version(document, 1, VERSION, what="items")
        genres, rows = content.get("genres"), content.get("items")
        if not _are_names(genres) or not isinstance(rows, list):
            expected = "distinct names in genres, and items as rows of id, title, year and genres"
            raise UnreadableDocument(f"items: {documents.excerpt(content)}, expected {expected}")
        items = {item.id: item for item in (_item(row, genres) for row in rows)}
        kinds = {type(id_) for id_ in items}
        if len(kinds) > 1 or (content["version"] == 1 and str in kinds):
            raise UnreadableDocument(
                "items: ids that are text, expected whole numbers alone, or since version 2 text alone"
            )
        if len(items) != len(rows):
            raise UnreadableDocument(f"items: {len(rows)} rows of {len(items)} distinct ids, expected one row each")
        return cls(items, tuple(genres))


def _are_names(genres: Any) -> TypeGuard[list[str]]:
    is_text = isinstance(genres, list) and all(isinstance(name, str) for name in genres)
    return is_text and len(set(genres)) == len(genres)


def _item(row: Any, genre_names: list[str]) -> Item:
    match row:
        case [int() | str() as id_, str(title), int() | None as year, list(has)] if (
            (isinstance(id_, str) or documents.is_int64(id_))
            and title.strip()
            and (year is None or type(year) is int)
            and all(type(genre) is int and 0 <= genre < len(genre_names) for genre in has)
        ):
            return Item(id_, title, year, tuple(genre_names[genre] for genre in has))
        case _:
            expected = f"[id, title, year or null, [genres from 0 to {len(genre_names) - 1}]]"
            raise UnreadableDocument(f"items: row {documents.excerpt(row)}, expected {expected}")
