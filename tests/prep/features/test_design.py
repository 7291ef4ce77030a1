from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep.errors import BadJob, UnusableBlock
from prep.features import BLOCKS, Encoder, check_blocks
from prep.features.design import design
from prep.tables import Users
from tests.prep.features.test_encoder import WORLD
from tests.prep.features.worlds import World, subsets, worlds


@settings(deadline=None)
@given(worlds(), subsets())
def test_blocks_come_in_one_order_however_they_are_asked_for(world: World, blocks: tuple[str, ...]) -> None:
    kinds = [block.kind for block in world.design(blocks)[0].blocks]
    assert sorted(set(kinds), key=BLOCKS.index) == sorted(blocks, key=BLOCKS.index)
    assert kinds == sorted(kinds, key=BLOCKS.index)


@settings(deadline=None)
@given(worlds(), subsets(), st.data())
def test_what_is_held_out_changes_no_column_and_no_value(
    world: World, blocks: tuple[str, ...], data: st.DataObject
) -> None:
    """Rows are what the train rows say, so a rating that is moved out of train is as if it had never been."""
    left_out = data.draw(st.sampled_from(world.train))
    train = [row for row in world.train if row != left_out]
    if not train:
        return
    space, side = replace(world, train=train).design(blocks)
    expected = replace(world, train=train).row(blocks, left_out[0], left_out[1], left_out[2])
    x = Encoder(space, side).encode([left_out[0]], [left_out[1]], np.array([left_out[2]]))
    assert x.data.size == len(expected)
    assert ("rated_items", left_out[1]) not in expected
    assert ("item_raters", left_out[0]) not in expected


@pytest.mark.parametrize(
    ("block", "missing"),
    [
        ("genres", "catalogue"),
        ("year", "catalogue"),
        ("user_attributes", "people"),
        ("rated_items", "history"),
        ("item_raters", "history"),
        ("week", "train_times"),
    ],
)
def test_a_block_that_the_dataset_has_nothing_for_is_named(block: str, missing: str) -> None:
    given_ = {
        "catalogue": WORLD.catalogue(),
        "people": WORLD.people(),
        "history": WORLD.history(),
        "train_times": (0, 5),
    }
    design(users=[1], items=[10], blocks=[block], **given_)  # type: ignore[arg-type]
    with pytest.raises(UnusableBlock, match=f"^features: '{block}' of a dataset without, expected "):
        design(users=[1], items=[10], blocks=[block], **{**given_, missing: None})  # type: ignore[arg-type]


def test_side_files_that_say_nothing_are_named() -> None:
    silent = replace(WORLD, genres={10: set()}, years={10: 0}, attributes={1: {"gender": "", "age": ""}})
    for block in ("genres", "year", "user_attributes"):
        with pytest.raises(UnusableBlock, match=rf"^features: '{block}', but no (item|user) has one, expected "):
            silent.design((block,))


@pytest.mark.parametrize("times", [(0, 5_218 * 604_800), (5, 4), (0, 2**63 - 1)])
def test_timestamps_that_are_no_seconds_are_named(times: tuple[int, int]) -> None:
    with pytest.raises(UnusableBlock, match="week"):
        design(users=[1], items=[1], blocks=["week"], train_times=times)


def test_a_century_of_weeks_is_the_most() -> None:
    space, _ = design(users=[1], items=[1], blocks=["week"], train_times=(7, 6 + 5_218 * 604_800))
    assert space.blocks[0].width == 5_218


@pytest.mark.parametrize("names", [["genre"], ["year", "year"], "year", 3, [["year"]], [None]])
def test_an_unknown_or_repeated_block_is_named(names: object) -> None:
    with pytest.raises(BadJob, match=r"^features"):
        check_blocks(names)  # type: ignore[arg-type]


def test_ages_that_are_brackets_already_stay() -> None:
    people = Users(np.array([1, 2, 3]), {"age": ("18-24", "56+", ""), "work": ("a", "", "b")})
    space, side = design(users=[1, 2, 3], items=[1], blocks=["user_attributes"], people=people)
    assert [(block.name, block.categories) for block in space.blocks] == [
        ("user.age", ("18-24", "56+")),
        ("user.work", ("a", "b")),
    ]
    assert side.codes["user.age"].tolist() == [0, 1, -1]
    assert side.codes["user.work"].tolist() == [0, -1, 1]
