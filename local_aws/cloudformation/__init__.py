"""CloudFormation: change sets, deployments with rollback, updates and removals, through the services' own APIs."""

from __future__ import annotations

from functools import partial

from local_aws import iam
from local_aws.cloudformation import hook
from local_aws.cloudformation.letters import Letterbox, LetterSlot
from local_aws.cloudformation.wire import Regions
from local_aws.world import World


def install(world: World) -> None:
    """Replace moto's CloudFormation, and tell IAM where the stacks are."""
    box = Letterbox(world.endpoint_url)
    world.middlewares.append(partial(LetterSlot, box=box))
    regions = Regions(world, box)
    hook.replace_api(regions)
    hook.accept_log_targets()
    iam.find_stacks_with(regions.stack_arn)
