"""Model, endpoint config and the one stable endpoint, created the first time and updated from then on."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.storage import RUNS, may_read
from infra.workflow.endpoint import (
    IN_PROGRESS,
    IN_SERVICE,
    LOST,
    MAX_POLLS,
    ONE_POLL_MORE,
    VARIANT,
    AwaitEndpoint,
    describe_endpoint,
    note_failure,
    wait,
)
from infra.workflow.register import AWAITS_APPROVAL
from infra.workflow.states import LIMIT_REACHED, TRANSIENT_SAGEMAKER, Json, Step, caught, retried, task
from infra.workflow.train import may_log, may_pass, may_publish_metrics, sagemaker_arn, sagemaker_role

UNUSABLE = "$endpoint.status in ['Failed', 'OutOfService']"
# SageMaker updates none on instances to a serverless one (developer guide, "Update a serverless endpoint", its note).
OF_ANOTHER_KIND = "$endpoint.is_serverless != ($job.deploy.mode = 'serverless')"
# A variant has instances or is serverless. Its name is the same on every update: SageMaker renames no live variant.
_VARIANTS = (
    f"{{% [$merge([{{'VariantName': '{VARIANT}', 'ModelName': $created.model}}, $job.deploy.mode = 'serverless' ? "
    "{'ServerlessConfig': {'MemorySizeInMB': $job.deploy.serverless.memory_mb, "
    "'MaxConcurrency': $job.deploy.serverless.max_concurrency}} : "
    "{'InstanceType': $job.deploy.instance_type, 'InitialInstanceCount': $job.deploy.instance_count}])] %}"
)


class PublishModel(Construct):
    """Ends with the endpoint InService on this execution's config; `$created` says what a failure must remove."""

    def __init__(
        self, scope: Construct, id_: str, *, stage: Stage, image: str, bucket: s3.IBucket, on_error: sfn.State
    ) -> None:
        super().__init__(scope, id_)
        self._endpoint_name = stage.name
        self._on_error = on_error
        role = sagemaker_role(self, "HostingRole")
        may_read(bucket, f"{RUNS}/*/model/*").grant(role)
        may_log("/aws/sagemaker/Endpoints").grant(role)
        # SageMaker's guide, "CreateModel API: Execution Role Permissions": the instances' own metrics.
        may_publish_metrics("/aws/sagemaker/Endpoints").grant(role)
        ready = AwaitEndpoint(
            self,
            "Await",
            doing="Release",
            endpoint_name=stage.name,
            config="$created.config",
            on_error=on_error,
        )
        config = self._create_config(self._release(ready.start))
        model = self._create_model(config, image=image, role=role)
        begin = sfn.Pass.jsonata(self, "Begin Release", assign={"created": _merged("created", "{'model': $job.name}")})
        begin.next(model)
        self.step = Step(start=begin, ends=[ready.ready], permissions=_permissions(stage, role))

    def _sagemaker(
        self, name: str, action: str, arguments: Json, assign: Json | None, *, on_error: sfn.State | None = None
    ) -> sfn.CustomState:
        state = task(self, name, resource=action, arguments=arguments, timeout=Duration.minutes(2), assign=assign)
        retried(state, LIMIT_REACHED, interval_s=30, attempts=3)
        # Also "not found" right after a creation, until all of SageMaker knows (CreateEndpoint's documentation).
        retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        return caught(state, on_error or self._on_error)

    def _once(self, what: str, action: str, arguments: Json, following: sfn.State, assign: Json) -> sfn.CustomState:
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
        }
        noted = {"created": _merged("created", "{'config': $job.name}")}
        return self._once("Model", "sagemaker:createModel", arguments, config, noted)

    def _create_config(self, release: sfn.State) -> sfn.CustomState:
        arguments = {"EndpointConfigName": "{% $created.config %}", "ProductionVariants": _VARIANTS}
        return self._once("Endpoint Config", "sagemaker:createEndpointConfig", arguments, release, {"polls": 0})

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
                self._delete_endpoint("Replace Endpoint").next(pause),
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
        return self._ask("Create", "sagemaker:createEndpoint", pause, unless="already existing", taken="Taken")

    def _update_endpoint(self, pause: sfn.State) -> sfn.CustomState:
        """Another execution may have been faster: then its update is waited for."""
        return self._ask("Update", "sagemaker:updateEndpoint", pause, unless="in-progress", taken="Busy")

    def _ask(self, verb: str, action: str, pause: sfn.State, *, unless: str, taken: str) -> sfn.CustomState:
        """Look again when SageMaker refuses in the words of `unless`."""
        refused = (
            sfn.Choice.jsonata(self, f"Check Whether Endpoint Is {taken}")
            .when(*_again_if(f"$contains($failure.cause, '{unless}')", pause), assign=ONE_POLL_MORE)
            .otherwise(self._on_error)
        )
        arguments = {"EndpointName": self._endpoint_name, "EndpointConfigName": "{% $created.config %}"}
        return self._sagemaker(f"{verb} Endpoint", action, arguments, {"polls": 0}, on_error=refused)

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


def _permissions(stage: Stage, role: iam.IRole) -> list[Permission]:
    model = sagemaker_arn("model", f"{stage.name}-*")
    config = sagemaker_arn("endpoint-config", f"{stage.name}-*")
    endpoint = sagemaker_arn("endpoint", stage.name)
    return [
        Permission(actions=["sagemaker:CreateModel"], resources=[model], because=EXECUTION_NAME),
        may_pass(role),
        Permission(actions=["sagemaker:CreateEndpointConfig"], resources=[config], because=EXECUTION_NAME),
        Permission(
            actions=["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"],
            resources=[endpoint, config],
            because=EXECUTION_NAME,
        ),
        Permission(actions=["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"], resources=[endpoint]),
    ]
