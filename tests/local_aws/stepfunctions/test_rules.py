"""What CreateStateMachine refuses inside states: rules that mean nothing, templates that cannot be evaluated."""

from __future__ import annotations

import json

import pytest

from local_aws.stepfunctions.definition import Refused, check
from tests.local_aws.stepfunctions.workflows import Json, Workflows, machine, single, task

DONE = {"Type": "Succeed"}
CALL = task("lambda:invoke", {"FunctionName": "f"})


def jsonpath(state: dict[str, Json], **others: Json) -> Json:
    """A JSONPath machine of one state, which rules may lead away from to Done."""
    last = {} if state["Type"] == "Choice" else {"End": True}
    return {"StartAt": "Only", "States": {"Only": {**state, **last}, **others}}


def choice(**rule: Json) -> Json:
    return jsonpath({"Type": "Choice", "Choices": [rule], "Default": "Done"}, Done=DONE)


def retried(*names: list[str]) -> Json:
    return single({**CALL, "Retry": [{"ErrorEquals": listed} for listed in names]})


def caught(**catcher: Json) -> dict[str, Json]:
    return {**CALL, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done", **catcher}]}


def compared(**fields: Json) -> Json:
    """A test of a variable that could be right."""
    return {"Variable": "$.n", "NumericEquals": 1, **fields}


ALONE = "States.ALL must appear alone and at end of list"
INVALID_PATH = "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call"
NO_FIELD = "UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.{}' does not exist. at /States/Only/{}"
REFUSED: dict[str, tuple[Json, str]] = {
    "ALL before another": (retried(["States.ALL"], ["X"]), f"{ALONE} at /States/Only/Retry[0]/ErrorEquals"),
    "ALL with another": (retried(["X"], ["Y", "States.ALL"]), f"{ALONE} at /States/Only/Retry[1]/ErrorEquals"),
    "ALL with another in Catch": (
        machine({"Only": {**caught(ErrorEquals=["States.ALL", "X"]), "End": True}, "Done": DONE}),
        f"{ALONE} at /States/Only/Catch[0]/ErrorEquals",
    ),
    "Output of a JSONPath catcher": (
        jsonpath({"Type": "Task", "Resource": CALL["Resource"], "Catch": caught(Output=1)["Catch"]}, Done=DONE),
        'The field "Output" is not supported at /States/Only/Catch[0]',
    ),
    "no Choices": (jsonpath({"Type": "Choice", "Default": "Done"}, Done=DONE), "fields are required: [Choices]"),
    "no Next": (choice(**compared()), "fields are required: [Next] at /States/Only/Choices[0]"),
    "Next inside And": (
        choice(And=[compared(), compared(Next="Done")], Next="Done"),
        "Field 'Next' is not supported at /States/Only/Choices[0]/And[1]",
    ),
    "Next inside Not": (choice(Not=compared(Next="Done"), Next="Done"), "at /States/Only/Choices[0]/Not"),
    "Output of a JSONPath rule": (choice(**compared(Next="Done", Output=1)), 'The field "Output" is not supported'),
    "number for a string": (
        choice(Variable="$.n", StringEquals=1, Next="Done"),
        "StringEquals cannot compare with 1 at /States/Only/Choices[0]/StringEquals",
    ),
    "literal for a path": (choice(Variable="$.n", NumericLessThanPath="n", Next="Done"), "NumericLessThanPath cannot"),
    "date for a timestamp": (choice(Variable="$.n", TimestampEquals="2024-01-01", Next="Done"), "TimestampEquals"),
    "text for a boolean": (choice(Or=[{"Variable": "$.n", "IsNull": "yes"}], Next="Done"), "/Or[0]/IsNull"),
    "text for a path": (jsonpath({"Type": "Pass", "Parameters": {"b": [{"a.$": "x"}]}}), INVALID_PATH),
    "number for a path": (jsonpath({"Type": "Pass", "Assign": {"a.$": 1}}), INVALID_PATH),
    "expression left open": (single({"Type": "Pass", "Output": ["{% 1"]}), "at /States/Only/Output[0]"),
    "expression inside text": (single({"Type": "Pass", "Output": "n: {% 1 %}"}), "at /States/Only/Output"),
    "reserved variable": (single({"Type": "Pass", "Assign": {"states": 1}}), "Invalid variable name: 'states'"),
    "no variable": (jsonpath({"Type": "Pass", "Assign": {"1a.$": "$"}}), "Invalid variable name: '1a'"),
    "result of a Pass": (
        single({"Type": "Pass", "Output": {"v": "{% $states.result %}"}}),
        NO_FIELD.format("result", "Output/v"),
    ),
    "result in arguments": (
        single(task("lambda:invoke", {"FunctionName": "{% $states.result.f %}"})),
        NO_FIELD.format("result", "Arguments/FunctionName"),
    ),
    "error of no catcher": (
        single({**CALL, "Output": "{% $states . errorOutput %}"}),
        NO_FIELD.format("errorOutput", "Output"),
    ),
    "result of a catcher": (
        machine({"Only": {**caught(Assign={"v": "{% $states.result %}"}), "End": True}, "Done": DONE}),
        NO_FIELD.format("result", "Catch[0]/Assign/v"),
    ),
    "both ways to select": (
        jsonpath(
            {
                "Type": "Map",
                "Parameters": {},
                "ItemSelector": {},
                "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": DONE}},
            }
        ),
        "There should only be one of the following fields: [ItemSelector, Parameters]",
    ),
    "no time at all": (single({**CALL, "TimeoutSeconds": 0}), "Minimum value is 1 at /States/Only/TimeoutSeconds"),
    "no time for the machine": (single({"Type": "Pass"}, TimeoutSeconds=0), "Minimum value is 1 at /TimeoutSeconds"),
    "a long name": (machine({"A" * 81: DONE}), "The name has more than 80 characters"),
    "language of a branch": (
        single({"Type": "Parallel", "Branches": [single(DONE)]}),
        'The field "QueryLanguage" is not supported at /States/Only/Branches[0]',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_name_and_place(case: str) -> None:
    definition, words = REFUSED[case]
    with pytest.raises(Refused) as refused:
        check(json.dumps(definition))
    assert words in str(refused.value)


ACCEPTED: dict[str, Json] = {
    "ALL at the end": retried(["X"], ["States.ALL"]),
    "results and errors where they are": machine(
        {
            "Only": {
                **caught(Output="{% $states.errorOutput %}", Assign={"why": "{% $states.errorOutput.Cause %}"}),
                "Assign": {"n": "{% $states.result.n %}"},
                "Output": ["{% $states.result %}"],
                "End": True,
            },
            "Done": DONE,
        }
    ),
    "words that only look like it": single({"Type": "Pass", "Output": "{% '$states.result' & \"$states.result\" %}"}),
    "paths and calls": jsonpath({"Type": "Pass", "Parameters": {"a.$": "States.UUID()", "b.$": "$$.State.Name"}}),
    "operands of every kind": jsonpath(
        {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.n", operator: operand, "Next": "Done"}
                for operator, operand in {
                    "BooleanEquals": False,
                    "IsPresent": True,
                    "NumericLessThan": -1.5,
                    "StringMatches": "*",
                    "StringEqualsPath": "$$.Execution.Name",
                    "TimestampGreaterThanEquals": "2024-01-01T00:00:00.5+02:00",
                }.items()
            ],
            "Default": "Done",
        },
        Done=DONE,
    ),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepted(case: str) -> None:
    check(json.dumps(ACCEPTED[case]))


def mapped(**fields: Json) -> Json:
    """A machine that is one Map over the input."""
    return single({"Type": "Map", "ItemProcessor": {"StartAt": "Inner", "States": {"Inner": DONE}, **fields}})


@pytest.mark.parametrize("config", [{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, {"ExecutionType": "EXPRESS"}])
def test_a_distributed_map_is_refused_by_name(config: Json) -> None:
    where = "/States/Only/ItemProcessor/ProcessorConfig"
    with pytest.raises(Refused, match=f'Only {{"Mode": "INLINE"}} is emulated at {where}'):
        check(json.dumps(mapped(ProcessorConfig=config)))


@pytest.mark.parametrize("field", ["ItemReader", "ItemBatcher", "ResultWriter", "ToleratedFailurePercentage", "Label"])
def test_fields_of_a_distributed_map_are_refused_by_name(field: str) -> None:
    definition = mapped(ProcessorConfig={"Mode": "INLINE"})
    definition["States"]["Only"][field] = 50
    with pytest.raises(Refused, match=f'The field "{field}" is not supported at /States/Only'):
        check(json.dumps(definition))


def test_a_jsonpath_rule_assigns(workflows: Workflows) -> None:
    rule = {**compared(), "Assign": {"found.$": "$.n"}, "Next": "Read"}
    states = {
        "Ask": {"Type": "Choice", "Choices": [rule], "Default": "Read"},
        "Read": {"Type": "Pass", "Parameters": {"found.$": "$found"}, "End": True},
    }
    assert workflows.run({"StartAt": "Ask", "States": states}, {"n": 1}).output == {"found": 1}


def test_states_inside_have_the_machines_language(workflows: Workflows) -> None:
    """Not that of the Map around them, as ValidateStateMachineDefinition was seen to judge (floci issue 2968)."""

    def over(state: dict[str, Json]) -> Json:
        inner = {"StartAt": "Inner", "States": {"Inner": {**state, "End": True}}}
        each = {"Type": "Map", "QueryLanguage": "JSONata", "Items": [1, 2], "ItemProcessor": inner, "End": True}
        return {"StartAt": "Each", "States": {"Each": each}}

    assert workflows.run(over({"Type": "Pass", "Parameters": {"n.$": "$"}})).output == [{"n": 1}, {"n": 2}]
    with pytest.raises(Refused, match='The field "Output" is not supported'):
        check(json.dumps(over({"Type": "Pass", "Output": 1})))
