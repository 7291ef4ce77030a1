"""A state machine gone through as Step Functions does it, with planted answers in place of what its tasks call.

Written from the Amazon States Language's own words; of the local AWS it uses the JSONata and not the engine. Nothing is
retried, branches and iterations run one after the other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from local_aws.stepfunctions import jsonata
from tests.infra.machine import inner_machines
from tests.infra.rendering import Json

EXECUTION: dict[str, Any] = {
    "Id": "arn:aws:states:eu-central-1:123456789012:execution:movie-recommender-dev:one",
    "Name": "one",
    "StartTime": "2026-11-22T10:00:00Z",
    "RedriveCount": 0,
    "Input": {},
}

SENT = {"execution": EXECUTION["Id"]}
"""What goes with every payload."""


class Failed(Exception):
    """How a task, a branch or the whole ended. cause: None where nothing is said."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause

    def as_output(self) -> dict[str, str]:
        """What a catcher reads of it."""
        return {"Error": self.error, **({} if self.cause is None else {"Cause": self.cause})}


class Walk:
    """One way through a machine.

    answers: of each task, by its name, one after the other: its result, or how it failed. `asked` has the arguments a
    task was given each time, `visited` the states in their order, `variables` those of the whole machine.
    """

    def __init__(self, machine: Json, answers: Mapping[str, Sequence[Any]]) -> None:
        self._states = machine["States"]
        self._answers = {name: list(planned) for name, planned in answers.items()}
        self.asked: dict[str, list[Any]] = {}
        self.visited: list[str] = []
        self.variables: dict[str, Any] = {}

    def go(self, start: str, *, until: Collection[str], **variables: Any) -> str:
        """The one of the states `until` that is reached, or the last one's name. Raises Failed where a Fail ends it."""
        self.variables.update(variables)
        name, given = start, None
        while name not in until:
            following, given = self._step(self._states, name, given, self.variables)
            if not following:
                break
            name = following
        return name

    def output(self, name: str) -> Any:
        """What the state of that name hands on, with the variables as they are."""
        return self._step(self._states, name, None, dict(self.variables))[1]

    def _run(self, machine: Json, given: Any, variables: Mapping[str, Any]) -> Any:
        """The output of a branch or an iteration, whose variables are its own."""
        name, own = machine["StartAt"], dict(variables)
        while name:
            name, given = self._step(machine["States"], name, given, own)
        return given

    def _step(self, states: Json, name: str, given: Any, variables: dict[str, Any]) -> tuple[str, Any]:
        """The name of the next state, or nothing at the end, and the state's output."""
        self.visited.append(name)
        state = states[name]
        context = {"Execution": EXECUTION, "State": {"Name": name, "RetryCount": 0}}
        known: dict[str, Any] = {"input": given, "context": context}
        try:
            if state["Type"] == "Choice":
                return _leave(_chosen(state, known, variables), given, known, variables)
            known["result"] = self._work(name, state, known, variables)
        except Failed as failure:
            catcher = _catcher(state, failure.error)
            if catcher is None:
                raise
            known["errorOutput"] = failure.as_output()
            return _leave(catcher, known["errorOutput"], known, variables)
        return _leave(state, known["result"], known, variables)

    def _work(self, name: str, state: Json, known: Json, variables: Mapping[str, Any]) -> Any:
        match state["Type"]:
            case "Task":
                return self._answer(name, evaluated(state["Arguments"], known, variables))
            case "Parallel":
                return [self._run(branch, known["input"], variables) for branch in state["Branches"]]
            case "Map":
                items = evaluated(state["Items"], known, variables)
                assert isinstance(items, list), "Items: an array, or the execution fails"
                (each,) = inner_machines(state)
                return [self._run(each, item, variables) for item in items]
            case "Wait":
                assert evaluated(state["Seconds"], known, variables) >= 0
            case "Fail":
                raise Failed(*(evaluated(state[key], known, variables) for key in ("Error", "Cause")))
        return known["input"]

    def _answer(self, name: str, arguments: Any) -> Any:
        self.asked.setdefault(name, []).append(arguments)
        assert self._answers.get(name), f"no answer is planted for {name!r}"
        answer = self._answers[name].pop(0)
        if isinstance(answer, Failed):
            raise answer
        return answer


def _catcher(state: Json, error: str) -> Json | None:
    """The first that names the error, or all of them."""
    return next((way for way in state.get("Catch", []) if {error, "States.ALL"} & set(way["ErrorEquals"])), None)


def _chosen(state: Json, known: Json, variables: Mapping[str, Any]) -> Json:
    for rule in state["Choices"]:
        holds = evaluated(rule["Condition"], known, variables)
        assert isinstance(holds, bool), "Condition: true or false, or the execution fails"
        if holds:
            return dict(rule)
    return {"Next": state["Default"], "Assign": state.get("Assign", {})}


def _leave(way: Json, output: Any, known: Json, variables: dict[str, Any]) -> tuple[str, Any]:
    """Every expression sees the variables as they were on arrival."""
    assigned = evaluated(way.get("Assign", {}), known, variables)
    output = evaluated(way["Output"], known, variables) if "Output" in way else output
    variables.update(assigned)
    return way.get("Next", ""), output


def evaluated(template: Any, known: Json, variables: Mapping[str, Any]) -> Any:
    """A template's value. known: what `$states` has."""
    match template:
        case str() if template.startswith("{%"):
            return value(template, states=known, **variables)
        case dict():
            return {key: evaluated(item, known, variables) for key, item in template.items()}
        case list():
            return [evaluated(item, known, variables) for item in template]
    return template


def value(expression: str, **variables: Any) -> Any:
    """An expression's value, with its delimiters or without."""
    return jsonata.evaluate(expression.removeprefix("{%").removesuffix("%}"), variables)
