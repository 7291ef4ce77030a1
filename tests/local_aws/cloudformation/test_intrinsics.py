"""Each intrinsic function against values worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.cloudformation.errors import TemplateError
from local_aws.cloudformation.intrinsics import Scope, references

SCOPE = Scope(
    values={"AWS::Region": "eu-west-1", "Names": ["a", "b"], "Size": "5"},
    mappings={"Images": {"eu-west-1": {"fm": "685385470294"}}},
    conditions={"Yes": True, "No": False},
    ref=lambda name: f"{name}-physical",
    attribute=lambda name, attribute: f"{name}/{attribute}",
    exported=lambda name: f"export of {name}",
    ssm_value=lambda name: f"value of {name}",
    zones=lambda region: [f"{region}a", f"{region}b"],
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Names"}, ["a", "b"]),
        ({"Ref": "Bucket"}, "Bucket-physical"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Bucket/Arn"),
        ({"Fn::GetAtt": "Role.Arn"}, "Role/Arn"),
        ({"Fn::GetAtt": ["Bucket", {"Ref": "Size"}]}, "Bucket/5"),
        ({"Fn::Sub": "${AWS::Region}: ${Bucket} ${Bucket.Arn} ${!kept} ${Size}"},
         "eu-west-1: Bucket-physical Bucket/Arn ${kept} 5"),
        ({"Fn::Sub": ["${x}-${Size}", {"x": {"Fn::Join": ["+", ["1", "2"]]}}]}, "1+2-5"),
        ({"Fn::Sub": ["${x}", {"x": "${Size}"}]}, "${Size}"),
        ({"Fn::Join": ["", ["arn:", {"Ref": "AWS::Region"}, 7, True]]}, "arn:eu-west-17true"),
        ({"Fn::Join": ["/", {"Ref": "Names"}]}, "a/b"),
        ({"Fn::Split": [",", "a,b,,c"]}, ["a", "b", "", "c"]),
        ({"Fn::Select": ["1", {"Fn::Split": [":", "x:y:z"]}]}, "y"),
        ({"Fn::FindInMap": ["Images", {"Ref": "AWS::Region"}, "fm"]}, "685385470294"),
        ({"Fn::If": ["Yes", "then", {"Ref": "Nowhere"}]}, "then"),
        ({"Fn::If": ["No", "then", {"Fn::If": ["Yes", "else", ""]}]}, "else"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Size}-x"}}, "export of 5-x"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b"]),
        ({"Fn::Select": [1, {"Fn::GetAZs": {"Ref": "AWS::Region"}}]}, "eu-west-1b"),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b"]),
        ("{{resolve:ssm:/a/b}}!", "value of /a/b!"),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}]},
         {"b": []}),
        # A policy's Condition is data, and so is an object with a second member.
        ({"Condition": {"Bool": {"a:b": "no"}}}, {"Condition": {"Bool": {"a:b": "no"}}}),
        ({"Ref": "x", "y": 1}, {"Ref": "x", "y": 1}),
    ],
)  # fmt: skip
def test_evaluates(expression: Any, value: Any) -> None:
    assert SCOPE.evaluate(expression) == value


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ({"Fn::FindInMap": ["Images", "mars-1", "fm"]}, "Images::mars-1::fm"),
        ({"Fn::Select": [2, ["a", "b"]]}, "index 2"),
        ({"Fn::If": ["Maybe", 1, 2]}, "Maybe"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "Fn::Transform"),
        ({"Fn::Select": ["x", ["a"]]}, "index x"),
        ({"Fn::Select": [-1, ["a"]]}, "index -1"),
        ({"Fn::Select": [0]}, "Fn::Select takes a list of 2"),
        ({"Fn::If": ["Yes"]}, r"Fn::If takes a list of 3, got \['Yes'\]"),
        ({"Fn::If": [["Yes"], 1, 2]}, r"Fn::If takes a name, got \['Yes'\]"),
        ({"Ref": ["x"]}, r"Ref takes a name, got \['x'\]"),
        ({"Fn::Sub": 5}, "Fn::Sub takes a list of 2, got 5"),
        ({"Fn::Sub": ["x", "y"]}, "Fn::Sub takes a string and an object"),
        ({"Fn::Split": ["", "a"]}, "Fn::Split takes a delimiter, got ''"),
        ({"Fn::FindInMap": [["Images"], "a", "b"]}, "Unable to get mapping"),
        ({"Fn::GetAtt": [["Bucket"], "Arn"]}, "Fn::GetAtt takes a name"),
        ({"Fn::GetAtt": ["Bucket"]}, "Fn::GetAtt"),
        ({"Fn::Join": ["", [["nested"]]]}, "nested"),
        ("{{resolve:secretsmanager:x}}", "secretsmanager"),
    ],
)
def test_what_it_cannot_evaluate_is_named(expression: Any, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        SCOPE.evaluate(expression)


def test_references_are_those_evaluation_reaches() -> None:
    value = {
        "a": {"Fn::Sub": ["${B.Arn} ${local} ${!literal} ${AWS::Region}", {"local": {"Ref": "C"}}]},
        "d": [{"Fn::If": ["No", {"Ref": "Unreached"}, {"Fn::GetAtt": "E.Name.First"}]}],
        "f": {"Fn::Join": [",", [{"Fn::ImportValue": {"Ref": "G"}}]]},
    }
    assert set(references(value, {"No": False})) == {
        ("B", "Arn"), ("C", None), ("AWS::Region", None), ("E", "Name.First"), ("G", None),
    }  # fmt: skip
