"""Installs each layer's requirements for the functions' platform, whatever this machine is.

Usage: python layers/build.py TARGET. Wheels only, from the package index, so no compiler and no Docker.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_VERSION = "3.14"  # of infra.functions.RUNTIME
# What the requirements bring along has the versions that the tests run with.
CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"
# Both: with manylinux2014 alone pip takes years-old releases of NumPy. Lambda's Amazon Linux 2023 has glibc 2.34.
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
# What no function imports: test suites and headers, a fifth of pyarrow.
UNUSED = ("tests", "include", "*.pyx", "*.pxd", "*.pyi")


def build(requirements: Path, target: Path) -> None:
    """Fill `target`/python, which appears only when the installation is whole."""
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--target", str(partial / "python"), *platforms, "--implementation", "cp", "--only-binary", ":all:"]
    command += ["--python-version", PYTHON_VERSION, "--constraint", str(CONSTRAINTS)]
    command += ["--requirement", str(requirements)]
    subprocess.run(command, check=True)
    for pattern in UNUSED:
        for found in sorted((partial / "python").rglob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    shutil.rmtree(partial / "python" / "bin", ignore_errors=True)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def main() -> int:
    """Build every layer below the folder of this file."""
    target = Path(sys.argv[1])
    for requirements in sorted(Path(__file__).parent.glob("*/requirements.txt")):
        build(requirements, target / requirements.parent.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
