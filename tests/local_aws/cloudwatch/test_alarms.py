"""Alarms over HTTP: evaluated on data points, told to topics, written down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.cloudwatch.laboratory import ACCOUNT, Lab, eventually, name


def test_an_alarm_goes_off_and_comes_back_and_says_so(lab: Lab) -> None:
    namespace, (topic, inbox) = name(), lab.topic()
    alarm = lab.alarm(namespace, AlarmDescription="too bad", AlarmActions=[topic], OKActions=[topic])
    assert lab.describe(alarm)["StateValue"] in ("INSUFFICIENT_DATA", "OK")
    told = inbox.messages()
    assert json.loads(next(told)["Message"])["NewStateValue"] == "OK"
    lab.put(namespace, "Errors", 3)

    notification = next(told)
    message = json.loads(notification["Message"])
    arn = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{alarm}"
    assert notification["Subject"] == f'ALARM: "{alarm}" in EU (Ireland)'
    assert (message["AlarmName"], message["AlarmArn"], message["AWSAccountId"]) == (alarm, arn, ACCOUNT)
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert (message["AlarmDescription"], message["Region"]) == ("too bad", "EU (Ireland)")
    assert message["NewStateReason"].startswith("Threshold Crossed: 1 datapoint [3.0 (")
    assert message["NewStateReason"].endswith(")] was greater than the threshold (0.0).")
    assert message["Trigger"] == {
        "MetricName": "Errors",
        "Namespace": namespace,
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }
    message = json.loads(next(told)["Message"])
    assert (message["OldStateValue"], message["NewStateValue"]) == ("ALARM", "OK")
    assert "no datapoints were received" in message["NewStateReason"]

    summaries = [item["HistorySummary"] for item in lab.history(alarm, "StateUpdate")]
    assert summaries[-2:] == ["Alarm updated from OK to ALARM", "Alarm updated from ALARM to OK"]
    data = json.loads(lab.history(alarm, "StateUpdate")[-2]["HistoryData"])
    assert data["newState"]["stateReasonData"]["recentDatapoints"] == [3.0]
    done = f"Successfully executed action {topic}"
    eventually(lambda: [item["HistorySummary"] for item in lab.history(alarm, "Action")] == [done] * 3)


def test_a_topic_that_does_not_let_cloudwatch_in_is_not_told(lab: Lab) -> None:
    topic, _ = lab.topic()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:another"}},
    }
    lab.aws("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [statement]})
    )
    missing = f"arn:aws:sns:eu-west-1:{ACCOUNT}:{name('none')}"
    alarm = lab.alarm(name(), AlarmActions=[topic, missing])
    lab.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    eventually(lambda: len(lab.history(alarm, "Action")) == 2)
    denied, gone = lab.history(alarm, "Action")
    assert denied["HistorySummary"].startswith(f"Failed to execute action {topic}. Received error:")
    assert "cloudwatch.amazonaws.com is not authorized to perform: sns:Publish" in denied["HistorySummary"]
    assert gone["HistorySummary"].startswith(f"Failed to execute action {missing}.")
    assert json.loads(gone["HistoryData"])["actionState"] == "Failed"


def test_actions_can_be_disabled(lab: Lab) -> None:
    topic, inbox = lab.topic()
    quiet = lab.alarm(name(), AlarmActions=[topic], ActionsEnabled=False)
    loud = lab.alarm(name(), AlarmActions=[topic])
    lab.cloudwatch.disable_alarm_actions(AlarmNames=[loud])
    for alarm in (quiet, loud):
        assert lab.describe(alarm)["ActionsEnabled"] is False
        lab.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    lab.cloudwatch.enable_alarm_actions(AlarmNames=[loud])
    lab.await_state(loud, "OK")  # a state that was set lasts until the next evaluation
    lab.cloudwatch.set_alarm_state(AlarmName=loud, StateValue="ALARM", StateReason="again")
    message = json.loads(next(inbox.messages())["Message"])
    assert (message["AlarmName"], message["NewStateReason"]) == (loud, "again")
    assert lab.history(quiet, "Action") == []


def test_an_alarm_on_metric_math_and_a_percentile(lab: Lab) -> None:
    namespace = name()

    def stat(of: str) -> dict[str, Any]:
        metric = {"Namespace": namespace, "MetricName": of}
        return {"Id": of.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False}

    rate = {"Id": "rate", "Expression": "IF(calls > 0, 100 * FILL(errors, 0) / calls, 0)", "Label": "error rate"}
    share = lab.alarm(
        namespace,
        Metrics=[rate, stat("Errors"), stat("Calls")],
        Threshold=50,
        TreatMissingData=None,
        DatapointsToAlarm=1,
    )
    slow = lab.alarm(namespace, MetricName="Latency", Statistic=None, ExtendedStatistic="p90", Threshold=100)
    lab.await_state(share, "INSUFFICIENT_DATA")
    lab.cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[
            {"MetricName": "Calls", "Value": 4},
            {"MetricName": "Errors", "Value": 3},
            {"MetricName": "Latency", "Values": [10, 200], "Counts": [80, 20]},
        ],
    )
    assert "greater than the threshold (50.0)" in lab.await_state(share, "ALARM")["StateReason"]
    assert "[200.0 (" in lab.await_state(slow, "ALARM")["StateReason"]
    assert lab.describe(share)["Metrics"][0]["Expression"] == rate["Expression"]


def test_an_alarm_on_silence(lab: Lab) -> None:
    namespace = name()
    alarm = lab.alarm(
        namespace, ComparisonOperator="LessThanThreshold", Threshold=1, TreatMissingData="breaching", Period=120
    )
    assert "treated as [Breaching]" in lab.await_state(alarm, "ALARM")["StateReason"]
    lab.put(namespace, "Errors", 1)
    lab.await_state(alarm, "OK")


def test_a_change_is_an_event(lab: Lab) -> None:
    events, sqs, alarm = lab.aws("events"), lab.aws("sqs"), lab.alarm(name(), TreatMissingData="ignore")
    url = sqs.create_queue(QueueName=name("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    rule = name("rule")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [alarm]}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": arn}])
    try:
        lab.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
        (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    finally:
        events.remove_targets(Rule=rule, Ids=["q"])
        events.delete_rule(Name=rule)
    event = json.loads(message["Body"])
    assert (event["detail-type"], event["resources"]) == (
        "CloudWatch Alarm State Change",
        [f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:{alarm}"],
    )
    detail = event["detail"]
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert (detail["state"]["value"], detail["state"]["reason"]) == ("ALARM", "a test")
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"]["metric"]["name"] == "Errors"
    assert (metric["metricStat"]["period"], metric["metricStat"]["stat"]) == (60, "Sum")


def test_composite_alarms_follow_their_alarms(lab: Lab) -> None:
    topic, inbox = lab.topic()
    first, second = lab.alarm(name(), TreatMissingData="ignore"), lab.alarm(name(), TreatMissingData="ignore")
    arn = lab.describe(second)["AlarmArn"]
    both = lab.composite(f'ALARM("{first}") AND ALARM("{arn}")', AlarmActions=[topic])
    outer = lab.composite(f"ALARM({both}) OR FALSE")
    created = lab.await_state(both, "OK")
    assert created["StateReason"].endswith(f":alarm:{both} was created and its alarm rule evaluates to OK")

    for alarm in (first, second):
        assert lab.describe(both)["StateValue"] == "OK"
        lab.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    reached = lab.await_state(both, "ALARM")
    assert reached["StateReason"].startswith(f"{arn} transitioned to ALARM at ")
    lab.await_state(outer, "ALARM")
    message = json.loads(next(inbox.messages())["Message"])
    assert message["AlarmRule"] == f'ALARM("{first}") AND ALARM("{arn}")'
    assert {child["State"]["Value"] for child in message["TriggeringChildren"]} == {"ALARM"}
    lab.cloudwatch.set_alarm_state(AlarmName=first, StateValue="OK", StateReason="a test")
    lab.await_state(outer, "OK")

    children = lab.cloudwatch.describe_alarms(ChildrenOfAlarmName=both)["MetricAlarms"]
    assert {child["AlarmName"] for child in children} == {first, second}
    parents = lab.cloudwatch.describe_alarms(ParentsOfAlarmName=both)["CompositeAlarms"]
    assert [parent["AlarmName"] for parent in parents] == [outer]
    with pytest.raises(ClientError, match="composite alarm"):
        lab.cloudwatch.delete_alarms(AlarmNames=[first])


def test_an_update_keeps_the_state_and_a_deleted_alarm_its_history(lab: Lab) -> None:
    namespace = name()
    alarm = lab.alarm(namespace, TreatMissingData="ignore", Tags=[{"Key": "k", "Value": "v"}])
    lab.cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a test")
    lab.alarm(namespace, AlarmName=alarm, TreatMissingData="ignore", Threshold=7)
    described = lab.describe(alarm)
    assert (described["StateValue"], described["StateReason"], described["Threshold"]) == ("ALARM", "a test", 7.0)
    tags = lab.cloudwatch.list_tags_for_resource(ResourceARN=described["AlarmArn"])["Tags"]
    assert tags == [{"Key": "k", "Value": "v"}]
    on_metric = lab.cloudwatch.describe_alarms_for_metric(Namespace=namespace, MetricName="Errors")["MetricAlarms"]
    assert [found["AlarmName"] for found in on_metric] == [alarm]
    in_alarm = lab.cloudwatch.describe_alarms(AlarmNamePrefix=alarm[:-2], StateValue="ALARM")["MetricAlarms"]
    assert [found["AlarmName"] for found in in_alarm] == [alarm]
    lab.cloudwatch.delete_alarms(AlarmNames=[alarm, name("none")])
    assert lab.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"] == []
    told = [item["HistorySummary"] for item in lab.history(alarm, "ConfigurationUpdate")]
    assert told == [f'Alarm "{alarm}" {verb}' for verb in ("created", "updated", "deleted")]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"AlarmActions": ["arn:aws:lambda:eu-west-1:123456789012:function:f"]}, "NotEmulated", "only topics of SNS"),
    ({"AlarmActions": ["topic"]}, "ValidationError", "Invalid arn syntax"),
    ({"EvaluationWindow": {"SlidingWindow": {}}}, "NotEmulated", "EvaluationWindow"),
    ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "NotEmulated", "ComparisonOperator"),
    ({"Statistic": None, "ExtendedStatistic": "tm90"}, "NotEmulated", "tm90"),
    ({"Period": 45}, "ValidationError", "45"),
    ({"Period": 86_400, "EvaluationPeriods": 8}, "ValidationError", "604800"),
    ({"DatapointsToAlarm": 2}, "ValidationError", "DatapointsToAlarm"),
    ({"TreatMissingData": "never"}, "ValidationError", "never"),
    ({"Statistic": None}, "InvalidParameterCombination", "Statistic"),
    ({"Metrics": [{"Id": "e", "Expression": "RATE(m)"}]}, "NotEmulated", "RATE"),
    ({"Metrics": [{"Id": "e", "Expression": "m + 1"}]}, "ValidationError", "m"),
    ({"Metrics": [{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}]}, "ValidationError", ""),
]


@pytest.mark.parametrize(("settings", "code", "said"), REFUSED)
def test_what_is_refused(lab: Lab, settings: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(ClientError) as refused:
        lab.alarm(name(), **settings)
    assert refused.value.response["Error"]["Code"] == code
    assert said in refused.value.response["Error"]["Message"]


def test_a_composite_alarm_of_none(lab: Lab) -> None:
    with pytest.raises(ClientError, match="do not exist"):
        lab.composite("ALARM(none-of-that-name)")


@pytest.mark.parametrize("action", ["put_insight_rule", "describe_anomaly_detectors"])
def test_other_actions_are_refused_by_name(lab: Lab, action: str) -> None:
    given = {"put_insight_rule": {"RuleName": "r", "RuleDefinition": "{}"}}.get(action, {})
    with pytest.raises(ClientError) as refused:
        getattr(lab.cloudwatch, action)(**given)
    assert refused.value.response["Error"]["Code"] == "NotEmulated"
