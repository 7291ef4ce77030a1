"""The state machine, assembled from its steps."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.expiry import EndpointExpiry
from infra.logs import log_group, stack_uuid
from infra.pipeline_functions import PipelineFunctions
from infra.registry import ModelRegistry
from infra.rules import accept
from infra.settings import Stage
from infra.spark import SparkPreparation
from infra.version import LiveVersion
from infra.workflow.champion import FindChampion
from infra.workflow.cleanup import CleanUp
from infra.workflow.evaluate import EvaluateModel, EvaluateRanking, Gate
from infra.workflow.expire import LimitEndpoint
from infra.workflow.models import LIKE, RANKING, BranchFailure, Model, SideBySide
from infra.workflow.publish import PublishModel, choose_serving
from infra.workflow.ratings import FetchRatings, PrepareRatings, ValidateInput
from infra.workflow.register import AWAITS_APPROVAL, RegisterPackage
from infra.workflow.restore import RESTORED, ReadVersion, choose
from infra.workflow.scaling import ApplyScaling
from infra.workflow.serving import RetireVersions, SwitchVersion, WriteBatch, WriteBundle
from infra.workflow.states import Step
from infra.workflow.train import TrainingRole, TrainModel
from infra.workflow.tune import HYPERPARAMETERS, TUNING, TuneModel
from infra.workflow.turn import TakeTurn
from infra.workflow.verify import ReportResult, VerifyPredictions


class Recommender(Construct):
    """Fetch, prepare, train, evaluate, gate; release, verify, publish, report, switch; or restore what was published.

    One execution at a time. Every error leads into one clean-up.
    """

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
        live: LiveVersion,
        expiry: EndpointExpiry,
    ) -> None:
        super().__init__(scope, id_)
        clean_up = CleanUp(self, "CleanUp", stage=stage)
        failed, done = clean_up.start, sfn.Succeed.jsonata(self, "Finish Execution", outputs="{% $result %}")
        branches = Branches(
            scope=self,
            stage=stage,
            image=image,
            bucket=bucket,
            functions=functions,
            spark=spark,
            training=TrainingRole(self, "Training", stage=stage, bucket=bucket),
        )
        switch = self._switch(stage, functions, live, failed, done)
        report = self._report(functions, failed, switch.start, done)
        publish = self._publish(functions, failed, waiting=report.start)
        verify = VerifyPredictions(self, "Verify", function_arn=functions.verify, on_error=failed).step
        limit = LimitEndpoint(self, "Limit", stage=stage, expiry=expiry, on_error=failed).step
        release = self._release(
            stage, image, bucket, failed, limit, restoring=switch.start, otherwise=verify.start, rejected=report.start
        )
        restore = self._restore(
            functions, bucket, failed, release=release.start, switch=switch.start, publish=publish.start
        )
        register = self._register(stage, image, spark.code_version, failed)
        gate = Gate(self, "Gate")
        train = self._train(branches, functions, failed).then(Step(gate.start, []))
        choice = Step(choose(self, "Choose Restoration", restoring=restore.start, otherwise=train.start), [])
        turn = TakeTurn(self, "Turn", stage=stage, on_error=failed).step.then(choice)
        validate = ValidateInput(self, "Validate", function_arn=functions.validate, on_error=failed).step.then(turn)
        serving = choose_serving(self, "Choose Serving", release=release.start, otherwise=publish.start)
        gate.when(register.then(Step(serving, [])).start).otherwise(report.start)
        steps = [validate, train, register, restore, release, verify.then(publish).then(report), switch]

        self.machine = _machine(self, stage=stage, start=validate.start)
        for permission in [*(one for step in steps for one in step.permissions), *clean_up.permissions]:
            permission.grant(self.machine.role)
        _accept_observability(self.machine.role)

    def _register(self, stage: Stage, image: str, code_version: str, failed: sfn.State) -> Step:
        ModelRegistry(self, "Registry", stage=stage)
        return RegisterPackage(
            self, "Register", stage=stage, image=image, code_version=code_version, on_error=failed
        ).step

    def _train(self, branches: Branches, functions: PipelineFunctions, failed: sfn.State) -> Step:
        fetch = FetchRatings(self, "Fetch", function_arn=functions.fetch, on_error=failed).step
        models = SideBySide(self, "Models", like=branches.of(LIKE), ranking=branches.of(RANKING), on_error=failed).step
        champion = FindChampion(self, "Champion", stage=branches.stage, on_error=failed).step
        evaluate = EvaluateModel(self, "Evaluate", function_arn=functions.evaluate, on_error=failed).step
        rank = EvaluateRanking(self, "Rank", function_arn=functions.rank, on_error=failed).step
        return fetch.then(models).then(champion).then(evaluate).then(rank)

    def _restore(
        self,
        functions: PipelineFunctions,
        bucket: s3.IBucket,
        failed: sfn.State,
        *,
        release: sfn.State,
        switch: sfn.State,
        publish: sfn.State,
    ) -> Step:
        read = ReadVersion(self, "Restore", function_arn=functions.restore, bucket=bucket, on_error=failed).step
        without = choose(self, "Check for Approved Version", restoring=switch, otherwise=publish)
        choice = choose_serving(self, "Choose Endpoint", release=release, otherwise=without)
        return read.then(Step(choice, []))

    def _release(
        self,
        stage: Stage,
        image: str,
        bucket: s3.IBucket,
        failed: sfn.State,
        limit: Step,
        *,
        restoring: sfn.State,
        otherwise: sfn.State,
        rejected: sfn.State,
    ) -> Step:
        """A restored model was verified when it was new."""
        release = PublishModel(
            self, "Publish", stage=stage, image=image, bucket=bucket, on_error=failed, rejected=rejected
        ).step
        scaling = ApplyScaling(self, "Scaling", stage=stage, on_error=failed).step
        choice = choose(self, "Check for Restoration", restoring=restoring, otherwise=otherwise)
        return release.then(scaling).then(limit).then(Step(choice, []))

    def _publish(self, functions: PipelineFunctions, failed: sfn.State, *, waiting: sfn.State) -> Step:
        """What was approved has its bundle; what waits for that has no use for a batch yet."""
        bundle = WriteBundle(self, "Bundle", function_arn=functions.publish, on_error=failed).step
        batch = WriteBatch(self, "Batch", function_arn=functions.batch, on_error=failed).step
        known = sfn.Choice.jsonata(self, "Check for Bundle")
        known.when(sfn.Condition.jsonata("{% $published != null %}"), batch.start).otherwise(bundle.start)
        approved = sfn.Choice.jsonata(self, "Check for Approval")
        approved.when(sfn.Condition.jsonata(f"{{% {AWAITS_APPROVAL} %}}"), waiting).otherwise(batch.start)
        bundle.then(Step(approved, []))
        return Step(known, batch.ends, [*bundle.permissions, *batch.permissions])

    def _report(self, functions: PipelineFunctions, failed: sfn.State, switch: sfn.State, done: sfn.State) -> Step:
        """What is on trial beside the live model is published, and not switched to."""
        report = ReportResult(self, "Report", function_arn=functions.report, on_error=failed).step
        choice = sfn.Choice.jsonata(self, "Check for New Version")
        goes_live = f"$published != null and $not({AWAITS_APPROVAL}) and $live = null"
        choice.when(sfn.Condition.jsonata(f"{{% {goes_live} %}}"), switch).otherwise(done)
        return report.then(Step(choice, []))

    def _switch(
        self, stage: Stage, functions: PipelineFunctions, live: LiveVersion, failed: sfn.State, done: sfn.State
    ) -> Step:
        restored = sfn.Succeed.jsonata(self, "Finish Restoration", outputs=RESTORED)
        retire = RetireVersions(
            self, "Retire", function_arn=functions.retire, keep=stage.kept_versions, following=done
        ).step
        choice = choose(self, "Choose End", restoring=restored, otherwise=retire.start)
        switch = SwitchVersion(self, "Switch", live=live, on_error=failed).step.then(Step(choice, []))
        return Step(start=switch.start, ends=[], permissions=[*switch.permissions, *retire.permissions])


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
        "log delivery and X-Ray know no resource: AWS asks for * (Step Functions, 'Logging using CloudWatch Logs'). "
        "Nor do lists of Application Auto Scaling",
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
