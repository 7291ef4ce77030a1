"""What serves without an endpoint: the bundle of a version, recommendations for everyone, and which version is live."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.version import LiveVersion
from infra.workflow.ratings import RESULT
from infra.workflow.states import TRANSIENT_SSM, Step, caught, invoke, may_invoke, retried, task


class WriteBundle(Construct):
    """Everything that recommends and predicts, below `models/<version>/`; `$published` says which version that is."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Write Serving Bundle",
            function_arn=function_arn,
            payload={
                "name": "{% $states.context.Execution.Name %}",
                "created": "{% $string($states.context.Execution.StartTime) %}",
                "package": "{% $package.arn %}",
                "job": "{% $job %}",
                "fetched": "{% $fetched %}",
                "prepared": "{% $prepared %}",
                "training": "{% $training %}",
                "evaluation": "{% $evaluation %}",
                "ranking": "{% $ranking %}",
                "ranked": "{% $ranked %}",
                "endpoint": "{% $job.deploy.mode = 'none' ? null : "
                "{'name': $endpoint.name, 'config': $endpoint.config, 'mode': $job.deploy.mode} %}",
            },
            timeout=Duration.minutes(15),
            assign={"published": RESULT},
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])


class WriteBatch(Construct):
    """Recommendations for every user where the input asks for them; `$batch` stays null where it does not."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Write Batch",
            function_arn=function_arn,
            payload={
                "version": "{% $published.version %}",
                "run": "{% $job.run %}",
                "n": "{% $job.batch.n %}",
                "exclude_seen": "{% $job.batch.exclude_seen %}",
            },
            timeout=Duration.minutes(15),
            assign={"batch": RESULT},
        )
        caught(state, on_error)
        skip = sfn.Pass.jsonata(self, "Skip Batch")
        choice = (
            sfn.Choice.jsonata(self, "Choose Batch")
            .when(sfn.Condition.jsonata("{% $job.batch.n > 0 %}"), state)
            .otherwise(skip)
        )
        self.step = Step(start=choice, ends=[state, skip], permissions=[may_invoke(function_arn)])


class SwitchVersion(Construct):
    """From here on the API answers by `$published`. It is the last that may fail: before it nothing is live."""

    def __init__(self, scope: Construct, id_: str, *, live: LiveVersion, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        state = task(
            self,
            "Switch Version",
            resource="aws-sdk:ssm:putParameter",
            arguments={"Name": live.name, "Value": "{% $published.version %}", "Type": "String", "Overwrite": True},
            timeout=Duration.minutes(1),
        )
        # A lost answer does no harm: the same version is put again.
        retried(state, TRANSIENT_SSM, interval_s=2, attempts=5)
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[live.may_switch()])


class RetireVersions(Construct):
    """Deletes the oldest versions. What it cannot delete the next execution does: an error of its own ends well."""

    def __init__(self, scope: Construct, id_: str, *, function_arn: str, keep: int, following: sfn.State) -> None:
        super().__init__(scope, id_)
        state = invoke(
            self,
            "Retire Old Versions",
            function_arn=function_arn,
            payload={"keep": keep, "live": "{% $published.version %}"},
            timeout=Duration.minutes(5),
        )
        caught(state, following)
        state.next(following)
        self.step = Step(start=state, ends=[], permissions=[may_invoke(function_arn)])
