"""What computes: functions, roles and the state machine."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import CfnCondition, CfnOutput, Stack
from constructs import Construct

from infra.api import RecommenderApi
from infra.approval import Approvals
from infra.budget import MonthlyBudget
from infra.console import ConsolePages
from infra.dashboard import OperatingDashboard
from infra.expiry import EndpointExpiry, Schedules
from infra.images import FactorizationMachinesImage
from infra.measures import Measures
from infra.network import Network
from infra.pipeline_functions import PipelineFunctions
from infra.retraining import Retraining
from infra.settings import Stage
from infra.spark import SparkPreparation
from infra.stacks.storage_stack import bucket_of
from infra.teardown import Teardown
from infra.version import LiveVersion
from infra.watching import Watching
from infra.workflow.machine import Recommender

EXAMPLE_INPUT = {"dataset": {"name": "ml-100k"}, "preset": "blog", "deploy": {"mode": "realtime"}}


class PipelineStack(Stack):
    """Deploying it starts nothing; an execution of its state machine trains, evaluates and serves a model."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, **kwargs: Any) -> None:
        super().__init__(scope, id_, stack_name=f"{stage.name}-pipeline", **kwargs)
        bucket = bucket_of(self, "Bucket", stage=stage)
        network = [] if stage.vpc == "none" else [Network(self, stage=stage)]
        functions = PipelineFunctions(self, "Functions", stage=stage, bucket=bucket)
        image = FactorizationMachinesImage(self, "Image")
        spark = SparkPreparation(self, "Spark", stage=stage, bucket=bucket)
        live = LiveVersion(self, "Live", stage=stage)
        expiry = EndpointExpiry(self, "Expiry", stage=stage)
        recommender = Recommender(
            self,
            "Recommender",
            stage=stage,
            image=image.uri,
            bucket=bucket,
            functions=functions,
            spark=spark,
            live=live,
            expiry=expiry,
        )
        api = RecommenderApi(self, "Api", stage=stage, bucket=bucket, numpy=functions.layers.numpy, live=live)
        arn = recommender.machine.state_machine_arn
        teardown = Teardown(self, "Teardown", stage=stage, machine_arn=arn, spark_job=spark.name)
        # What it removes is made with these, so they go after it; what starts executions goes before.
        teardown.resource.node.add_dependency(recommender, spark, *network)
        approvals = Approvals(self, "Approvals", stage=stage, machine_arn=arn)
        approvals.node.add_dependency(teardown.resource)
        schedules = Schedules(self, "Schedules", stage=stage)
        schedules.node.add_dependency(teardown.resource)
        if stage.retrains:
            group = schedules.name
            retraining = Retraining(self, "Retraining", stage=stage, bucket=bucket, machine_arn=arn, group=group)
            retraining.node.add_dependency(teardown.resource)
        measures = Measures(stage=stage, machine_arn=arn, function_name=api.function_name, api_id=api.api_id)
        pages = ConsolePages(self, "Page")
        watching = Watching(self, "Watching", stage=stage, measures=measures, pages=pages)
        if stage.monthly_budget_usd is not None:
            MonthlyBudget(self, "Budget", stage=stage, usd=stage.monthly_budget_usd, alarms=watching.told)
        dashboard = OperatingDashboard(self, "Operating", measures=measures, alarms=watching.alarms)
        self._output("BucketName", bucket.bucket_name, "Ratings, models and reports")
        self._output("StateMachineArn", arn, "Start an execution of this one")
        known = pages.is_known
        self._output("ConsoleUrl", pages.state_machine(arn), "The state machine in the console", condition=known)
        self._output("DashboardUrl", pages.dashboard(dashboard.name), "How it is doing", condition=known)
        self._output("TopicArn", watching.topic.topic_arn, "Is told when an alarm goes off, and when it is over")
        self._output("EndpointName", stage.name, "The endpoint that executions create and update")
        self._output("ApiUrl", api.url, "Where recommendations are asked for, in signed requests")
        self._output("VersionParameter", live.name, "Names the live version of the model")
        self._output("ExampleInput", json.dumps(EXAMPLE_INPUT), "Input of an execution; {} does the same")

    def _output(self, id_: str, value: str, description: str, *, condition: CfnCondition | None = None) -> None:
        CfnOutput(self, id_, value=value, description=description, condition=condition)
