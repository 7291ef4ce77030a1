"""Installs each layer's requirements for the functions' platform, whatever this machine is.

Usage: python layers/build.py TARGET. Wheels only, from the package index, so no compiler and no Docker.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

PYTHON_VERSION = "3.14"  # of infra.functions.RUNTIME
# What the requirements bring along has the versions that the tests run with.
CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
# Both: with manylinux2014 alone pip takes years-old releases of NumPy. Lambda's Amazon Linux 2023 has glibc 2.34.
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
# What no function imports: test suites and headers, a fifth of pyarrow.
UNUSED = ("tests", "include", "sample_data", "*.pyx", "*.pxd", "*.pyi")


def build(requirements: Path, target: Path, *, elsewhere: frozenset[str]) -> None:
    """Fill `target`/python, which appears only when the installation is whole.

    Packages called as in `elsewhere` are left out: a function that needs them is given their own layer too.
    """
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--target", str(partial / "python"), *platforms, "--implementation", "cp", "--only-binary", ":all:"]
    command += ["--python-version", PYTHON_VERSION, "--constraint", str(CONSTRAINTS)]
    command += ["--requirement", str(requirements)]
    subprocess.run(command, check=True)
    _remove(elsewhere, partial / "python")
    for pattern in UNUSED:
        for found in sorted((partial / "python").rglob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    shutil.rmtree(partial / "python" / "bin", ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def main() -> int:
    """Build every layer below the folder of this file."""
    target = Path(sys.argv[1])
    found = sorted(Path(__file__).parent.glob("*/requirements.txt"))
    named = {requirements: _named(requirements) for requirements in found}
    everything = frozenset().union(*named.values())
    for requirements, own in named.items():
        build(requirements, target / requirements.parent.name, elsewhere=everything - own)
    return 0


def _named(requirements: Path) -> frozenset[str]:
    """Packages of a file of pins."""
    return frozenset(line.partition("==")[0] for line in requirements.read_text().splitlines())


def _remove(packages: frozenset[str], folder: Path) -> None:
    """Take away distributions, each with the folders its files are in; what lies outside of `folder` is not there."""
    for distribution in list(distributions(path=[str(folder)])):
        if distribution.name in packages:
            tops = {file.parts[0] for file in distribution.files or []} - {"..", "bin"}
            for top in tops:
                shutil.rmtree(folder / top)


if __name__ == "__main__":
    sys.exit(main())
