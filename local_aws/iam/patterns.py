"""The wildcards of policies: `*` any run of characters, `?` exactly one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ARN_SEGMENTS = 6


def union(patterns: Iterable[str]) -> re.Pattern[str]:
    """One case-insensitive expression for all patterns: AWS's own read-only policies list thousands of actions."""
    return re.compile("|".join(map(_expression, patterns)), re.IGNORECASE | re.DOTALL)


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value fits, with case."""
    return _compiled(pattern).fullmatch(value) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern of a Resource element or of an Arn condition.

    Each of the six colon-delimited parts is compared separately, so no wildcard reaches into the next part
    (IAM User Guide, "IAM JSON policy elements: Condition operators", Amazon Resource Name condition operators).
    A lone `*` fits everything.
    """
    if pattern == "*":
        return True
    wanted, parts = pattern.split(":", ARN_SEGMENTS - 1), arn.split(":", ARN_SEGMENTS - 1)
    return len(wanted) == len(parts) == ARN_SEGMENTS and all(map(matches, wanted, parts))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern), re.DOTALL)


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
