"""Each alarm goes off for the fault it is for, is told, and is quiet while all is well."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.common.metrics import Metrics
from tests.crash import PROC, hung_container, kill_container
from tests.e2e.alarms import DEADLINE_S, NAMES, Alarms, listening
from tests.e2e.calling import call
from tests.e2e.conftest import BOTH, COMPARED, PREFIX, QUICK, REGION, Cloud, environment
from tests.generated.exchanged import exchange

pytestmark = pytest.mark.e2e
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="finds the container's process in /proc")
PROBE = "probe-of-a-success"
RESAMPLED: dict[str, Any] = {
    **BOTH,
    "split": {"kind": "random", "share": 0.2, "seed": 9},
    "gate": {**BOTH["gate"], **COMPARED["gate"]},
}
"""The same ratings, but others of them are learnt from, beside the live model; with a ranking model."""


@pytest.fixture
def alarms(live: Cloud) -> Alarms:
    return Alarms(live)


def test_a_healthy_run_leaves_every_alarm_quiet(live: Cloud, alarms: Alarms) -> None:
    alarms.await_states(dict.fromkeys(NAMES, "OK"))
    began = time.time()
    with _probe(live) as await_evaluation:
        done = live.execute(RESAMPLED)
        assert done.status == "SUCCEEDED", done.cause
        assert (done.output["drift"]["measured"], done.output["drift"]["level"]) == (True, "none")
        assert live.predict() > 0
        assert call(live, "/users/1").status == 200
        await_evaluation()
    assert alarms.states() == dict.fromkeys(NAMES, "OK")
    news = {item["AlarmName"] for item in _news_of(live) if item["Timestamp"].timestamp() > began} - {PROBE}
    assert not news


def test_a_failed_execution_is_told_and_so_is_its_end(live: Cloud, alarms: Alarms) -> None:
    alarms.await_states(dict.fromkeys(NAMES, "OK"))
    with listening(live) as ear:
        failed = live.execute({**QUICK, "dataset": {"name": "nobody-knows"}})
        assert failed.status == "FAILED"
        news = ear.await_news("executions-failed", "ALARM")
        assert alarms.ringing() <= {"executions-failed"}
        assert "the state and the cause" in news["AlarmDescription"]
        assert news["AlarmDescription"].endswith(
            f" https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}"
            f"#alarmsV2:alarm/{PREFIX}-executions-failed"
        )
        assert news["Trigger"]["Dimensions"] == [
            {"name": "StateMachineArn", "value": live.outputs["StateMachineArn"]},
        ]
        ear.await_news("executions-failed", "OK")


def test_a_catalogue_a_quarter_of_which_is_exchanged(live: Cloud, alarms: Alarms, tmp_path: Path) -> None:
    assert "drift" not in alarms.ringing()
    exchange(live.folder / "sample", tmp_path / "exchanged", share=0.25)
    for file in (tmp_path / "exchanged").iterdir():
        live.client("s3").upload_file(str(file), live.bucket, f"datasets/exchanged/{file.name}")
    with listening(live) as ear:
        done = live.execute({**COMPARED, "dataset": {"name": "exchanged"}, "deploy": {"mode": "none"}})
        assert done.status == "SUCCEEDED", done.cause
        news = ear.await_news("drift", "ALARM")
    drift = done.output["drift"]
    assert drift["level"] == "major", drift["reason"]
    assert drift["unknown_items"] > 0.1
    assert news["Trigger"]["MetricName"] == "Drift"
    assert f"[{drift['index']} (" in news["NewStateReason"]
    assert "before you trust what was trained on it" in news["AlarmDescription"]


def test_an_execution_that_is_stopped(live: Cloud, alarms: Alarms) -> None:
    assert "executions-aborted" not in alarms.ringing()
    live.client("stepfunctions").stop_execution(executionArn=live.start(QUICK))
    alarms.await_states({"executions-aborted": "ALARM"})


def test_an_execution_that_runs_out_of_time(live: Cloud, alarms: Alarms) -> None:
    assert "executions-timed-out" not in alarms.ringing()
    steps, arn = live.client("stepfunctions"), live.outputs["StateMachineArn"]
    definition = steps.describe_state_machine(stateMachineArn=arn)["definition"]
    hurried = json.dumps({**json.loads(definition), "TimeoutSeconds": 1})
    steps.update_state_machine(stateMachineArn=arn, definition=hurried)
    try:
        done = live.execute(QUICK)
    finally:
        steps.update_state_machine(stateMachineArn=arn, definition=definition)
    assert done.status == "TIMED_OUT"
    alarms.await_states({"executions-timed-out": "ALARM"})


@needs_proc
def test_a_model_that_answers_5xx(live: Cloud, alarms: Alarms) -> None:
    assert "endpoint-errors" not in alarms.ringing()
    kill_container(_endpoint_folder(live))
    with pytest.raises(ClientError, match=r"server error \(503\)"):
        live.predict()
    alarms.await_states({"endpoint-errors": "ALARM"})
    deadline = time.monotonic() + DEADLINE_S
    while not _predicts(live):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@needs_proc
def test_a_model_that_is_slow(live: Cloud, alarms: Alarms) -> None:
    assert "endpoint-latency" not in alarms.ringing()
    alarms.await_states({"endpoint-latency": "ALARM"}, trying=lambda: _predict_slowly(live))
    assert live.predict() > 0


def test_a_function_that_breaks_off(live: Cloud, alarms: Alarms) -> None:
    assert not {"api-function-errors", "api-errors"} & alarms.ringing()
    with _without_environment(live, "BUCKET"):
        assert [call(live, "/model").status for _ in range(5)] == [500] * 5
        alarms.await_states({"api-function-errors": "ALARM", "api-errors": "ALARM"})
    assert call(live, "/model").status == 200


def test_a_stage_that_is_silent(live: Cloud, root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.e2e.silent_app", str(tmp_path)]
    subprocess.run(command, cwd=root, env=environment(CDK_VALIDATION="false"), check=True, capture_output=True)
    template = (tmp_path / "Silent.template.json").read_text()
    stacks, alarms = live.client("cloudformation"), Alarms(live, "movie-recommender-silent")
    stacks.create_stack(StackName="Silent", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    try:
        stacks.get_waiter("stack_create_complete").wait(StackName="Silent", WaiterConfig={"Delay": 1})
        (stack,) = stacks.describe_stacks(StackName="Silent")["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        alarms.await_states({"no-new-version": "ALARM"})
        made = Metrics(namespace="movie-recommender", stage=alarms.prefix).fields(NewVersions=1)
        _log(live, "silent", json.dumps(made))
        alarms.await_states({"no-new-version": "OK"})
        told = live.client("sns").list_subscriptions_by_topic(TopicArn=outputs["TopicArn"])["Subscriptions"]
        assert [(each["Protocol"], each["Endpoint"]) for each in told] == [("email", "somebody@example.com")]
    finally:
        stacks.delete_stack(StackName="Silent")
        stacks.get_waiter("stack_delete_complete").wait(StackName="Silent", WaiterConfig={"Delay": 1})


def test_the_dashboard_draws_what_is_published(live: Cloud) -> None:
    """A widget whose metric nobody publishes would stay empty for ever."""
    cloudwatch = live.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName=PREFIX)["DashboardBody"])
    drawn = [tuple(metric[:-1]) for widget in body["widgets"] for metric in widget["properties"].get("metrics", [])]
    pages = cloudwatch.get_paginator("list_metrics").paginate().build_full_result()["Metrics"]
    published = {_as_drawn(metric) for metric in pages}
    assert len(drawn) > 20
    assert [metric for metric in drawn if metric and metric not in published] == []
    (search,) = [part["expression"] for part in _parts(body) if "expression" in part]
    losses = {name for namespace, name, *_ in published if namespace == "/aws/sagemaker/TrainingJobs"}
    assert any(f'MetricName="{name}"' in search for name in losses), losses


def _log(cloud: Cloud, group: str, message: str) -> None:
    """A line in a log, as a function writes it."""
    logs, place = cloud.client("logs"), {"logGroupName": group, "logStreamName": "lines"}
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(**place)
    logs.put_log_events(**place, logEvents=[{"timestamp": round(1000 * time.time()), "message": message}])


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The last part of each metric of each widget."""
    return [metric[-1] for widget in body["widgets"] for metric in widget["properties"].get("metrics", [])]


