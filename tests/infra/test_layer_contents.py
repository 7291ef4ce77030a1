"""Everything in the layers is of a pinned version and made for the platform that the functions run on."""

from __future__ import annotations

from collections.abc import Iterator
from email.parser import HeaderParser
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, parse_tag
from packaging.utils import canonicalize_name

from infra.code import SOURCE_ROOT as ROOT
from infra.functions import ARCHITECTURE, LAYERS, RUNTIME
from layers.build import PLATFORMS, PYTHON_VERSION

NAMES = ("arrow", "numpy", "plot", "schema")
GLIBC = 34
"""Minor version of glibc 2 in Amazon Linux 2023, which Lambda's Python 3.14 runs on."""
MACHINE = {"arm64": "aarch64", "x86_64": "x86_64"}[ARCHITECTURE.name]


def _fitting() -> Iterator[Tag]:
    """Every wheel tag that the functions' interpreter takes, as pip would find them there."""
    version = tuple(int(part) for part in RUNTIME.name.removeprefix("python").split("."))
    # PEP 599 and 600: manylinux2014 is glibc 2.17.
    platforms = [f"manylinux_2_{minor}_{MACHINE}" for minor in range(GLIBC, 16, -1)] + [f"manylinux2014_{MACHINE}"]
    yield from cpython_tags(version, platforms=platforms)
    yield from compatible_tags(version, "cp{}{}".format(*version), platforms)


FITTING = frozenset(_fitting())


def _fits(wheel: str) -> bool:
    """Whether a wheel of this `WHEEL` file may be installed there: one of its tags does."""
    lines = HeaderParser().parsestr(wheel).get_all("Tag", [])
    return any(tag in FITTING for line in lines for tag in parse_tag(line))


def _installed(layer: str) -> list[Distribution]:
    return list(distributions(path=[str(LAYERS / layer / "python")]))


def _pins(file: Path) -> dict[str, str]:
    pins = [Requirement(line) for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


def test_layers_are_built_for_the_functions_python() -> None:
    assert RUNTIME.name == f"python{PYTHON_VERSION}"
    assert {platform.rpartition("_")[2] for platform in PLATFORMS} == {MACHINE}


@pytest.mark.parametrize("layer", NAMES)
def test_every_wheel_fits_the_functions_runtime_and_architecture(layer: str) -> None:
    wheels = {found.name: found.read_text("WHEEL") or "" for found in _installed(layer)}
    assert wheels
    assert not {name: wheel for name, wheel in wheels.items() if not _fits(wheel)}


@pytest.mark.parametrize(
    ("tag", "fits"),
    [
        ("cp314-cp314-manylinux_2_28_aarch64", True),
        ("cp314-cp314-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp39-abi3-manylinux_2_34_aarch64", True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux_2_28_aarch64", False),
        ("cp314-cp314t-manylinux_2_28_aarch64", False),
        ("cp314-cp314-manylinux_2_28_x86_64", False),
        ("cp314-cp314-manylinux_2_35_aarch64", False),
        ("cp314-cp314-musllinux_1_2_aarch64", False),
        ("cp314-cp314-macosx_14_0_arm64", False),
    ],
)
def test_wheels_of_another_platform_would_be_found(tag: str, fits: bool) -> None:
    assert _fits(f"Wheel-Version: 1.0\nTag: {tag}\n") is fits


@pytest.mark.parametrize("layer", NAMES)
def test_what_packages_bring_along_is_pinned_too(layer: str) -> None:
    pins = _pins(ROOT / "constraints.txt")
    installed = {canonicalize_name(found.name): found.version for found in _installed(layer)}
    assert installed.items() <= pins.items()
    assert _pins(ROOT / "layers" / layer / "requirements.txt").items() <= installed.items()


def test_no_package_is_in_two_layers() -> None:
    names = [canonicalize_name(found.name) for layer in NAMES for found in _installed(layer)]
    assert len(names) == len(set(names))


def test_what_is_left_to_another_layer_leaves_nothing_behind() -> None:
    assert not list((LAYERS / "plot" / "python").glob("numpy*"))


def test_every_layer_is_looked_at() -> None:
    assert sorted(NAMES) == sorted(file.parent.name for file in (ROOT / "layers").glob("*/requirements.txt"))
