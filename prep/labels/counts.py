"""Whether a channel has anything to learn or to tell apart, counted while rows stream by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prep.errors import ConstantRatings, OneClassOnly
from prep.labels.rule import LabelRule


@dataclass(slots=True)
class LabelCounts:
    """Of the ratings of one channel. liked: those from the rule's cut on; of the ordinal task, its decision's.

    lowest, highest: of the regressor's, which has no cut.
    """

    rows: int = 0
    liked: int = 0
    lowest: float = float("inf")
    highest: float = float("-inf")

    def add(self, rule: LabelRule, values: NDArray[np.float32], counted: NDArray[np.bool_]) -> None:
        """Count some of the ratings (n,): those that are ``counted`` (n,)."""
        self.rows += int(np.count_nonzero(counted))
        if rule.task != "regressor":
            self.liked += int(np.count_nonzero((values >= np.float32(rule.cut)) & counted))
            return
        self.lowest = min(self.lowest, float(values.min(where=counted, initial=np.inf)))
        self.highest = max(self.highest, float(values.max(where=counted, initial=-np.inf)))

    def merge(self, other: LabelCounts) -> None:
        """Count what was counted elsewhere."""
        self.rows += other.rows
        self.liked += other.liked
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)

    def check(self, rule: LabelRule, *, channel: str) -> None:
        """Raises OneClassOnly or, for the regressor, ConstantRatings, where every label of the channel is the same.

        Of the ranking task a channel of likes alone is a good one: what they are held against is drawn.
        """
        if rule.task == "regressor":
            if self.rows and self.lowest == self.highest:
                found = f"all {self.rows} ratings of the {channel} channel are {self.lowest:g}"
                raise ConstantRatings(f"regressor: {found}, expected at least two different ones")
            return
        expected = "at least one" if rule.task == "ranking" else "both kinds"
        if not self.liked or (self.liked == self.rows and rule.task != "ranking"):
            found = f"{self.liked} of {self.rows} ratings of the {channel} channel are liked"
            name = "thresholds" if rule.task == "ordinal" else "liked_at_least"
            raise OneClassOnly(f"{name} {rule.cut:g}: {found}, expected {expected}")
