"""How many instances the live variant has by its traffic: registered when it serves, and as it was after a failure.

Sources: SageMaker Developer Guide, "Automatic scaling" and its prerequisites, "Update endpoints that use auto scaling".
The variant stays registered through an update that keeps its instance type; SageMaker refuses another type. A variant
beside the live one is not scaled.
"""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import Permission
from infra.settings import Stage
from infra.workflow.endpoint import VARIANT
from infra.workflow.states import TRANSIENT_SCALING, Json, Step, caught, retried, task
from infra.workflow.train import sagemaker_arn

IS_ASKED = "$exists($job.deploy.autoscaling)"
# What is restored or put on trial changes nothing of the scaling, unless the input says so.
RESTORES = "$job.restore != null and $package = null"
IS_KEPT = f"(({RESTORES}) or $live != null)"
KEEPS_COUNT = f"$scaling.is_registered and ({IS_ASKED} or {IS_KEPT})"
"""An update would set the number of instances that a config says; the one that scaling has come to is kept."""
_OVERRIDDEN = "[{'VariantPropertyType': 'DesiredWeight'}]"
KEPT_COUNT = f"{{'RetainAllVariantProperties': true, 'ExcludeRetainedVariantProperties': {_OVERRIDDEN}}}"
_LINKED_SERVICE = "sagemaker.application-autoscaling.amazonaws.com"
_LINKED_ROLE = f"role/aws-service-role/{_LINKED_SERVICE}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
_POLICY = {
    "TargetValue": "{% $job.deploy.autoscaling.invocations_per_instance %}",
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
    "ScaleInCooldown": "{% $job.deploy.autoscaling.scale_in_cooldown_s %}",
    "ScaleOutCooldown": "{% $job.deploy.autoscaling.scale_out_cooldown_s %}",
}
_MISSING = "ApplicationAutoScaling.ObjectNotFoundException"


class Scaling:
    """Tasks of Application Auto Scaling on the live variant of one stage."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        self._scope = scope
        self._resource = f"endpoint/{stage.name}/variant/{VARIANT}"
        self._policy = f"{stage.name}-invocations"

    def targets(self, name: str) -> sfn.CustomState:
        """Notes what is registered in `$scaling`."""
        assign = {
            "scaling": "{% ($target := $states.result.ScalableTargets[0]; {'is_registered': $exists($target), "
            "'is_touched': false, 'before': $exists($target) ? "
            "{'min': $target.MinCapacity, 'max': $target.MaxCapacity, 'policy': null} : null}) %}"
        }
        listed = {"ServiceNamespace": "sagemaker", "ResourceIds": [self._resource], **_DIMENSION}
        return self._task(name, "describeScalableTargets", listed, assign=assign)

    def policies(self, name: str) -> sfn.CustomState:
        """Notes the policy in `$scaling.before`, where it is there."""
        found = "$states.result.ScalingPolicies[0].TargetTrackingScalingPolicyConfiguration"
        assign = {
            "scaling": f"{{% $merge([$scaling, {{'before': $merge([$scaling.before, "
            f"{{'policy': $exists({found}) ? {found} : null}}])}}]) %}}"
        }
        listed = {"PolicyNames": [self._policy], **self._target()}
        return self._task(name, "describeScalingPolicies", listed, assign=assign)

    def register(self, name: str, *, least: str, most: str) -> sfn.CustomState:
        """Also changes what is registered. `least` and `most` are expressions."""
        bounds = {"MinCapacity": f"{{% {least} %}}", "MaxCapacity": f"{{% {most} %}}"}
        return self._task(name, "registerScalableTarget", {**self._target(), **bounds})

    def put_policy(self, name: str, policy: Json | str) -> sfn.CustomState:
        """Make the policy, or change it."""
        asked = {
            "PolicyName": self._policy,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": policy,
        }
        return self._task(name, "putScalingPolicy", {**self._target(), **asked})

    def deregister(self, name: str, *, following: sfn.State) -> sfn.CustomState:
        """Its policies, and their alarms, go with it."""
        state = self._task(name, "deregisterScalableTarget", self._target())
        state.next(following)
        return state

    def _target(self) -> Json:
        return {"ServiceNamespace": "sagemaker", "ResourceId": self._resource, **_DIMENSION}

    def _task(self, name: str, action: str, arguments: Json, *, assign: Json | None = None) -> sfn.CustomState:
        state = task(
            self._scope,
            name,
            resource=f"aws-sdk:applicationautoscaling:{action}",
            arguments=arguments,
            timeout=Duration.minutes(1),
            assign=assign,
        )
        return retried(state, TRANSIENT_SCALING, interval_s=2, attempts=5)


_DIMENSION = {"ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


class FindScaling(Construct):
    """`$scaling` is what there is before the release."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, following: sfn.State, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        scaling = Scaling(self, stage=stage)
        targets, policies = scaling.targets("Describe Scaling"), scaling.policies("Describe Scaling Policies")
        for state in (targets, policies):
            caught(state, on_error)
        policies.next(following)
        targets.next(
            sfn.Choice.jsonata(self, "Check Scaling")
            .when(sfn.Condition.jsonata("{% $scaling.is_registered %}"), policies)
            .otherwise(following)
        )
        self.start: sfn.State = targets


