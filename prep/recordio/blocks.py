"""Whole records of a buffer or of a stream, some megabytes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from prep.recordio.errors import RecordTooLarge
from prep.recordio.framing import HEADER_BYTES, split, split_front

Buffer = bytes | bytearray | memoryview | NDArray[np.uint8]

BLOCK_BYTES = 8 << 20
"""What is looked at a time, unless one record is longer."""

MAX_RECORD_BYTES = 1 << 28
"""The longest record of a stream. The four bytes of a length may ask for 4 GiB of memory."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Records of one piece of the input. ``starts``, ``lengths``: (records,) of their payloads in ``octets``.

    at: where ``octets`` stand in the input.
    """

    octets: NDArray[np.uint8]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    at: int


def of_buffer(buffer: Buffer) -> Iterator[Block]:
    """All records of a buffer, without a copy. Raises TruncatedRecord, BadMagic or MalformedRecord."""
    octets = np.frombuffer(buffer, np.uint8)
    at = 0
    while at < octets.size:
        stop = at + max(BLOCK_BYTES, _frame_bytes(octets[at : at + HEADER_BYTES]))
        block = _whole_records(octets[at:stop], at, is_last=stop >= octets.size)
        yield block
        at += _used(block)


def of_stream(stream: BinaryIO) -> Iterator[Block]:
    """All records of a stream; each block is valid until the next one, which comes in the same memory.

    Raises TruncatedRecord, BadMagic, MalformedRecord, or RecordTooLarge.
    """
    memory = np.empty(BLOCK_BYTES, np.uint8)
    at = held = 0
    while True:
        size = _frame_bytes(memory[: min(held, HEADER_BYTES)])
        if size > MAX_RECORD_BYTES:
            raise RecordTooLarge(f"byte {at}: record of {size} bytes, expected at most {MAX_RECORD_BYTES} in a stream")
        if size > memory.size:
            memory = np.concatenate((memory[:held], np.empty(size + BLOCK_BYTES - held, np.uint8)))
        held += _fill(stream, memory[held:])
        is_last = held < memory.size
        if held:
            block = _whole_records(memory[:held], at, is_last=is_last)
            yield block
            used = _used(block)
            memory[: held - used] = memory[used:held].copy()
            at, held = at + used, held - used
        if is_last:
            return


def _whole_records(octets: NDArray[np.uint8], at: int, *, is_last: bool) -> Block:
    starts, lengths = split(octets, at=at) if is_last else split_front(octets, at=at)
    return Block(octets=octets, starts=starts, lengths=lengths, at=at)


def _used(block: Block) -> int:
    """Bytes of the records of a block, with their frames."""
    return (int(block.starts[-1] + block.lengths[-1]) + 3) // 4 * 4 if block.starts.size else 0


def _frame_bytes(header: NDArray[np.uint8]) -> int:
    """The size of the frame that begins so; 0 as long as its length is unknown."""
    if header.size < HEADER_BYTES:
        return 0
    return HEADER_BYTES + (int.from_bytes(header[4:].tobytes(), "little") + 3) // 4 * 4


def _fill(stream: BinaryIO, memory: NDArray[np.uint8]) -> int:
    """Reads until the memory is full or the stream ends, and returns the number of bytes read."""
    held, view = 0, memory.data
    while held < memory.size and (octets := stream.read(memory.size - held)):
        view[held : held + len(octets)] = octets
        held += len(octets)
    return held
