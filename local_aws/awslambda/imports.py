"""What a function can import: its code, its layers and Lambda's runtime; nothing else this machine has.

Foreign machine code cannot run here. A distribution of a layer whose wheel was built for another processor, system
or Python is stood in for by the same distribution of this environment.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.tags import Tag, parse_tag, sys_tags
from packaging.utils import canonicalize_name

from local_aws.awslambda.store import FolderStore

RUNTIME = ("awslambdaric", "boto3")
"""AWS ships these, with their requirements, in its managed Python runtimes ("Runtime-included SDK versions")."""


class NoStandIn(Exception):
    """This environment lacks the distribution whose foreign build it should stand in for."""


@dataclass(frozen=True)
class ForeignDistribution:
    """A distribution of a layer that cannot be loaded here. tags: as its WHEEL file says, first one only."""

    name: str
    version: str
    tag: str


@dataclass(frozen=True)
class StandIn:
    """folder: for PYTHONPATH, in front of the layers. note: for the function's log."""

    folder: Path
    note: str


class HostPackages:
    """Distributions of this environment, each alone in a folder of symbolic links."""

    def __init__(self, root: Path) -> None:
        # Links of an earlier run may lead to another environment.
        shutil.rmtree(root, ignore_errors=True)
        self._store = FolderStore(root)

    def runtime(self) -> Path:
        """A folder with Lambda's own packages."""
        return self._store.get("runtime", lambda folder: _link_all(_with_requirements(RUNTIME), folder))

    def stand_in(self, foreign: ForeignDistribution) -> StandIn:
        """This environment's build of a foreign distribution. Raises NoStandIn."""
        try:
            host = metadata.distribution(foreign.name)
        except metadata.PackageNotFoundError as error:
            raise NoStandIn(
                f"{foreign.name} {foreign.version} is built for {foreign.tag}, which this machine "
                f"({sys.implementation.cache_tag}, {sys.platform}) cannot load, and no {foreign.name} is installed "
                f"here to stand in for it: pip install {foreign.name}=={foreign.version}"
            ) from error
        folder = self._store.get(f"{foreign.name}-{host.version}", lambda folder: _link_all([host], folder))
        note = f"{foreign.name} {host.version} of this machine stands in for {foreign.version} ({foreign.tag})"
        return StandIn(folder, note)


def foreign_distributions(folder: Path) -> list[ForeignDistribution]:
    """Distributions installed in `folder` none of whose wheel tags this interpreter accepts, by name."""
    supported = frozenset(sys_tags())
    found = []
    for wheel in sorted(folder.glob("*.dist-info/WHEEL")):
        tags = _wheel_tags(wheel.read_text())
        if tags and supported.isdisjoint(tags):
            name, _, version = wheel.parent.name.removesuffix(".dist-info").rpartition("-")
            found.append(ForeignDistribution(canonicalize_name(name), version, str(tags[0])))
    return found


def _wheel_tags(wheel: str) -> list[Tag]:
    lines = (line.partition(":") for line in wheel.splitlines())
    return [tag for key, _, value in lines if key == "Tag" for tag in sorted(parse_tag(value.strip()), key=str)]


def _with_requirements(names: tuple[str, ...]) -> list[metadata.Distribution]:
    found: dict[str, metadata.Distribution] = {}
    wanted = list(names)
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name not in found:
            found[name] = metadata.distribution(name)
            needed = map(Requirement, found[name].requires or [])
            wanted += [need.name for need in needed if need.marker is None or need.marker.evaluate({"extra": ""})]
    return list(found.values())


def _link_all(distributions: list[metadata.Distribution], folder: Path) -> None:
    for distribution in distributions:
        files = {PurePosixPath(file) for file in distribution.files or [] if ".." not in file.parts}
        for point in {_link_point(file, files) for file in files}:
            link = folder / point
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(str(distribution.locate_file(point)))


def _link_point(file: PurePosixPath, files: set[PurePosixPath]) -> PurePosixPath:
    """The outermost regular package around the file, or the file: namespace packages stay folders, to be shared."""
    outermost_first = list(file.parents)[-2::-1]
    return next((folder for folder in outermost_first if folder / "__init__.py" in files), file)
