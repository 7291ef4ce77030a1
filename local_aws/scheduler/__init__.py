"""EventBridge Scheduler: schedules that call their targets as the roles they are given."""

from __future__ import annotations

from local_aws.world import World


def install(world: World) -> None:
    """Install every hook; what calls Step Functions' parts is imported here, after moto has been configured."""
    from local_aws.scheduler import hooks  # noqa: PLC0415 - see above

    hooks.install(world)
