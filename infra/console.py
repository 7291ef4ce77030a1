"""Where the AWS console shows what was deployed, in whatever partition that is."""

from __future__ import annotations

from aws_cdk import Aws, CfnCondition, Fn, ICfnConditionExpression
from constructs import Construct

# AWS General Reference, "AWS Management Console endpoints". The isolated partitions' consoles have no public address.
DOMAINS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


class ConsolePages(Construct):
    """Addresses of pages, and the condition under which they are known.

    The domain comes from conditions, not from a mapping: a look-up that finds nothing fails the stack, in the branch of
    an Fn::If that is not taken too (aws-cloudformation-templates, issue 271).
    """

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        self.is_known = CfnCondition(self, "IsKnown", expression=Fn.condition_or(*map(_is_in, DOMAINS)))
        *others, (_, domain) = DOMAINS.items()
        for partition, other in others:
            known = CfnCondition(self, "In" + partition.title().replace("-", ""), expression=_is_in(partition))
            domain = Fn.condition_if(known.logical_id, other, domain).to_string()
        self._console = f"https://{Aws.REGION}.{domain}"

    def state_machine(self, arn: str) -> str:
        """A state machine and its executions."""
        return f"{self._console}/states/home?region={Aws.REGION}#/statemachines/view/{arn}"

    def dashboard(self, name: str) -> str:
        """A CloudWatch dashboard."""
        return f"{self._console}/cloudwatch/home?region={Aws.REGION}#dashboards/dashboard/{name}"

    def alarm(self, name: str) -> str:
        """A CloudWatch alarm: its graph and its history."""
        return f"{self._console}/cloudwatch/home?region={Aws.REGION}#alarmsV2:alarm/{name}"

    def where_known(self, text: str) -> str:
        """The text, or nothing where addresses are not known."""
        return Fn.condition_if(self.is_known.logical_id, text, "").to_string()


def _is_in(partition: str) -> ICfnConditionExpression:
    return Fn.condition_equals(Aws.PARTITION, partition)
