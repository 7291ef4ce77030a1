"""Where stacks are deployed: account, region, and clients that act for a stack's role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.client import BaseClient
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.utilities.utils import get_partition

from local_aws import iam
from local_aws.cloudformation import api
from local_aws.cloudformation.errors import RequestRefused, ResourceFailed, TemplateError
from local_aws.cloudformation.letters import Letterbox
from local_aws.cloudformation.types import TYPES
from local_aws.cloudformation.types.base import ResourceType
from local_aws.world import World


@dataclass(frozen=True)
class Environment:
    """One account and region of the local AWS, and the resource types that can be made there."""

    world: World
    region: str
    types: Mapping[str, ResourceType] = field(default_factory=lambda: TYPES)
    letters: Letterbox = field(default_factory=Letterbox)

    @property
    def account(self) -> str:
        """The one account there is."""
        return self.world.account

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov."""
        return str(get_partition(self.region))

    def pseudo(self, stack_name: str, stack_arn: str) -> dict[str, Any]:
        """The pseudo parameters of a stack."""
        return {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": [],
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": stack_arn,
            "AWS::StackName": stack_name,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }

    def clients(self, role_arn: str | None) -> Callable[[str], BaseClient]:
        """Clients by service name, acting for the stack's role, or as the operator when it has none."""
        return partial(self.world.client, region=self.region, role_arn=role_arn, session="AWSCloudFormation")

    def check_role(self, role_arn: str | None) -> None:
        """Raises RequestRefused, in AWS's words, for a role that is not there or does not trust CloudFormation."""
        if role_arn is None:
            return
        try:
            iam.assert_trusts(role_arn, "cloudformation.amazonaws.com")
        except iam.RoleNotAssumable as error:
            raise RequestRefused(f"Role {role_arn} is invalid or cannot be assumed") from error

    def ssm_value(self, name: str) -> str:
        """The value of an SSM parameter, for template parameters. Raises RequestRefused when there is none."""
        try:
            answer = api.call(self.clients(None)("ssm"), "get_parameter", Name=name)
        except ResourceFailed as error:
            raise RequestRefused(f"Unable to fetch parameter [{name}] from the parameter store: {error}") from error
        return str(answer["Parameter"]["Value"])

    @staticmethod
    def zones(region: str) -> list[str]:
        """The Availability Zones of a region, sorted. Raises TemplateError when there is no such region."""
        if region not in RegionsAndZonesBackend.zones:
            raise TemplateError(f"Template error: Fn::GetAZs: {region!r} is no region")
        return sorted(zone.name for zone in RegionsAndZonesBackend.zones[region])
