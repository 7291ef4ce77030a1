"""What to prepare: the request, whole and checked, as people write it in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from prep.documents import excerpt
from prep.errors import BadJob
from prep.features import check_blocks
from prep.input_spec import InputSpec
from prep.labels import LabelRule
from prep.split_rule import SplitRule

SHARD_ROWS: Final = 4_000_000
"""Training rows of one object unless the job says otherwise: 256 MB of pairs."""
MOST_SHARDS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareJob:
    """What to prepare.

    input: what is said of the ratings' files. split, label: who is held out, and what is learnt. features: optional
    blocks of columns beside the user and the item. shards: of the training channel; None for one every ``SHARD_ROWS``.
    least_shards: one for each training instance. The split's seed also orders the training rows. Raises BadJob.
    """

    input: InputSpec = field(default_factory=InputSpec)
    split: SplitRule = field(default_factory=SplitRule)
    label: LabelRule = field(default_factory=LabelRule)
    features: tuple[str, ...] = ()
    shards: int | None = None
    least_shards: int = 1

    def __post_init__(self) -> None:
        check_blocks(self.features)
        for name, count in (("shards", self.shards), ("least_shards", self.least_shards)):
            if count is not None and not (type(count) is int and 1 <= count <= MOST_SHARDS):
                raise BadJob(f"{name} {excerpt(count)}, expected a whole number from 1 to {MOST_SHARDS}")

    @property
    def needs_times(self) -> bool:
        """Whether timestamps decide anything."""
        return self.split.needs_times or "week" in self.features

    def shards_of(self, rows: int) -> int:
        """How many objects that many training rows go to."""
        return max(self.least_shards, self.shards or -(-rows // SHARD_ROWS))

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> PrepareJob:
        """Every field optional, and none beside them. Raises BadJob."""
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(given) - set(known)):
            raise BadJob(f"no field {excerpt(unknown[0])}, expected of {', '.join(known)}")
        return cls(
            input=InputSpec.from_json(given.get("input", {})),
            split=SplitRule.from_json(given.get("split", {})),
            label=LabelRule.from_json(given.get("label", {})),
            features=_listed(given.get("features", ())),
            shards=given.get("shards"),
            least_shards=given.get("least_shards", 1),
        )

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` reads."""
        return {
            "input": self.input.as_json(),
            "split": self.split.as_json(),
            "label": self.label.as_json(),
            "features": list(self.features),
            "shards": self.shards,
            "least_shards": self.least_shards,
        }


def _listed(blocks: Any) -> Any:
    """A JSON list as the dataclass has it; anything else is left for it to refuse."""
    return tuple(blocks) if isinstance(blocks, list) else blocks
