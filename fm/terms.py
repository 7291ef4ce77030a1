"""The terms of an FM score over groups of a row's values, in float64.

Rendle, "Factorization Machines" (ICDM 2010), lemma 3.1: the pairs within a group are ½ (‖Σ v_i x_i‖² − Σ ‖v_i x_i‖²),
and those between two groups the product of their sums; so no pair is ever visited.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fm.model import FactorizationMachine


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GroupTerms:
    """Of each group Σ w_i x_i (groups,), the pairs within it (groups,), and Σ v_i x_i (groups, factors)."""

    linear: NDArray[np.float64]
    within: NDArray[np.float64]
    sums: NDArray[np.float64]


def group_terms(
    model: FactorizationMachine, columns: NDArray[np.int64], data: NDArray[np.float32], starts: NDArray[np.int64]
) -> GroupTerms:
    """Terms of stored values (n,) that stand grouped: group g from ``starts[g]`` to the next start, never empty.

    Takes n · factors numbers of memory.
    """
    x = data.astype(np.float64)
    if not starts.size:
        nothing = np.zeros(0)
        return GroupTerms(linear=nothing, within=nothing, sums=np.zeros((0, model.n_factors)))
    terms = model.v[columns] * x[:, None]
    sums = np.add.reduceat(terms, starts, axis=0)
    squares = np.add.reduceat(np.einsum("nf,nf->n", terms, terms), starts)
    within = 0.5 * (np.einsum("gf,gf->g", sums, sums) - squares)
    return GroupTerms(linear=np.add.reduceat(model.w[columns] * x, starts), within=within, sums=sums)
