"""The channels a rating can go to, as one byte a row."""

from __future__ import annotations

from enum import IntEnum


class Channel(IntEnum):
    """``LEFT_OUT`` rows are in no channel: a repeated pair, or a held-out row of a user that nothing was learnt of."""

    LEFT_OUT = 0
    TRAIN = 1
    VALIDATION = 2
    TEST = 3
