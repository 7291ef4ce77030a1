"""The stage's own key: what is encrypted with it, and who may use it, for what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from infra.settings import STAGES
from infra.stacks.storage_stack import StorageStack
from tests.infra.machine import definition, flat
from tests.infra.rendering import Json, resources
from tests.infra.statements import listed, statements
from tests.infra.synthesis import STACKS, Assembly, context
from tests.infra.walk import evaluated

READ, WRITE = {"kms:Decrypt"}, {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.fixture
def key(full: Assembly) -> Json:
    """The storage stack's, the only one there."""
    (found,) = resources(full.template("Storage"), "AWS::KMS::Key").values()
    assert isinstance(found, dict)
    return found


@pytest.fixture
def arn(full: Assembly) -> str:
    """The key's, as the pipeline knows it: by the parameter that the storage stack writes."""
    template = full.template("Pipeline")
    (id_,) = (id_ for id_, one in template["Parameters"].items() if one["Default"].endswith("/key"))
    assert template["Parameters"][id_]["Type"] == "AWS::SSM::Parameter::Value<String>"
    (written,) = resources(full.template("Storage"), "AWS::SSM::Parameter").values()
    assert written["Name"] == template["Parameters"][id_]["Default"]
    assert written["Value"] == "${" + _id(full, "AWS::KMS::Key") + ".Arn}"
    return f"${{{id_}}}"


