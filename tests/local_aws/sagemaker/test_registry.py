"""The model registry: groups, versions, approval, and models made of a version."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

from fm.model import FactorizationMachine
from tests.local_aws.sagemaker.endpoint_laboratory import ROWS, create, delete_and_wait, put_artifact, scores_of
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, IMAGE, Lab

ARN = "arn:aws:sagemaker:eu-west-1:123456789012"


@pytest.fixture
def group(lab: Lab) -> str:
    name = lab.name("group")
    lab.aws("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    return name


def package(lab: Lab, group: str, *, url: str = "s3://nowhere/model.tar.gz", **changes: Any) -> str:
    containers = [{"Image": IMAGE, "ModelDataUrl": url, "Environment": {"A": "package", "B": "package"}}]
    request = {
        "ModelPackageGroupName": group,
        "InferenceSpecification": {
            "Containers": containers,
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    } | changes
    arn: str = lab.aws("sagemaker").create_model_package(**request)["ModelPackageArn"]
    return arn


def test_groups_are_kept_tagged_and_listed(lab: Lab) -> None:
    sagemaker, name = lab.aws("sagemaker"), lab.name("group")
    arn = f"{ARN}:model-package-group/{name}"
    tags = [{"Key": "k", "Value": "v"}]
    made = sagemaker.create_model_package_group(
        ModelPackageGroupName=name, ModelPackageGroupDescription="Films, rated (v1).", Tags=tags
    )
    assert made["ModelPackageGroupArn"] == arn
    for asked in (name, arn):
        described = sagemaker.describe_model_package_group(ModelPackageGroupName=asked)
        assert described["ModelPackageGroupDescription"] == "Films, rated (v1)."
        assert described["ModelPackageGroupStatus"] == "Completed"
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags
    listed = sagemaker.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]
    assert [each["ModelPackageGroupArn"] for each in listed] == [arn]
    with pytest.raises(ClientError, match=f"Model Package Group already exists: {arn}"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    sagemaker.delete_model_package_group(ModelPackageGroupName=name)
    for action in ("describe_model_package_group", "delete_model_package_group"):
        with pytest.raises(ClientError, match=f"ModelPackageGroup {arn} does not exist"):
            getattr(sagemaker, action)(ModelPackageGroupName=name)


def test_versions_are_described_as_they_were_registered(lab: Lab, group: str) -> None:
    quality = {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/evaluation.json"}}
    asked: dict[str, Any] = {
        "ModelPackageDescription": "liked",
        "ModelMetrics": {"ModelQuality": quality},
        "CustomerMetadataProperties": {"data": "sha256:00ff", "code": "v1.2/abc"},
        "MetadataProperties": {"GeneratedBy": "arn:aws:states:eu-west-1:123456789012:execution:m:x"},
    }
    arn = package(lab, group, **asked)
    assert arn == f"{ARN}:model-package/{group}/1"
    for name in (arn, f"{group}/1"):
        described = lab.aws("sagemaker").describe_model_package(ModelPackageName=name)
        assert {member: described[member] for member in asked} == asked
        assert (described["ModelPackageGroupName"], described["ModelPackageVersion"]) == (group, 1)
        assert (described["ModelPackageStatus"], described["ModelApprovalStatus"]) == (
            "Completed",
            "PendingManualApproval",
        )
        assert described["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    assert "LastModifiedTime" not in described


def test_version_numbers_and_tokens_are_used_once(lab: Lab, group: str) -> None:
    sagemaker = lab.aws("sagemaker")
    first, again = (package(lab, group, ClientToken=f"token-{group}") for _ in range(2))
    assert first == again
    sagemaker.delete_model_package(ModelPackageName=package(lab, group))
    assert package(lab, group).endswith(f"{group}/3")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    assert [each["ModelPackageVersion"] for each in listed] == [1, 3]
    with pytest.raises(ClientError, match="still contains Model Packages") as caught:
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    assert caught.value.response["Error"]["Code"] == "ConflictException"
    for each in listed:
        sagemaker.delete_model_package(ModelPackageName=each["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    with pytest.raises(ClientError, match=f"ModelPackage {first} does not exist"):
        sagemaker.describe_model_package(ModelPackageName=first)


def test_approval_and_properties_change(lab: Lab, group: str) -> None:
    sagemaker = lab.aws("sagemaker")
    arn, other = package(lab, group, CustomerMetadataProperties={"a": "1", "b": "2"}), package(lab, group)
    answer = sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looked at",
        CustomerMetadataProperties={"b": "3", "c": "4"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    assert answer["ModelPackageArn"] == arn
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (described["ModelApprovalStatus"], described["ApprovalDescription"]) == ("Approved", "looked at")
    assert described["CustomerMetadataProperties"] == {"b": "3", "c": "4"}
    assert described["LastModifiedTime"] >= described["CreationTime"]
    for status, expected in (("Approved", [arn]), ("PendingManualApproval", [other]), ("Rejected", [])):
        listed = sagemaker.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus=status)
        assert [each["ModelPackageArn"] for each in listed["ModelPackageSummaryList"]] == expected
    newest = sagemaker.list_model_packages(ModelPackageGroupName=group, SortOrder="Descending", MaxResults=1)
    assert newest["ModelPackageSummaryList"][0]["ModelPackageArn"] == other
    with pytest.raises(ClientError, match="modelApprovalStatus"):
        sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Maybe")


def test_registration_and_approval_are_events(lab: Lab, group: str) -> None:
    sqs, events = lab.aws("sqs"), lab.aws("events")
    queue = sqs.create_queue(QueueName=group)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    pattern = {"source": ["aws.sagemaker"], "detail": {"ModelPackageGroupName": [group]}}
    events.put_rule(Name=group, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=group, Targets=[{"Id": "queue", "Arn": arn}])
    version = package(lab, group)
    lab.aws("sagemaker").update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")
    received: list[dict[str, Any]] = []
    deadline = time.monotonic() + DEADLINE_S
    while len(received) < 2 and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        received += [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    events.remove_targets(Rule=group, Ids=["queue"])
    events.delete_rule(Name=group)
    sqs.delete_queue(QueueUrl=queue)
    assert {event["detail-type"] for event in received} == {"SageMaker Model Package State Change"}
    assert [event["resources"] for event in received] == [[version]] * 2
    details = {event["detail"]["ModelApprovalStatus"]: event["detail"] for event in received}
    assert details["Approved"]["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]
    assert details["PendingManualApproval"]["ModelPackageVersion"] == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ModelPackageGroupName": "sm-no-group"}, r"Model Package Group does not exist\."),
        ({"Tags": [{"Key": "k", "Value": "v"}]}, "Tags cannot be given"),
        ({"CustomerMetadataProperties": {"a": "b,c"}}, "regular expression pattern"),
        ({"CertifyForMarketplace": True}, "CertifyForMarketplace is not supported locally"),
    ],
)
def test_versions_that_cannot_be_are_refused(lab: Lab, group: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        package(lab, group, **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_approved_version_is_deployed(lab: Lab, group: str, models: list[FactorizationMachine]) -> None:
    sagemaker = lab.aws("sagemaker")
    arn = package(lab, group, url=put_artifact(lab, models[0]))
    container = {"ModelPackageName": arn, "Environment": {"B": "model"}}
    with pytest.raises(ClientError, match=f"{arn} has the ModelApprovalStatus PendingManualApproval"):
        lab.model("", PrimaryContainer=container)
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    model = lab.model("", PrimaryContainer=container)
    assert sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["ModelPackageName"] == arn
    sagemaker.delete_model_package(ModelPackageName=arn)
    endpoint = create(lab, lab.config(model))
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    np.testing.assert_allclose(scores_of(lab, endpoint), models[0].probability(ROWS), rtol=1e-6)
    delete_and_wait(lab, endpoint)
    with pytest.raises(ClientError, match=f"ModelPackage {arn} does not exist"):
        lab.model("", PrimaryContainer=container)
    with pytest.raises(ClientError, match="A container with a ModelPackageName cannot have Image"):
        lab.model("", PrimaryContainer={**container, "Image": IMAGE})
