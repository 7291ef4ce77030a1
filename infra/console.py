"""Where the AWS console shows what was deployed, in whatever partition that is."""

from __future__ import annotations

from aws_cdk import Aws, CfnCondition, CfnMapping, Fn
from constructs import Construct

# AWS General Reference, "AWS Management Console endpoints". The isolated partitions' consoles have no public address.
DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class ConsolePages(Construct):
    """Addresses of pages, and the condition under which they are known."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        domains = CfnMapping(
            self, "Domains", mapping={partition: {"Domain": domain} for partition, domain in DOMAINS.items()}
        )
        self._console = f"https://{Aws.REGION}.{domains.find_in_map(Aws.PARTITION, 'Domain')}"
        self.is_known = CfnCondition(
            self,
            "IsKnown",
            expression=Fn.condition_or(*(Fn.condition_equals(Aws.PARTITION, partition) for partition in DOMAINS)),
        )

    def state_machine(self, arn: str) -> str:
        """A state machine and its executions."""
        return f"{self._console}/states/home?region={Aws.REGION}#/statemachines/view/{arn}"

    def dashboard(self, name: str) -> str:
        """A CloudWatch dashboard."""
        return f"{self._console}/cloudwatch/home?region={Aws.REGION}#dashboards/dashboard/{name}"