def _as_drawn(metric: dict[str, Any]) -> tuple[str, ...]:
    dimensions = sorted((each["Name"], each["Value"]) for each in metric["Dimensions"])
    return (metric["Namespace"], metric["MetricName"], *(part for pair in dimensions for part in pair))


@contextlib.contextmanager
def _probe(cloud: Cloud) -> Iterator[Callable[[], None]]:
    """An alarm that goes off when a success is evaluated, and with it everything there was until then.

    It was made last, and alarms are evaluated in the order in which they were made.
    """
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=PROBE,
        Namespace="AWS/States",
        MetricName="ExecutionsSucceeded",
        Dimensions=[{"Name": "StateMachineArn", "Value": cloud.outputs["StateMachineArn"]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )

    def await_evaluation() -> None:
        """By its history: while others were asked it may be over."""
        deadline = time.monotonic() + DEADLINE_S
        while not any("to ALARM" in item["HistorySummary"] for item in _news_of(cloud, AlarmName=PROBE)):
            assert time.monotonic() < deadline
            time.sleep(0.1)

    try:
        yield await_evaluation
    finally:
        cloudwatch.delete_alarms(AlarmNames=[PROBE])


def _news_of(cloud: Cloud, **alarm: str) -> list[dict[str, Any]]:
    """What state alarms came to, the latest first."""
    history = cloud.client("cloudwatch").describe_alarm_history(HistoryItemType="StateUpdate", **alarm)
    return list(history["AlarmHistoryItems"])


def _endpoint_folder(cloud: Cloud) -> Path:
    return cloud.folder / "running" / "sagemaker" / REGION / "endpoints" / PREFIX


def _predicts(cloud: Cloud) -> bool:
    try:
        return cloud.predict() > 0
    except ClientError:
        return False


def _predict_slowly(cloud: Cloud) -> None:
    """One prediction that takes more than a second, as the container does nothing for so long."""
    with hung_container(_endpoint_folder(cloud)):
        asking = threading.Thread(target=cloud.predict)
        asking.start()
        asking.join(1.2)
        assert asking.is_alive()
    asking.join()


@contextlib.contextmanager
def _without_environment(cloud: Cloud, variable: str) -> Iterator[None]:
    """The API's function lacks a variable of its environment for a while."""
    functions = cloud.client("lambda")
    (function,) = [
        entry
        for page in functions.get_paginator("list_functions").paginate()
        for entry in page["Functions"]
        if entry["Handler"] == "lambdas.api.handler"
    ]
    name, variables = function["FunctionName"], function["Environment"]["Variables"]
    kept = {key: value for key, value in variables.items() if key != variable}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": kept})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
