"""What is left is found by its name, and told apart from what is meant to stay."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

import leftovers.__main__
from leftovers.found import look
from leftovers.places import PLACES, Stage
from tests.local_server import LocalAws

Aws = Callable[[str], Any]


@pytest.fixture
def stage(aws: Aws) -> Stage:
    return Stage(client=aws, name="leftover-dev", tuning_name="l-dev", tags={"project": "leftover", "stage": "dev"})


def test_nothing_is_left_of_what_never_was(stage: Stage) -> None:
    report = look(stage, retains=False)
    assert (report.left, report.retained, report.unknown) == ([], [], [])


def test_each_by_its_name_or_tags(aws: Aws, local_aws: LocalAws, stage: Stage) -> None:
    bucket = {"LocationConstraint": local_aws.region}
    for name in ("leftover-dev-storage-x", "leftover-device"):
        aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration=bucket)
        aws("ecr").create_repository(repositoryName=name)  # the application has none
        aws("sqs").create_queue(QueueName=name)
        aws("logs").create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
        aws("sns").create_topic(Name=name)
    aws("logs").create_log_group(logGroupName="/aws/sagemaker/Endpoints/leftover-dev")
    aws("ssm").put_parameter(Name="/leftover-dev/model", Type="String", Value="x")
    aws("scheduler").create_schedule_group(Name="leftover-dev")
    tags = [{"TagKey": name, "TagValue": value} for name, value in stage.tags.items()]
    key = aws("kms").create_key(Description="theirs", Tags=tags)["KeyMetadata"]["KeyId"]
    gone = aws("kms").create_key(Description="gone", Tags=tags)["KeyMetadata"]["KeyId"]
    aws("kms").schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
    network = _network(aws, stage.tags)
    _network(aws, {**stage.tags, "stage": "other"})
    queue = aws("sqs").get_queue_url(QueueName="leftover-dev-storage-x")["QueueUrl"]
    everything = {
        "bucket leftover-dev-storage-x",
        "log group /aws/sagemaker/Endpoints/leftover-dev",
        "log group /aws/sagemaker/Endpoints/leftover-dev-storage-x",
        "topic arn:aws:sns:eu-west-1:123456789012:leftover-dev-storage-x",
        f"queue {queue}",
        "parameter /leftover-dev/model",
        "schedule group leftover-dev",
        f"key {key} (theirs)",
        f"network {network}",
    }
    try:
        assert set(look(stage, retains=False).left) == everything
        kept = look(stage, retains=True)
        assert set(kept.retained) == {each for each in everything if each.startswith(("bucket", "key", "log group"))}
        assert set(kept.left) == everything - set(kept.retained)
    finally:
        aws("scheduler").delete_schedule_group(Name="leftover-dev")
        aws("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        aws("ec2").delete_vpc(VpcId=network)


def _network(aws: Aws, tags: Mapping[str, str]) -> str:
    marks = [{"Key": name, "Value": value} for name, value in tags.items()]
    specification = [{"ResourceType": "vpc", "Tags": marks}]
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/24", TagSpecifications=specification)["Vpc"]
    return str(vpc["VpcId"])


def test_what_may_not_be_looked_at_is_not_taken_for_nothing(aws: Aws, stage: Stage) -> None:
    def client(service: str) -> Any:
        if service == "glue":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListJobs")
        return aws(service)

    report = look(dataclasses.replace(stage, client=client, name="nowhere", tuning_name="n"), retains=False)
    assert [each.partition(":")[0] for each in report.unknown] == ["Glue job"]
    assert not report.is_clean


def test_every_kind_is_called_differently() -> None:
    kinds = [kind for kind, _ in PLACES]
    assert len(set(kinds)) == len(kinds)


def test_an_unknown_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert leftovers.__main__.main(["--stage", "nowhere"]) == leftovers.__main__.REFUSED
    assert "expected one of dev, prod" in capsys.readouterr().err
