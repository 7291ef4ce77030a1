"""Templates as text: JSON, YAML with short forms, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.cloudformation.errors import TemplateError
from local_aws.cloudformation.template import load, parse

YAML = """
AWSTemplateFormatVersion: 2010-09-09
Resources:
  Policy:
    Type: AWS::S3::BucketPolicy
    DependsOn: Other
    DeletionPolicy: Retain
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: {Version: 2012-10-17, Statement: []}
      Arn: !GetAtt Bucket.Arn
      Listed: !GetAtt [Bucket, Arn]
      Text: !Sub
        - "${a}"
        - {a: !Join ['', [x, !Select [0, !Split [',', 'p,q']]]]}
      Number: 5
      Flag: true
"""


def test_yaml_short_forms_and_dates() -> None:
    declared = parse(YAML).resources["Policy"]
    assert declared.properties == {
        "Bucket": {"Ref": "Bucket"},
        "PolicyDocument": {"Version": "2012-10-17", "Statement": []},
        "Arn": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Listed": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Text": {
            "Fn::Sub": [
                "${a}",
                {"a": {"Fn::Join": ["", ["x", {"Fn::Select": [0, {"Fn::Split": [",", "p,q"]}]}]]}},
            ]
        },
        "Number": 5,
        "Flag": True,
    }
    assert (declared.depends_on, declared.deletion_policy) == (("Other",), "Retain")


def test_layout_is_not_content() -> None:
    body = {"Resources": {"A": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "1"}}}}
    assert parse(json.dumps(body)).same_content(parse(json.dumps(body, indent=3)))
    assert not parse(json.dumps(body)).same_content(parse(json.dumps(body).replace("1", "2")))
    assert load(json.dumps(body)) == body


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"Resources": {}}, "At least one"),
        ({"Resources": {"A": {"Properties": {}}}}, "A.*Type"),
        ({"Resources": {"A": {"Type": "T", "CreationPolicy": {}}}}, "CreationPolicy"),
        ({"Resources": {"A": {"Type": "T", "DeletionPolicy": "Perhaps"}}}, "Perhaps"),
        ({"Resources": {"A": {"Type": "T"}}, "Transform": "AWS::LanguageExtensions"}, "Transform"),
        ({"Resources": [1]}, "Resources"),
    ],
)
def test_what_is_not_understood_is_named(document: Any, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        parse(json.dumps(document))


@pytest.mark.parametrize("body", ['{"Resources": ', "- a\n- b", "a: [", "text"])
def test_what_is_no_document_is_refused(body: str) -> None:
    with pytest.raises(TemplateError, match="Template format error"):
        parse(body)
