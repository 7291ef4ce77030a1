"""The state machine, assembled from its steps."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.logs import log_group, stack_uuid
from infra.pipeline_functions import PipelineFunctions
from infra.rules import accept
from infra.settings import Stage
from infra.spark import SparkPreparation
from infra.workflow.champion import FindChampion
from infra.workflow.cleanup import CleanUp
from infra.workflow.evaluate import EvaluateModel, EvaluateRanking, Gate
from infra.workflow.models import LIKE, RANKING, BranchFailure, Model, SideBySide
from infra.workflow.publish import PublishModel
from infra.workflow.ratings import FetchRatings, PrepareRatings, ValidateInput
from infra.workflow.states import Step
from infra.workflow.train import TrainingRole, TrainModel
from infra.workflow.tune import HYPERPARAMETERS, TUNING, TuneModel
from infra.workflow.verify import ReportResult, VerifyPredictions


class Recommender(Construct):
    """Fetch, prepare, train, evaluate, gate, publish, verify, report; every error leads into one clean-up."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        image: str,
        bucket: s3.IBucket,
        functions: PipelineFunctions,
        spark: SparkPreparation,
    ) -> None:
        super().__init__(scope, id_)
        clean_up = CleanUp(self, "CleanUp", stage=stage)
        failed = clean_up.start
        validate = ValidateInput(self, "Validate", function_arn=functions.validate, on_error=failed).step
        fetch = FetchRatings(self, "Fetch", function_arn=functions.fetch, on_error=failed).step
        branches = Branches(
            scope=self,
            stage=stage,
            image=image,
            bucket=bucket,
            functions=functions,
            spark=spark,
            training=TrainingRole(self, "Training", stage=stage, bucket=bucket),
        )
        models = SideBySide(self, "Models", like=branches.of(LIKE), ranking=branches.of(RANKING), on_error=failed).step
        champion = FindChampion(self, "Champion", stage=stage, on_error=failed).step
        evaluate = EvaluateModel(self, "Evaluate", function_arn=functions.evaluate, on_error=failed).step
        rank = EvaluateRanking(self, "Rank", function_arn=functions.rank, on_error=failed).step
        publish = PublishModel(self, "Publish", stage=stage, image=image, bucket=bucket, on_error=failed).step
        verify = VerifyPredictions(self, "Verify", function_arn=functions.verify, on_error=failed).step
        report = ReportResult(self, "Report", function_arn=functions.report, on_error=failed).step
        gate = Gate(self, "Gate")

        trained = validate.then(fetch).then(models)
        evaluated = trained.then(champion).then(evaluate).then(rank).then(Step(gate.start, []))
        served = publish.then(verify).then(report)
        gate.when(served.start, to_serve=True).when(report.start, to_serve=False).otherwise(report.start)

        self.machine = _machine(self, stage=stage, start=evaluated.start)
        for permission in [*evaluated.permissions, *served.permissions, *clean_up.permissions]:
            permission.grant(self.machine.role)
        _accept_observability(self.machine.role)


@dataclass(frozen=True, kw_only=True)
class Branches:
    """Makes the branch of each model: prepare, train."""

    scope: Construct
    stage: Stage
    image: str
    bucket: s3.IBucket
    functions: PipelineFunctions
    spark: SparkPreparation
    training: TrainingRole

    def of(self, model: Model) -> Step:
        """That model's."""
        name = model.prefix.capitalize()
        on_error = BranchFailure(self.scope, f"{name}Failure", model=model)
        prepare = PrepareRatings(
            self.scope,
            f"{name}Prepare",
            model=model,
            stage=self.stage,
            function_arn=self.functions.prepare,
            collect_arn=self.functions.collect,
            spark=self.spark,
            on_error=on_error,
        ).step
        given, tuning = f"{model.job}.hyperparameters", "null"
        if model is LIKE:
            prepare = prepare.then(self._tuned(on_error))
            given, tuning = f"${HYPERPARAMETERS}", f"${TUNING}"
        train = TrainModel(
            self.scope,
            f"{name}Train",
            model=model,
            image=self.image,
            bucket=self.bucket,
            training=self.training,
            hyperparameters=given,
            tuning=tuning,
            on_error=on_error,
        ).step
        return prepare.then(train)

    def _tuned(self, on_error: BranchFailure) -> Step:
        return TuneModel(
            self.scope,
            "Tune",
            stage=self.stage,
            image=self.image,
            bucket=self.bucket,
            training=self.training,
            on_error=on_error,
        ).step


def _accept_observability(role: iam.IRole) -> None:
    accept(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "log delivery and X-Ray know no resource: AWS asks for * (Step Functions, 'Logging using CloudWatch Logs')",
    )


def _machine(scope: Construct, *, stage: Stage, start: sfn.State) -> sfn.StateMachine:
    return sfn.StateMachine(
        scope,
        "Machine",
        state_machine_name=stage.name,
        definition_body=sfn.DefinitionBody.from_chainable(sfn.Chain.start(start)),
        query_language=sfn.QueryLanguage.JSONATA,
        role=iam.Role(
            scope,
            "MachineRole",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
            ),
        ),
        logs=sfn.LogOptions(
            # A name that begins so spares the account-wide limit on the size of log resource policies.
            destination=log_group(
                scope, "Log", stage=stage, name=f"/aws/vendedlogs/states/{stage.name}-{stack_uuid()}"
            ),
            level=sfn.LogLevel.ALL,
            include_execution_data=True,
        ),
        tracing_enabled=True,
        timeout=Duration.hours(36),
    )
