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
    MAX_POLLS,
    VARIANT,
    AwaitEndpoint,
    describe_endpoint,
    note_failure,
    wait,
)
from infra.workflow.states import LIMIT_REACHED, TRANSIENT_SAGEMAKER, Json, Step, caught, retried, task
from infra.workflow.train import JOB_NAME, may_log, may_pass, sagemaker_arn, sagemaker_role

UNUSABLE = "$endpoint.status in ['Failed', 'OutOfService']"


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
        model = self._create_model(image=image, role=role)
        config = self._create_config()
        ready = AwaitEndpoint(
            self,
            "Await",
            doing="Release",
            endpoint_name=stage.name,
            config="$created.config",
            on_error=on_error,
        )
        model.next(config).next(self._release(ready.start))
        self.step = Step(start=model, ends=[ready.ready], permissions=_permissions(stage, role))

    def _sagemaker(
        self, name: str, action: str, arguments: Json, assign: Json | None, *, on_error: sfn.State | None = None
    ) -> sfn.CustomState:
        state = task(self, name, resource=action, arguments=arguments, timeout=Duration.minutes(2), assign=assign)
        retried(state, LIMIT_REACHED, interval_s=30, attempts=3)
        # Also "not found" right after a creation, until all of SageMaker knows (CreateEndpoint's documentation).
        retried(state, TRANSIENT_SAGEMAKER, interval_s=2, attempts=3)
        return caught(state, on_error or self._on_error)

    def _create_model(self, *, image: str, role: iam.IRole) -> sfn.CustomState:
        return self._sagemaker(
            "Create Model",
            "sagemaker:createModel",
            {
                "ModelName": JOB_NAME,
                "ExecutionRoleArn": role.role_arn,
                "PrimaryContainer": {"Image": image, "ModelDataUrl": "{% $training.model_data %}"},
            },
            {"created": _merged("created", "{'model': $substringAfter($states.result.ModelArn, '/')}")},
        )

    def _create_config(self) -> sfn.CustomState:
        variant = {
            "VariantName": VARIANT,  # the same on every update: SageMaker refuses to rename a live variant
            "ModelName": "{% $created.model %}",
            "InstanceType": "{% $job.deploy.instance_type %}",
            "InitialInstanceCount": "{% $job.deploy.instance_count %}",
        }
        return self._sagemaker(
            "Create Endpoint Config",
            "sagemaker:createEndpointConfig",
            {"EndpointConfigName": JOB_NAME, "ProductionVariants": [variant]},
            {
                "created": _merged("created", "{'config': $substringAfter($states.result.EndpointConfigArn, '/')}"),
                "polls": 0,
            },
        )

    def _release(self, released: sfn.State) -> sfn.State:
        """Create the endpoint or update it, whichever its present state asks for.

        What is about to be done is noted before it is asked for, so that the clean-up also knows of a request whose
        answer was lost.
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
                sfn.Condition.jsonata("{% $endpoint.status = 'InService' %}"),
                self._update_endpoint(pause).next(released),
                assign={"endpoint": _merged("endpoint", "{'previous_config': $endpoint.config}")},
            )
            .when(
                sfn.Condition.jsonata(f"{{% {UNUSABLE} and $polls < {MAX_POLLS} %}}"),
                self._delete_endpoint().next(pause),
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
                self._create_endpoint().next(released),
                assign={"created": _merged("created", "{'endpoint': true}")},
            )
            .when(*_again_if("Throttling|Rate exceeded", pause), assign=ONE_POLL_MORE)
            .otherwise(self._on_error)
        )

    def _create_endpoint(self) -> sfn.CustomState:
        return self._sagemaker(
            "Create Endpoint",
            "sagemaker:createEndpoint",
            {"EndpointName": self._endpoint_name, "EndpointConfigName": "{% $created.config %}"},
            {"polls": 0},
        )

    def _update_endpoint(self, pause: sfn.State) -> sfn.CustomState:
        """Another execution may have been faster: then its update is waited for."""
        refused = (
            sfn.Choice.jsonata(self, "Check Whether Endpoint Is Busy")
            .when(
                *_again_if("in-progress", pause),
                assign={**ONE_POLL_MORE, "endpoint": _merged("endpoint", "{'previous_config': null}")},
            )
            .otherwise(self._on_error)
        )
        return self._sagemaker(
            "Update Endpoint",
            "sagemaker:updateEndpoint",
            {"EndpointName": self._endpoint_name, "EndpointConfigName": "{% $created.config %}"},
            {"polls": 0},
            on_error=refused,
        )

    def _delete_endpoint(self) -> sfn.CustomState:
        """SageMaker updates no endpoint that has failed: it is deleted and created anew."""
        return self._sagemaker(
            "Delete Failed Endpoint",
            "aws-sdk:sagemaker:deleteEndpoint",
            {"EndpointName": self._endpoint_name},
            None,
        )


ONE_POLL_MORE = {"polls": "{% $polls + 1 %}"}


def _again_if(words: str, pause: sfn.State) -> tuple[sfn.Condition, sfn.State]:
    """Back to the wait, while there are polls left, when the failure's cause has one of the words."""
    return sfn.Condition.jsonata(f"{{% $match($failure.cause, /{words}/) and $polls < {MAX_POLLS} %}}"), pause


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