class ApplyScaling(Construct):
    """The live variant scales as the input says, or no more."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, on_error: sfn.State) -> None:
        super().__init__(scope, id_)
        scaling = Scaling(self, stage=stage)
        skip, end = (sfn.Pass.jsonata(self, name) for name in ("Skip Scaling", "Finish Scaling"))
        asked = "$job.deploy.autoscaling"
        register = scaling.register("Register Scaling", least=f"{asked}.min", most=f"{asked}.max")
        policy = scaling.put_policy("Put Scaling Policy", _POLICY)
        remove = _unless_gone(scaling.deregister("Deregister Scaling", following=end), end)
        for state in (register, policy, remove):
            caught(state, on_error)
        register.next(policy)
        policy.next(end)
        # Noted before it is asked for: the clean-up also knows of a request whose answer was lost.
        choice = (
            sfn.Choice.jsonata(self, "Choose Scaling")
            .when(sfn.Condition.jsonata(f"{{% {IS_ASKED} %}}"), register, assign=_touched(is_registered="true"))
            .when(
                sfn.Condition.jsonata(f"{{% $scaling.is_registered and $not({IS_KEPT}) %}}"),
                remove,
                assign=_touched(is_registered="false"),
            )
            .otherwise(skip)
        )
        self.step = Step(start=choice, ends=[skip, end], permissions=_permissions(stage))


def unscaled(scope: Construct, when: str, *, stage: Stage, following: sfn.State, on_error: sfn.State) -> sfn.State:
    """Deregister what is registered, then go on with `following`, which deletes the endpoint."""
    remove = Scaling(scope, stage=stage).deregister(f"Deregister {when}", following=following)
    caught(_unless_gone(remove, following), on_error)
    return (
        sfn.Choice.jsonata(scope, f"Check Scaling {when}")
        .when(sfn.Condition.jsonata("{% $scaling.is_registered %}"), remove, assign=_touched(is_registered="false"))
        .otherwise(following)
    )


class UndoScaling(Construct):
    """Within the clean-up: what the execution registered goes first, what there was before comes back last.

    `again` is where the latter begins, once the endpoint is settled.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, following: sfn.State) -> None:
        super().__init__(scope, id_)
        self._scaling = Scaling(self, stage=stage)
        before = "$scaling.before"
        register = self._scaling.register("Register Former Scaling", least=f"{before}.min", most=f"{before}.max")
        policy = self._scaling.put_policy("Put Former Policy", f"{{% {before}.policy %}}")
        for state in (register, policy):
            caught(state, following, adding=True)
        policy.next(following)
        register.next(
            sfn.Choice.jsonata(self, "Check Former Policy")
            .when(sfn.Condition.jsonata(f"{{% {before}.policy != null %}}"), policy)
            .otherwise(following)
        )
        is_back = "$endpoint.status = 'InService' and $endpoint.config = $endpoint.previous_config"
        self.again: sfn.State = (
            sfn.Choice.jsonata(self, "Check Former Scaling")
            .when(sfn.Condition.jsonata(f"{{% $scaling.is_touched and {before} != null and {is_back} %}}"), register)
            .otherwise(following)
        )

    def first(self, settle: sfn.State) -> sfn.State:
        """What leads to `settle`, which settles the endpoint."""
        remove = self._scaling.deregister("Deregister New Scaling", following=settle)
        caught(remove, settle, adding=True)
        is_new = "$scaling.is_touched and $scaling.is_registered and $scaling.before = null"
        return (
            sfn.Choice.jsonata(self, "Check New Scaling")
            .when(sfn.Condition.jsonata(f"{{% {is_new} %}}"), remove)
            .otherwise(settle)
        )


def _unless_gone(remove: sfn.CustomState, following: sfn.State) -> sfn.CustomState:
    """What is not registered is as good as deregistered."""
    return remove.add_catch(following, errors=[_MISSING])


def _touched(*, is_registered: str) -> Json:
    return {"scaling": f"{{% $merge([$scaling, {{'is_touched': true, 'is_registered': {is_registered}}}]) %}}"}


def _permissions(stage: Stage) -> list[Permission]:
    """A caller needs those that the service uses for it too ("Auto scaling prerequisites"). To describe the endpoint is
    among what a release needs.
    """
    place = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
    of_policy = f"TargetTracking-endpoint/{stage.name}/variant/{VARIANT}-*"
    return [
        Permission(
            actions=[
                "application-autoscaling:DescribeScalableTargets",
                "application-autoscaling:DescribeScalingPolicies",
            ],
            resources=["*"],
            because="lists of Application Auto Scaling know no resource",
        ),
        Permission(
            actions=[
                f"application-autoscaling:{action}"
                for action in ("RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget")
            ],
            resources=[f"arn:{Aws.PARTITION}:application-autoscaling:{place}:scalable-target/*"],
            conditions={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "sagemaker",
                    "application-autoscaling:scalable-dimension": _DIMENSION["ScalableDimension"],
                }
            },
            because="the id in a scalable target's ARN is the service's own",
        ),
        Permission(
            actions=["sagemaker:UpdateEndpointWeightsAndCapacities"],
            resources=[sagemaker_arn("endpoint", stage.name)],
        ),
        Permission(
            actions=["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"],
            resources=[f"arn:{Aws.PARTITION}:cloudwatch:{place}:alarm:{of_policy}"],
            because="the service names the alarms of a policy, after its target",
        ),
        Permission(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:{_LINKED_ROLE}"],
            conditions={"StringEquals": {"iam:AWSServiceName": _LINKED_SERVICE}},
        ),
    ]
