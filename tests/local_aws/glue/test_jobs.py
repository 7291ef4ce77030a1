"""Jobs: kept as they were asked for, and refused by name where a setting would have no effect."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.glue.laboratory import Lab


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_job_is_described_as_it_was_made(lab: Lab) -> None:
    request = lab.request("", Description="d", Timeout=5, DefaultArguments={"--a": "b"}, MaxRetries=0)
    lab.glue.create_job(**request)
    described = lab.glue.get_job(JobName=request["Name"])["Job"]
    assert {name: described[name] for name in request} == request
    assert (described["MaxCapacity"], described["ExecutionProperty"]) == (2.0, {"MaxConcurrentRuns": 1})
    assert request["Name"] in [job["Name"] for job in lab.glue.get_jobs()["Jobs"]]


def test_an_update_resets_what_it_does_not_name(lab: Lab) -> None:
    request = lab.request("", Description="d", Timeout=5, DefaultArguments={"--a": "b"})
    name = request.pop("Name")
    lab.glue.create_job(Name=name, **request)
    kept = {member: request[member] for member in ("Role", "Command", "GlueVersion")}
    lab.glue.update_job(JobName=name, JobUpdate=kept)
    described = lab.glue.get_job(JobName=name)["Job"]
    assert "Description" not in described
    assert (described["Timeout"], described["DefaultArguments"]) == (480, {})
    assert (described["WorkerType"], described["NumberOfWorkers"]) == ("G.1X", 10)


def test_a_run_keeps_the_job_it_began_with(lab: Lab) -> None:
    request = lab.request("print('first')")
    name = request.pop("Name")
    lab.glue.create_job(Name=name, **request)
    run = lab.run(name)
    changed = {"Name": "glueetl", "ScriptLocation": lab.script("print('second')")}
    lab.glue.update_job(JobName=name, JobUpdate={**request, "Command": changed})
    lab.ended(name, run)
    assert lab.log(run) == ["first"]


def test_tags(lab: Lab) -> None:
    name = lab.job("", Tags={"a": "1", "b": "2"})
    arn = f"arn:aws:glue:eu-west-1:123456789012:job/{name}"
    lab.glue.tag_resource(ResourceArn=arn, TagsToAdd={"b": "3", "c": "4"})
    lab.glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert lab.glue.get_tags(ResourceArn=arn)["Tags"] == {"b": "3", "c": "4"}
    assert lab.glue.list_jobs(Tags={"b": "3"})["JobNames"] == [name]
    assert lab.glue.list_jobs(Tags={"b": "2"})["JobNames"] == []
    table = "arn:aws:glue:eu-west-1:123456789012:table/d/t"
    assert refusal(lab.glue.get_tags, ResourceArn=table)[0] == "InvalidInputException"


def test_names_come_in_pages(lab: Lab) -> None:
    made = [lab.job("", Tags={"paged": "yes"}) for _ in range(3)]
    first = lab.glue.list_jobs(Tags={"paged": "yes"}, MaxResults=2)
    rest = lab.glue.list_jobs(Tags={"paged": "yes"}, MaxResults=2, NextToken=first["NextToken"])
    assert first["JobNames"] + rest["JobNames"] == sorted(made)
    assert refusal(lab.glue.list_jobs, NextToken="x")[0] == "InvalidInputException"


def test_what_is_not_there(lab: Lab) -> None:
    glue = lab.glue
    missing = "EntityNotFoundException"
    assert refusal(glue.get_job, JobName="absent")[0] == missing
    assert refusal(glue.get_job_runs, JobName="absent")[0] == missing
    assert refusal(glue.get_job_run, JobName="absent", RunId="jr_1")[0] == missing
    starting = refusal(glue.start_job_run, JobName="absent")
    assert starting == (missing, "Failed to start job run due to missing metadata")
    assert refusal(glue.update_job, JobName="absent", JobUpdate={"Role": "r"})[0] == missing
    assert glue.delete_job(JobName="absent")["JobName"] == "absent"


def test_a_job_is_made_once_and_deleted(lab: Lab) -> None:
    request = lab.request("")
    lab.glue.create_job(**request)
    assert refusal(lab.glue.create_job, **request)[0] == "AlreadyExistsException"
    lab.glue.delete_job(JobName=request["Name"])
    assert refusal(lab.glue.get_job, JobName=request["Name"])[0] == "EntityNotFoundException"


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"SecurityConfiguration": "s"}, "NotEmulated", "CreateJob: SecurityConfiguration is not emulated"),
        ({"GlueVersion": "4.0"}, "NotEmulated", "GlueVersion '4.0' is not emulated, only '5.0' or '5.1'"),
        ({"GlueVersion": "6.0"}, "NotEmulated", "GlueVersion '6.0'"),
        ({"WorkerType": "Z.2X"}, "NotEmulated", "WorkerType 'Z.2X'"),
        ({"ExecutionClass": "FLEX"}, "NotEmulated", "ExecutionClass 'FLEX'"),
        ({"MaxRetries": 1}, "NotEmulated", "MaxRetries 1"),
        ({"JobRunQueuingEnabled": True}, "NotEmulated", "JobRunQueuingEnabled True"),
        ({"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/k"}}, "NotEmulated", "'gluestreaming'"),
        ({"Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k", "Runtime": "R"}}, "NotEmulated", "Runtime"),
        ({"DefaultArguments": {"--additional-python-modules": "x"}}, "NotEmulated", "--additional-python-modules"),
        ({"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "NotEmulated", "job-bookmark"),
        ({"DefaultArguments": {"--job-language": "scala"}}, "NotEmulated", "--job-language 'scala'"),
        ({"Command": {"Name": "glueetl"}}, "InvalidInputException", "Command.ScriptLocation"),
        ({"NumberOfWorkers": None}, "InvalidInputException", "both Worker Type and Number of Workers"),
        ({"NumberOfWorkers": 1}, "InvalidInputException", "workers 1, expected 2 to 299"),
        ({"MaxCapacity": 2.0}, "InvalidInputException", "MaxCapacity"),
        ({"WorkerType": "G.9X"}, "ValidationException", "at 'workerType' failed to satisfy constraint"),
        ({"Name": "x" * 256}, "ValidationException", "at 'name' failed to satisfy constraint: Member must have length"),
    ],
)
def test_what_is_refused(lab: Lab, changes: dict[str, Any], code: str, named: str) -> None:
    request = lab.request("", **changes)
    found, message = refusal(lab.glue.create_job, **request)
    assert found == code
    assert named in message


def test_what_a_run_and_an_update_are_refused(lab: Lab) -> None:
    job = lab.job("")
    assert refusal(lab.glue.start_job_run, JobName=job, Arguments={"--extra-jars": "s3://b/k"}) == (
        "NotEmulated",
        "The job argument --extra-jars is not emulated",
    )
    assert refusal(lab.glue.start_job_run, JobName=job, JobRunId="jr_1")[0] == "NotEmulated"
    assert refusal(lab.glue.start_job_run, JobName=job, WorkerType="G.1X")[0] == "InvalidInputException"
    assert refusal(lab.glue.update_job, JobName=job, JobUpdate={"LogUri": "s3://b"})[0] == "NotEmulated"
    update = refusal(lab.glue.update_job, JobName=job, JobUpdate={"Description": "d"})
    assert update == (
        "InvalidInputException",
        "Role, Command, Command.Name, Command.ScriptLocation: required for a job",
    )
    assert lab.glue.get_job(JobName=job)["Job"]["Role"]


def test_names_may_hold_any_character_of_the_plane(lab: Lab) -> None:
    name = f"{lab.name('ünï')} 🎬"
    lab.glue.create_job(**{**lab.request(""), "Name": name})
    assert lab.glue.get_job(JobName=name)["Job"]["Name"] == name
