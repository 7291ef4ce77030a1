"""What must hold of the state machine whatever its steps are."""

from __future__ import annotations

import re

from botocore.session import get_session
from jsonata.jsonata import Jsonata

import prep.errors
from infra.workflow.ratings import BUSY_GLUE
from infra.workflow.states import TRANSIENT_LAMBDA
from tests.infra.machine import CLEAN_UP, Edge, edges, expressions, reachable
from tests.infra.rendering import Json, resources, without_hash

FAIL, SUCCEED = "Fail Execution", "Finish Execution"
FIND = "Find Endpoint"
REFUSALS = {
    "Create Model": "Model Exists",
    "Create Endpoint Config": "Endpoint Config Exists",
    "Create Endpoint": "Endpoint Is Taken",
    "Update Endpoint": "Endpoint Is Busy",
}
FIRST_WORDS = re.compile(
    "Begin|Check|Choose|Clean|Collect|Create|Delete|Describe|Evaluate|Fail|Fetch|Find|Finish|Inspect|Note|Pass|Prepare|Report|"
    "Restore|Train|Update|Validate|Verify|Wait"
)
TRANSIENT = {
    "lambda": set(TRANSIENT_LAMBDA),
    "sagemaker": {"SageMaker.AmazonSageMakerException"},
    "glue": set(BUSY_GLUE),
}
SMALL_WORDS = {"the", "for", "a", "of", "with"}


def _tasks(machine: Json) -> dict[str, Json]:
    return {name: state for name, state in machine["States"].items() if state["Type"] == "Task"}


def _clean_up_path(machine: Json) -> set[str]:
    return reachable(edges(machine["States"]), CLEAN_UP)


def test_speaks_jsonata_throughout(machine: Json) -> None:
    assert machine["QueryLanguage"] == "JSONata"
    assert not [name for name, state in machine["States"].items() if state.get("QueryLanguage", "JSONata") != "JSONata"]


def test_every_expression_parses(machine: Json) -> None:
    found = set(expressions(machine["States"]))
    assert len(found) > 50
    for expression in found:
        Jsonata(expression)


def test_every_task_and_the_machine_end_in_time(machine: Json) -> None:
    limits = {name: state.get("TimeoutSeconds", 0) for name, state in _tasks(machine).items()}
    assert min(limits.values()) > 0, limits
    assert max(limits.values()) < machine["TimeoutSeconds"]


def test_every_task_before_the_clean_up_leads_its_errors_there(machine: Json) -> None:
    before = {name: state for name, state in _tasks(machine).items() if name not in _clean_up_path(machine)}
    leads = {name: [(way["ErrorEquals"], way["Next"]) for way in state["Catch"]] for name, state in before.items()}
    asked_first = {name: leads.pop(name) for name in (FIND, *REFUSALS)}
    choices = {
        name: f"Check Whether {question}" for name, question in {FIND: "Endpoint Is Missing", **REFUSALS}.items()
    }
    assert asked_first == {name: [(["States.ALL"], choice)] for name, choice in choices.items()}
    assert {machine["States"][choice]["Default"] for choice in choices.values()} == {CLEAN_UP}
    assert leads == {name: [(["States.ALL"], CLEAN_UP)] for name in leads}


def test_every_caught_error_says_which_state_failed_and_why(machine: Json) -> None:
    for name in _tasks(machine).keys() - _clean_up_path(machine):
        (catcher,) = machine["States"][name]["Catch"]
        assert catcher["Assign"]["failure"].keys() == {"state", "error", "cause"}


def test_clean_up_goes_on_after_its_own_errors_and_only_ever_fails(machine: Json) -> None:
    path = _clean_up_path(machine)
    assert SUCCEED not in path
    for name in _tasks(machine).keys() & path:
        (catcher,) = machine["States"][name]["Catch"]
        assert "$failure.cause &" in catcher["Assign"]["failure"], "what went wrong first is what must be told"
    notes = [state["Assign"]["failure"] for name, state in machine["States"].items() if name in path and _notes(state)]
    assert notes
    assert all("$failure.cause &" in note for note in notes)
    assert _ends(machine, path) == {FAIL}


def _notes(state: Json) -> bool:
    return state["Type"] == "Pass" and "failure" in state.get("Assign", {})


