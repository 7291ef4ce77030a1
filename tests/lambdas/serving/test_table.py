"""The table has for everybody what they would be told if they asked one by one."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lambdas.logic.serving import table
from lambdas.logic.serving.table import write_table
from tests.lambdas.api.worlds import World, sigmoid, strange

WORLDS = {
    "ranking": World(),
    "like": World(has_ranking=False),
    "regressor": World(has_ranking=False, task="regressor", threshold=None),
    "ids that are text": strange(),
}


class Pipe:
    """Takes bytes and gives none back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: Any) -> None:
        self.parts.append(bytes(data))


def written(world: World, n: int, *, exclude_seen: bool) -> tuple[pq.ParquetFile, int]:
    pipe = Pipe()
    rows = write_table(pipe, world.bundle(), n, exclude_seen=exclude_seen)
    return pq.ParquetFile(io.BytesIO(b"".join(pipe.parts))), rows


def expected(world: World, n: int, *, exclude_seen: bool) -> list[dict[str, Any]]:
    """Score by score, in Python's floats."""
    rows = []
    is_regressor = world.task == "regressor" and not world.has_ranking
    for user, user_id in enumerate(world.users):
        scores = {item: world.raw(world.recommender, user, item) for item in range(len(world.items))}
        unseen = [item for item in scores if not (exclude_seen and world.is_rated[user, item])]
        for rank, item in enumerate(sorted(unseen, key=lambda item: (-scores[item], item))[:n], start=1):
            score = scores[item] if is_regressor else sigmoid(scores[item])
            rows.append(
                {"user": user_id, "rank": rank, "item": world.items[item], "title": world.title(item), "score": score}
            )
    return rows


@pytest.mark.parametrize("exclude_seen", [True, False], ids=["unseen", "all"])
@pytest.mark.parametrize("n", [1, 7, 1000])
@pytest.mark.parametrize("world", WORLDS)
def test_has_everybodys_best_items_in_order(world: str, n: int, exclude_seen: bool) -> None:
    file, rows = written(WORLDS[world], n, exclude_seen=exclude_seen)
    found, wanted = file.read().to_pylist(), expected(WORLDS[world], n, exclude_seen=exclude_seen)
    assert len(found) == len(wanted) == rows
    for one, other in zip(found, wanted, strict=True):
        assert one.pop("score") == pytest.approx(other.pop("score"), rel=1e-9)
        assert one == other


@pytest.mark.parametrize("world", WORLDS)
def test_is_what_each_user_is_told_alone(world: str) -> None:
    """Bit by bit: scores of a block of users come from another product than those of one."""
    bundle = WORLDS[world].bundle()
    found = written(WORLDS[world], 10, exclude_seen=True)[0].read()
    for user, id_ in enumerate(bundle.space.users.tolist()):
        top = bundle.top_items.of(bundle.recommender.of_user(user), 10, excluded=bundle.rated.of(user))
        of_user = found.filter(pa.compute.equal(found["user"], id_))
        assert of_user["item"].to_pylist() == bundle.space.items[top.items].tolist()
        assert of_user["score"].to_pylist() == bundle.shown(top.scores).tolist()


@pytest.mark.parametrize(("world", "kind"), [("ranking", pa.int64()), ("ids that are text", pa.string())])
def test_columns_say_what_they_are_and_the_file_where_it_comes_from(world: str, kind: pa.DataType) -> None:
    schema = written(WORLDS[world], 3, exclude_seen=True)[0].schema_arrow
    names = {"user": kind, "rank": pa.int32(), "item": kind, "title": pa.string(), "score": pa.float64()}
    assert dict(zip(schema.names, schema.types, strict=True)) == names
    assert not any(field.nullable for field in schema)
    assert {b"version": b"nightly", b"recommends_by": b"ranking"}.items() <= schema.metadata.items()


@pytest.mark.parametrize(("scores", "rows"), [(1, 1 << 17), (200, 1 << 17), (1 << 24, 5), (1 << 24, 14)])
def test_blocks_of_users_change_nothing(monkeypatch: pytest.MonkeyPatch, scores: int, rows: int) -> None:
    whole = written(WORLDS["ranking"], 7, exclude_seen=True)[0]
    assert whole.num_row_groups == 1
    monkeypatch.setattr(table, "_BLOCK_SCORES", scores)
    monkeypatch.setattr(table, "_GROUP_ROWS", rows)
    found = written(WORLDS["ranking"], 7, exclude_seen=True)[0]
    size = max(1, min(scores // 40, rows // 7))
    blocks_of_group = math.ceil(rows / (size * 7))
    assert found.num_row_groups == math.ceil(math.ceil(12 / size) / blocks_of_group)
    assert found.read().equals(whole.read())


def test_whoever_has_rated_everything_is_not_in_it() -> None:
    world = World()
    world.is_rated[3] = True
    users = set(written(world, 5, exclude_seen=True)[0].read()["user"].to_pylist())
    assert users == {*world.users} - {world.users[3]}
    world.is_rated[:] = True
    file, rows = written(world, 5, exclude_seen=True)
    assert (file.read().num_rows, rows) == (0, 0)


def test_no_recommendations_are_an_empty_table() -> None:
    file, rows = written(World(), 0, exclude_seen=True)
    assert (file.read().num_rows, rows) == (0, 0)


def test_a_table_that_breaks_off_says_so() -> None:
    class Full:
        def write(self, data: Any) -> None:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        write_table(Full(), World().bundle(), 5, exclude_seen=True)


def test_near_ties_are_in_the_order_of_exact_scores() -> None:
    world = World()
    world.ranking.items[5:9] = world.ranking.items[5]
    world.ranking.item_terms[5:9] = world.ranking.item_terms[5]
    world.ranking.items[7] = np.nextafter(world.ranking.items[7], np.float32(np.inf))
    found = written(world, 40, exclude_seen=False)[0].read().to_pylist()
    wanted = expected(world, 40, exclude_seen=False)
    assert [(row["user"], row["item"]) for row in found] == [(row["user"], row["item"]) for row in wanted]
