"""The state machine and its functions agree on every payload's keys."""

from __future__ import annotations

from importlib import import_module

import pytest

from lambdas.common.events import Event, MalformedEvent
from tests.infra.rendering import Json, resources, without_hash


def _invoked(machine: Json) -> dict[str, Json]:
    """States that invoke a function, by their names."""
    return {
        name: state
        for name, state in machine["States"].items()
        if state["Type"] == "Task" and state["Resource"].endswith(":lambda:invoke")
    }


def _event(pipeline: Json, state: Json) -> type[Event]:
    """What the function that a state invokes reads its payload into."""
    function = without_hash(state["Arguments"]["FunctionName"].removeprefix("${").removesuffix(".Arn}"))
    handler = resources(pipeline, "AWS::Lambda::Function")[function]["Handler"]
    module = import_module(handler.rpartition(".")[0])
    events = [entry for entry in vars(module).values() if isinstance(entry, type) and issubclass(entry, Event)]
    (event,) = (entry for entry in events if entry is not Event)
    return event


def test_every_function_knows_what_it_is_sent(pipeline: Json, machine: Json) -> None:
    invoked = _invoked(machine)
    assert len(invoked) > 8
    for name, state in invoked.items():
        event = _event(pipeline, state)
        assert event.from_event(state["Arguments"]["Payload"]), name
        assert state["Arguments"]["Payload"]["execution"] == "{% $states.context.Execution.Id %}", name


def test_a_key_too_few_or_too_many_would_be_found(pipeline: Json, machine: Json) -> None:
    state = _invoked(machine)["Prepare Ratings"]
    payload = state["Arguments"]["Payload"]
    for wrong in ({**payload, "more": 1}, {key: payload[key] for key in list(payload)[1:]}):
        with pytest.raises(MalformedEvent):
            _event(pipeline, state).from_event(wrong)
