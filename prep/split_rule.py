"""How ratings are divided into training, validation and test rows: what a user may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from prep.documents import excerpt
from prep.errors import BadJob

KINDS: Final = ("auto", "given", "leave_k_out", "random", "temporal")
PER: Final = ("all", "user")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """A split.

    kind: ``given`` by the dataset's own files, ``leave_k_out`` (``k`` of each user's ratings), ``random`` (a ``share``
    of all) or ``temporal`` (the latest ``share``, ``per`` user or of all). ``auto`` is the given split that the dataset
    has, else leave_k_out. name: of the given split. validation: the share of the remaining training rows that is held
    out for choosing thresholds and settings: the latest ones of a temporal split, else any. seed: of every choice.
    Raises BadJob naming the field.
    """

    kind: str = "auto"
    name: str | None = None
    k: int = 10
    share: float = 0.1
    per: str = "all"
    validation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        _require(self.kind in KINDS, "kind", self.kind, f"one of {', '.join(KINDS)}")
        _require(self.name is None or isinstance(self.name, str), "name", self.name, "the name of a given split")
        _require(_is_whole(self.k) and self.k >= 1, "k", self.k, "a whole number from 1")
        _require(_is_number(self.share) and 0 < self.share < 1, "share", self.share, "more than 0 and less than 1")
        _require(self.per in PER, "per", self.per, f"one of {', '.join(PER)}")
        is_share = _is_number(self.validation) and 0 <= self.validation < 1
        _require(is_share, "validation", self.validation, "0 or more, and less than 1")
        _require(_is_whole(self.seed) and 0 <= self.seed < 1 << 63, "seed", self.seed, "a whole number from 0")

    @property
    def needs_times(self) -> bool:
        """Whether the ratings' timestamps decide."""
        return self.kind == "temporal"

    @property
    def may_leave_cold_users(self) -> bool:
        """Whether all of a user's ratings may be held out: every other kind leaves each user one to learn from."""
        return self.kind == "given" or (self.kind == "temporal" and self.per == "all")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> SplitRule:
        """Raises BadJob for fields that are not known."""
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise BadJob(f"split: no field {excerpt(unknown[0])}, expected of {', '.join(sorted(known))}")
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` reads."""
        return asdict(self)


def _require(holds: bool, name: str, value: object, expected: str) -> None:
    if not holds:
        raise BadJob(f"split.{name} {excerpt(value)}, expected {expected}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
