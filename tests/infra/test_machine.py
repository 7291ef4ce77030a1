"""What must hold of the state machine whatever its steps are."""

from __future__ import annotations

import re

from botocore.session import get_session
from jsonata.jsonata import Jsonata

import prep.errors
from infra.workflow.expire import TRANSIENT_SCHEDULER
from infra.workflow.ratings import BUSY_GLUE
from infra.workflow.states import TRANSIENT_CLOUDWATCH, TRANSIENT_LAMBDA, TRANSIENT_SCALING, TRANSIENT_SSM
from infra.workflow.turn import TRANSIENT_DYNAMODB, TRANSIENT_SFN
from tests.infra.machine import CLEAN_UP, Edge, Scope, edges, expressions, reachable, scopes
from tests.infra.rendering import Json, resources, without_hash

FAIL, SUCCEED, RESTORED = "Fail Execution", "Finish Execution", "Finish Restoration"
UNREGISTERED = "ApplicationAutoScaling.ObjectNotFoundException"
TAKEN = "DynamoDB.ConditionalCheckFailedException"
NAMED = {
    ("Take Turn", TAKEN): "Read Turn",
    ("Take Over Turn", TAKEN): "Read Turn",
    ("Update Expiry", "Scheduler.ResourceNotFoundException"): "Create Expiry",
    ("Delete Expiry", "Scheduler.ResourceNotFoundException"): "Finish Limit",
    ("Describe Holder", "Sfn.ExecutionDoesNotExistException"): "Check Holder",
    ("Deregister Scaling", UNREGISTERED): "Finish Scaling",
    ("Deregister before Replacement", UNREGISTERED): "Replace Endpoint",
}
"""Errors that are answers, and where they lead."""
ENDS_WELL = {"Retire Old Versions": SUCCEED}
"""Tasks whose errors are nobody's loss, and where they lead."""
FIND, FIND_LIVE = "Find Endpoint", "Describe Live Endpoint"
CHAMPION = tuple(f"Champion {what}" for what in ("Endpoint", "Config", "Model"))
DESCRIBED = tuple(f"Describe {what}" for what in CHAMPION)
"""What may be missing, which SageMaker says by the error name that it has for throttling too."""
ASKED_FIRST = {
    FIND: "Endpoint Is Missing",
    FIND_LIVE: "Live Endpoint Is Missing",
    "Create Model": "Model Exists",
    "Create Endpoint Config": "Endpoint Config Exists",
    "Create Endpoint": "Endpoint Is Taken",
    "Update Endpoint": "Endpoint Is Busy",
    **{f"Describe {what}": f"{what} Is Missing" for what in CHAMPION},
}
"""Tasks whose errors are looked at before they count as failures, and the question."""
FIRST_WORDS = re.compile(
    "Begin|Check|Choose|Clean|Collect|Create|Delete|Deregister|Describe|Evaluate|Fail|Fetch|Find|Finish|Go|Inspect|Note|Pass|Prepare|"
    "Put|Read|Recreate|Register|Reject|Replace|Report|Restore|Retire|Skip|Switch|Take|Train|Tune|Update|Validate|Verify|Wait|Write"
)
TRANSIENT = {
    "lambda": set(TRANSIENT_LAMBDA),
    "sagemaker": {"SageMaker.AmazonSageMakerException"},
    "glue": set(BUSY_GLUE),
    "ssm": set(TRANSIENT_SSM),
    "cloudwatch": set(TRANSIENT_CLOUDWATCH),
    "applicationautoscaling": set(TRANSIENT_SCALING),
    "dynamodb": set(TRANSIENT_DYNAMODB),
    "sfn": set(TRANSIENT_SFN),
    "scheduler": set(TRANSIENT_SCHEDULER),
}
SMALL_WORDS = {"a", "and", "as", "before", "for", "of", "the", "with", "without"}
WORKING = ("Task", "Map", "Parallel")


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


def _whole(nested: Json) -> Scope:
    """The states that stand in no branch and no iteration."""
    return scopes(nested)[0]


def test_every_error_before_the_clean_up_leads_there(nested: Json, machine: Json) -> None:
    before = {
        name: state
        for name, state in _whole(nested).states.items()
        if state["Type"] in WORKING and name not in _clean_up_path(machine)
    }
    ways = [(name, way["ErrorEquals"], way["Next"]) for name, state in before.items() for way in state["Catch"]]
    others = [way for way in ways if (way[0], *way[1]) not in NAMED]
    leads = {name: [(errors, to) for source, errors, to in others if source == name] for name in before}
    assert {(name, *errors): to for name, errors, to in ways if (name, *errors) in NAMED} == NAMED
    asked_first = {name: leads.pop(name) for name in ASKED_FIRST}
    choices = {name: f"Check Whether {question}" for name, question in ASKED_FIRST.items()}
    assert asked_first == {name: [(["States.ALL"], choice)] for name, choice in choices.items()}
    assert {machine["States"][choice]["Default"] for choice in choices.values()} == {CLEAN_UP}
    ends_well = {name: leads.pop(name) for name in ENDS_WELL}
    assert ends_well == {name: [(["States.ALL"], end)] for name, end in ENDS_WELL.items()}
    assert leads == {name: [(["States.ALL"], CLEAN_UP)] for name in leads}


