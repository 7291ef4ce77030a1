"""A rule and a schedule as the CDK's constructs write them, deployed and working."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as schedule_targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.events.laboratory import Lab


def test_both_start_their_machines(deployer: Deployer, lab: Lab) -> None:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Starting", synthesizer=cdk.LegacyStackSynthesizer())
    by_rule, by_schedule, dead, mine = lab.machine(), lab.machine(), lab.queue(), lab.name("source")
    rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=[mine], detail={"n": [1]}))
    rule.add_target(
        event_targets.SfnStateMachine(
            sfn.StateMachine.from_state_machine_arn(stack, "ByRule", by_rule),
            input=events.RuleTargetInput.from_object({"dataset": events.EventField.from_path("$.detail.key")}),
            retry_attempts=1,
            dead_letter_queue=sqs.Queue.from_queue_arn(stack, "Dead", dead.arn),
        )
    )
    scheduler.Schedule(
        stack,
        "Schedule",
        # Its role's policy may come after it, and what is denied is not tried again: the next one is.
        schedule=scheduler.ScheduleExpression.rate(cdk.Duration.minutes(1)),
        target=schedule_targets.StepFunctionsStartExecution(
            sfn.StateMachine.from_state_machine_arn(stack, "BySchedule", by_schedule),
            input=scheduler.ScheduleTargetInput.from_object({"dataset": "ml-100k"}),
        ),
    )
    template = app.synth().get_stack_artifact(stack.artifact_id).template
    deployer.create({name: each for name, each in template["Resources"].items() if name != "CDKMetadata"})
    assert lab.input_of_the_execution(by_schedule) == {"dataset": "ml-100k"}
    lab.put(mine, {"n": 1, "key": "ml-1m"})
    assert lab.input_of_the_execution(by_rule) == {"dataset": "ml-1m"}
