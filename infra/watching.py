"""What tells people that something is wrong: the alarms, and what each says."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from infra.alarm_topic import AlarmTopic
from infra.console import ConsolePages
from infra.lost_arrivals import queue_name
from infra.measures import AVERAGE, SUM, Measures
from infra.settings import Stage
from infra.workflow.endpoint import CHALLENGER, VARIANT

MINUTE, DAY = Duration.minutes(1), Duration.days(1)
SLOW_US = 1_000_000
"""A model answers within milliseconds, and the API gives it up after five seconds."""
SHARE_OF_ERRORS = 0.05
"""With little traffic one error is enough, with much a few do not matter: what asked is answered from the artifact."""
API_ERRORS = 5
SECTION = "docs/operating.md#alarms"
"""The same alarms at length, with what to do."""
ENDPOINT_ALARMS = ("endpoint-errors", "endpoint-latency")
CHALLENGER_ALARMS = ("challenger-errors", "challenger-latency")
"""The alarms that also send a release back: of the live model, and of one beside it."""

Watch = cloudwatch.ComparisonOperator
AT_LEAST, ABOVE, BELOW = (
    Watch.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    Watch.GREATER_THAN_THRESHOLD,
    Watch.LESS_THAN_THRESHOLD,
)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing to be told about. `says`: what it means, and what to do."""

    id_: str
    name: str
    """The alarm's, after the stage's."""
    metric: cloudwatch.IMetric
    says: str
    threshold: float = 1
    comparison: cloudwatch.ComparisonOperator = AT_LEAST
    periods: int = 1
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING
    """Nobody asked, or nothing was run: mostly no trouble."""


def alarm_name(stage: Stage, name: str) -> str:
    """The alarm's whole name, by which others know it without a reference."""
    return f"{stage.name}-{name}"


