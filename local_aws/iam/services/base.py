"""The vocabulary of the tables: which checks each API call asks for, on which resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import get_value
from moto.utilities.utils import get_partition

from local_aws.iam import context
from local_aws.iam.context import Context
from local_aws.iam.errors import UnmappedAction

_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One API request, decoded by botocore's model of the service."""

    service: Service
    model: str
    """botocore's name of the service's model that knows the operation."""
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, …"""
        return get_partition(self.region)

    def get(self, name: str) -> Any:
        """A parameter by dotted path; None when the request lacks it."""
        return get_value(self.parameters, name, default=None)

    def arn(self, resource: str) -> str:
        """An ARN of this call's service, region and account."""
        return f"arn:{self.partition}:{self.service.prefix}:{self.region}:{self.account}:{resource}"

    def fill(self, template: str) -> str | None:
        """The template with parameters in place of `{Name}`; None when the request lacks one of them."""
        values = {name: self.get(name) for name in _PLACEHOLDER.findall(template)}
        if not all(values.values()):
            return None
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), template)


@dataclass(frozen=True)
class Check:
    """One permission a call needs, on one resource."""

    action: str
    resource: str
    context: Context = field(default_factory=lambda: Context({}))


Rule = Callable[[Call], Iterable[Check]]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A row of AWS's Service Authorization Reference, cut to what is mapped here."""

    prefix: str
    """The service's name in actions and ARNs."""
    models: tuple[str, ...]
    """botocore's models of the endpoints that share the signing name, the most particular first."""
    operations: Mapping[str, Rule]

    def checks(self, call: Call) -> list[Check]:
        """All checks of a call, each of which must pass. Raises UnmappedAction."""
        rule = self.operations.get(call.operation)
        if rule is None:
            raise UnmappedAction(f"{self.prefix}:{call.operation}")
        tags = Context.of(context.of_tags(call.get("Tags") or call.get("tags")))
        return [Check(check.action, check.resource, tags.merged(check.context)) for check in rule(call)]


def on(*templates: str, action: str | None = None) -> Rule:
    """The operation's own action on each resource, given as `type/{Parameter}`, or as `{Parameter}` holding an ARN.

    Where the request lacks the parameter the action is asked on `*`, which only a policy on all resources allows.
    """

    def rule(call: Call) -> Iterator[Check]:
        for template in templates:
            filled = call.fill(template)
            resource = "*" if filled is None else filled if filled.startswith("arn:") else call.arn(filled)
            yield Check(f"{call.service.prefix}:{action or call.operation}", resource)

    return rule


def anywhere(call: Call) -> Iterator[Check]:
    """For actions that AWS defines no resource types for."""
    yield Check(f"{call.service.prefix}:{call.operation}", "*")


def every(*rules: Rule) -> Rule:
    """All checks of all rules."""
    return lambda call: [check for rule in rules for check in rule(call)]


def passes_role(*parameters: str, to: str) -> Rule:
    """`iam:PassRole` for each of these parameters that the request carries."""

    def rule(call: Call) -> Iterator[Check]:
        for parameter in parameters:
            if role := call.get(parameter):
                yield Check("iam:PassRole", role, Context.of({"iam:PassedToService": to}))

    return rule


def same(rule: Rule, *operations: str) -> dict[str, Rule]:
    """Table rows that share a rule."""
    return dict.fromkeys(operations, rule)
