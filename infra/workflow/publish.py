"""Model, endpoint config and the one stable endpoint, created the first time and updated from then on."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.network import place_of_job
from infra.permissions import Permission
from infra.settings import Stage
from infra.workflow.endpoint import (
    IN_PROGRESS,
    IN_SERVICE,
    LOST,
    MAX_POLLS,
    ONE_POLL_MORE,
    AwaitEndpoint,
    describe_endpoint,
    note_failure,
    wait,
)
from infra.workflow.hosting import hosting_role, may_release
from infra.workflow.register import AWAITS_APPROVAL
from infra.workflow.rollout import IS_SENT_BACK, POLLS_OF_RELEASE, RejectRelease, update_arguments
from infra.workflow.scaling import FindScaling, unscaled
from infra.workflow.states import LIMIT_REACHED, TRANSIENT_SAGEMAKER, Json, Step, caught, retried, tags, task
from infra.workflow.trial import FindLive, config_arguments
from infra.workflow.volumes import of_endpoint

UNUSABLE = "$endpoint.status in ['Failed', 'OutOfService']"
# SageMaker updates none on instances to a serverless one (developer guide, "Update a serverless endpoint", its note).
OF_ANOTHER_KIND = "$endpoint.is_serverless != ($job.deploy.mode = 'serverless')"


class PublishModel(Construct):
    """Ends with the endpoint InService on this execution's config; `$created` says what a failure must remove."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        image: str,
        bucket: s3.IBucket,
        on_error: sfn.State,
        rejected: sfn.State,
    ) -> None:
        """rejected: where an execution goes on whose release an alarm sent back."""
        super().__init__(scope, id_)
        self._stage, self._endpoint_name, self._key = stage, stage.name, bucket.encryption_key
        self._tags = tags(stage)
        self._on_error = on_error
        role = hosting_role(self, "HostingRole", stage=stage, bucket=bucket)
        permissions: list[Permission] = []

        def rejecting(failed: sfn.State) -> sfn.State:
            reject = RejectRelease(self, "Reject", stage=stage, failed=failed, on_error=on_error, rejected=rejected)
            permissions.extend(reject.permissions)
            return reject.start

        ready = AwaitEndpoint(
            self,
            "Await",
            doing="Release",
            endpoint_name=stage.name,
            config="$created.config",
            on_error=on_error,
            most_polls=POLLS_OF_RELEASE,
            sent_back=(IS_SENT_BACK, rejecting),
        )
        config = self._create_config(self._release(ready.start))
        model = self._create_model(config, image=image, role=role)
        begun = {"created": _merged("created", "{'model': $job.name}"), "release": {"began": "{% $now() %}"}}
        begin = sfn.Pass.jsonata(self, "Begin Release", assign=begun)
        begin.next(model)
        scaling = FindScaling(self, "Scaling", stage=stage, following=begin, on_error=on_error)
        live = FindLive(self, "Live", endpoint_name=stage.name, following=scaling.start, on_error=on_error)
        self.step = Step(start=live.start, ends=[ready.ready], permissions=[*may_release(stage, role), *permissions])

    def _sagemaker(
        self, name: str, action: str, arguments: Json | str, assign: Json | None, *, on_error: sfn.State | None = None
    ) -> sfn.CustomState:
        state = task(self, name, resource=action, arguments=arguments, timeout=Duration.minutes(2), assign=assign)
        retried(state, LIMIT_REACHED, interval_s=30, attempts=3)
        # Also "not found" right after a creation, until all of SageMaker knows (CreateEndpoint's documentation).
        retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        return caught(state, on_error or self._on_error)

    def _once(
        self, what: str, action: str, arguments: Json | str, following: sfn.State, assign: Json
    ) -> sfn.CustomState:
        """Create what has a name of this execution alone: where it exists, an answer was lost and all is well."""
        exists = (
            sfn.Choice.jsonata(self, f"Check Whether {what} Exists")
            .when(
                sfn.Condition.jsonata("{% $contains($failure.cause, 'already existing') %}"), following, assign=assign
            )
            .otherwise(self._on_error)
        )
        state = self._sagemaker(f"Create {what}", action, arguments, assign, on_error=exists)
        state.next(following)
        return state

    def _create_model(self, config: sfn.State, *, image: str, role: iam.IRole) -> sfn.CustomState:
        arguments = {
            "ModelName": "{% $created.model %}",
            "ExecutionRoleArn": role.role_arn,
            "PrimaryContainer": {"Image": image, "ModelDataUrl": "{% $training.model_data %}"},
            **place_of_job(self),
            "Tags": self._tags,
        }
        noted = {"created": _merged("created", "{'config': $job.name}")}
        return self._once("Model", "sagemaker:createModel", arguments, config, noted)

    def _create_config(self, release: sfn.State) -> sfn.CustomState:
        """The integration of SageMaker's own name passes no shadow variants."""
        action = "aws-sdk:sagemaker:createEndpointConfig"
        arguments = of_endpoint(config_arguments(self._stage), self._key)
        return self._once("Endpoint Config", action, arguments, release, {"polls": 0})

    def _release(self, released: sfn.State) -> sfn.State:
        """Create the endpoint, update or replace it, whichever its present state asks for.

        What is about to be done is noted before it is asked for, so that the clean-up also knows of a request whose
        answer was lost; one that serves this execution's config already has got such a request.
        """
        find = describe_endpoint(self, "Find Endpoint", endpoint_name=self._endpoint_name)
        pause = wait(self, "Wait for Endpoint")
        caught(find, self._choose_creation(pause, released))
        busy = note_failure(
            self,
            "Note Unusable Endpoint",
            state="Find Endpoint",
            error="EndpointNotUsable",
            cause="'endpoint ' & $endpoint.name & ' is ' & $endpoint.status & ', expected InService or Failed'",
        )
        busy.next(self._on_error)
        find.next(
            sfn.Choice.jsonata(self, "Choose Release")
            .when(
                sfn.Condition.jsonata(f"{{% $endpoint.config = $created.config and $not({UNUSABLE}) %}}"),
                released,
                assign={"polls": 0},
            )
            .when(
                sfn.Condition.jsonata(f"{{% {IN_SERVICE} and {OF_ANOTHER_KIND} and $polls < {MAX_POLLS} %}}"),
                self._replace_endpoint(pause),
                assign=_noted(is_new="true"),
            )
            .when(
                sfn.Condition.jsonata(f"{{% {IN_SERVICE} and $not({OF_ANOTHER_KIND}) %}}"),
                self._update_endpoint(pause).next(released),
                assign=_noted(is_new="false"),
            )
            .when(
                sfn.Condition.jsonata(f"{{% {UNUSABLE} and $polls < {MAX_POLLS} %}}"),
                self._delete_endpoint("Delete Failed Endpoint").next(pause),
            )
            .when(sfn.Condition.jsonata(f"{{% {IN_PROGRESS} and $polls < {MAX_POLLS} %}}"), pause)
            .otherwise(busy)
        )
        pause.next(find)
        return find

    def _choose_creation(self, pause: sfn.State, released: sfn.State) -> sfn.State:
        """SageMaker has one error for a missing endpoint, for throttling and for denial: the words tell them apart."""
        return (
            sfn.Choice.jsonata(self, "Check Whether Endpoint Is Missing")
            .when(
                sfn.Condition.jsonata("{% $contains($failure.cause, 'Could not find') %}"),
                self._create_endpoint(pause).next(released),
                assign={"created": _merged("created", "{'endpoint': true}")},
            )
            .when(*_again_if(LOST, pause), assign=ONE_POLL_MORE)
            .otherwise(self._on_error)
        )

    def _create_endpoint(self, pause: sfn.State) -> sfn.CustomState:
        """Another execution may have been faster: then its endpoint is updated, once it is at rest."""
        named = {"EndpointName": self._endpoint_name, "EndpointConfigName": "{% $created.config %}"}
        arguments = {**named, "Tags": self._tags}
        return self._ask("Create", "sagemaker:createEndpoint", arguments, pause, ("already existing", "Taken"))

    def _update_endpoint(self, pause: sfn.State) -> sfn.CustomState:
        """Another execution may have been faster: then its update is waited for.

        The integration of SageMaker's own name passes no DeploymentConfig.
        """
        arguments = update_arguments(self._stage)
        return self._ask("Update", "aws-sdk:sagemaker:updateEndpoint", arguments, pause, ("in-progress", "Busy"))

    def _ask(
        self, verb: str, action: str, arguments: Json | str, pause: sfn.State, refusal: tuple[str, str]
    ) -> sfn.CustomState:
        """Look again when SageMaker refuses in the first words of `refusal`; the others say what the endpoint is."""
        unless, taken = refusal
        refused = (
            sfn.Choice.jsonata(self, f"Check Whether Endpoint Is {taken}")
            .when(*_again_if(f"$contains($failure.cause, '{unless}')", pause), assign=ONE_POLL_MORE)
            .otherwise(self._on_error)
        )
        return self._sagemaker(f"{verb} Endpoint", action, arguments, {"polls": 0}, on_error=refused)

    def _replace_endpoint(self, pause: sfn.State) -> sfn.State:
        replace = self._delete_endpoint("Replace Endpoint")
        replace.next(pause)
        return unscaled(self, "before Replacement", stage=self._stage, following=replace, on_error=self._on_error)

    def _delete_endpoint(self, name: str) -> sfn.CustomState:
        """SageMaker updates no endpoint that has failed or is of another kind: it is deleted and created anew."""
        return self._sagemaker(
            name,
            "aws-sdk:sagemaker:deleteEndpoint",
            {"EndpointName": self._endpoint_name},
            None,
        )


def choose_serving(scope: Construct, name: str, *, release: sfn.State, otherwise: sfn.State) -> sfn.Choice:
    """Where an execution goes on that is to have an endpoint, and one that is not, or not before its approval."""
    choice = sfn.Choice.jsonata(scope, name)
    wanted = f"$job.deploy.mode != 'none' and $not({AWAITS_APPROVAL})"
    choice.when(sfn.Condition.jsonata(f"{{% {wanted} %}}"), release).otherwise(otherwise)
    return choice


def _again_if(condition: str, pause: sfn.State) -> tuple[sfn.Condition, sfn.State]:
    """Back to the wait, while there are polls left."""
    return sfn.Condition.jsonata(f"{{% {condition} and $polls < {MAX_POLLS} %}}"), pause


def _noted(*, is_new: str) -> Json:
    """What the endpoint serves now, and whether the one to come is this execution's to remove."""
    return {
        "endpoint": _merged("endpoint", "{'previous_config': $endpoint.config}"),
        "created": _merged("created", f"{{'endpoint': {is_new}}}"),
    }


def _merged(variable: str, fields: str) -> str:
    return f"{{% $merge([${variable}, {fields}]) %}}"
