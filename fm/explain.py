"""Why a score is what it is: an exact division of it among a row's features and the blocks they belong to.

With S_a = Σ v_i x_i over the features of block a (:mod:`fm.terms`), an FM's score is

    w0 + Σ_a Σ_{i in a} w_i x_i + Σ_a ½ (‖S_a‖² − Σ_{i in a} ‖v_i x_i‖²) + Σ_{a < b} S_a · S_b

so each pair of blocks costs O(factors), and the whole row O(stored values · factors + blocks² · factors).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fm.errors import ExplanationError, FeatureCountMismatch
from fm.matrix import Rows, SparseRows, as_rows
from fm.model import FactorizationMachine
from fm.terms import group_terms

_CHUNK_NUMBERS = 1 << 21
"""Numbers held at once, 16 MB of float64."""


class FeatureBlock(NamedTuple):
    """The columns from ``start`` up to, not including, ``stop``: all users, all items, all genres."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contributions:
    """What the parts of some rows add to their scores, float64, in the unit of the raw score.

    ``bias``: w0, the same for all. ``linear`` (stored,): w_i x_i of each stored value of ``rows``, and ``block_of``
    (stored,): the place of its block among ``names``. ``blocks`` (rows, blocks): the linear terms' sum in each block.
    ``pairs`` (rows, blocks, blocks): the pairs of features in blocks a ≤ b at [:, a, b]; below the diagonal 0. Each
    row's bias, blocks and pairs sum to its score.
    """

    names: tuple[str, ...]
    rows: Rows
    bias: float
    linear: NDArray[np.float64]
    block_of: NDArray[np.int64]
    blocks: NDArray[np.float64]
    pairs: NDArray[np.float64]

    def scores(self) -> NDArray[np.float64]:
        """Raw scores: the sums of all contributions, (rows,)."""
        return np.asarray(self.bias + self.blocks.sum(axis=1) + self.pairs.sum(axis=(1, 2)))

    def as_json(self, row: int) -> dict[str, Any]:
        """One row, whose parts sum to ``score``: ``bias``, ``linear`` per feature, ``pairs`` per pair of blocks.

        Pairs of blocks of which the row has no pair of features are left out.
        """
        stored = slice(*self.rows.indptr[row : row + 2])
        columns = (self.block_of, self.rows.indices, self.rows.data, self.linear)
        linear = [
            {"block": self.names[block], "feature": feature, "value": value, "contribution": contribution}
            for block, feature, value, contribution in zip(*(part[stored].tolist() for part in columns), strict=True)
        ]
        held = np.bincount(self.block_of[stored], minlength=len(self.names))
        # Of one block, two features make a pair.
        is_pair = np.triu(np.outer(held, held), 1) + np.diag(held > 1)
        pairs = [
            {"blocks": [self.names[a], self.names[b]], "contribution": float(self.pairs[row, a, b])}
            for a, b in np.argwhere(is_pair)
        ]
        score = self.bias + self.blocks[row].sum() + self.pairs[row].sum()
        return {"score": float(score), "bias": self.bias, "linear": linear, "pairs": pairs}


def explain(
    model: FactorizationMachine, x: SparseRows, blocks: Sequence[FeatureBlock | tuple[str, int, int]]
) -> Contributions:
    """Contributions to the scores of ``x``, (rows, features).

    blocks: ascending, without overlap, and with every column that a row fills. Raises ExplanationError,
    FeatureCountMismatch, MalformedMatrix.
    """
    rows = as_rows(x)
    if rows.n_columns != model.n_features:
        raise FeatureCountMismatch(f"{rows.n_columns} columns, expected {model.n_features} as the model has")
    named = _checked(blocks, model.n_features)
    block_of = _block_of(rows, named)
    linear_of_blocks = np.zeros((rows.count, len(named)))
    pairs = np.zeros((rows.count, len(named), len(named)))
    for first, last in _chunks(rows, len(named), model.n_factors):
        linear_of_blocks[first:last], pairs[first:last] = _of_chunk(model, rows, block_of, first, last, len(named))
    return Contributions(
        names=tuple(block.name for block in named),
        rows=rows,
        bias=float(model.w0[0]),
        linear=model.w[rows.indices].astype(np.float64) * rows.data,
        block_of=block_of,
        blocks=linear_of_blocks,
        pairs=pairs,
    )


def _of_chunk(
    model: FactorizationMachine, rows: Rows, block_of: NDArray[np.int64], first: int, last: int, n_blocks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear terms (rows, blocks) and pairs (rows, blocks, blocks) of the rows from ``first`` up to ``last``."""
    indptr = rows.indptr[first : last + 1]
    stored = slice(indptr[0], indptr[-1])
    row_of = np.repeat(np.arange(last - first), np.diff(indptr))
    # Columns ascend within a row and blocks ascend with the columns, so each (row, block) stands in one piece.
    group = row_of * n_blocks + block_of[stored]
    filled, starts = np.unique(group, return_index=True)
    terms = group_terms(model, rows.indices[stored], rows.data[stored], starts)
    linear, within = np.zeros((last - first) * n_blocks), np.zeros((last - first) * n_blocks)
    linear[filled], within[filled] = terms.linear, terms.within
    flat = np.zeros(((last - first) * n_blocks, model.n_factors))
    flat[filled] = terms.sums
    sums = flat.reshape(last - first, n_blocks, model.n_factors)
    pairs = np.triu(sums @ sums.transpose(0, 2, 1), 1)
    diagonal = np.arange(n_blocks)
    pairs[:, diagonal, diagonal] = within.reshape(-1, n_blocks)
    return linear.reshape(-1, n_blocks), pairs


def _checked(blocks: Sequence[FeatureBlock | tuple[str, int, int]], n_features: int) -> list[FeatureBlock]:
    named = [FeatureBlock(*block) for block in blocks]
    end = 0
    for block in named:
        if not end <= block.start <= block.stop <= n_features:
            raise ExplanationError(f"{block}, expected {end} ≤ start ≤ stop ≤ {n_features}: blocks ascend and part")
        end = block.stop
    if not named or len({block.name for block in named}) < len(named):
        raise ExplanationError(f"blocks {[block.name for block in named]}, expected at least one, each name once")
    return named


def _block_of(rows: Rows, named: Sequence[FeatureBlock]) -> NDArray[np.int64]:
    """The place of each stored value's block, (stored,)."""
    stops = np.array([block.stop for block in named], dtype=np.int64)
    starts = np.array([block.start for block in named], dtype=np.int64)
    found = np.searchsorted(stops, rows.indices, side="right")
    outside = (found == len(named)) | (rows.indices < starts[np.minimum(found, len(named) - 1)])
    if outside.any():
        at = int(np.argmax(outside))
        raise ExplanationError(f"column {rows.indices[at]} of row {rows.row_of(at)} is in no block, expected it in one")
    return found.astype(np.int64)


def _chunks(rows: Rows, n_blocks: int, n_factors: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose stored values and blocks take about _CHUNK_NUMBERS of factors, at least a row each."""
    cost = (rows.indptr + np.arange(rows.count + 1) * n_blocks) * max(n_factors, n_blocks)
    first = 0
    while first < rows.count:
        last = int(np.searchsorted(cost, cost[first] + _CHUNK_NUMBERS, side="right")) - 1
        last = min(max(last, first + 1), rows.count)
        yield first, last
        first = last
