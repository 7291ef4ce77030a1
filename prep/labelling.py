"""Rows of whole users → the labelled rows that each channel gets of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prep.channels import Channel
from prep.hashing import items_of, pairs_of, users_of
from prep.labels import LabelRule, Rows, expand, one_label
from prep.spool import Columns


@dataclass(frozen=True, slots=True)
class Labelling:
    """A label rule, and what drawing unseen items takes."""

    rule: LabelRule
    n_items: int
    seed: int

    def count(self, rows: int) -> int | None:
        """How many labelled rows the training channel gets of so many ratings; None where only making them tells."""
        return None if self.rule.task == "ranking" else rows * self.rule.rows_per_rating()

    def rows(self, chunk: Columns, channels: NDArray[np.uint8], channel: Channel) -> Iterator[Columns]:
        """The channel's labelled rows: ``pairs``, ``labels``, ``times`` and, of the ordinal task, ``thresholds``.

        chunk: rows of whole users, ``times`` only where they count. channels: of each row.
        """
        is_of_channel = channels == channel
        if not is_of_channel.any():
            return
        pairs, values = chunk["pairs"][is_of_channel], chunk["values"][is_of_channel]
        times = chunk["times"][is_of_channel] if "times" in chunk else np.zeros(pairs.size, np.int64)
        if self.rule.rows_per_rating() == 1:
            yield {"pairs": pairs, "labels": one_label(values, self.rule), "times": times}
            return
        rows = Rows(users_of(pairs), items_of(pairs), times, values)
        rule = self.rule if channel is Channel.TRAIN else self.rule.held_out()
        seen = None
        if rule.task == "ranking":  # what a later channel holds tells an earlier one nothing
            seen = np.sort(chunk["pairs"][(channels != Channel.LEFT_OUT) & (channels <= channel)])
        for part in expand(rows, rule, seen=seen, n_items=self.n_items, seed=self.seed):
            columns: Columns = {"pairs": pairs_of(part.users, part.items), "labels": part.labels, "times": part.times}
            yield columns if part.thresholds is None else {**columns, "thresholds": part.thresholds}
