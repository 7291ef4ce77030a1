"""Jobs of Glue: every property set, changed and taken out again; and a job as the CDK's construct writes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import Deployer, trusting
from tests.local_aws.cloudformation.following import Properties, follow


@pytest.fixture
def role(deployer: Deployer) -> Properties:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusting("glue")}}


def command(key: str = "s") -> dict[str, str]:
    return {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://bucket/{key}.py"}


def test_jobs(deployer: Deployer) -> None:
    def properties(number: int, worker: str, **tags: str) -> Properties:
        return {
            "DefaultArguments": {"--n": str(number)},
            "Description": f"job {number}",
            "ExecutionClass": "STANDARD",
            "ExecutionProperty": {"MaxConcurrentRuns": number},
            "GlueVersion": f"5.{number % 2}",
            "JobMode": "SCRIPT",
            "JobRunQueuingEnabled": False,
            "MaxRetries": 0,
            "NotificationProperty": {"NotifyDelayAfter": number},
            "NumberOfWorkers": 1 + number,
            "Timeout": 10 * number,
            "WorkerType": worker,
            "Tags": tags,
        }

    def read(held: str) -> Properties:
        described: Any = glue.get_job(JobName=held)["Job"]
        shown = {name: described[name] for name in properties(1, "") if name in described}
        return shown | {"Tags": glue.get_tags(ResourceArn=f"arn:aws:glue:eu-west-1:123456789012:job/{held}")["Tags"]}

    glue = deployer.client("glue")
    follow(
        deployer,
        "AWS::Glue::Job",
        read,
        first=properties(1, "G.1X", k="v", old="v"),
        second=properties(2, "G.2X", k="w"),
        required={"Role": "arn:aws:iam::123456789012:role/any", "Command": command()},
        elsewhere=frozenset({"Connections", "MaxCapacity"}),
    )


def test_jobs_have_the_connections_that_they_name(deployer: Deployer) -> None:
    def job(*names: str) -> dict[str, Properties]:
        connections = {"Connections": {"Connections": list(names)}} if names else {}
        properties = {"Role": "any", "Command": command(), **connections}
        return {"J": {"Type": "AWS::Glue::Job", "Properties": properties}}

    name = deployer.create(job("a", "b"))
    glue, held = deployer.client("glue"), deployer.physical(name)["J"]
    assert glue.get_job(JobName=held)["Job"]["Connections"] == {"Connections": ["a", "b"]}
    deployer.update(name, job("c"))
    assert glue.get_job(JobName=held)["Job"]["Connections"] == {"Connections": ["c"]}
    deployer.update(name, job())
    assert "Connections" not in glue.get_job(JobName=held)["Job"]


def network(vpc: str, zone: str = "a") -> dict[str, Properties]:
    """A subnet and a group in a VPC."""
    place = {"VpcId": vpc, "CidrBlock": "10.8.0.0/24", "AvailabilityZone": f"eu-west-1{zone}"}
    return {
        "S": {"Type": "AWS::EC2::Subnet", "Properties": place},
        "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": vpc, "GroupDescription": "d"}},
    }


def connection(*, zone: str = "a", named: str | None = None, **properties: Any) -> Properties:
    place = {
        "AvailabilityZone": f"eu-west-1{zone}",
        "SecurityGroupIdList": [{"Fn::GetAtt": ["G", "GroupId"]}],
        "SubnetId": {"Ref": "S"},
    }
    given = {"Name": named} if named else {}
    about = {**given, **properties.pop("about", {})}
    what = {"ConnectionType": "NETWORK", "PhysicalConnectionRequirements": place, **about}
    catalog = {"Ref": "AWS::AccountId"}
    return {
        "Type": "AWS::Glue::Connection",
        "Properties": {"CatalogId": catalog, "ConnectionInput": what, **properties},
    }


def test_connections(vpc: str, deployer: Deployer) -> None:
    def told(held: str) -> Any:
        return glue.get_connection(Name=held)["Connection"]

    def tags(held: str) -> Any:
        return glue.get_tags(ResourceArn=f"arn:aws:glue:eu-west-1:123456789012:connection/{held}")["Tags"]

    glue, outputs = deployer.client("glue"), {"Name": {"Value": {"Fn::GetAtt": ["C", "Name"]}}}
    made = connection(about={"Description": "first"}, Tags={"a": "1", "b": "2"})
    name = deployer.create({**network(vpc), "C": made}, Outputs=outputs)
    held = deployer.physical(name)
    assert deployer.outputs(name)["Name"] == held["C"]
    assert held["C"].startswith(name[:10])
    described = told(held["C"])
    assert (described["ConnectionType"], described["Description"], described["Status"]) == ("NETWORK", "first", "READY")
    assert described["PhysicalConnectionRequirements"] == {
        "AvailabilityZone": "eu-west-1a",
        "SecurityGroupIdList": [held["G"]],
        "SubnetId": held["S"],
    }
    assert tags(held["C"]) == {"a": "1", "b": "2"}
    changed = connection(about={"Description": "second"}, Tags={"b": "3"})
    deployer.update(name, {**network(vpc), "C": changed})
    assert (told(held["C"])["Description"], tags(held["C"])) == ("second", {"b": "3"})
    deployer.update(name, {**network(vpc), "C": connection()})
    assert ("Description" in told(held["C"]), tags(held["C"])) == (False, {})
    other = deployer.name("connection")
    deployer.update(name, {**network(vpc), "C": connection(named=other)})
    assert deployer.physical(name)["C"] == other
    assert [each["Name"] for each in glue.get_connections()["ConnectionList"]] == [other]


def test_a_connection_into_another_zone_fails_its_stack_and_leaves_nothing(vpc: str, deployer: Deployer) -> None:
    name = deployer.attempt({**network(vpc), "C": connection(zone="b")})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert "is in eu-west-1a, not in eu-west-1b" in deployer.reasons(name)["C"]
    assert not deployer.client("glue").get_connections()["ConnectionList"]


def test_a_python_shell(deployer: Deployer) -> None:
    job = {"Role": "any", "Command": command() | {"Name": "pythonshell"}, "MaxCapacity": "0.0625"}
    name = deployer.create({"J": {"Type": "AWS::Glue::Job", "Properties": job}})
    described = deployer.client("glue").get_job(JobName=deployer.physical(name)["J"])["Job"]
    assert described["MaxCapacity"] == 0.0625


def test_what_the_construct_writes(deployer: Deployer, role: Properties) -> None:
    """PySparkEtlJob of aws-cdk-lib 2.275.0."""
    arguments = {
        "--job-language": "python",
        "--extra-py-files": {"Fn::Join": ["", ["s3://", {"Fn::Sub": "assets-${AWS::AccountId}"}, "/package.zip"]]},
        "--enable-continuous-cloudwatch-log": "true",
        "--enable-metrics": "",
        "--enable-observability-metrics": "true",
    }
    job = {
        "Command": command(),
        "DefaultArguments": arguments,
        "ExecutionProperty": {"MaxConcurrentRuns": 5},
        "GlueVersion": "5.1",
        "JobRunQueuingEnabled": False,
        "NumberOfWorkers": 2,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Tags": {"a": "b"},
        "Timeout": 30,
        "WorkerType": "G.1X",
    }
    outputs = {"Name": {"Value": {"Ref": "Job"}}}
    resources = {"Role": role, "Job": {"Type": "AWS::Glue::Job", "Properties": job}}
    name = deployer.create(resources, Outputs=outputs)
    glue, made = deployer.client("glue"), deployer.outputs(name)["Name"]
    described = glue.get_job(JobName=made)["Job"]
    assert described["Role"].startswith("arn:aws:iam::123456789012:role/")
    assert described["DefaultArguments"]["--extra-py-files"] == "s3://assets-123456789012/package.zip"
    changed = job | {"Command": command("other")}
    deployer.update(name, resources | {"Job": {"Type": "AWS::Glue::Job", "Properties": changed}})
    assert deployer.physical(name)["Job"] == made
    assert glue.get_job(JobName=made)["Job"]["Command"]["ScriptLocation"] == "s3://bucket/other.py"
    named = job | {"Name": deployer.name("job")}
    deployer.update(name, resources | {"Job": {"Type": "AWS::Glue::Job", "Properties": named}})
    assert deployer.physical(name)["Job"] == named["Name"]
    assert made not in glue.list_jobs()["JobNames"]


def test_what_a_job_is_refused_fails_the_stack_by_name(deployer: Deployer) -> None:
    job = {"Role": "any", "Command": command(), "GlueVersion": "3.0"}
    name = deployer.attempt({"J": {"Type": "AWS::Glue::Job", "Properties": job}})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert "GlueVersion '3.0' is not emulated" in deployer.reasons(name)["J"]
