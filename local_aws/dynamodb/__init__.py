"""DynamoDB: moto's tables, one call at a time, with what moto drops of a table's settings, and with expiry."""

from __future__ import annotations

from local_aws.dynamodb.expiry import Expiry
from local_aws.dynamodb.hooks import install_api
from local_aws.world import World


def install(world: World) -> None:
    """Replace moto's handler, and start to delete what expires."""
    install_api()
    expiry = Expiry()
    expiry.start()
    world.closing.append(expiry.stop)
