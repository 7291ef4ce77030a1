"""The CloudWatch metrics of one deployment: AWS's and its own, by the names and dimensions that they have there."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.lost_arrivals import queue_name
from infra.settings import Stage
from infra.workflow.endpoint import VARIANT

FIVE_MINUTES = Duration.minutes(5)
SUM, AVERAGE, MAXIMUM = "Sum", "Average", "Maximum"


@dataclass(frozen=True, kw_only=True)
class Measures:
    """`machine_arn`, `function_name` and `api_id` are what the metrics go by, beside the endpoint's stable name."""

    stage: Stage
    machine_arn: str
    function_name: str
    api_id: str

    def executions(
        self, name: str, *, statistic: str = SUM, period: Duration = FIVE_MINUTES, label: str | None = None
    ) -> cloudwatch.Metric:
        """Of the state machine ("Monitoring Step Functions metrics using Amazon CloudWatch"). Times are ms."""
        return _metric("AWS/States", name, {"StateMachineArn": self.machine_arn}, statistic, period, label)

    def endpoint(
        self, name: str, *, statistic: str = SUM, label: str | None = None, variant: str = VARIANT
    ) -> cloudwatch.Metric:
        """Of the endpoint's invocations ("SageMaker AI endpoint invocation metrics"). Times are µs.

        Each error counts as 1 and each other invocation as 0, so that the average is the share of errors.
        """
        dimensions = {"EndpointName": self.stage.name, "VariantName": variant}
        return _metric("AWS/SageMaker", name, dimensions, statistic, FIVE_MINUTES, label)

    def function(self, name: str, *, statistic: str = SUM, label: str | None = None) -> cloudwatch.Metric:
        """Of the API's function ("Types of metrics for Lambda functions"). Times are ms."""
        return _metric("AWS/Lambda", name, {"FunctionName": self.function_name}, statistic, FIVE_MINUTES, label)

    def api(self, name: str, *, statistic: str = SUM, label: str | None = None) -> cloudwatch.Metric:
        """Of the API ("Monitor CloudWatch metrics for HTTP APIs in API Gateway"). Times are ms."""
        return _metric("AWS/ApiGateway", name, {"ApiId": self.api_id}, statistic, FIVE_MINUTES, label)

    def own(
        self, name: str, *, statistic: str = MAXIMUM, period: Duration = FIVE_MINUTES, label: str | None = None
    ) -> cloudwatch.Metric:
        """Of this application's functions, which embed them in their logs."""
        given = self.stage.metrics
        return _metric(given["NAMESPACE"], name, {"Stage": given["STAGE"]}, statistic, period, label)

    def lost_arrivals(self) -> cloudwatch.Metric:
        """Events in the queue of those that were given up ("Available CloudWatch metrics for Amazon SQS")."""
        dimensions = {"QueueName": queue_name(self.stage)}
        return _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions, MAXIMUM, FIVE_MINUTES, None)

    def losses(self) -> cloudwatch.SearchExpression:
        """The loss on the training channel, a line for each of the training jobs.

        A search, as each job has a name of its own; its words, as in "CloudWatch search expression syntax", are those
        that the names of this stage's jobs have in common.
        """
        words = self.stage.name.replace("-", " ")
        metrics = " OR ".join(f'MetricName="{name}"' for name in LOSSES)
        search = f'{{"/aws/sagemaker/TrainingJobs",TrainingJobName}} {words} ({metrics})'
        return cloudwatch.SearchExpression(
            expression=f"SEARCH('{search}', 'Average')", label="", period=Duration.minutes(1)
        )


LOSSES = ("train:binary_classification_cross_entropy:epoch", "train:rmse:epoch")
"""Of classifiers and of regressors."""


def _metric(
    namespace: str, name: str, dimensions: dict[str, str], statistic: str, period: Duration, label: str | None
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=period,
        label=label,
    )
