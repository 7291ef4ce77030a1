"""EventBridge: rules that match, rules that are due, and their deliveries to targets.

Services put their own events on the bus by `world.emit`.
"""

from __future__ import annotations

from local_aws.world import World


def install(world: World) -> None:
    """Install every hook; moto's S3 is imported here, after moto has been configured."""
    from local_aws.events import hooks  # noqa: PLC0415 - see above

    hooks.install(world)
