"""Whose request it is, and which of the caller's policies bear on it, over HTTP."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

READ_ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
NAMESPACE = {"StringEquals": {"cloudwatch:namespace": "Mine"}}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def managed(aws: Callable[[str], Any], *statements: dict[str, Any]) -> str:
    created = aws("iam").create_policy(PolicyName=f"p-{uuid.uuid4().hex[:8]}", PolicyDocument=document(*statements))
    return str(created["Policy"]["Arn"])


def read(role: Any, bucket: str, **session: str) -> Callable[[], Any]:
    return lambda: role.client("s3", **session).get_object(Bucket=bucket, Key="in/a")


def test_operator_passes_whatever_the_policies_say(aws: Callable[[str], Any], bucket: str) -> None:
    assert aws("s3").get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"
    assert aws("ecr").describe_registry()["registryId"]


@pytest.mark.parametrize(
    ("service", "method", "expected"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sagemaker", "list_models", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
def test_key_that_sts_never_issued_is_refused(new_role: Any, service: str, method: str, expected: str) -> None:
    stranger = {"aws_access_key_id": "ASIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x", "aws_session_token": "y"}
    with pytest.raises(ClientError) as refused:
        getattr(new_role().client(service, **stranger), method)()
    assert refused.value.response["Error"]["Code"] == expected


def test_another_sessions_token_is_refused(role: Any) -> None:
    mixed = {**role.session(), "aws_session_token": role.session()["aws_session_token"]}
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        role.client("sts", **mixed).get_caller_identity()


def test_caller_identity_needs_no_permission_and_no_deny_stops_it(role: Any) -> None:
    role.may({"Effect": "Deny", "Action": "*", "Resource": "*"})
    assert role.client("sts").get_caller_identity()["Arn"].endswith(f":assumed-role/{role.name}/tests")


def test_explicit_deny_is_told(role: Any, bucket: str) -> None:
    role.may(("s3:*", "*"), {**READ_ALL, "Effect": "Deny"})
    message = role.denial(read(role, bucket))
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_policy_change_is_seen_at_once(role: Any, bucket: str) -> None:
    for _ in range(2):
        role.may(READ_ALL)
        assert role.denial(read(role, bucket)) is None
        role.may()
        assert role.denial(read(role, bucket))


def test_managed_policies_and_their_default_version(new_role: Any, aws: Callable[[str], Any], bucket: str) -> None:
    role, arn = new_role(), managed(aws, READ_ALL)
    aws("iam").attach_role_policy(RoleName=role.name, PolicyArn=arn)
    assert role.denial(read(role, bucket)) is None
    other = {**READ_ALL, "Action": "s3:PutObject"}
    aws("iam").create_policy_version(PolicyArn=arn, PolicyDocument=document(other), SetAsDefault=True)
    assert role.denial(read(role, bucket))


def test_policies_managed_by_aws(new_role: Any, aws: Callable[[str], Any], bucket: str) -> None:
    role = new_role()
    aws("iam").attach_role_policy(RoleName=role.name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert role.denial(read(role, bucket)) is None
    assert role.denial(lambda: role.client("s3").put_object(Bucket=bucket, Key="x", Body=b""))


def test_permissions_boundary(new_role: Any, aws: Callable[[str], Any], bucket: str) -> None:
    role = new_role(PermissionsBoundary=managed(aws, {**READ_ALL, "Resource": f"arn:aws:s3:::{bucket}/in/*"}))
    role.may(("s3:*", "*"))
    assert role.denial(read(role, bucket)) is None
    message = role.denial(lambda: role.client("s3").put_object(Bucket=bucket, Key="x", Body=b""))
    assert message.endswith("because no permissions boundary allows the s3:PutObject action")


def test_session_policy(role: Any, bucket: str) -> None:
    role.may(("s3:*", "*"))
    narrow = role.session(Policy=document({**READ_ALL, "Resource": "arn:aws:s3:::elsewhere/*"}))
    message = role.denial(read(role, bucket, **narrow))
    assert message.endswith("because no session policy allows the s3:GetObject action")
    assert role.denial(read(role, bucket, **role.session(Policy=document(READ_ALL)))) is None


def test_role_that_is_gone_may_nothing(new_role: Any, aws: Callable[[str], Any], bucket: str) -> None:
    role = new_role()
    role.may(READ_ALL)
    aws("iam").delete_role_policy(RoleName=role.name, PolicyName="tests")
    aws("iam").delete_role(RoleName=role.name)
    assert role.denial(read(role, bucket))


def test_condition_on_what_is_sent(role: Any) -> None:
    role.may({"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": NAMESPACE})
    data = [{"MetricName": "m", "Value": 1.0}]
    put = role.client("cloudwatch").put_metric_data
    assert role.denial(lambda: put(Namespace="Mine", MetricData=data)) is None
    assert role.denial(lambda: put(Namespace="Other", MetricData=data))


def test_compressed_request_is_read(role: Any) -> None:
    """boto3 compresses large PutMetricData requests."""
    role.may({"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": NAMESPACE})
    data = [{"MetricName": f"metric-{n}", "Value": 1.0, "Unit": "None"} for n in range(500)]
    put = role.client("cloudwatch").put_metric_data
    assert role.denial(lambda: put(Namespace="Mine", MetricData=data)) is None
    assert "cloudwatch:PutMetricData" in role.denial(lambda: put(Namespace="Other", MetricData=data))


@pytest.mark.parametrize(
    ("passed_to", "expected"), [("sagemaker.amazonaws.com", True), ("lambda.amazonaws.com", False)]
)
def test_pass_role_is_tied_to_the_service(role: Any, passed_to: str, expected: bool) -> None:
    passed = "arn:aws:iam::123456789012:role/passed"
    tied = {"StringEquals": {"iam:PassedToService": passed_to}}
    role.may(
        ("sagemaker:CreateModel", "*"),
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": passed, "Condition": tied},
    )
    create = role.client("sagemaker").create_model
    message = role.denial(lambda: create(ModelName=f"m-{uuid.uuid4().hex}", ExecutionRoleArn=passed))
    assert (message is None) is expected
    assert expected or "iam:PassRole" in str(message)


def test_tags_of_the_request_are_conditions(role: Any) -> None:
    wanted = {"StringEquals": {"aws:RequestTag/team": "films"}}
    role.may({"Effect": "Allow", "Action": "sqs:CreateQueue", "Resource": "*", "Condition": wanted})
    create = role.client("sqs").create_queue
    assert role.denial(lambda: create(QueueName=f"q-{uuid.uuid4().hex}", tags={"Team": "films"})) is None
    assert role.denial(lambda: create(QueueName=f"q-{uuid.uuid4().hex}", tags={"Team": "books"}))


def test_session_tags_are_conditions_and_go_before_the_roles_own(new_role: Any, bucket: str) -> None:
    role = new_role(Tags=[{"Key": "team", "Value": "blue"}, {"Key": "site", "Value": "north"}])
    red = {"StringEquals": {"aws:PrincipalTag/team": "red", "aws:PrincipalTag/site": "north"}}
    role.may(READ_ALL, {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*", "Condition": red})
    tagged = role.session(Tags=[{"Key": "Team", "Value": "red"}])
    assert "explicit deny" in role.denial(read(role, bucket, **tagged))
    assert role.denial(read(role, bucket)) is None
    role.may({**READ_ALL, "Condition": red})
    assert role.denial(read(role, bucket, **tagged)) is None
    assert role.denial(read(role, bucket))


def test_tags_for_the_next_role_are_refused_by_name(role: Any) -> None:
    with pytest.raises(ClientError, match="TransitiveTagKeys is not emulated"):
        role.session(Tags=[{"Key": "team", "Value": "red"}], TransitiveTagKeys=["team"])


@pytest.mark.parametrize(
    ("service", "method", "action"),
    [
        ("dynamodb", "list_backups", "dynamodb:ListBackups"),
        ("sagemaker", "list_pipelines", "sagemaker:ListPipelines"),
        ("iam", "list_users", "iam:ListUsers"),
    ],
)
def test_what_is_not_mapped_is_denied_by_name(role: Any, service: str, method: str, action: str) -> None:
    role.may(("*", "*"))
    assert role.denial(getattr(role.client(service), method)) == f"local IAM has no resource mapping for {action}"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (
            {"BinaryEquals": {"aws:UserAgent": "eA=="}},
            "UnsupportedConditionOperator: condition operator 'BinaryEquals'",
        ),
        ({"StringEquals": {"aws:ResourceTag/a": "b"}}, "UnsupportedConditionKey: condition key 'aws:ResourceTag/a'"),
        ({"StringEquals": {"aws:UserAgent": "${aws:username}"}}, "UnsupportedPolicyVariable: policy variable"),
    ],
)
def test_what_cannot_be_evaluated_is_denied_by_name(role: Any, bucket: str, condition: Any, expected: str) -> None:
    role.may({**READ_ALL, "Condition": condition})
    assert f"because the local IAM cannot tell ({expected}" in role.denial(read(role, bucket))


def test_assuming_another_role(role: Any, new_role: Any, aws: Callable[[str], Any]) -> None:
    other = new_role()

    def trust(principal: dict[str, str], **condition: Any) -> None:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **condition}
        aws("iam").update_assume_role_policy(RoleName=other.name, PolicyDocument=document(statement))

    def assume(**extra: str) -> Any:
        return role.client("sts").assume_role(RoleArn=other.arn, RoleSessionName="chained", **extra)

    role.may(("sts:AssumeRole", other.arn))
    assert "because no role trust policy allows" in role.denial(assume)
    trust({"AWS": "123456789012"})
    assert assume()["AssumedRoleUser"]["Arn"].endswith(f"{other.name}/chained")
    role.may()
    assert "because no identity-based policy allows" in role.denial(assume)
    trust({"AWS": role.arn}, Condition={"StringEquals": {"sts:ExternalId": "secret"}})
    assert role.denial(assume)
    assert role.denial(lambda: assume(ExternalId="secret")) is None


def test_the_audit_page_counts_and_names(new_role: Any, bucket: str, local_aws: Any) -> None:
    role = new_role()
    role.may(("s3:GetObject", f"arn:aws:s3:::{bucket}/in/*"))
    for _ in range(3):
        assert role.denial(read(role, bucket)) is None
        assert role.denial(lambda: role.client("s3").put_object(Bucket=bucket, Key="in/b", Body=b""))
    with urllib.request.urlopen(f"{local_aws.endpoint_url}/_local_aws/iam") as answer:  # noqa: S310
        page = json.load(answer)
    assert page["enforced"] is True
    assert page["calls"] >= page["denied"] >= 3
    mine = [
        {key: row[key] for key in ("action", "resource", "count")}
        for row in page["denials"]
        if row["role"] == role.name
    ]
    assert mine == [{"action": "s3:PutObject", "resource": f"arn:aws:s3:::{bucket}/in/b", "count": 3}]
    used = [row for row in page["used"] if row["role"] == role.name]
    assert used == [
        {"role": role.name, "action": "s3:GetObject", "resource": f"arn:aws:s3:::{bucket}/in/*", "count": 3}
    ]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/in/*"}
    needed = [row for row in page["needed"] if row["role"] == role.name]
    assert needed == [{"role": role.name, "statement": statement, "count": 3}]
