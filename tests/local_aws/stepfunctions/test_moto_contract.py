"""Each place of moto's that a hook replaces is still what it was when the hook was written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import moto
import pytest

# moto 5.2.5. A digest that differs means: read moto's change, see whether the hook still holds, then renew it.
DIGESTS: dict[str, str] = json.loads((Path(__file__).parent / "moto_digests.json").read_text())

REPORT = """
import json
from moto.core.config import default_user_config
default_user_config["stepfunctions"]["execute_state_machine"] = True
from pathlib import Path
from local_aws.world import World
from local_aws import stepfunctions
stepfunctions.install(World(folder=Path("."), port=1))
from local_aws.stepfunctions import replacing
from local_aws.stepfunctions.executions import Execution, Snapshot
from local_aws.stepfunctions.parsing import parse
definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
machine = Snapshot("arn:machine", "m", definition, "arn:role", None)
env = Execution(
    machine, parse(definition), name="e", arn="a", input_text="{}", account="1", region="eu-west-1",
    metrics=None, changed=print,
).env
private = {
    "Environment": [env, "_frames", "heap", "stack", "open_frame", "close_frame"],
    "Environment's ends": [env, "set_ended", "set_stop", "set_timed_out", "set_error", "program_state_event"],
    "States": [env.states, "_states_data", "context_object"],
    "VariableStore": [env.variable_store, "_outer_scope", "_inner_scope", "_declaration_tracing"],
    "EventHistoryContext": [env.event_history_context, "source_event_id", "last_published_event_id"],
    "Program": [parse(definition), "_get_state", "start_at", "timeout_seconds"],
}
missing = [f"{name}.{a}" for name, (held, *wanted) in private.items() for a in wanted if not hasattr(held, a)]
print(json.dumps({"replaced": replacing.replaced, "missing": missing}))
"""


@pytest.fixture(scope="module")
def report(root: Path) -> dict[str, Any]:
    """What the hooks find in moto, from a process of their own: they change it for good."""
    done = subprocess.run([sys.executable, "-c", REPORT], cwd=root, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def replaced(report: dict[str, Any]) -> dict[str, str]:
    """Digests of what the hooks replace."""
    found: dict[str, str] = report["replaced"]
    return found


def test_moto_is_the_pinned_version() -> None:
    assert moto.__version__ == "5.2.5"


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_replaced_code_is_unchanged(replaced: dict[str, str], name: str) -> None:
    assert replaced.get(name) == DIGESTS[name], f"moto's {name} is not the code that the hook was written for"


def test_every_replacement_is_listed(replaced: dict[str, str]) -> None:
    assert replaced.keys() == DIGESTS.keys()


def test_private_parts_that_the_hooks_read_are_there(report: dict[str, Any]) -> None:
    assert report["missing"] == []
