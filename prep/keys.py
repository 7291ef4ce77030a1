"""Where the preparation puts each of its results, below the prefix that the sink stands for."""

from __future__ import annotations

from typing import Final

TRAIN: Final = "prepared/train/train.protobuf"
VALIDATION: Final = "prepared/validation/validation.protobuf"
TEST: Final = "prepared/test/test.protobuf"
FEATURE_SPACE: Final = "feature_space.json"
SIDE_DATA: Final = "side_data.npz"
"""What optional blocks of features need to know of users and items; only where a job asks for such a block."""
ITEMS: Final = "items.json"
REJECTED: Final = "rejected.json"
PREPARED: Final = "prepared.json"
"""The result itself, written last: where it stands, everything does."""


def shards(key: str, count: int) -> list[str]:
    """The objects of a channel: the plain key where there is one, else numbered ones that sort by number."""
    stem, _, ending = key.rpartition(".")
    return [key] if count == 1 else [f"{stem}-{number:05d}-of-{count:05d}.{ending}" for number in range(count)]
