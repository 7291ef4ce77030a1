"""What makes up a raw score, short enough to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np

from fm.folded import Folded, UserVector
from lambdas.logic.api.answers import Explanation, PairShare, Share

Explain = Callable[[int], Explanation]
"""An item's position → what makes up its score."""

MOST_SHARES: Final = 10
"""Features of a block that stand for themselves; what somebody rated may be thousands."""


def explanation(contributions: Mapping[str, Any]) -> Explanation:
    """From what `fm.explain` says of a row: in each block the features that count most, and the rest as one."""
    return Explanation(
        score=contributions["score"],
        bias=contributions["bias"],
        linear=list(_condensed([Share(**feature) for feature in contributions["linear"]])),
        pairs=[PairShare(**pair) for pair in contributions["pairs"]],
    )


def of_vector(folded: Folded, user: UserVector, item: int) -> Explanation:
    """For a vector that no row of features stands behind: the user's and the item's own terms, and their product."""
    term, product = float(folded.item_terms[item]), float(np.float64(folded.items[item] @ user.vector))
    return Explanation(
        score=folded.w0 + user.term + term + product,
        bias=folded.w0,
        linear=[Share("user", user.term), Share("item", term)],
        pairs=[PairShare(["user", "item"], product)],
    )


def _condensed(shares: Sequence[Share]) -> Iterator[Share]:
    for block, group in groupby(shares, key=lambda share: share.block):
        features = sorted(group, key=lambda share: -abs(share.contribution))
        yield from features[:MOST_SHARES]
        if rest := features[MOST_SHARES:]:
            yield Share(block, sum(share.contribution for share in rest), others=len(rest))
