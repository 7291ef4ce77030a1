"""Feature spaces with text ids and optional blocks, and the second version of their document."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep.errors import NotOneHot, NotPlain, UnknownId, UnreadableDocument
from prep.feature_space import FeatureSpace
from prep.features import space_document
from prep.features.blocks import Block, categorical
from prep.triplet import Triplet
from tests.prep.test_feature_space import IDS, row

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6), max_size=12)


def categories() -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(max_size=5), min_size=1, max_size=4, unique=True)


@st.composite
def spaces(draw: st.DrawFn) -> FeatureSpace:
    """Of whole numbers or text, with any of the blocks."""
    users, items = (draw(TEXTS | IDS) for _ in range(2))
    blocks = [categorical(kind, draw(categories())) for kind in ("genres", "year") if draw(st.booleans())]
    names = draw(st.lists(st.text(max_size=4), max_size=3, unique=True))
    blocks += [categorical("user_attributes", draw(categories()), name=f"user.{name}") for name in names]
    if items and draw(st.booleans()):
        blocks.append(Block("rated_items", "rated_items", len(set(items))))
    if users and draw(st.booleans()):
        blocks.append(Block("item_raters", "item_raters", len(set(users))))
    blocks += [categorical(kind, draw(categories())) for kind in ("week", "thresholds") if draw(st.booleans())]
    return FeatureSpace.of(users=users, items=items, blocks=blocks)


@settings(deadline=None)
@given(spaces())
def test_the_document_keeps_everything(space: FeatureSpace) -> None:
    read = FeatureSpace.from_json(space.to_json())
    assert read.all_blocks == space.all_blocks
    for name in ("users", "items"):
        before, after = getattr(space, name), getattr(read, name)
        assert before.tolist() == after.tolist()
        assert before.dtype.kind == after.dtype.kind or not before.size
    assert read.to_json() == space.to_json()


@given(TEXTS.filter(bool), st.lists(st.text("ab", max_size=3), max_size=5))
def test_text_ids_stand_by_code_point(users: list[str], others: list[str]) -> None:
    space = FeatureSpace.of(users=users, items=["x"])
    assert space.users.tolist() == sorted(set(users))
    assert space.positions_of_users(users).tolist() == [sorted(set(users)).index(user) for user in users]
    for unknown in set(others) - set(users):
        with pytest.raises(UnknownId, match=rf"^user {unknown} has no column, expected one of "):
            space.positions_of_users([unknown])
    x = space.encode(users, ["x"] * len(users))
    assert space.decode(x)[0].tolist() == users


def test_ids_of_the_other_kind_are_unknown() -> None:
    text, whole = FeatureSpace.of(users=["1"], items=["1"]), FeatureSpace.of(users=[1], items=[1])
    for space, other in ((text, [1]), (whole, ["1"])):
        with pytest.raises(UnknownId, match="item 1 has no column, expected one of 1 ids"):
            space.positions_of_items(other)
    assert text.positions_of_users("1").tolist() == [0]
    assert text.positions_of_users([]).tolist() == []


@pytest.mark.parametrize("ids", [["a", 1], ["a\0"], "a\0", np.array(["a", 1], object), [b"a"], [None]])
def test_what_is_no_id_is_refused(ids: object) -> None:
    with pytest.raises(TypeError):
        FeatureSpace.of(users=ids, items=[1])  # type: ignore[arg-type]


def test_version_1_is_still_read() -> None:
    document = (
        b'{"version":1,"feature_dim":5,"blocks":[{"name":"user","runs":[[7,2]]},{"name":"item","runs":[[1,1],[5,2]]}]}'
    )
    space = FeatureSpace.from_json(document)
    assert (space.users.tolist(), space.items.tolist(), space.is_plain) == ([7, 8], [1, 5, 6], True)


def test_rows_with_more_to_them_are_not_encoded_from_users_and_items_alone() -> None:
    space = FeatureSpace.of(users=[1], items=[1], blocks=[categorical("genres", ["a"])])
    with pytest.raises(NotPlain, match="a feature space with blocks genres, expected users and items alone"):
        space.encode([1], [1])


@pytest.mark.parametrize("x", [row(0, 2, 5), row(0, 2), row(0, 2, 5, 6)])
def test_other_blocks_of_a_row_do_not_matter_to_its_user_and_item(x: Triplet) -> None:
    space = FeatureSpace.of(users=[1, 2], items=[1, 2, 3], blocks=[categorical("genres", ["a", "b"])])
    x = Triplet(indptr=x.indptr, indices=x.indices, data=x.data, n_columns=7)
    x.data[2:] = 0.25
    assert [ids.tolist() for ids in space.decode(x)] == [[1], [1]]


@pytest.mark.parametrize("columns", [(0,), (), (0, 1), (0, 2, 3), (0, 2, 1), (0, 2, 7), (0, 2, -1), (0, 5), (2, 5)])
def test_a_row_of_blocks_that_is_no_pair_is_refused(columns: tuple[int, ...]) -> None:
    space = FeatureSpace.of(users=[1, 2], items=[1, 2, 3], blocks=[categorical("genres", ["a", "b"])])
    with pytest.raises(NotOneHot, match=r"^row 0: "):
        space.decode(row(*columns, width=7))


def test_a_space_knows_its_blocks() -> None:
    blocks = [categorical("genres", ["a", "b"]), categorical("thresholds", ["2", "3.5"])]
    space = FeatureSpace.of(users=[4, 3], items=["x"], blocks=blocks)
    assert [(block.name, block.first, block.width) for block in space.all_blocks] == [
        ("user", 0, 2),
        ("item", 2, 1),
        ("genres", 3, 2),
        ("thresholds", 5, 2),
    ]
    assert (space.feature_dim, space.thresholds) == (7, ("2", "3.5"))
    with pytest.raises(ValueError, match="expected some of genres, year"):
        FeatureSpace.of(users=[1], items=[1], blocks=blocks[::-1])
    with pytest.raises(ValueError, match="2 columns from 0, expected 2 from 3"):
        FeatureSpace(space.users, space.items, (blocks[0],))


def second_version(*blocks: dict[str, object], dim: int = 4, **user: object) -> dict[str, object]:
    """A document of two users, an item and one column of a genre, with changes."""
    users = {"name": "user", "kind": "user", "first": 0, "width": 2, "ids": ["a", "b"]} | user
    items = {"name": "item", "kind": "item", "first": 2, "width": 1, "runs": [[1, 1]]}
    return {"version": 2, "feature_dim": dim, "blocks": [users, items, *(GENRE | block for block in blocks)]}


GENRE: dict[str, object] = {"name": "genres", "kind": "genres", "first": 3, "width": 1, "categories": ["Drama"]}


@pytest.mark.parametrize(
    "document",
    [
        second_version({}, ids=["b", "a"]),
        second_version({}, ids=["a", "a"]),
        second_version({}, ids=["a", 1]),
        second_version({}, ids=["a", "b\0"]),
        second_version({}, ids=["a", "\ud800"]),
        second_version({}, ids=["a", "b", "c"]),
        second_version({}, ids=["a"]),
        second_version({}, ids="ab"),
        second_version({}, ids=None),
        second_version({}, runs=[[1, 2]]),
        second_version({}, first=1),
        second_version({}, first=False),
        second_version({}, width=2.0),
        second_version({}, {}),
        second_version({}, {}, dim=5),
        second_version(dim=4),
        second_version({"name": "Genres"}),
        second_version({"name": 1}),
        second_version({"kind": "other", "name": "other"}),
        second_version({"kind": "user_attributes"}),
        second_version({"kind": "rated_items", "name": "rated_items"}),
        second_version({"first": 2}),
        second_version({"width": 2}, dim=5),
        second_version({"width": True}),
        second_version({"width": 0}, dim=3),
        second_version({"width": 1 << 26}, dim=3 + (1 << 26)),
        second_version({"categories": ["a", "b"]}),
        second_version({"categories": ["a", "a"], "width": 2}, dim=5),
        second_version({"categories": [1]}),
        second_version({"categories": "a"}),
        second_version({"categories": []}),
    ],
    ids=lambda document: repr(document["blocks"])[60:200],
)
def test_a_document_of_version_2_that_contradicts_itself_is_refused(document: dict[str, object]) -> None:
    assert FeatureSpace.from_json(json.dumps(second_version({}))).feature_dim == 4
    with pytest.raises(UnreadableDocument, match=r"^feature space: "):
        FeatureSpace.from_json(json.dumps(document))


def test_one_long_id_does_not_make_all_ids_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy gives every id of a block as much room as the longest."""
    monkeypatch.setattr(space_document, "MAX_TEXT", 100)
    assert FeatureSpace.from_json(FeatureSpace.of(users=["a" * 50, "b"], items=[1]).to_json()).feature_dim == 3
    with pytest.raises(
        UnreadableDocument, match="2 ids as long as the longest take 102 characters, expected at most 100"
    ):
        FeatureSpace.from_json(FeatureSpace.of(users=["a" * 51, "b"], items=[1]).to_json())
