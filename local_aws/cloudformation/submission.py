"""What a caller hands in, and the plan it comes to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import InsufficientCapabilities, RequestRefused
from local_aws.cloudformation.plan import Plan, make_plan
from local_aws.cloudformation.stack import Stack


@dataclass(frozen=True)
class Submission:
    """A template and its inputs. `body` None: the stack's own; `previous` names parameters that keep their value."""

    stack_name: str
    body: str | None
    parameters: Mapping[str, str]
    previous: Collection[str]
    tags: Mapping[str, str] | None
    capabilities: Collection[str]
    role_arn: str | None
    token: str | None = None


def plan_for(stack: Stack, submission: Submission, environment: Environment) -> Plan:
    """Raises RequestRefused for everything that can be known to be wrong before anything is made."""
    before = stack.plan
    body, tags = submission.body, submission.tags
    if before is not None:
        body = before.template.body if body is None else body
        tags = before.tags if tags is None else tags
    if body is None:
        raise RequestRefused("Either Template URL or Template Body must be specified.")
    plan = make_plan(
        body,
        given=_given(before, submission),
        tags=tags or {},
        pseudo=environment.pseudo(stack.name, stack.arn),
        types=environment.types,
        ssm_value=environment.ssm_value,
    )
    _check_capabilities(plan, submission.capabilities)
    _check_types_stay(stack, plan)
    return plan


def _given(before: Plan | None, submission: Submission) -> dict[str, str]:
    given = dict(submission.parameters)
    for name in submission.previous:
        if before is None or name not in before.parameters:
            raise RequestRefused(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true")
        given[name] = before.parameters[name].given
    return given


def _check_capabilities(plan: Plan, acknowledged: Collection[str]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, Capabilities."""
    iam = [declared for declared in plan.resources.values() if declared.type_name.startswith("AWS::IAM::")]
    named = [declared for declared in iam if {"RoleName", "ManagedPolicyName"} & declared.properties.keys()]
    if named and "CAPABILITY_NAMED_IAM" not in acknowledged:
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_NAMED_IAM]")
    if iam and not {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(acknowledged):
        raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_IAM]")


def _check_types_stay(stack: Stack, plan: Plan) -> None:
    """A logical id keeps its type; AWS's own words."""
    changed = [
        name
        for name, declared in plan.resources.items()
        if name in stack.resources and stack.resources[name].type_name != declared.type_name
    ]
    if changed:
        said = "The new template modifies resource type of the following resources"
        raise RequestRefused(f"Update of resource type is not permitted. {said}: [{', '.join(changed)}]")
