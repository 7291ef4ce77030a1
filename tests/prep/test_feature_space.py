from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from prep.errors import NotOneHot, NotPlain, UnknownId, UnreadableDocument
from prep.feature_space import FeatureSpace
from prep.features import space_document
from prep.features.blocks import Block, categorical
from prep.triplet import Triplet

IDS = st.lists(st.integers(0, 2**62) | st.integers(0, 20), min_size=1, max_size=30)


def row(*columns: int, width: int = 5, value: float = 1.0) -> Triplet:
    return Triplet(
        indptr=np.array([0, len(columns)]),
        indices=np.array(columns, dtype=np.int64),
        data=np.full(len(columns), value, dtype=np.float32),
        n_columns=width,
    )


def test_users_come_first_then_items_each_ascending() -> None:
    space = FeatureSpace.of(users=[30, 7, 30], items=[9, 2, 5])
    x = space.encode([7, 30, 7], [2, 9, 5])
    dense = x.to_csr().toarray()
    #                                7  30  2  5  9
    assert_array_equal(dense, [[1, 0, 1, 0, 0], [0, 1, 0, 0, 1], [1, 0, 0, 1, 0]])
    assert dense.dtype == np.float32
    assert space.feature_dim == 5


@given(IDS, IDS, st.data())
def test_decode_undoes_encode_and_json_keeps_the_columns(
    users: list[int], items: list[int], data: st.DataObject
) -> None:
    space = FeatureSpace.from_json(FeatureSpace.of(users=users, items=items).to_json())
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(users), st.sampled_from(items))))
    x = space.encode([user for user, _ in pairs], [item for _, item in pairs])
    columns = sorted(set(users)), sorted(set(items))
    expected = [(columns[0].index(user), len(columns[0]) + columns[1].index(item)) for user, item in pairs]
    assert x.indices.tolist() == [column for both in expected for column in both]
    decoded = space.decode(x)
    assert list(zip(*(ids.tolist() for ids in decoded), strict=True)) == pairs


def test_the_document_is_compact_and_stable() -> None:
    document = FeatureSpace.of(users=range(1, 944), items=[*range(1, 1000), 1005, 1007, 1008]).to_json()
    assert document == (
        b'{"version":2,"feature_dim":1945,"blocks":[{"name":"user","kind":"user","first":0,"width":943,'
        b'"runs":[[1,943]]},{"name":"item","kind":"item","first":943,"width":1002,'
        b'"runs":[[1,999],[1005,1],[1007,2]]}]}'
    )


@pytest.mark.parametrize(
    ("users", "items", "message"),
    [
        ([1, 4], [5, 5], r"^user 4 has no column, expected one of 3 ids from 1 to 3$"),
        ([1, 2], [5, 6], r"^item 6 has no column, expected one of 2 ids from 5 to 7$"),
        ([1, 2], [5, 8], r"^item 8 has no column"),
        ([-1, 2], [5, 5], r"^user -1 has no column"),
    ],
)
def test_an_unknown_id_is_named(users: list[int], items: list[int], message: str) -> None:
    with pytest.raises(UnknownId, match=message):
        FeatureSpace.of(users=[1, 2, 3], items=[5, 7]).encode(users, items)


def test_ids_are_never_rounded() -> None:
    with pytest.raises(TypeError, match="safe"):
        FeatureSpace.of(users=[1.5], items=[1])
    with pytest.raises(ValueError, match="2 users and 1 items"):
        FeatureSpace.of(users=[1, 2], items=[1]).encode([1, 2], [1])


def test_ids_of_two_dimensions_are_refused() -> None:
    space = FeatureSpace.of(users=[1, 2], items=[1, 2])
    square = np.array([[1, 2], [2, 1]])
    with pytest.raises(ValueError, match=r"ids of shape \(2, 2\), expected \(n,\)"):
        space.encode(square, square)
    with pytest.raises(ValueError, match=r"ids of shape \(2, 2\), expected \(n,\)"):
        FeatureSpace.of(users=square, items=[1])
    assert space.encode(1, 2).rows == 1


@pytest.mark.parametrize(
    "x",
    [
        row(0),
        row(0, 2, 3),
        row(0, 1),
        row(2, 3),
        row(3, 0),
        row(0, 5),
        row(-1, 3),
        row(0, 3, value=0.5),
        row(0, 3, width=6),
    ],
)
def test_a_row_that_is_no_pair_is_refused(x: Triplet) -> None:
    space = FeatureSpace.of(users=[1, 2], items=[1, 2, 3])
    with pytest.raises(NotOneHot):
        space.decode(x)


def runs_of_users(run: object) -> list[dict[str, object]]:
    return [{"name": "user", "runs": [run]}, {"name": "item", "runs": [[1, 1]]}]


BAD_RUNS: list[object] = [
    1,
    [1],
    [1, 1, 1],
    ["1", 1],
    [1.0, 1],
    [True, 1],
    [1, 1.0],
    [1, 1.5],
    [1, 0],
    [1, -1],
    [1, 1e400],
    [2**63, 1],
    [2**63 - 1, 2],
    [-(2**63) - 1, 1],
    [1, 10**30],
]

GOOD = {
    "version": 1,
    "feature_dim": 2,
    "blocks": [{"name": "user", "runs": [[1, 1]]}, {"name": "item", "runs": [[1, 1]]}],
}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"feature_dim": 3},
        {"blocks": []},
        {"blocks": [{"name": "user", "runs": [[1, 1]]}, {"name": "item"}]},
        {"blocks": [{"name": "user", "runs": [[1, 1], [1, 1]]}, {"name": "item", "runs": []}]},
        {"version": True},
        {"feature_dim": 2.0},
        {"feature_dim": None},
        *({"blocks": runs_of_users(run)} for run in BAD_RUNS),
        {"blocks": runs_of_users([1, 2**60]), "feature_dim": 2**60 + 1},
        {"blocks": runs_of_users([1, 2**25]), "feature_dim": 2**25 + 1},
    ],
)
def test_a_document_of_another_shape_is_refused(change: dict[str, object]) -> None:
    assert FeatureSpace.from_json(json.dumps(GOOD)).feature_dim == 2
    with pytest.raises(UnreadableDocument, match="feature space"):
        FeatureSpace.from_json(json.dumps(GOOD | change))


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b"\xff", b"null", b"[" * 100_000, b"9" * 5000], ids=lambda document: document[:9]
)
def test_what_is_no_document_is_refused(document: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        FeatureSpace.from_json(document)


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
