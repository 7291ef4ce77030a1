"""Work a step ahead in another thread: NumPy and Arrow let go of the interpreter in their loops."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar, cast

_T = TypeVar("_T")
_U = TypeVar("_U")
THREADS: Final = 2
_END: Final = object()


def ahead(items: Iterable[_T], depth: int = 1) -> Iterator[_T]:
    """The same items, the next ones made while this one is used: as many as ``depth``, which are all in memory."""
    source = iter(items)
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming: deque[Future[object]] = deque(pool.submit(next, source, _END) for _ in range(depth))
        while (item := coming.popleft().result()) is not _END:
            coming.append(pool.submit(next, source, _END))
            yield cast("_T", item)


def mapped(work: Callable[[_T], _U], items: Iterable[_T]) -> Iterator[_U]:
    """``work`` of each item, in order, a few of them at a time; ``work`` has to be fit for several threads."""
    with ThreadPoolExecutor(THREADS, "mapped") as pool:
        pending: deque[Future[_U]] = deque()
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) >= 2 * THREADS:  # so that none waits while what the others made is used
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
