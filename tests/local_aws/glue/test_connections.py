"""Connections: into networks alone, and into those that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local_aws.glue.test_jobs import refusal

MISSING, INVALID = "EntityNotFoundException", "InvalidInputException"


class Place:
    """A VPC with a subnet in eu-west-1a and a group, and a group of another VPC."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2
        self._vpcs = [ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2)]
        where = {"VpcId": self._vpcs[0], "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "eu-west-1a"}
        self.subnet = ec2.create_subnet(**where)["Subnet"]["SubnetId"]
        self.group, self.foreign = (
            ec2.create_security_group(VpcId=vpc, GroupName="g", Description="d")["GroupId"] for vpc in self._vpcs
        )

    def __call__(self, **changed: Any) -> dict[str, Any]:
        place = {"SubnetId": self.subnet, "SecurityGroupIdList": [self.group], "AvailabilityZone": "eu-west-1a"}
        return {name: value for name, value in (place | changed).items() if value}

    def remove(self) -> None:
        self._ec2.delete_subnet(SubnetId=self.subnet)
        for group in (self.group, self.foreign):
            self._ec2.delete_security_group(GroupId=group)
        for vpc in self._vpcs:
            self._ec2.delete_vpc(VpcId=vpc)


@pytest.fixture
def place(aws: Callable[[str], Any]) -> Iterator[Place]:
    made = Place(aws("ec2"))
    yield made
    made.remove()


@pytest.fixture
def glue(aws: Callable[[str], Any]) -> Iterator[Any]:
    client = aws("glue")
    yield client
    for connection in client.get_connections()["ConnectionList"]:
        client.delete_connection(ConnectionName=connection["Name"])


def wanted(place: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"Name": "c", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    return {**given, "PhysicalConnectionRequirements": place, **more}


def test_a_connection_is_described_as_it_was_made(glue: Any, place: Place) -> None:
    given = wanted(place(), Description="d")
    assert glue.create_connection(ConnectionInput=given, Tags={"a": "1"})["CreateConnectionStatus"] == "READY"
    told = glue.get_connection(Name="c", HidePassword=True)["Connection"]
    assert {name: told[name] for name in given} == given
    assert told["CreationTime"] == told["LastUpdatedTime"]
    assert refusal(glue.create_connection, ConnectionInput=given)[0] == "AlreadyExistsException"
    glue.update_connection(Name="c", ConnectionInput=wanted(place()))
    changed = glue.get_connection(Name="c")["Connection"]
    assert ("Description" in changed, changed["CreationTime"]) == (False, told["CreationTime"])
    glue.delete_connection(ConnectionName="c")
    assert refusal(glue.get_connection, Name="c") == (MISSING, "Connection c not found.")


def test_tags(glue: Any, place: Place) -> None:
    arn = "arn:aws:glue:eu-west-1:123456789012:connection/c"
    assert refusal(glue.get_tags, ResourceArn=arn)[0] == MISSING
    glue.create_connection(ConnectionInput=wanted(place()), Tags={"a": "1", "b": "2"})
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"b": "3"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"b": "3"}


def test_connections_come_in_pages(glue: Any, place: Place) -> None:
    for name in ("b", "a", "c"):
        glue.create_connection(ConnectionInput=wanted(place(), Name=name))
    first = glue.get_connections(MaxResults=2)
    rest = glue.get_connections(MaxResults=2, NextToken=first["NextToken"])
    assert [each["Name"] for each in first["ConnectionList"] + rest["ConnectionList"]] == ["a", "b", "c"]


def test_what_is_not_there(glue: Any, place: Place) -> None:
    assert refusal(glue.get_connection, Name="absent")[0] == MISSING
    assert refusal(glue.delete_connection, ConnectionName="absent")[0] == MISSING
    absent = wanted(place(), Name="absent")
    assert refusal(glue.update_connection, Name="absent", ConnectionInput=absent)[0] == MISSING
    assert refusal(glue.get_connection, Name="c", CatalogId="210987654321")[0] == MISSING


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SubnetId": None, "AvailabilityZone": None}, "SubnetId, AvailabilityZone missing"),
        ({"SecurityGroupIdList": None}, "SecurityGroupIdList missing"),
        ({"SubnetId": "subnet-00000000"}, "subnet-00000000"),
        ({"SecurityGroupIdList": ["sg-00000000"]}, "sg-00000000"),
        ({"AvailabilityZone": "eu-west-1b"}, "is in eu-west-1a, not in eu-west-1b"),
        ({"SecurityGroupIdList": ["foreign"]}, "are of different networks"),
    ],
)
def test_a_place_that_cannot_be(glue: Any, place: Place, changed: dict[str, Any], said: str) -> None:
    if changed.get("SecurityGroupIdList") == ["foreign"]:
        changed = {"SecurityGroupIdList": [place.foreign]}
    code, message = refusal(glue.create_connection, ConnectionInput=wanted(place(**changed)))
    assert (code, said in message) == (INVALID, True), message
    glue.create_connection(ConnectionInput=wanted(place()))
    code, message = refusal(glue.update_connection, Name="c", ConnectionInput=wanted(place(**changed)))
    assert (code, said in message) == (INVALID, True), message


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"ConnectionType": "JDBC"}, "ConnectionType 'JDBC'"),
        ({"ConnectionProperties": {"HOST": "h"}}, "ConnectionProperties"),
        ({"MatchCriteria": ["m"]}, "MatchCriteria"),
        ({"SparkProperties": {"a": "b"}}, "SparkProperties"),
    ],
)
def test_what_would_have_no_effect_is_refused_by_name(
    glue: Any, place: Place, more: dict[str, Any], named: str
) -> None:
    code, message = refusal(glue.create_connection, ConnectionInput=wanted(place(), **more))
    assert (code, named in message) == ("NotEmulated", True), message


def test_a_connection_keeps_its_name(glue: Any, place: Place) -> None:
    glue.create_connection(ConnectionInput=wanted(place()))
    renamed = wanted(place(), Name="d")
    assert refusal(glue.update_connection, Name="c", ConnectionInput=renamed)[0] == INVALID


def test_a_job_names_one_connection_at_least(glue: Any) -> None:
    job = {"Name": "connected", "Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}}
    code, message = refusal(glue.create_job, **job, Connections={"Connections": []})
    assert (code, message) == (INVALID, "Connections list should not be null or empty.")
    glue.create_job(**job, Connections={"Connections": ["absent"]})
    assert glue.get_job(JobName="connected")["Job"]["Connections"] == {"Connections": ["absent"]}
    glue.delete_job(JobName="connected")
