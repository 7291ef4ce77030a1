"""The AWS clients of tasks: always as a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.utils import boto_client

from local_aws.stepfunctions.replacing import replace_everywhere
from local_aws.world import World

SESSION = "StepFunctions"


@dataclass(frozen=True)
class TaskClients:
    """Makes them."""

    world: World

    def get(self, service: str, *, region: str, role_arn: str) -> Any:
        """A client of botocore's `service`, signed with the role's credentials."""
        return self.world.client(service, region=region, role_arn=role_arn, session=SESSION)


def install(clients: TaskClients) -> None:
    """Make every task of moto's interpreter call as the state machine's role."""

    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        if state_credentials is None:
            raise ValueError(f"a {service} task without a role in {region}: every task acts as its machine's role")
        return clients.get(service, region=region, role_arn=state_credentials.role_arn)

    replace_everywhere(boto_client.boto_client_for, boto_client_for)
