"""Glue jobs on real PySpark, through Step Functions, as their role: in executors too."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.glue.laboratory import READS, Lab, denials, package
from tests.local_aws.stepfunctions.workflows import Outcome, Workflows, allow, single, task
from tests.local_server import LocalAws, running

pytestmark = pytest.mark.spark

SUM = """
import json
import sys

import boto3
import numpy
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

from doubling import doubled

args = getResolvedOptions(sys.argv, ["JOB_NAME", "bucket", "source", "target"])
context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init(args["JOB_NAME"], args)


def read(names):
    s3 = boto3.client("s3")
    for name in names:
        body = s3.get_object(Bucket=args["bucket"], Key=name)["Body"].read()
        yield int(doubled(numpy.fromstring(body, dtype=int, sep=" ")).sum())


def write(sums):
    total = sum(sums)
    if total:
        boto3.client("s3").put_object(Bucket=args["bucket"], Key=args["target"], Body=str(total).encode())


spark = context.spark_session
names = [f"{args['source']}/{number}" for number in range(4)]
sums = spark.sparkContext.parallelize(names, 4).mapPartitions(read)
sums.repartition(1).foreachPartition(write)
rows = spark.createDataFrame([(1, "a"), (2, "a")], ["n", "k"]).groupBy("k").sum("n").collect()
print(json.dumps({"spark": spark.version, "master": spark.sparkContext.master, "rows": [list(row) for row in rows]}))
job.commit()
"""
DOUBLING = "def doubled(values):\n    return values * 2\n"


def run_through_step_functions(lab: Lab, *, role: str, target: str) -> tuple[str, Outcome]:
    """(the job's name, the execution's outcome)."""
    workflows = Workflows(lab.aws)
    source = lab.name("numbers")
    for number in range(4):
        lab.put(f"{source}/{number}", f"{number} {10 * number}")
    library = lab.put("doubling.zip", package({"doubling.py": DOUBLING}))
    arguments = {"--extra-py-files": library, "--bucket": lab.bucket}
    job = lab.job(SUM, role=role, DefaultArguments=arguments)
    asked = {"JobName": job, "Arguments": {"--source": source, "--target": "{% $states.input.target %}"}}
    actions = [f"glue:{action}" for action in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")]
    machine_role = workflows.role([allow(*actions, resource=f"arn:aws:glue:*:*:job/{job}")])
    made = workflows.create(single(task("glue:startJobRun.sync", asked)), role_arn=machine_role)
    execution = workflows.start(made, {"target": target})
    lab.until(lambda: workflows.states.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return job, workflows.ended(execution)


def test_executors_read_and_write_as_the_role(lab: Lab) -> None:
    _, outcome = run_through_step_functions(lab, role=lab.role(*READS, "s3:PutObject"), target="sum")
    assert outcome.output["JobRunState"] == "SUCCEEDED"
    assert lab.get("sum") == str(2 * sum(11 * number for number in range(4))).encode()
    (line,) = lab.log(outcome.output["Id"])
    assert json.loads(line) == {"spark": "3.5.6", "master": "local[2, 4]", "rows": [["a", 3]]}


def test_executors_may_do_no_more_than_the_role(lab: Lab, spark_aws: LocalAws) -> None:
    role = lab.role(*READS)
    _, outcome = run_through_step_functions(lab, role=role, target="never")
    assert outcome.error == "States.TaskFailed"
    run: dict[str, Any] = json.loads(outcome.cause)
    assert run["JobRunState"] == "FAILED"
    assert "failed 4 times" in run["ErrorMessage"]
    assert "(AccessDenied) when calling the PutObject operation" in run["ErrorMessage"]
    assert ("s3:PutObject", "arn:aws:s3:::spark-tests/never") in denials(spark_aws.endpoint_url, role)
    assert not lab.has("never")


def test_a_job_may_set_spark(lab: Lab) -> None:
    script = """
        from pyspark.sql import SparkSession
        spark = SparkSession.builder.getOrCreate()
        print(spark.conf.get("spark.sql.shuffle.partitions"), spark.sparkContext.getConf().get("spark.app.name"))
    """
    settings = "spark.sql.shuffle.partitions=3 --conf spark.app.name=named"
    job = lab.job(script, DefaultArguments={"--conf": settings})
    run = lab.run(job)
    assert lab.ended(job, run)["JobRunState"] == "SUCCEEDED"
    assert lab.log(run) == ["3 named"]


def test_arrow_batches_reach_python(lab: Lab) -> None:
    script = """
        import pyarrow
        from pyspark.sql import SparkSession

        def count(batches):
            for batch in batches:
                yield pyarrow.RecordBatch.from_pydict({"n": [batch.num_rows]})

        spark = SparkSession.builder.getOrCreate()
        print(spark.range(1000).repartition(3).mapInArrow(count, "n long").groupBy().sum("n").collect()[0][0])
    """
    job = lab.job(script)
    run = lab.run(job)
    assert lab.ended(job, run)["JobRunState"] == "SUCCEEDED"
    assert lab.log(run) == ["1000"]


def test_names_of_glue_that_are_not_emulated(lab: Lab) -> None:
    script = """
        from awsglue.context import GlueContext
        from pyspark.context import SparkContext
        GlueContext(SparkContext()).create_dynamic_frame.from_catalog(database="d", table_name="t")
    """
    job = lab.job(script)
    message = lab.ended(job, lab.run(job))["ErrorMessage"]
    assert message == "AttributeError: awsglue.context.GlueContext.create_dynamic_frame is not emulated"


def test_a_stopped_run_leaves_no_process(lab: Lab) -> None:
    script = """
        import time
        from pyspark.context import SparkContext
        SparkContext().parallelize(range(2), 2).foreach(lambda _: print("working", flush=True) or time.sleep(600))
    """
    job = lab.job(script)
    run = lab.run(job)
    lab.until(lambda: sum("pyspark.daemon" in line for line in processes(run)) >= 3)  # it and its two workers
    lab.glue.batch_stop_job_run(JobName=job, JobRunIds=[run])
    assert lab.ended(job, run)["JobRunState"] == "STOPPED"
    lab.until(lambda: not processes(run))


def test_a_run_ends_with_the_server(tmp_path: Path, root: Path, spark_python: Path) -> None:
    with running(root, tmp_path) as server:
        lab = Lab(server.client, bucket="spark-ends")
        lab.make_bucket()
        job = lab.job("from pyspark.context import SparkContext\nSparkContext()\nimport time; time.sleep(600)")
        run = lab.run(job)
        lab.until(lambda: any("SparkSubmit" in line for line in processes(run)))
    deadline = time.monotonic() + 10
    while processes(run) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not processes(run)


def processes(run: str) -> list[str]:
    """Command lines and environments that name a run; of the executors' Pythons only the environment does."""
    command = ["ps", "eww", "-A", "-o", "command"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if run in line]