def test_every_state_is_reached_and_ends(machine: Json) -> None:
    states, ways = machine["States"], edges(machine["States"])
    assert reachable(ways, machine["StartAt"]) == states.keys()
    for name in states:
        assert _ends(machine, reachable(ways, name)), f"no way out of {name!r}"


def test_every_caught_error_can_end_in_fail(machine: Json) -> None:
    ways = edges(machine["States"])
    caught = [way.target for way in ways if way.is_catch]
    assert caught
    assert all(FAIL in reachable(ways, target) for target in caught)


def test_every_loop_is_counted(machine: Json) -> None:
    """Without the ways that a limit on `$polls` closes, no state leads back to itself."""
    counted = re.compile(r"\$polls < [0-9]+")
    ways = [way for way in edges(machine["States"]) if not counted.search(way.condition)]
    assert not [name for name in machine["States"] if _leads_back(ways, name)]


def test_every_wait_for_the_endpoint_has_all_its_polls(machine: Json) -> None:
    waits = {"Wait for Release", "Wait for Restoration"}
    entries = [way for way in edges(machine["States"]) if way.target in waits and not way.source.startswith("Check")]
    assert {way.source for way in entries} == {
        "Choose Release",
        "Create Endpoint",
        "Update Endpoint",
        "Restore Endpoint",
    }
    assert all("polls" in way.assigns for way in entries)


def test_states_outlast_their_functions(pipeline: Json, machine: Json) -> None:
    """Else the state would time out first, and its error would not say what the function's does."""
    functions = resources(pipeline, "AWS::Lambda::Function")
    invoking = [state for state in _tasks(machine).values() if state["Resource"].endswith(":lambda:invoke")]
    assert len(invoking) == len(functions)
    for state in invoking:
        name = without_hash(state["Arguments"]["FunctionName"].removeprefix("${").removesuffix(".Arn}"))
        assert state["TimeoutSeconds"] >= functions[name]["Timeout"] + 30, name


def test_names_are_verb_phrases_in_title_case(machine: Json) -> None:
    for name in machine["States"]:
        first, *others = name.split()
        assert FIRST_WORDS.fullmatch(first), name
        assert all(word[0].isupper() or word in SMALL_WORDS for word in others), name
        assert len(name) <= 80


def test_every_task_retries_what_is_transient(machine: Json) -> None:
    retried = {
        name: {error for rule in state.get("Retry", []) for error in rule["ErrorEquals"]}
        for name, state in _tasks(machine).items()
    }
    # SageMaker says "not found" and "slow down" by one error name, so a retry would delay each first deployment.
    assert retried.pop(FIND) == set()
    for name, errors in retried.items():
        assert errors >= TRANSIENT[_service(machine["States"][name])], name
    assert {_service(state) for state in _tasks(machine).values()} == TRANSIENT.keys()


def test_what_only_repeats_is_not_retried(machine: Json) -> None:
    """A job that failed fails again: its own retries are over, and the state machine would pay for another."""
    errors = {error for state in _tasks(machine).values() for rule in state.get("Retry", []) for error in _named(rule)}
    assert not errors & {"States.ALL", "States.TaskFailed", "States.Timeout"}


def _named(rule: Json) -> list[str]:
    return list(rule["ErrorEquals"])


def _service(state: Json) -> str:
    return str(state["Resource"].removeprefix("arn:${AWS::Partition}:states:::").removeprefix("aws-sdk:").split(":")[0])


def test_error_names_in_retries_are_classes(machine: Json) -> None:
    named = {
        error
        for state in _tasks(machine).values()
        for rule in state.get("Retry", [])
        for error in rule["ErrorEquals"]
        if "." not in error
    }
    assert issubclass(prep.errors.DownloadFailed, Exception)
    invoke_endpoint = get_session().get_service_model("sagemaker-runtime").operation_model("InvokeEndpoint")
    assert named - {"DownloadFailed"} <= {shape.name for shape in invoke_endpoint.error_shapes}


def _ends(machine: Json, names: set[str]) -> set[str]:
    return {name for name in names if machine["States"][name]["Type"] in ("Succeed", "Fail")}


def _leads_back(ways: list[Edge], name: str) -> bool:
    return any(name in reachable(ways, way.target) for way in ways if way.source == name)
