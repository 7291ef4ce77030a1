"""Which published versions go, and which packages of the model registry go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

APPROVED: Final = "Approved"


def retired_versions(versions: Sequence[str], statuses: Mapping[str, str], *, keep: int, live: str) -> list[str]:
    """Those that are not among the newest, and not live.

    versions: the newest first; statuses: those of their packages. What was never approved is counted by itself: models
    that wait for an approval nobody gives, or that failed on the way, leave the versions alone that can be restored.
    """
    approved = [version for version in versions if statuses.get(version, APPROVED) == APPROVED]
    others = [version for version in versions if version not in approved]
    kept = {live, *approved[:keep], *others[:keep]}
    return [version for version in versions if version not in kept]


def retired_packages(packages: Sequence[str], kept: Sequence[str], *, keep: int) -> list[int]:
    """The positions of the packages that are of no version any more; the newest stay, which tell what went wrong.

    packages: the versions they are of, the newest first. kept: the versions there are.
    """
    return [place for place, version in enumerate(packages) if place >= keep and version not in kept]
