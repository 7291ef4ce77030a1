"""One page on which to see how the deployment is doing."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.measures import AVERAGE, MAXIMUM, SUM, Measures

_WIDTH, _HEIGHT = 12, 6
"""Two graphs a row: a dashboard has 24 columns."""
_HOUR = Duration.hours(1)


class OperatingDashboard(Construct):
    """The alarms on top, then executions, training, ratings, endpoint and API. `name` is the dashboard's."""

    def __init__(self, scope: Construct, id_: str, *, measures: Measures, alarms: Sequence[cloudwatch.IAlarm]) -> None:
        super().__init__(scope, id_)
        self.name = measures.stage.name
        states = cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=2 * _WIDTH, height=3)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self.name,
            widgets=[[states], *_training(measures), *_ratings(measures), *_endpoint(measures), *_api(measures)],
        )


def _training(measures: Measures) -> list[list[cloudwatch.IWidget]]:
    ends = ("Succeeded", "Failed", "TimedOut", "Aborted")
    executions = [measures.executions(f"Executions{end}", period=_HOUR, label=end) for end in ends]
    made = measures.own("NewVersions", statistic=SUM, period=_HOUR, label="New version live")
    took = [
        measures.executions("ExecutionTime", statistic=statistic, period=_HOUR, label=statistic)
        for statistic in (AVERAGE, MAXIMUM)
    ]
    return [
        [_graph("Executions by how they ended", [*executions, made]), _graph("Time of executions (ms)", took)],
        [_graph("Loss on the training channel", [measures.losses()], width=2 * _WIDTH)],
    ]


def _ratings(measures: Measures) -> list[list[cloudwatch.IWidget]]:
    """What executions are given beside what the live model has learnt from, and what of it is recommended."""
    drift = [
        measures.own(f"{of}Drift", period=_HOUR, label=f"of {words}")
        for of, words in (("Score", "scores"), ("Item", "items"))
    ]
    unknown = [
        measures.own(f"Unknown{of}", period=_HOUR, label=f"of unknown {of.lower()}") for of in ("Items", "Users")
    ]
    coverage = measures.own("Coverage", period=_HOUR, label="of the ranking model")
    asked = measures.own("UnknownIds", statistic=AVERAGE, label="with unknown ids")
    limit = cloudwatch.HorizontalAnnotation(value=measures.stage.drift_threshold, label="alarm")
    return [
        [
            _graph("Drift of the ratings from the live model's (PSI)", drift, limits=[limit]),
            _graph("Share of the ratings", unknown),
        ],
        [
            _graph("Share of the catalogue in anybody's ten recommendations", [coverage]),
            _graph("Share of the API's requests", [asked]),
        ],
    ]


def _endpoint(measures: Measures) -> list[list[cloudwatch.IWidget]]:
    counts = ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
    traffic: list[cloudwatch.IMetric] = [measures.endpoint(name, label=name) for name in counts]
    latency: list[cloudwatch.IMetric] = [
        measures.endpoint(name, statistic=statistic, label=f"{name} {statistic}")
        for name in ("ModelLatency", "OverheadLatency")
        for statistic in ("p50", "p99")
    ]
    return [[_graph("Endpoint: invocations", traffic), _graph("Endpoint: latency (µs)", latency)]]


def _api(measures: Measures) -> list[list[cloudwatch.IWidget]]:
    traffic: list[cloudwatch.IMetric] = [measures.api(name, label=name) for name in ("Count", "4xx", "5xx")]
    latency: list[cloudwatch.IMetric] = [
        measures.api(name, statistic=statistic, label=f"{name} {statistic}")
        for name in ("Latency", "IntegrationLatency")
        for statistic in ("p50", "p99")
    ]
    broken: list[cloudwatch.IMetric] = [measures.function(name, label=name) for name in ("Errors", "Throttles")]
    took: list[cloudwatch.IMetric] = [
        measures.function("Duration", statistic=statistic, label=f"Duration {statistic}")
        for statistic in ("p50", "p99")
    ]
    return [
        [_graph("API: requests", traffic), _graph("API: latency (ms)", latency)],
        [_graph("The API's function: errors", broken), _graph("The API's function: time (ms)", took)],
    ]


def _graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    *,
    width: int = _WIDTH,
    limits: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(
        title=title, left=list(metrics), left_annotations=list(limits), width=width, height=_HEIGHT
    )
