"""Everything the report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What an execution found; what it did not find or was not asked for is None or empty, and left out of the page.

    result: the execution's output (`lambdas.logic.result`). job: its completed input. evaluation, ranking: the
    documents of the classifier's (or regressor's) and the ranking model's evaluation. scored: what the endpoint was
    asked (predictions.json). epochs, ranking_epochs: metrics of the training rows, one
    object per epoch from 0. states: name, entered, seconds and status of each state.
    """

    result: Json
    evaluation: Json
    job: Json = field(default_factory=dict)
    ranking: Json | None = None
    scored: Json | None = None
    epochs: Sequence[Json] | None = None
    ranking_epochs: Sequence[Json] | None = None
    states: Sequence[Json] | None = None

    @property
    def dataset(self) -> Json:
        """What was prepared."""
        return self.result["dataset"]  # type: ignore[no-any-return]

    @property
    def liked_at_least(self) -> float | None:
        """The rating from which an item counts as liked, where the job says."""
        return (self.job.get("label") or {}).get("liked_at_least")
