"""A version that was published before, made the live one again."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.storage import MODELS
from infra.workflow.register import APPROVED
from infra.workflow.scaling import RESTORES
from infra.workflow.states import Json, Step, caught, invoke, may_invoke

# By the name of a version. By that of a package it is the package's execution that goes on, approved.
IS_RESTORING = f"{{% {RESTORES} %}}"
# For when something is wrong: alarms that are in ALARM already would hinder it.
AT_ONCE = "{'traffic': 'all_at_once', 'step_percent': 10, 'wait_s': 0, 'bake_s': 0, 'alarms': false}"
_REMEMBERED = ("fetched", "prepared", "training", "evaluation", "ranking", "ranked")


class ReadVersion(Construct):
    """The variables are those of the execution that published the version, and `$published` is that version.

    `$job` is that execution's too, but for the names, and deployed as the input says, and where it says nothing as the
    version was. `$package` is the version's where the input names it: with it go its release and its verdict.
    A version that is restored by its own name is released at once.
    """

    def __init__(
        self, scope: Construct, id_: str, *, function_arn: str, bucket: s3.IBucket, on_error: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        said = "$states.result.Payload"
        state = invoke(
            self,
            "Read Version",
            function_arn=function_arn,
            payload={
                "version": "{% $exists($job.restore.version) ? $job.restore.version : null %}",
                "package": "{% $exists($job.restore.package) ? $job.restore.package : null %}",
                "mode": "{% $exists($job.deploy.mode) ? $job.deploy.mode : null %}",
            },
            timeout=Duration.minutes(1),
            assign={
                "job": f"{{% $merge([{said}.job, $job, {{'deploy': {_deployed(said)}}}]) %}}",
                **{name: f"{{% {said}.{name} %}}" for name in _REMEMBERED},
                "package": f"{{% $exists($job.restore.package) ? "
                f"{{'arn': {said}.package, 'status': '{APPROVED}'}} : null %}}",
                "published": {
                    "version": f"{{% {said}.version %}}",
                    "uri": f"{{% 's3://{bucket.bucket_name}/{MODELS}/' & {said}.version & '/' %}}",
                    "report": f"{{% 's3://{bucket.bucket_name}/' & {said}.job.run & 'report.html' %}}",
                },
            },
        )
        caught(state, on_error)
        self.step = Step(start=state, ends=[state], permissions=[may_invoke(function_arn)])


def _deployed(said: str) -> str:
    """A restored version is deployed at once, and without what is about the present rather than about it: scaling."""
    own = f"$sift({said}.job.deploy, function($value, $name) {{ $name != 'autoscaling' }})"
    return (
        f"$exists($job.restore.package) ? $merge([{said}.job.deploy, $job.deploy]) : "
        f"$merge([{own}, $job.deploy, {{'release': {AT_ONCE}}}])"
    )


def choose(scope: Construct, name: str, *, restoring: sfn.State, otherwise: sfn.State) -> sfn.Choice:
    """Where an execution that restores a version goes on, and where any other."""
    choice = sfn.Choice.jsonata(scope, name)
    choice.when(sfn.Condition.jsonata(IS_RESTORING), restoring).otherwise(otherwise)
    return choice


RESTORED: Json = {
    "decision": "restored",
    "version": "{% $published.version %}",
    "endpoint": "{% $job.deploy.mode = 'none' ? null : "
    "{'name': $endpoint.name, 'config': $endpoint.config, 'status': $endpoint.status, 'expires': $endpoint.expires} %}",
    "artifacts": {"bundle": "{% $published.uri %}", "report": "{% $published.report %}"},
}
"""The output of an execution that has restored a version."""
