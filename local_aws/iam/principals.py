"""Who asks, and whether a Principal element means them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from local_aws.iam.conditions import as_texts


@dataclass(frozen=True)
class Caller:
    """A role session, an AWS service, or (all fields empty) anybody."""

    account: str = ""
    role_arn: str = ""
    session_arn: str = ""
    services: frozenset[str] = frozenset()
    """Names of one service principal: the global one and, where AWS has it, the regional one."""

    @property
    def account_names(self) -> frozenset[str]:
        """What a Principal element may call the caller's account."""
        if not self.account:
            return frozenset()
        partition = self.role_arn.split(":")[1]
        return frozenset({self.account, f"arn:{partition}:iam::{self.account}:root"})


class Standing(Enum):
    """How a Principal element sees the caller."""

    STRANGER = "not meant"
    OF_ACCOUNT = "meant as a member of its account"
    NAMED = "meant itself"


def standing(principal: Any, caller: Caller) -> Standing:
    """The caller's standing under a Principal element (IAM User Guide, "AWS JSON policy elements: Principal")."""
    if principal == "*":
        return Standing.NAMED
    if not isinstance(principal, Mapping):
        return Standing.STRANGER
    names = as_texts(principal.get("AWS", []))
    if "*" in names or {caller.role_arn, caller.session_arn} & set(names) - {""}:
        return Standing.NAMED
    if caller.services & set(as_texts(principal.get("Service", []))):
        return Standing.NAMED
    return Standing.OF_ACCOUNT if caller.account_names & set(names) else Standing.STRANGER
