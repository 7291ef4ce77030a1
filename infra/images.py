"""Where each region keeps SageMaker's Factorization Machines image.

SageMaker pulls its own images with its own credentials.
"""

from __future__ import annotations

from aws_cdk import Aws, CfnMapping, Stack, Token
from constructs import Construct

from infra.image_accounts import ACCOUNTS, REPOSITORY, TAG


class UnknownRegion(ValueError):
    """SageMaker publishes no Factorization Machines image for the region."""


class FactorizationMachinesImage(Construct):
    """The image's URI in whatever region the stack is deployed to.

    A stack bound to a region is checked at synthesis. A region-agnostic one looks its region up at deployment, where an
    unknown region ends the deployment with CloudFormation's message naming the region and this mapping.
    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        region = Stack.of(self).region
        if not Token.is_unresolved(region) and region not in ACCOUNTS:
            raise UnknownRegion(
                f"no Factorization Machines image in region {region!r}, expected one of {', '.join(ACCOUNTS)}"
            )
        accounts = CfnMapping(
            self, "Accounts", mapping={region: {"Account": account} for region, account in ACCOUNTS.items()}
        )
        account = accounts.find_in_map(Aws.REGION, "Account")
        self.uri = f"{account}.dkr.ecr.{Aws.REGION}.{Aws.URL_SUFFIX}/{REPOSITORY}:{TAG}"
