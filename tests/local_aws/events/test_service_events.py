"""What S3 and Step Functions tell EventBridge, as their guides have it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.local_aws.events.laboratory import Lab, Queue

ETAG_OF_FIVE = "5d41402abc4b2a76b9719d911017c592"  # MD5 of "hello"
ON: dict[str, Any] = {"EventBridgeConfiguration": {}}


@pytest.fixture
def bucket(lab: Lab) -> str:
    s3, name = lab.aws("s3"), lab.name("bucket")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=ON)
    return name


def watched(lab: Lab, bucket: str) -> Queue:
    """A queue that gets what happens in the bucket."""
    rule = lab.rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    queue = lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    return queue


def test_objects_that_are_created(lab: Lab, bucket: str) -> None:
    s3, queue = lab.aws("s3"), watched(lab, bucket)
    s3.put_object(Bucket=bucket, Key="in/a b.csv", Body=b"hello")
    s3.copy_object(Bucket=bucket, Key="copied", CopySource={"Bucket": bucket, "Key": "in/a b.csv"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"hello")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    s3.put_object_tagging(Bucket=bucket, Key="parts", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.put_object(Bucket=bucket, Key="last", Body=b"")
    events = {event["detail"]["object"]["key"]: event for event in queue.bodies(4)}
    reasons = {key: event["detail"]["reason"] for key, event in events.items()}
    assert reasons == {
        "in/a b.csv": "PutObject",
        "copied": "CopyObject",
        "parts": "CompleteMultipartUpload",
        "last": "PutObject",
    }
    assert queue.is_empty()
    event = events["in/a b.csv"]
    assert (event["detail-type"], event["source"]) == ("Object Created", "aws.s3")
    assert event["resources"] == [f"arn:aws:s3:::{bucket}"]
    told = event["detail"]["object"]
    assert (told["size"], told["etag"]) == (5, ETAG_OF_FIVE)
    assert "version-id" not in told
    order = sorted(events, key=lambda key: events[key]["detail"]["object"]["sequencer"])
    assert order == ["in/a b.csv", "copied", "parts", "last"]


def test_objects_that_are_deleted(lab: Lab, bucket: str) -> None:
    s3 = lab.aws("s3")
    for key in ("one", "two", "three"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    queue = watched(lab, bucket)
    s3.delete_object(Bucket=bucket, Key="one")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "two"}, {"Key": "three"}]})
    events = queue.bodies(3)
    assert {event["detail"]["object"]["key"] for event in events} == {"one", "two", "three"}
    for event in events:
        assert event["detail-type"] == "Object Deleted"
        assert event["detail"]["reason"] == "DeleteObject"
        assert event["detail"]["deletion-type"] == "Permanently Deleted"


def test_versions_and_their_markers(lab: Lab, bucket: str) -> None:
    s3, queue = lab.aws("s3"), watched(lab, bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"hello")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    told = [
        (event["detail"].get("deletion-type"), event["detail"]["object"]["version-id"]) for event in queue.bodies(3)
    ]
    assert sorted(told, key=str) == sorted(
        [(None, version), ("Delete Marker Created", marker), ("Permanently Deleted", version)], key=str
    )


def test_a_bucket_says_nothing_unless_it_is_asked_to(lab: Lab, bucket: str) -> None:
    s3, queue = lab.aws("s3"), watched(lab, bucket)
    configuration = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert configuration["EventBridgeConfiguration"] == {}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    assert "EventBridgeConfiguration" not in s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="silent", Body=b"")
    s3.delete_object(Bucket=bucket, Key="silent")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=ON)
    s3.put_object(Bucket=bucket, Key="told", Body=b"")
    assert [event["detail"]["object"]["key"] for event in queue.bodies()] == ["told"]


def test_an_execution_at_each_change_of_its_status(lab: Lab) -> None:
    fails = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Bad", "Cause": "on purpose"}}}
    good, bad = lab.machine(), lab.machine(fails)
    rule = lab.rule({"source": ["aws.states"], "detail": {"stateMachineArn": [good, bad]}})
    queue = lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    started = {
        machine: lab.aws("stepfunctions").start_execution(stateMachineArn=machine, input='{"n": 1}')["executionArn"]
        for machine in (good, bad)
    }
    events = {(e["detail"]["stateMachineArn"], e["detail"]["status"]): e for e in queue.bodies(4)}
    assert events.keys() == {(good, "RUNNING"), (good, "SUCCEEDED"), (bad, "RUNNING"), (bad, "FAILED")}
    ended = events[good, "SUCCEEDED"]
    assert ended["detail-type"] == "Step Functions Execution Status Change"
    assert ended["resources"] == [started[good]]
    detail = ended["detail"]
    assert (json.loads(detail["input"]), json.loads(detail["output"])) == ({"n": 1}, {"n": 1})
    assert detail["stopDate"] >= detail["startDate"] > 1_700_000_000_000
    assert events[good, "RUNNING"]["detail"]["stopDate"] is None
    assert (events[bad, "FAILED"]["detail"]["error"], events[bad, "FAILED"]["detail"]["cause"]) == ("Bad", "on purpose")


def test_a_training_job_at_each_secondary_status(lab: Lab, bucket: str) -> None:
    name = lab.name("job")
    rule = lab.rule({"source": ["aws.sagemaker"], "detail": {"TrainingJobName": [name]}})
    queue = lab.queue(allows=rule)
    lab.target(rule, queue.arn)
    lab.aws("sagemaker").create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": f"{name}.example.com/none:1", "TrainingInputMode": "File"},
        RoleArn=lab.role("sagemaker", ("*", "*")),
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    events = queue.bodies(2)
    assert {event["detail-type"] for event in events} == {"SageMaker Training Job State Change"}
    assert {event["detail"]["SecondaryStatus"] for event in events} == {"Starting", "Failed"}


def test_an_object_starts_an_execution(lab: Lab, bucket: str) -> None:
    machine = lab.machine()
    created = {"source": ["aws.s3"], "detail-type": ["Object Created"]}
    rule = lab.rule({**created, "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}}})
    role = lab.role("events", ("states:StartExecution", machine))
    template = {"InputPathsMap": {"key": "$.detail.object.key"}, "InputTemplate": '{"dataset": <key>}'}
    lab.target(rule, machine, RoleArn=role, InputTransformer=template)
    lab.aws("s3").put_object(Bucket=bucket, Key="out/x", Body=b"")
    lab.aws("s3").put_object(Bucket=bucket, Key="in/ratings.csv", Body=b"")
    assert lab.input_of_the_execution(machine) == {"dataset": "in/ratings.csv"}
