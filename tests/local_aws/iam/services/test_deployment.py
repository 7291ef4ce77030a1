"""What the calls of CloudFormation, ECR and SSM parameters need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import PASS, PASSED, TAGS, Call, arn, assert_needs_exactly, calls

REPOSITORY = arn("ecr", "repository/none")


CALLS: list[Call] = [
    ("ssm", "get_parameter", {"Name": "/iam/p"}, [("ssm:GetParameter", arn("ssm", "parameter/iam/p"))]),
    (
        "ssm",
        "get_parameters",
        {"Names": ["/iam/p", "q"]},
        [("ssm:GetParameters", arn("ssm", "parameter/iam/p")), ("ssm:GetParameters", arn("ssm", "parameter/q"))],
    ),
    ("ssm", "get_parameters_by_path", {"Path": "/iam"}, [("ssm:GetParametersByPath", arn("ssm", "parameter/iam"))]),
    (
        "ssm",
        "put_parameter",
        {"Name": "iam-p", "Value": "1", "Type": "String"},
        [("ssm:PutParameter", arn("ssm", "parameter/iam-p"))],
    ),
    (
        "ecr",
        "describe_repositories",
        {"repositoryNames": ["none"]},
        [("ecr:DescribeRepositories", arn("ecr", "repository/none"))],
    ),
    ("ecr", "get_authorization_token", {}, [("ecr:GetAuthorizationToken", "*")]),
    (
        "cloudformation",
        "describe_stacks",
        {"StackName": "none"},
        [("cloudformation:DescribeStacks", arn("cloudformation", "stack/none/*"))],
    ),
    ("cloudformation", "describe_stacks", {}, [("cloudformation:DescribeStacks", "*")]),
    (
        "cloudformation",
        "create_change_set",
        {"StackName": "none", "ChangeSetName": "c", "TemplateBody": "{", "RoleARN": PASSED},
        [("cloudformation:CreateChangeSet", arn("cloudformation", "stack/none/*")), PASS],
    ),
    (
        "ecr",
        "put_image_scanning_configuration",
        {"repositoryName": "none", "imageScanningConfiguration": {}},
        [("ecr:PutImageScanningConfiguration", REPOSITORY)],
    ),
    ("ecr", "tag_resource", {"resourceArn": REPOSITORY, "tags": TAGS}, [("ecr:TagResource", REPOSITORY)]),
    ("ecr", "untag_resource", {"resourceArn": REPOSITORY, "tagKeys": ["k"]}, [("ecr:UntagResource", REPOSITORY)]),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
