"""Who may import whom: the rules that keep the model free of AWS, and the local AWS free of this application."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = {
    *("app", "infra", "lambdas", "prep", "fm", "local_aws", "runner", "bench", "conformance", "web"),
    *("leftovers", "estimate"),
}
CDK = {"aws_cdk", "constructs", "cdk_nag", "jsii"}
AWS = {"boto3", "botocore", "moto"}

# Package → packages of ours it may import besides itself.
MAY_IMPORT = {
    "app": {"infra"},
    "infra": set(),
    "lambdas": {"prep", "fm"},
    "prep": set(),
    "fm": set(),
    "local_aws": set(),
    "runner": {"prep", "estimate"},
    "web": set(),
    "leftovers": {"infra"},
    "estimate": {"lambdas"},
    "conformance": {"prep", "infra", "fm", "runner"},
    "bench": {"runner", "prep", "fm", "conformance", "lambdas"},
}
# The one place of the local AWS that knows our model: the container behind the training job and the endpoint.
CONTAINER = Path("local_aws/containers/factorization_machines")


def _modules(package: str) -> list[Path]:
    folder = ROOT / package
    found = sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{package}.py"]
    return [path.relative_to(ROOT) for path in found if path.parts]


def _imports(module: Path) -> Iterator[str]:
    """Top-level names of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse((ROOT / module).read_text(), str(module))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            yield node.module or ""
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "import_module"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


@cache
def _roots(module: Path) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in _imports(module))


ALL = [module for package in MAY_IMPORT for module in _modules(package) if (ROOT / module).exists()]


@pytest.mark.parametrize("module", ALL, ids=str)
def test_imports_only_what_its_package_may(module: Path) -> None:
    package = module.parts[0].removesuffix(".py")
    allowed = MAY_IMPORT[package] | {package}
    if CONTAINER in module.parents:
        allowed |= {"prep", "fm"}
    assert _roots(module) & OURS <= allowed


@pytest.mark.parametrize("module", [m for m in ALL if m.parts[0] in ("prep", "fm")], ids=str)
def test_model_and_preparation_know_no_aws(module: Path) -> None:
    assert not _roots(module) & (AWS | CDK)
    assert "environ" not in (ROOT / module).read_text()


@pytest.mark.parametrize("module", [m for m in ALL if m.parts[0] == "lambdas"], ids=str)
def test_functions_reach_aws_only_through_common(module: Path) -> None:
    allowed = {"boto3", "botocore"} if Path("lambdas/common") in module.parents else set()
    assert _roots(module) & (AWS | CDK) <= allowed


@pytest.mark.parametrize("module", [m for m in ALL if m.parts[0] not in ("infra", "app.py")], ids=str)
def test_only_the_infrastructure_knows_the_cdk(module: Path) -> None:
    assert not _roots(module) & CDK


def test_every_package_has_a_rule() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= set(MAY_IMPORT)
