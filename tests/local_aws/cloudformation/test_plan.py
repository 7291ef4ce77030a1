"""Parameters, conditions, rules, order and the checks made before anything is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.cloudformation.conditions import Conditions
from local_aws.cloudformation.errors import RequestRefused, TemplateError
from local_aws.cloudformation.intrinsics import Scope
from local_aws.cloudformation.order import ordered
from local_aws.cloudformation.plan import Plan, make_plan
from local_aws.cloudformation.types import TYPES

SSM = {"/list": "x, y", "/text": "t"}
PARAMETER: dict[str, Any] = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}


def plan(resources: dict[str, Any], parameters: dict[str, str] | None = None, **sections: Any) -> Plan:
    return make_plan(
        json.dumps({"Resources": resources, **sections}),
        given=parameters or {},
        tags={},
        pseudo={"AWS::Region": "eu-west-1"},
        types=TYPES,
        ssm_value=SSM.__getitem__,
    )


def text(value: Any) -> dict[str, Any]:
    return {**PARAMETER, "Properties": {"Type": "String", "Value": value}}


def test_parameters_by_type() -> None:
    declared = {
        "Text": {"Type": "String", "Default": "d"},
        "Flag": {"Type": "String", "Default": True, "AllowedValues": [True, False]},
        "Count": {"Type": "Number", "MinValue": 1, "MaxValue": "9"},
        "Many": {"Type": "CommaDelimitedList", "Default": ""},
        "Numbers": {"Type": "List<Number>", "Default": "1, 2"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/text"},
        "Listed": {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/list"},
        "Id": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-1"},
    }
    made = plan({"A": PARAMETER}, {"Count": "7"}, Parameters=declared)
    assert {name: made.values[name] for name in declared} == {
        "Text": "d", "Flag": "true", "Count": "7", "Many": [], "Numbers": ["1", "2"],
        "Stored": "t", "Listed": ["x", "y"], "Id": "vpc-1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "given", "named"),
    [
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", r"'P' must be one of \['a', 'b'\], got 'c'"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "a1", "pattern"),
        ({"Type": "String", "AllowedPattern": "x", "ConstraintDescription": "says so"}, "a", "says so"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "3 characters"),
        ({"Type": "Number", "MaxValue": 3}, "4", "is 4"),
        ({"Type": "Number"}, "four", "must be a number, got 'four'"),
        ({"Type": "Thing"}, "x", "Thing"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused(shape: dict[str, Any], given: str, named: str) -> None:
    with pytest.raises(RequestRefused, match=named):
        plan({"A": PARAMETER}, {"P": given}, Parameters={"P": shape})


def test_unknown_and_missing_parameters_are_listed() -> None:
    with pytest.raises(RequestRefused, match=r"\[X, Y\] do not exist"):
        plan({"A": PARAMETER}, {"Y": "1", "X": "2"})
    with pytest.raises(RequestRefused, match=r"\[P, Q\] must have values"):
        plan({"A": PARAMETER}, Parameters={"P": {"Type": "String"}, "Q": {"Type": "String"}})


def test_conditions() -> None:
    scope = Scope(values={"Stage": "prod", "Flag": "true", "Many": ["a", "b"]})
    prod = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    conditions = Conditions(
        {
            "Prod": prod,
            "NotProd": {"Fn::Not": [{"Condition": "Prod"}]},
            "Both": {"Fn::And": [{"Condition": "Prod"}, {"Condition": "NotProd"}]},
            "Either": {"Fn::Or": [{"Condition": "Both"}, prod]},
            "Boolean": {"Fn::Equals": [{"Ref": "Flag"}, True]},
            "Member": {"Fn::Contains": [{"Ref": "Many"}, "b"]},
        },
        scope,
    )
    assert dict(conditions) == {
        "Prod": True, "NotProd": False, "Both": False, "Either": True, "Boolean": True, "Member": True,
    }  # fmt: skip


def test_circular_and_unknown_conditions_are_named() -> None:
    circular = Conditions({"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Condition": "A"}}, Scope(values={}))
    with pytest.raises(TemplateError, match="A -> B -> A"):
        circular["A"]
    with pytest.raises(TemplateError, match="Fn::EachMemberIn"):
        circular.holds({"Fn::EachMemberIn": [[], []]})


def test_the_rule_of_the_cdk_asks_for_a_recent_bootstrap() -> None:
    old = {"Fn::Contains": [["1", "2"], {"Ref": "Version"}]}
    rules = {"Check": {"Assertions": [{"Assert": {"Fn::Not": [old]}, "AssertDescription": "run bootstrap"}]}}
    declared = {"Version": {"Type": "String"}}
    plan({"A": PARAMETER}, {"Version": "3"}, Parameters=declared, Rules=rules)
    with pytest.raises(RequestRefused, match="run bootstrap"):
        plan({"A": PARAMETER}, {"Version": "2"}, Parameters=declared, Rules=rules)


def test_order_by_references_and_depends_on() -> None:
    resources = {
        "C": {**text({"Fn::Sub": "${B}"}), "DependsOn": ["D"]},
        "B": text({"Fn::GetAtt": ["A", "Value"]}),
        "A": PARAMETER,
        "D": {**PARAMETER, "DependsOn": "Absent"},
        "Absent": {**PARAMETER, "Condition": "Never"},
    }
    made = plan(resources, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    assert list(made.resources) == ["A", "D", "B", "C"]
    assert made.dependencies["C"] == {"B", "D"}


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))))
def test_everything_comes_after_what_it_depends_on(edges: list[tuple[int, int]]) -> None:
    # An edge from a larger to a smaller number cannot make a circle.
    dependencies = {str(node): frozenset[str]() for node in range(12)}
    for left, right in edges:
        if left != right:
            dependencies[str(max(left, right))] |= {str(min(left, right))}
    place = {name: index for index, name in enumerate(ordered(dependencies))}
    assert sorted(place) == sorted(dependencies)
    assert all(place[other] < place[name] for name, others in dependencies.items() for other in others)


@pytest.mark.parametrize(
    ("resources", "sections", "named"),
    [
        ({"A": {"Type": "AWS::Moon::Base"}, "B": {"Type": "Custom::"}}, {}, r"\[AWS::Moon::Base, Custom::\]"),
        ({"B": {"Type": "Custom::X"}}, {}, r"B \(.*CustomResource\): required property ServiceToken"),
        ({"A": {**PARAMETER, "Properties": {"Type": "String", "Colour": "red"}}}, {},
         r"A \(AWS::SSM::Parameter\): property Colour is not emulated; .*required property Value"),
        ({"A": text({"Ref": "Ghost"})}, {}, r"\[Ghost\] in the Resources"),
        ({"A": {**PARAMETER, "DependsOn": "Ghost"}}, {}, r"\[Ghost\] in the Resources"),
        ({"A": PARAMETER}, {"Outputs": {"O": {"Value": {"Ref": "Ghost"}}}}, r"\[Ghost\] in the Outputs"),
        ({"A": PARAMETER, "B": text({"Fn::GetAtt": ["A", "Colour"]})}, {}, "attribute type Colour"),
        ({"A": text({"Ref": "B"}), "B": text({"Ref": "A"})}, {}, r"Circular dependency.*\[(A, B|B, A)\]"),
        ({"A": {**PARAMETER, "Condition": "Ghost"}}, {}, "Ghost"),
        ({"A": text({"Fn::If": ["x"]})}, {}, "Fn::If takes a list of 3"),
        ({"A": text({"Ref": ["x"]})}, {}, "Ref takes a name"),
        ({"A": PARAMETER}, {"Outputs": {"O": "x"}}, r"\[/Outputs/O\] must be an object with a Value, got 'x'"),
        ({"A": PARAMETER}, {"Outputs": {"O": {"Value": "x", "Export": "n"}}}, r"\[/Outputs/O/Export\]"),
        ({"A": PARAMETER}, {"Outputs": {"O": {"Value": "x", "Condition": []}}}, r"\[/Outputs/O/Condition\]"),
        ({"A": PARAMETER}, {"Parameters": {"P": "x"}}, r"\[/Parameters/P\] must be an object with a Type"),
        ({"A": PARAMETER}, {"Mappings": {"M": "x"}}, r"\[/Mappings/M\] must be an object"),
        ({"A": PARAMETER}, {"Rules": {"R": {}}}, r"\[/Rules/R\]"),
        ({"A": PARAMETER}, {"Conditions": {"C": {"Fn::Equals": ["a"]}}}, "Fn::Equals takes a list of 2"),
        ({"A": PARAMETER}, {"Conditions": {"C": {"Fn::Not": []}}}, "Fn::Not takes a list of 1"),
        ({"A": PARAMETER}, {"Conditions": {"C": {"Fn::And": "a"}}}, "Fn::And takes a list"),
        ({"A": PARAMETER}, {"Conditions": {"C": {"Condition": ["a"]}}}, "unresolved condition"),
        ({"A": {**PARAMETER, "DependsOn": [{"Ref": "A"}]}}, {}, "DependsOn"),
        ({"A": {**PARAMETER, "Condition": ["C"]}}, {}, r"\[/Resources/A/Condition\]"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_by_name(resources: dict[str, Any], sections: dict[str, Any], named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        plan(resources, **sections)


def test_unknown_types_are_fine_where_their_condition_does_not_hold() -> None:
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    moon = {"Type": "AWS::Moon::Base", "Condition": "Never"}
    made = plan({"A": PARAMETER, "Moon": moon}, Conditions=never)
    assert list(made.resources) == ["A"]


def test_a_property_that_comes_to_no_value_is_not_set() -> None:
    value = {"Fn::If": ["Never", "red", {"Ref": "AWS::NoValue"}]}
    resource = {**PARAMETER, "Properties": {**PARAMETER["Properties"], "Colour": value}}
    made = plan({"A": resource}, Conditions={"Never": {"Fn::Equals": ["a", "b"]}})
    assert list(made.resources) == ["A"]
