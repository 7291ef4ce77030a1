"""Policy documents: parsed once per text, asked once per request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

from local_aws.iam import conditions
from local_aws.iam.conditions import Condition, Null, Unsupported, as_texts, refuse_variables
from local_aws.iam.context import Context
from local_aws.iam.errors import MalformedPolicy, PolicyError
from local_aws.iam.patterns import arn_matches, union
from local_aws.iam.principals import Caller, Standing, standing

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"})


@dataclass(frozen=True)
class Request:
    """One question: may this caller take this action on this resource, in this context?"""

    action: str
    resource: str
    context: Context
    caller: Caller


class Verdict(IntEnum):
    """What a policy says, the stronger the higher."""

    SILENT = 0
    DELEGATED = 1
    """A resource's policy leaves it to the account's own identity policies."""
    ALLOWED = 2
    DENIED = 3


@dataclass(frozen=True)
class Outcome:
    """A verdict, the resource pattern that gave it, and what could not be read on the way."""

    verdict: Verdict = Verdict.SILENT
    pattern: str = ""
    doubt: PolicyError | None = None
    statement: str = ""
    """The JSON of the one statement that gave the verdict; empty where several did, each of which would do alone."""


@dataclass(frozen=True)
class Statement:
    """One statement; `None` elements are absent from the document."""

    effect: Verdict
    actions: re.Pattern[str]
    excludes_actions: bool
    resources: tuple[str, ...] | None
    excludes_resources: bool
    principal: Any
    conditions: tuple[Condition | Null | Unsupported, ...]
    text: str
    """Its JSON, with its keys in order."""

    def outcome(self, request: Request) -> Outcome:
        """Raises PolicyError when the statement could apply but cannot be read."""
        stance = Standing.NAMED if self.principal is None else standing(self.principal, request.caller)
        if stance is Standing.STRANGER:
            return Outcome()
        if bool(self.actions.fullmatch(request.action)) is self.excludes_actions:
            return Outcome()
        pattern = self._covering(request.resource)
        if pattern is None or not all(condition.holds(request.context) for condition in self.conditions):
            return Outcome()
        if self.effect is Verdict.ALLOWED and stance is Standing.OF_ACCOUNT:
            return Outcome(Verdict.DELEGATED, pattern)
        return Outcome(self.effect, pattern, statement=self.text)

    def _covering(self, resource: str) -> str | None:
        """The pattern that covers the resource. A trust policy has none: it is about the role that holds it."""
        if self.resources is None:
            return resource
        refuse_variables(self.resources)
        hit = next((pattern for pattern in self.resources if arn_matches(pattern, resource)), None)
        if self.excludes_resources:
            return "*" if hit is None else None
        return hit


@dataclass(frozen=True)
class Policy:
    """A policy document."""

    statements: tuple[Statement, ...]

    def outcome(self, request: Request) -> Outcome:
        """The strongest statement's word: an explicit Deny wins.

        A Deny that cannot be read raises its PolicyError; an Allow that cannot be read grants nothing and is kept as
        the outcome's doubt, for it can only have added a permission.
        """
        return strongest(self._outcome_of(statement, request) for statement in self.statements)

    @staticmethod
    def _outcome_of(statement: Statement, request: Request) -> Outcome:
        try:
            return statement.outcome(request)
        except PolicyError as error:
            if statement.effect is Verdict.DENIED:
                raise
            return Outcome(doubt=error)


def strongest(outcomes: Iterable[Outcome]) -> Outcome:
    """The strongest of several, with the first doubt among them."""
    best, doubt, is_only = Outcome(), None, True
    for outcome in outcomes:
        doubt = doubt or outcome.doubt
        is_only = outcome.verdict > best.verdict or (is_only and outcome.verdict < best.verdict)
        best = outcome if outcome.verdict > best.verdict else best
    return Outcome(best.verdict, best.pattern, doubt, best.statement if is_only else "")


@lru_cache(maxsize=1024)
def parse(document: str) -> Policy:
    """Read a policy document's JSON. Raises MalformedPolicy."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedPolicy(f"policy {document[:80]!r}: expected JSON with a Statement") from error
    return Policy(tuple(map(_statement, statements if isinstance(statements, list) else [statements])))


def _statement(body: Mapping[str, Any]) -> Statement:
    if unknown := set(body) - _ELEMENTS:
        raise MalformedPolicy(f"policy statement {body.get('Sid', body)!r}: elements {sorted(unknown)} are not known")
    effect = {"Allow": Verdict.ALLOWED, "Deny": Verdict.DENIED}.get(body.get("Effect", ""))
    if effect is None or ("Action" in body) == ("NotAction" in body):
        raise MalformedPolicy(f"policy statement {body!r}: expected Effect Allow or Deny and one of Action, NotAction")
    resources = body.get("Resource", body.get("NotResource"))
    return Statement(
        effect=effect,
        actions=union(as_texts(body.get("Action", body.get("NotAction")))),
        excludes_actions="NotAction" in body,
        resources=None if resources is None else as_texts(resources),
        excludes_resources="NotResource" in body,
        principal=body.get("Principal"),
        conditions=conditions.read(body.get("Condition") or {}),
        text=json.dumps(body, sort_keys=True),
    )