class Watching(Construct):
    """An alarm for each kind of trouble, told to the topic when it begins and when it is over."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, measures: Measures, pages: ConsolePages) -> None:
        super().__init__(scope, id_)
        self._pages = pages
        alarms = AlarmTopic(self, "Alarms", stage=stage)
        self.told, self.topic = alarms, alarms.topic
        of_endpoint = [*_of_endpoint(measures), *_of_challenger(measures)]
        troubles = [*_of_executions(measures), _drift(measures), *of_endpoint, *_of_api(measures)]
        if stage.silence_days is not None:
            troubles.append(silence(measures, days=stage.silence_days))
        if stage.retrain_on_upload:
            troubles.append(_lost_arrivals(measures))
        self.alarms = [self._alarm(stage, trouble) for trouble in troubles]

    def _alarm(self, stage: Stage, trouble: Trouble) -> cloudwatch.Alarm:
        name = alarm_name(stage, trouble.name)
        alarm = cloudwatch.Alarm(
            self,
            trouble.id_,
            alarm_name=name,
            alarm_description=f"{trouble.says} {self._more(name)}",
            metric=trouble.metric,
            threshold=trouble.threshold,
            comparison_operator=trouble.comparison,
            evaluation_periods=trouble.periods,
            treat_missing_data=trouble.missing,
        )
        tell = actions.SnsAction(self.topic)
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)
        return alarm

    def _more(self, name: str) -> str:
        """Where to read on. Nothing follows an address: mail programs would take it for a part of that."""
        return f"More: {SECTION}{self._pages.where_known(f' {self._pages.alarm(name)}')}"


def _of_executions(measures: Measures) -> list[Trouble]:
    """Looked at by the minute, so that each is told."""
    return [
        Trouble(
            id_="ExecutionsFailed",
            name="executions-failed",
            metric=measures.executions("ExecutionsFailed", period=MINUTE),
            says="An execution failed and what was live before still is. Its page names the state and the cause: put "
            "that right and start another one.",
        ),
        Trouble(
            id_="ExecutionsTimedOut",
            name="executions-timed-out",
            metric=measures.executions("ExecutionsTimedOut", period=MINUTE),
            says="An execution ran out of time, and nothing was cleaned up after it. Look at what it waited for, and "
            "for a model, config or endpoint that it left.",
        ),
        Trouble(
            id_="ExecutionsAborted",
            name="executions-aborted",
            metric=measures.executions("ExecutionsAborted", period=MINUTE),
            says="Somebody stopped an execution, and nothing was cleaned up after it. If it was past Create Model, "
            "look for a model, config or endpoint that it left.",
        ),
    ]


def _drift(measures: Measures) -> Trouble:
    threshold = measures.stage.drift_threshold
    return Trouble(
        id_="Drift",
        name="drift",
        metric=measures.own("Drift"),
        threshold=threshold,
        says=f"The ratings of an execution are far from those that the live model has learnt from: their index of "
        f"population stability is {threshold:g} or more. Its report says whether it is the scores or the items. See "
        "whether the data is what it should be before you trust what was trained on it.",
    )


def silence(measures: Measures, *, days: int) -> Trouble:
    """Days without a new version are filled with zeros: an alarm passes over a missing one for older data.

    An execution that was skipped, or whose model the gate rejected, succeeds as well, and changes nothing.
    """
    made = measures.own("NewVersions", statistic=SUM, period=DAY)
    return Trouble(
        id_="Silence",
        name="no-new-version",
        metric=cloudwatch.MathExpression(expression="FILL(made, 0)", using_metrics={"made": made}, period=DAY),
        comparison=BELOW,
        periods=days,
        missing=cloudwatch.TreatMissingData.BREACHING,
        says=f"No execution has made a new version live for {days} day(s): recommendations grow old. See whether "
        "executions are started at all, whether they fail, and whether the gate rejects what they train.",
    )


def _lost_arrivals(measures: Measures) -> Trouble:
    """Until the queue is empty: after six hours without a call a queue is measured no more, and the alarm stays."""
    return Trouble(
        id_="LostArrivals",
        name="lost-arrivals",
        metric=measures.lost_arrivals(),
        missing=cloudwatch.TreatMissingData.IGNORE,
        says="Ratings have arrived, and after all tries no execution was put down for them. The queue "
        f"{queue_name(measures.stage)} has an event for each object, and the error. Put that right, start an execution "
        "of each dataset and purge the queue, which ends this.",
    )


def _of_endpoint(measures: Measures) -> list[Trouble]:
    return _of_variant(
        measures,
        VARIANT,
        ENDPOINT_ALARMS,
        id_="Endpoint",
        errors=f"In five minutes {SHARE_OF_ERRORS:.0%} or more of the endpoint's invocations failed with 5xx; the API "
        "predicts from the artifact meanwhile. Read the endpoint's log, and restore an earlier version if it lasts.",
        latency="For ten minutes one of a hundred invocations took the model more than a second. See on the dashboard "
        "whether the traffic grew, and give the endpoint more instances.",
    )


def _of_challenger(measures: Measures) -> list[Trouble]:
    """Of a shadow too: what it is sent counts as what it is asked (SageMaker, "Monitor a shadow test")."""
    end = "End the trial by restoring the live version."
    return _of_variant(
        measures,
        CHALLENGER,
        CHALLENGER_ALARMS,
        id_="Challenger",
        errors=f"In five minutes {SHARE_OF_ERRORS:.0%} or more of what the model on trial was sent failed with 5xx. "
        f"{end}",
        latency=f"For ten minutes one of a hundred invocations took the model on trial more than a second. {end}",
    )


def _of_variant(
    measures: Measures, variant: str, names: tuple[str, str], *, id_: str, errors: str, latency: str
) -> list[Trouble]:
    """names: of its alarms on errors and on latency; what they say."""
    return [
        Trouble(
            id_=f"{id_}Errors",
            name=names[0],
            metric=measures.endpoint("Invocation5XXErrors", statistic=AVERAGE, variant=variant),
            threshold=SHARE_OF_ERRORS,
            says=errors,
        ),
        Trouble(
            id_=f"{id_}Latency",
            name=names[1],
            metric=measures.endpoint("ModelLatency", statistic="p99", variant=variant),
            threshold=SLOW_US,
            comparison=ABOVE,
            periods=2,
            says=latency,
        ),
    ]


def _of_api(measures: Measures) -> list[Trouble]:
    return [
        Trouble(
            id_="ApiFunctionErrors",
            name="api-function-errors",
            metric=measures.function("Errors"),
            says="The API's function broke off, which no request should bring it to: time, memory or its environment. "
            "Read its log of that time.",
        ),
        Trouble(
            id_="ApiErrors",
            name="api-errors",
            metric=measures.api("5xx", statistic=SUM),
            threshold=API_ERRORS,
            says=f"The API answered {API_ERRORS} or more requests of five minutes with 5xx. Its access log has them, "
            "the function's log the reasons: mostly a version or a permission that is missing.",
        ),
    ]
