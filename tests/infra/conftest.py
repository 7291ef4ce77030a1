"""One synthesis per stage for the whole test session: starting jsii and hashing the assets is what takes time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.infra.rendering import Json
    from tests.infra.synthesis import Assembly

ROOT = Path(__file__).resolve().parents[2]

# jsii's Node process starts with the first import of the CDK and keeps this environment: the Node that `make` installed
# where the system's is too old, and no built-in validation, which is slow and part of `make check`.
with pytest.MonkeyPatch.context() as patch:
    patch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    patch.setenv("CDK_VALIDATION", "false")
    import aws_cdk  # noqa: F401


@pytest.fixture(scope="session")
def dev() -> Iterator[Assembly]:
    """Stage dev, with its assets (a quarter of a gigabyte, so they go when the session ends)."""
    from tests.infra.synthesis import synthesized

    with tempfile.TemporaryDirectory() as folder:
        yield synthesized(Path(folder), stage="dev")


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Stage prod, its assets left where they are."""
    from tests.infra.synthesis import synthesized

    folder = tmp_path_factory.mktemp("prod")
    return synthesized(folder, stage="prod", **{"aws:cdk:disable-asset-staging": True})


@pytest.fixture(scope="session")
def assemblies(dev: Assembly, prod: Assembly) -> dict[str, Assembly]:
    """Every stage's assembly, by its name."""
    return {"dev": dev, "prod": prod}


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A third stage, which is one entry more: as prod, every option on."""
    from infra.settings import STAGES
    from tests.infra.options import EVERYTHING, everything
    from tests.infra.synthesis import synthesized

    folder = tmp_path_factory.mktemp(EVERYTHING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STAGES, EVERYTHING, everything())
        return synthesized(folder, stage=EVERYTHING, **{"aws:cdk:disable-asset-staging": True})


@pytest.fixture(scope="session")
def storage(dev: Assembly) -> Json:
    """The storage stack's template, stage dev."""
    return dev.template("Storage")


@pytest.fixture(scope="session")
def pipeline(dev: Assembly) -> Json:
    """The pipeline stack's template, stage dev."""
    return dev.template("Pipeline")


@pytest.fixture(scope="session")
def nested(pipeline: Json) -> Json:
    """The state machine's definition, stage dev."""
    from tests.infra.machine import definition

    return definition(pipeline)


@pytest.fixture(scope="session")
def machine(nested: Json) -> Json:
    """The same with the states of its branches and iterations beside all others."""
    from tests.infra.machine import flat

    return flat(nested)
