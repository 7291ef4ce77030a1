"""Whether side data is that of a feature space: the same blocks, counts and categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prep.errors import SideMismatch
from prep.features.blocks import HISTORY_KINDS
from prep.features.history import Lists
from prep.features.side_data import SideData

if TYPE_CHECKING:
    from prep.feature_space import FeatureSpace


def check_side(space: FeatureSpace, side: SideData) -> None:
    """Raises SideMismatch naming the block that does not fit."""
    kinds = {block.kind for block in space.blocks}
    expected = {
        "genres": side.genres is not None,
        "week": side.first_time is not None,
    }
    for kind, is_there in expected.items():
        _require(kind, is_there == (kind in kinds), f"side data {'with' if is_there else 'without'}")
    _require("history", (side.history is not None) == bool(kinds & set(HISTORY_KINDS)), "side data with or without")
    _check_codes(space, side)
    if side.genres is not None:
        width = next(block.width for block in space.blocks if block.kind == "genres")
        _check_lists("genres", side.genres, len(space.items), width)
    if side.history is not None:
        _check_lists("rated_items", side.history.by_user, len(space.users), len(space.items))
        _check_lists("item_raters", side.history.by_item, len(space.items), len(space.users))


def _check_codes(space: FeatureSpace, side: SideData) -> None:
    coded = {block.name: block for block in space.blocks if block.kind in ("year", "user_attributes")}
    _require("codes", coded.keys() == side.codes.keys(), f"side data for {sorted(side.codes)[:9]}")
    for name, block in coded.items():
        code, rows = side.codes[name], len(space.items if name == "year" else space.users)
        _require(name, code.shape == (rows,), f"{code.size} codes for {rows}")
        is_within = not rows or (code.min() >= -1 and code.max() < block.width)
        _require(name, bool(is_within), f"codes beyond the {block.width} categories")


def _check_lists(name: str, lists: Lists, count: int, bound: int) -> None:
    _require(name, len(lists) == count, f"{len(lists)} lists for {count}")
    problem = lists.problem(bound)
    _require(name, problem is None, str(problem))


def _require(name: str, is_so: bool, found: str) -> None:
    if not is_so:
        raise SideMismatch(f"{name}: {found}, expected the side data of this feature space")
