"""DynamoDB tables of stacks: what is set, changed, replaced and protected."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.following import Properties, follow, tags

TYPE = "AWS::DynamoDB::Table"
KEYS: Properties = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
ON_DEMAND: Properties = {**KEYS, "BillingMode": "PAY_PER_REQUEST"}


def table(**properties: Any) -> dict[str, Any]:
    return {"T": {"Type": TYPE, "Properties": {**ON_DEMAND, **properties}}}


def test_settings_follow_the_template(deployer: Deployer) -> None:
    client = deployer.client("dynamodb")

    def read(name: str) -> Properties:
        described = client.describe_table(TableName=name)["Table"]
        lives = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups["PointInTimeRecoveryDescription"]
        return {
            "DeletionProtectionEnabled": described["DeletionProtectionEnabled"],
            "SSESpecification": {"SSEEnabled": described.get("SSEDescription", {}).get("Status") == "ENABLED"},
            "TimeToLiveSpecification": {
                "Enabled": lives["TimeToLiveStatus"] == "ENABLED",
                "AttributeName": lives.get("AttributeName"),
            },
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED"
            },
            "Tags": client.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"],
        }

    follow(
        deployer,
        TYPE,
        read,
        required=ON_DEMAND,
        first={
            "DeletionProtectionEnabled": True,
            "SSESpecification": {"SSEEnabled": True},
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "Tags": tags("a=1", "b=2"),
        },
        second={
            "DeletionProtectionEnabled": False,
            "SSESpecification": {"SSEEnabled": False},
            "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
            "Tags": tags("b=3"),
        },
        elsewhere=frozenset({"BillingMode", "ProvisionedThroughput"}),
        # The name of the attribute stays on record, switched off.
        left={"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}},
    )


def test_a_table_between_provisioned_and_on_demand(deployer: Deployer) -> None:
    def billed(name: str) -> tuple[str, int]:
        described = deployer.client("dynamodb").describe_table(TableName=deployer.physical(name)["T"])["Table"]
        mode = described["BillingModeSummary"]["BillingMode"]
        return mode, described["ProvisionedThroughput"]["ReadCapacityUnits"]

    def provisioned(units: int) -> dict[str, Any]:
        throughput = {"ReadCapacityUnits": units, "WriteCapacityUnits": units}
        return {"T": {"Type": TYPE, "Properties": {**KEYS, "ProvisionedThroughput": throughput}}}

    name = deployer.create(provisioned(2))
    assert billed(name) == ("PROVISIONED", 2)
    deployer.update(name, provisioned(3))
    assert billed(name) == ("PROVISIONED", 3)
    deployer.update(name, table())
    assert billed(name) == ("PAY_PER_REQUEST", 0)
    deployer.update(name, provisioned(4))
    assert billed(name) == ("PROVISIONED", 4)


def test_other_keys_take_another_table(deployer: Deployer) -> None:
    name = deployer.create(table(), Outputs={"Arn": {"Value": {"Fn::GetAtt": ["T", "Arn"]}}})
    before = deployer.physical(name)["T"]
    assert deployer.outputs(name)["Arn"].endswith(f":table/{before}")
    other = {
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "N"}],
    }
    deployer.update(name, table(**other))
    after = deployer.physical(name)["T"]
    client = deployer.client("dynamodb")
    assert client.describe_table(TableName=after)["Table"]["KeySchema"] == other["KeySchema"]
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.describe_table(TableName=before)


def test_a_protected_table_stays(deployer: Deployer) -> None:
    name = deployer.create(table(DeletionProtectionEnabled=True))
    deployer.api.delete_stack(StackName=name)
    assert deployer.status(name) == "DELETE_FAILED"
    held = deployer.physical(name)["T"]
    client = deployer.client("dynamodb")
    client.update_table(TableName=held, DeletionProtectionEnabled=False)
    deployer.api.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.describe_table(TableName=held)
