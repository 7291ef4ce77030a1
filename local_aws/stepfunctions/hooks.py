"""All of Step Functions' hooks, in the order in which they must go in."""

from __future__ import annotations

from local_aws.stepfunctions import (
    branching,
    clients,
    comparisons,
    encoding,
    expressions,
    failures,
    integrations,
    machines,
    parsing,
    responses,
    states,
)
from local_aws.world import World


def install(world: World) -> None:
    """Once per process."""
    task_clients = clients.TaskClients(world)
    clients.install(task_clients)
    for part in (encoding, parsing, failures, expressions, states, branching, comparisons, responses):
        part.install()
    integrations.install(task_clients)
    machines.install(task_clients)
