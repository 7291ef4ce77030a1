"""Where the AWS console shows a state machine, in whatever partition the stack is deployed to."""

from __future__ import annotations

from aws_cdk import Aws, CfnCondition, CfnMapping, Fn
from constructs import Construct

# AWS General Reference, "AWS Management Console endpoints". The isolated partitions' consoles have no public address.
DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class StateMachinePage(Construct):
    """The page's address, and the condition under which it is known."""

    def __init__(self, scope: Construct, id_: str, *, arn: str) -> None:
        super().__init__(scope, id_)
        domains = CfnMapping(
            self, "Domains", mapping={partition: {"Domain": domain} for partition, domain in DOMAINS.items()}
        )
        domain = domains.find_in_map(Aws.PARTITION, "Domain")
        self.url = f"https://{Aws.REGION}.{domain}/states/home?region={Aws.REGION}#/statemachines/view/{arn}"
        self.is_known = CfnCondition(
            self,
            "IsKnown",
            expression=Fn.condition_or(*(Fn.condition_equals(Aws.PARTITION, partition) for partition in DOMAINS)),
        )
