"""What readers give: a few ten thousand ratings as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from prep.inputs.lines import Lines


@dataclass(frozen=True, slots=True, eq=False)
class RatingBlock:
    """Rows in the order of their file.

    users, items: Arrow int64 (n,), or string (n,), without nulls. values: float32 (n,). times: int64 (n,), seconds
    since 1970, zeros where there are none or none were asked for. lines: which line each row stood on.
    """

    users: pa.Array
    items: pa.Array
    values: NDArray[np.float32]
    times: NDArray[np.int64]
    file: str
    lines: Lines

    def __len__(self) -> int:
        return len(self.values)

    def line(self, row: int) -> int:
        """1-based line of the row in its file; of a Parquet file the row."""
        return self.lines.line(row)
