"""Each option of a stage is switched on by an update of the one deployment, and an execution runs with it.

An update switches the option before off as well, so that one folder of assemblies and no other cloud is needed. What an
option is for is tested where it belongs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.approving import check_approval
from tests.e2e.cdk import Cdk
from tests.e2e.conftest import PREFIX, QUICK, Cloud, Execution, environment
from tests.e2e.networked import REALTIME, check_network
from tests.infra.options import OPTIONS

pytestmark = pytest.mark.e2e
NO_ENDPOINT: Mapping[str, Any] = {**QUICK, "deploy": {"mode": "none"}}
INPUTS: Mapping[str, Mapping[str, Any]] = {"approval": QUICK, "vpc": REALTIME}
"""Where an option is about more than an execution that leaves no endpoint."""
CHECKS: Mapping[str, Callable[[Cloud, Execution], None]] = {"approval": check_approval, "vpc": check_network}
STACKS = (f"{PREFIX}-storage", f"{PREFIX}-pipeline")


@pytest.fixture(scope="module")
def plain(cloud: Cloud) -> dict[str, Any]:
    """The templates of the stage that has no option."""
    return _templates(cloud)


@pytest.fixture(scope="module")
def assemblies(
    root: Path, cloud: Cloud, plain: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """One for each option. Afterwards the deployment is what it was."""
    folder = tmp_path_factory.mktemp("features")
    command = [sys.executable, "-m", "tests.e2e.features_app", str(folder)]
    subprocess.run(command, cwd=root, env=environment(CDK_VALIDATION="false"), check=True, capture_output=True)
    yield folder
    _deploy(root, cloud, cloud.assembly)
    assert _templates(cloud) == plain
    done = cloud.execute(QUICK)  # outside of the network, which is gone
    assert done.status == "SUCCEEDED", done.cause


@pytest.mark.parametrize("option", OPTIONS)
def test_an_execution_runs_with_the_option(
    option: str, root: Path, cloud: Cloud, assemblies: Path, plain: dict[str, Any]
) -> None:
    _deploy(root, cloud, assemblies / option)
    assert _templates(cloud) != plain, "the option changes what is deployed"
    done = cloud.execute(INPUTS.get(option, NO_ENDPOINT))
    assert done.status == "SUCCEEDED", done.cause
    if option in CHECKS:
        CHECKS[option](cloud, done)


def _deploy(root: Path, cloud: Cloud, assembly: Path) -> None:
    status, said = Cdk(root / "node_modules" / ".bin" / "cdk", cloud).deploy(assembly)
    assert status == 0, said


def _templates(cloud: Cloud) -> dict[str, Any]:
    """As they are deployed."""
    client = cloud.client("cloudformation")
    found = {stack: client.get_template(StackName=stack)["TemplateBody"] for stack in STACKS}
    return {stack: body if isinstance(body, dict) else json.loads(body) for stack, body in found.items()}
