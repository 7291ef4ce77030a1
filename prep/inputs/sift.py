"""Which of many rows are sound beyond doubt, where some are not: by patterns, on whole columns of text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from prep.inputs import fields

_WHOLE = "^-?[0-9]{1,18}$"
_ID = "^[0-9]{1,18}$"
_RATING = "^[0-9]{1,9}([.][0-9]{1,9})?$|^-[0-9]{1,9}([.][0-9]{1,9})?$"


def sift(
    texts: pa.Table, types: dict[str, pa.DataType], lowest: np.float32, highest: np.float32
) -> tuple[pa.Table, NDArray[np.bool_]]:
    """The rows that are surely sound, in their types, and which they are.

    texts: columns of text, user, item, rating and maybe timestamp. types: theirs, by name, in this order.
    Raises ArrowInvalid where a moment only looks like one.
    """
    is_sure = np.ones(texts.num_rows, np.bool_)
    for place, kind in enumerate(types.values()):
        is_sure &= _is_plain(texts.column(place), kind, is_id=place < 2)
    plain = texts.filter(pa.array(is_sure)).cast(pa.schema(list(types.items())))
    values = plain.column(2).to_numpy()
    is_in_scale = (values >= lowest) & (values <= highest)
    is_sure[is_sure] = is_in_scale
    return plain.filter(pa.array(is_in_scale)), is_sure


def _is_plain(column: pa.ChunkedArray, kind: pa.DataType, *, is_id: bool) -> NDArray[np.bool_]:
    if pa.types.is_string(kind):
        lengths = pc.binary_length(column).to_numpy()
        return np.asarray((lengths > 0) & (lengths <= fields.LONGEST_ID))
    if pa.types.is_timestamp(kind):
        return _matches(column, fields.PLAIN_DATE if kind.tz is None else fields.PLAIN_ZONED_DATE)
    if pa.types.is_integer(kind):
        return _matches(column, _ID if is_id else _WHOLE)
    return _matches(column, _RATING)


def _matches(column: pa.ChunkedArray, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(column, pattern).to_numpy(), np.bool_)