def test_every_caught_error_says_which_state_failed_and_why(nested: Json, machine: Json) -> None:
    """In the variable that what it leads to reads: a branch has one of its own."""
    for scope in scopes(nested):
        working = {name: state for name, state in scope.states.items() if state["Type"] in WORKING}
        for name, state in working.items():
            if scope.kind != "Map" and name not in _clean_up_path(machine):
                (catcher,) = [way for way in state["Catch"] if (name, *way["ErrorEquals"]) not in NAMED]
                ((variable, failure),) = catcher["Assign"].items()
                assert failure.keys() == {"state", "error", "cause"}
                assert variable.endswith("failure")
                assert variable in scope.assigned()


def test_an_iterations_error_is_its_maps(nested: Json) -> None:
    iterated = [state for scope in scopes(nested) if scope.kind == "Map" for state in scope.states.values()]
    assert iterated
    assert not [state for state in iterated if "Catch" in state]


def test_clean_up_goes_on_after_its_own_errors_and_only_ever_fails(machine: Json) -> None:
    path = _clean_up_path(machine)
    assert not {SUCCEED, RESTORED} & path
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


def test_what_is_within_hands_its_output_on_or_fails(nested: Json) -> None:
    """A Succeed in a branch would read as the end of the execution."""
    expected = {"": {"Succeed", "Fail"}, "Parallel": {"Fail"}, "Map": set()}
    for scope in scopes(nested):
        ends = {state["Type"] for state in scope.states.values()} & {"Succeed", "Fail"}
        assert ends == expected[scope.kind], scope.owner
        assert any(state.get("End") for state in scope.states.values()) is bool(scope.kind), scope.owner


def test_every_caught_error_can_end_in_fail(nested: Json) -> None:
    caught = 0
    for scope in scopes(nested):
        ways = edges(scope.states)
        fails = {name for name, state in scope.states.items() if state["Type"] == "Fail"}
        for way in ways:
            if way.is_catch and way.source not in ENDS_WELL:
                assert fails & reachable(ways, way.target), way
                caught += 1
    assert caught > 20


def test_every_loop_is_counted(machine: Json) -> None:
    """Without the ways that a limit on polls or attempts closes, no state leads back to itself."""
    counted = re.compile(r"\$(turn\.)?polls < [0-9]+|\$count\(\$\w+_attempts\) < [0-9]+")
    ways = [way for way in edges(machine["States"]) if not counted.search(way.condition)]
    assert not [name for name in machine["States"] if _leads_back(ways, name)]


def test_every_wait_for_the_endpoint_has_all_its_polls(machine: Json) -> None:
    waits = {"Wait for Release", "Wait for Rollback"}
    entries = [way for way in edges(machine["States"]) if way.target in waits and not way.source.startswith("Check")]
    assert {way.source for way in entries} == {
        "Choose Release",
        "Create Endpoint",
        "Update Endpoint",
        "Restore Endpoint",
        "Recreate Endpoint",
    }
    assert all("polls" in way.assigns for way in entries)


def test_states_outlast_their_functions(pipeline: Json, machine: Json) -> None:
    """Else the state would time out first, and its error would not say what the function's does."""
    functions = resources(pipeline, "AWS::Lambda::Function")
    invoking = [state for state in _tasks(machine).values() if state["Resource"].endswith(":lambda:invoke")]
    invoked = set()
    for state in invoking:
        name = without_hash(state["Arguments"]["FunctionName"].removeprefix("${").removesuffix(".Arn}"))
        invoked.add(name)
        assert state["TimeoutSeconds"] >= functions[name]["Timeout"] + 30, name
    assert invoked == functions.keys() - {"ApiAnswerFunction", "ExpiryFunction", "TeardownFunction"}


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
    for name in (FIND, FIND_LIVE, *DESCRIBED):
        assert retried.pop(name) == set()
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
    states = machine["States"]
    return {name for name in names if states[name]["Type"] in ("Succeed", "Fail") or states[name].get("End")}


def _leads_back(ways: list[Edge], name: str) -> bool:
    return any(name in reachable(ways, way.target) for way in ways if way.source == name)
