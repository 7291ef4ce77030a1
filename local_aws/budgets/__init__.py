"""AWS Budgets: budgets and their notifications are kept; nothing is spent here, so nothing is ever notified."""

from __future__ import annotations

from moto.budgets import urls

from local_aws.budgets.api import BudgetsApi
from local_aws.world import World

API_PATH = "{0}/$"


def install(world: World) -> None:
    """Replace moto's handler in the table that it builds the service from at its first request."""
    del world
    urls.url_paths = {**urls.url_paths, API_PATH: BudgetsApi.dispatch}
