from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from prep.errors import NotOneHot, UnknownId, UnreadableDocument
from prep.feature_space import FeatureSpace
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
    positions = [(columns[0].index(user), columns[1].index(item)) for user, item in pairs]
    assert list(zip(*(column.tolist() for column in space.pair_positions(x)), strict=True)) == positions


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
