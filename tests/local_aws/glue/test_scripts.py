"""What scripts import, and how their errors are told."""

from __future__ import annotations

import sys

import pytest

from local_aws.glue import bootstrap
from local_aws.glue.arguments import spark_settings
from local_aws.glue.runtime.awsglue import transforms, utils
from local_aws.glue.runtime.awsglue.job import Job

ARGV = ["script.py", "--JOB_NAME", "j", "--JOB_ID", "j_1", "--JOB_RUN_ID", "jr_1", "--bucket", "b", "--a-b", "c"]


def test_options_are_resolved() -> None:
    resolved = utils.getResolvedOptions(ARGV, ["JOB_NAME", "bucket", "a-b"])
    assert {name: resolved[name] for name in ("JOB_NAME", "bucket", "a_b", "JOB_RUN_ID")} == {
        "JOB_NAME": "j",
        "bucket": "b",
        "a_b": "c",
        "JOB_RUN_ID": "jr_1",
    }
    assert (resolved["job_bookmark_option"], resolved["TempDir"]) == ("job-bookmark-disable", None)


def test_the_temporary_folder_has_two_names() -> None:
    resolved = utils.getResolvedOptions([*ARGV, "--TempDir", "s3://t"], ["TempDir"])
    assert resolved["TempDir"] == resolved["RedshiftTempDir"] == "s3://t"


def test_options_that_are_missing_or_glues_own() -> None:
    with pytest.raises(utils.GlueArgumentError, match="the following arguments are required: --key"):
        utils.getResolvedOptions(ARGV, ["bucket", "key"])
    with pytest.raises(RuntimeError, match="Using reserved arguments --JOB_ID"):
        utils.getResolvedOptions(ARGV, ["JOB_ID"])


def test_a_job_begins_before_it_ends() -> None:
    job = Job(object())
    with pytest.raises(RuntimeError, match="before"):
        job.commit()
    job.init("j", {})
    assert job.isInitialized()
    job.commit()
    with pytest.raises(AttributeError, match=r"awsglue\.job\.Job\.reset is not emulated"):
        job.reset()


def test_transforms_are_refused_by_name() -> None:
    assert transforms.__all__ == []
    with pytest.raises(AttributeError, match=r"awsglue\.transforms\.ApplyMapping is not emulated"):
        transforms.ApplyMapping  # noqa: B018 - the look-up is what is tested


def test_settings_of_spark() -> None:
    assert spark_settings({"--conf": "spark.a=1 --conf spark.b=x=y"}) == {"spark.a": "1", "spark.b": "x=y"}
    assert spark_settings({}) == {}


JAVA = """An error occurred while calling o1.collect.
: org.apache.spark.SparkException: Job aborted: Traceback (most recent call last):
  File "worker.py", line 1, in main
    process()
botocore.exceptions.ClientError: An error occurred (AccessDenied)

\tat org.apache.spark.api.python.BasePythonRunner
Driver stacktrace:
\tat java.lang.Thread.run
Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "worker.py", line 1, in main
ValueError: another
"""


def test_an_error_of_the_jvm_is_told_with_its_cause_and_that_of_its_executors() -> None:
    kind = type("Py4JJavaError", (Exception,), {"__module__": "py4j.protocol"})
    assert bootstrap.told(kind(JAVA)) == (
        "An error occurred while calling o1.collect. org.apache.spark.SparkException: Job aborted: Traceback (most "
        "recent call last): botocore.exceptions.ClientError: An error occurred (AccessDenied)"
    )


def test_an_error_of_python_is_told_as_its_traceback_ends() -> None:
    try:
        int("x")
    except ValueError:
        error = sys.exception() if sys.version_info >= (3, 11) else None
    assert error is not None
    assert bootstrap.told(error) == "ValueError: invalid literal for int() with base 10: 'x'"
