"""From zips to folders: where a function's code and layers are, and its search path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local_aws.awslambda.deployment import Archive, Deployment
from local_aws.awslambda.imports import HostPackages, foreign_distributions
from local_aws.awslambda.store import FolderStore, unpack


@dataclass(frozen=True)
class Workspace:
    """task: /var/task. layers: what would be merged into /opt, the one that wins first."""

    task: Path
    layers: tuple[Path, ...]
    python_path: tuple[Path, ...]
    stand_ins: tuple[str, ...]
    """One note for each distribution of this machine that stands in for a foreign one."""


class Workspaces:
    """Unpacked archives, shared by all sandboxes: once per content."""

    def __init__(self, root: Path) -> None:
        self._archives = FolderStore(root / "archives")
        self._host = HostPackages(root / "host-packages")

    def prepare(self, deployment: Deployment) -> Workspace:
        """Unpack what is new. Raises BadArchive, NoStandIn."""
        task = self._unpacked(deployment.code)
        layers = tuple(self._unpacked(layer) for layer in reversed(deployment.layers))
        searched = [task, *_python_folders(layers, deployment.python_version)]
        foreign = {found.name: found for folder in reversed(searched) for found in foreign_distributions(folder)}
        stand_ins = [self._host.stand_in(found) for found in foreign.values()]
        return Workspace(
            task=task,
            layers=layers,
            python_path=(*(each.folder for each in stand_ins), *searched, self._host.runtime()),
            stand_ins=tuple(each.note for each in stand_ins),
        )

    def _unpacked(self, archive: Archive) -> Path:
        return self._archives.get(archive.digest, lambda folder: unpack(archive.content, folder))


def _python_folders(layers: tuple[Path, ...], version: str) -> list[Path]:
    """Lambda's own order: the versioned folder first ("Working with layers for Python")."""
    inside = ("python/lib", f"python{version}", "site-packages")
    folders = [layer.joinpath(*inside) for layer in layers] + [layer / "python" for layer in layers]
    return [folder for folder in folders if folder.is_dir()]
