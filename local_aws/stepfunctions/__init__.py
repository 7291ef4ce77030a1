"""Step Functions: moto's interpreter made to behave like AWS for JSONata, variables, `.sync` jobs and roles."""

from __future__ import annotations

import logging

from local_aws.world import World


def install(world: World) -> None:
    """Install every hook; the interpreter's modules are imported here, after moto has been configured."""
    from local_aws.stepfunctions import hooks  # noqa: PLC0415 - see above

    # The interpreter logs each failing state with its stack; the execution's history tells it better.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    hooks.install(world)
