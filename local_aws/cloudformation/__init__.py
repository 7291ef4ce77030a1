"""CloudFormation: change sets, deployments with rollback, updates and removals, through the services' own APIs."""

from __future__ import annotations

from local_aws import iam
from local_aws.cloudformation import hook
from local_aws.cloudformation.wire import Regions
from local_aws.world import World


def install(world: World) -> None:
    """Replace moto's CloudFormation, and tell IAM where the stacks are."""
    regions = Regions(world)
    hook.replace_api(regions)
    hook.accept_log_targets()
    iam.find_stacks_with(regions.stack_arn)
