"""Where the preparation puts each of its results, below the prefix that the sink stands for."""

from __future__ import annotations

from typing import Final

TRAIN: Final = "prepared/train/train.protobuf"
TEST: Final = "prepared/test/test.protobuf"
FEATURE_SPACE: Final = "feature_space.json"
ITEMS: Final = "items.json"