def test_it_rotates_and_stays_with_the_data(full: Assembly, key: Json) -> None:
    assert key["EnableKeyRotation"] is True
    (whole,) = (one for one in full.template("Storage")["Resources"].values() if one["Type"] == "AWS::KMS::Key")
    assert (whole["DeletionPolicy"], whole["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_its_policy_lets_in_the_account_and_the_logs_of_this_stage(key: Json) -> None:
    account, logs = key["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    assert logs["Principal"] == {"Service": "logs.${AWS::Region}.amazonaws.com"}
    (groups,) = logs["Condition"]["ArnLike"].values()
    assert len(groups) == 2
    assert all("movie-recommender-everything-*" in group for group in groups)


def test_all_that_is_kept_is_encrypted_with_it(full: Assembly, arn: str) -> None:
    storage, pipeline = full.template("Storage"), full.template("Pipeline")
    (rule,) = resources(storage, "AWS::S3::Bucket")["DatasetsBucket"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": "${" + _id(full, "AWS::KMS::Key") + ".Arn}",
    }
    assert {group["KmsKeyId"] for group in resources(pipeline, "AWS::Logs::LogGroup").values()} == {arn}
    (table,) = resources(pipeline, "AWS::DynamoDB::Table").values()
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}


def test_who_reads_or_writes_objects_may_use_it_for_that_and_nobody_else(full: Assembly, arn: str) -> None:
    needed: dict[str, set[str]] = {}
    allowed: dict[str, set[str]] = {}
    for role, statement in statements(full.template("Pipeline")):
        actions = listed(statement["Action"])
        if any("import movie-recommender" in resource for resource in listed(statement["Resource"])):
            needed.setdefault(role, set()).update(READ if "s3:GetObject" in actions else ())
            needed[role].update(WRITE if "s3:PutObject" in actions else ())
        if listed(statement["Resource"]) == [arn] and _via(statement) == "s3.${AWS::Region}.amazonaws.com":
            allowed.setdefault(role, set()).update(actions)
    assert len(allowed) > 8
    assert allowed == {role: actions for role, actions in needed.items() if actions}


def test_only_the_machine_may_use_it_otherwise(full: Assembly, arn: str) -> None:
    others = [
        (role, _via(statement) or statement["Condition"])
        for role, statement in statements(full.template("Pipeline"))
        if arn in listed(statement["Resource"]) and not (_via(statement) or "").startswith("s3.")
    ]
    assert others == [
        ("RecommenderMachineRole", "dynamodb.${AWS::Region}.amazonaws.com"),
        ("RecommenderMachineRole", {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]


@pytest.mark.parametrize(
    ("instance", "has_disk"),
    [
        *((f"ml.{name}.xlarge", False) for name in ("c5", "m5", "m6i", "c7i", "r5", "p3", "t3", "c5n")),
        *((f"ml.{name}.xlarge", True) for name in ("m5d", "c6id", "r5dn", "g4dn", "g5", "p3dn", "p4d", "p5")),
    ],
)
def test_volumes_of_trainings_have_it_unless_the_instances_have_disks(
    full: Assembly, arn: str, instance: str, has_disk: bool
) -> None:
    job = {"training": {"instance_type": instance, "instance_count": 2, "volume_gb": 10}}
    trainings = [one for one in _arguments(full) if "ResourceConfig" in one]
    assert len(trainings) == 3, "like model, ranking model, tuning"
    for training in trainings:
        found: Any = evaluated(training["ResourceConfig"], {}, {"job": job})
        key = {} if has_disk else {"VolumeKmsKeyId": arn}
        assert found == {"InstanceType": instance, "InstanceCount": 2, "VolumeSizeInGB": 10, **key}
        assert training["OutputDataConfig"]["KmsKeyId"] == arn


@pytest.mark.parametrize(("mode", "has_volume"), [("realtime", True), ("serverless", False)])
def test_volumes_of_endpoints_have_it_and_serverless_ones_have_none(
    full: Assembly, arn: str, mode: str, has_volume: bool
) -> None:
    state = _states(full)["Create Endpoint Config"]
    serverless = {"memory_mb": 2048, "max_concurrency": 5}
    deploy = {"mode": mode, "instance_type": "ml.m5.large", "instance_count": 1, "serverless": serverless}
    deploy |= {"beside": None, "autoscaling": {"min": 1}}
    created = {"model": "m", "config": "c"}
    found: Any = evaluated(state["Arguments"], {}, {"job": {"deploy": deploy}, "created": created, "live": None})
    assert found["EndpointConfigName"] == "c"
    assert found.get("KmsKeyId") == (arn if has_volume else None)
    assert ("ServerlessConfig" in found["ProductionVariants"][0]) is not has_volume


def test_without_it_only_alarms_have_a_key(assemblies: dict[str, Assembly]) -> None:
    for assembly in assemblies.values():
        keys = [id_ for stack in STACKS for id_ in resources(assembly.template(stack), "AWS::KMS::Key")]
        assert [id_.startswith("WatchingAlarms") for id_ in keys] == [True]
        assert "VolumeKmsKeyId" not in assembly.text("Pipeline").decode()


def test_the_stack_that_makes_it_does_not_look_it_up() -> None:
    """In dev it has functions whose logs the key encrypts; the parameter is only there when the stack is."""
    stage = replace(STAGES["dev"], customer_key=True)
    template = Template.from_stack(StorageStack(App(context=context()), "Storage", stage=stage)).to_json()
    (key,) = (id_ for id_, one in template["Resources"].items() if one["Type"] == "AWS::KMS::Key")
    groups = [one for one in template["Resources"].values() if one["Type"] == "AWS::Logs::LogGroup"]
    assert groups
    assert all(group["Properties"]["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]} for group in groups)
    defaults = [one["Default"] for one in template["Parameters"].values()]
    assert defaults == ["/cdk-bootstrap/hnb659fds/version"]


def _id(assembly: Assembly, kind: str) -> str:
    (id_,) = (id_ for id_, one in assembly.template("Storage")["Resources"].items() if one["Type"] == kind)
    return str(id_)


def _via(statement: Json) -> str | None:
    found: str | None = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
    return found


def _states(assembly: Assembly) -> Json:
    states: Json = flat(definition(assembly.template("Pipeline")))["States"]
    return states


def _arguments(assembly: Assembly) -> list[Json]:
    """Of each task that trains."""
    given = [state["Arguments"] for state in _states(assembly).values() if isinstance(state.get("Arguments"), dict)]
    return [one.get("TrainingJobDefinition", one) for one in given]
