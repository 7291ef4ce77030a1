"""How two threads in compiled code wait for each other; through Python it would take as long as a batch.

Each thread counts up a number that only it writes, and reads the others'.
"""

from __future__ import annotations

from typing import Any, Final

import numba
from numba import extending
from numba.core import types

from fm.kernels.vectors import address

APART: Final = 8
"""Counts, int64, are a cache line apart, so that to write one does not slow down who reads another."""
# Its own type says that the context is to be given when it is called.
_intrinsic: Final[Any] = extending.intrinsic
_PATIENCE: Final = 2_000
_COUNT_BYTES: Final = 8
# Of the C library: the other thread may need this processor.
_sched_yield: Final = types.ExternalFunction("sched_yield", types.int32())


@numba.njit(inline="always")
def meet(counts, mine, members, count):  # type: ignore[no-untyped-def]
    """Say that this thread got to ``count``, and wait until all have.

    counts: (members · APART,) int64. What each wrote before it came here, all see afterwards.
    """
    _publish(counts, APART * mine, count)
    for member in range(members):
        waited = 0
        while _seen(counts, APART * member) < count:
            waited += 1
            if waited > _PATIENCE:
                _sched_yield()


@_intrinsic
def _seen(_context, array, at):  # type: ignore[no-untyped-def]
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(address(context, builder, array, arguments), "acquire", _COUNT_BYTES)

    return array.dtype(array, types.intp), generate


@_intrinsic
def _publish(_context, array, at, count):  # type: ignore[no-untyped-def]
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = address(context, builder, array, arguments)
        builder.store_atomic(arguments[2], pointer, "release", _COUNT_BYTES)
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate
