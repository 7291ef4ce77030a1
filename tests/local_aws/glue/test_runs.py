"""Runs of jobs: what a script is given, how a run ends, and as whom it acts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.glue.laboratory import READS, Lab, denials, package
from tests.local_server import LocalAws

TELL = """
import json, os, sys
import boto3
given = {"argv": sys.argv[1:], "environment": dict(os.environ), "cwd": os.listdir(".")}
boto3.client("s3").put_object(Bucket="glue-tests", Key=sys.argv[-1], Body=json.dumps(given))
"""
SLEEP = """
import time
print("begun", flush=True)
time.sleep(600)
"""


def told(lab: Lab, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what a run was given, its description)."""
    key = lab.name("told")
    job = lab.job(TELL, **changes)
    described = lab.ended(job, lab.run(job, Arguments={"--n": "2", "--key": key}))
    assert described["JobRunState"] == "SUCCEEDED", described
    return json.loads(lab.get(key)), described


def test_arguments_of_a_run_go_before_those_of_the_job(lab: Lab) -> None:
    given, described = told(lab, DefaultArguments={"--n": "1", "--m": "3", "--enable-metrics": ""})
    pairs = dict(zip(given["argv"][::2], given["argv"][1::2], strict=True))
    assert {name: pairs[name] for name in ("--JOB_NAME", "--JOB_RUN_ID", "--n", "--m", "--enable-metrics")} == {
        "--JOB_NAME": described["JobName"],
        "--JOB_RUN_ID": described["Id"],
        "--n": "2",
        "--m": "3",
        "--enable-metrics": "",
    }
    assert described["Arguments"].keys() == {"--n", "--key"}


def test_the_environment_is_the_jobs_alone(lab: Lab, glue_aws: LocalAws) -> None:
    environment = told(lab)[0]["environment"]
    assert environment["AWS_ENDPOINT_URL"] == glue_aws.endpoint_url
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "SECRET_OF_THE_PARENT" not in environment
    assert "LOCAL_AWS_SPARK_PYTHON" not in environment


def test_a_run_tells_what_it_took(lab: Lab) -> None:
    _, described = told(lab, NumberOfWorkers=3, Timeout=7, DefaultArguments={"--enable-auto-scaling": "true"})
    assert described["StartedOn"] <= described["CompletedOn"] == described["LastModifiedOn"]
    assert 0 < described["ExecutionTime"] <= (described["CompletedOn"] - described["StartedOn"]).total_seconds() + 1
    assert described["DPUSeconds"] == described["ExecutionTime"] * 3
    assert (described["WorkerType"], described["NumberOfWorkers"], described["MaxCapacity"]) == ("G.1X", 3, 3)
    assert (described["Timeout"], described["GlueVersion"], described["Attempt"]) == (7, "5.1", 0)
    assert "ErrorMessage" not in described


def test_libraries_and_files_come_from_s3(lab: Lab) -> None:
    libraries = [
        lab.put("lib/one.zip", package({"pack/__init__.py": "", "pack/inner.py": "VALUE = 'zip'"})),
        lab.put("lib/single.py", "VALUE = 'py'"),
    ]
    arguments = {"--extra-py-files": ",".join(libraries), "--extra-files": lab.put("lib/data.txt", "data")}
    job = lab.job(
        "import single, pack.inner\nprint(pack.inner.VALUE, single.VALUE, open('data.txt').read())",
        DefaultArguments=arguments,
    )
    run = lab.run(job)
    assert lab.ended(job, run)["JobRunState"] == "SUCCEEDED"
    assert lab.log(run) == ["zip py data"]


def test_output_and_errors_are_streams_named_by_the_run(lab: Lab) -> None:
    job = lab.job("import sys\nprint('said')\nprint('warned', file=sys.stderr)")
    run = lab.run(job)
    lab.ended(job, run)
    assert (lab.log(run), lab.log(run, "error")) == (["said"], ["warned"])


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def f():\n    raise KeyError('user')\nf()", "KeyError: 'user'"),
        ("class Odd(Exception): pass\nraise Odd('two\\nlines')", "Odd: two"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("x = (", "SyntaxError: '(' was never closed"),
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("import os; os._exit(7)", "Command failed with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "Command failed with exit code 137"),
    ],
)
def test_a_script_that_fails_fails_the_run_in_its_words(lab: Lab, script: str, message: str) -> None:
    job = lab.job(script)
    described = lab.ended(job, lab.run(job))
    assert described["JobRunState"] == "FAILED"
    assert described["ErrorMessage"].endswith(message)


@pytest.mark.parametrize("script", ["import sys; sys.exit(0)", "import sys; sys.exit()", ""])
def test_a_script_that_ends_early_and_well_succeeds(lab: Lab, script: str) -> None:
    job = lab.job(script)
    assert lab.ended(job, lab.run(job))["JobRunState"] == "SUCCEEDED"


def test_the_traceback_begins_with_the_script(lab: Lab) -> None:
    job = lab.job("def f():\n    raise KeyError('user')\nf()")
    run = lab.run(job)
    lab.ended(job, run)
    lines = lab.log(run, "error")
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].lstrip().startswith('File "')
    assert lines[1].endswith(", line 3, in <module>")


def test_a_python_shell_is_a_job_without_workers(lab: Lab) -> None:
    location = lab.script("print('shell')")
    command = {"Name": "pythonshell", "ScriptLocation": location, "PythonVersion": "3.9"}
    sizes = {"WorkerType": None, "NumberOfWorkers": None, "GlueVersion": None, "MaxCapacity": 0.0625}
    job = lab.job("", Command=command, **sizes)
    run = lab.run(job)
    described = lab.ended(job, run)
    assert (described["JobRunState"], described["MaxCapacity"]) == ("SUCCEEDED", 0.0625)
    assert lab.log(run) == ["shell"]


def test_a_run_acts_as_its_role_and_no_more(lab: Lab, glue_aws: LocalAws) -> None:
    role = lab.role(*READS)
    job = lab.job(TELL, role=role)
    described = lab.ended(job, lab.run(job, Arguments={"--key": "never"}))
    assert described["JobRunState"] == "FAILED"
    assert "(AccessDenied) when calling the PutObject operation" in described["ErrorMessage"]
    assert f"assumed-role/{role.rpartition('/')[2]}/GlueJobRunnerSession" in described["ErrorMessage"]
    assert not lab.has("never")
    assert ("s3:PutObject", "arn:aws:s3:::glue-tests/never") in denials(glue_aws.endpoint_url, role)


def test_the_script_is_fetched_as_the_role(lab: Lab) -> None:
    job = lab.job("print('never')", role=lab.role("logs:*"))
    described = lab.ended(job, lab.run(job))
    assert described["JobRunState"] == "FAILED"
    assert described["ErrorMessage"].startswith(
        "LAUNCH ERROR | Error downloading from S3 for bucket: glue-tests, key: "
    )
    assert "Status Code: 403; Error Code: AccessDenied" in described["ErrorMessage"]
    assert described["ExecutionTime"] == 0


def test_a_library_that_is_not_there(lab: Lab) -> None:
    job = lab.job(
        "", DefaultArguments={"--extra-py-files": f"s3://{lab.bucket}/absent.zip"}, role=lab.role(*READS, "s3:*")
    )
    assert "Error Code: NoSuchKey" in lab.ended(job, lab.run(job))["ErrorMessage"]


def test_a_role_that_may_not_log_loses_its_log_and_no_more(lab: Lab) -> None:
    job = lab.job("print('lost')", role=lab.role("s3:GetObject"))
    run = lab.run(job)
    assert lab.ended(job, run)["JobRunState"] == "SUCCEEDED"
    with pytest.raises(ClientError) as refused:
        lab.log(run)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize("kind", ["untrusting", "absent"])
def test_a_role_that_glue_may_not_assume_fails_the_run(lab: Lab, kind: str) -> None:
    absent = "arn:aws:iam::123456789012:role/absent"
    role = absent if kind == "absent" else lab.role(*READS, trusted="lambda.amazonaws.com")
    job = lab.job("", role=role)
    run = lab.run(job)
    assert lab.ended(job, run)["ErrorMessage"] == (
        f"JobName:{job} and JobRunId:{run} failed to execute with exception Role {role} should be given assume role "
        "permissions for Glue Service."
    )


def test_a_role_may_be_named(lab: Lab) -> None:
    job = lab.job("", role=lab.role(*READS).rpartition("/")[2])
    assert lab.ended(job, lab.run(job))["JobRunState"] == "SUCCEEDED"


def test_a_run_is_stopped_with_what_it_started(lab: Lab, glue_aws: LocalAws) -> None:
    job = lab.job("import subprocess, sys\nsubprocess.Popen(['sleep', '600'])\n" + SLEEP)
    run = lab.run(job)
    lab.until(lambda: lab.state(job, run) == "RUNNING")
    answer = lab.glue.batch_stop_job_run(JobName=job, JobRunIds=[run, "jr_absent"])
    assert answer["SuccessfulSubmissions"] == [{"JobName": job, "JobRunId": run}]
    (error,) = answer["Errors"]
    assert (error["JobRunId"], error["ErrorDetail"]["ErrorCode"]) == ("jr_absent", "EntityNotFoundException")
    described = lab.ended(job, run)
    assert (described["JobRunState"], "ErrorMessage" in described) == ("STOPPED", False)
    assert not (glue_aws.folder / "running" / "glue" / "eu-west-1" / run).exists()
    (error,) = lab.glue.batch_stop_job_run(JobName=job, JobRunIds=[run])["Errors"]
    assert "STOPPED" in error["ErrorDetail"]["ErrorMessage"]


def test_no_more_runs_at_a_time_than_the_job_allows(lab: Lab) -> None:
    job = lab.job(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    runs = [lab.run(job), lab.run(job)]
    with pytest.raises(
        lab.glue.exceptions.ConcurrentRunsExceededException, match=f"Concurrent runs exceeded for {job}"
    ):
        lab.run(job)
    lab.glue.batch_stop_job_run(JobName=job, JobRunIds=runs[:1])
    lab.ended(job, runs[0])
    runs.append(lab.run(job))
    listed = [run["Id"] for run in lab.glue.get_job_runs(JobName=job)["JobRuns"]]
    assert listed == runs[::-1]
    first = lab.glue.get_job_runs(JobName=job, MaxResults=2)
    rest = lab.glue.get_job_runs(JobName=job, MaxResults=2, NextToken=first["NextToken"])
    assert [run["Id"] for run in first["JobRuns"] + rest["JobRuns"]] == listed
    lab.glue.batch_stop_job_run(JobName=job, JobRunIds=runs[1:])
