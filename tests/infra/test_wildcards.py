"""Every * in an action or a resource of a policy is on a list that people reviewed, with its reason: wildcards.json.

`UPDATE_SNAPSHOTS=1` adds what is missing to the list, with an empty reason that the next run refuses, and removes what
is left over. Whoever reviews it writes the reason.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.infra.options import EVERYTHING
from tests.infra.rendering import Json
from tests.infra.snapshots import UPDATE
from tests.infra.synthesis import Assembly
from tests.infra.wildcards import of_resource, wildcards

REVIEWED = Path(__file__).with_name("wildcards.json")


@pytest.fixture(scope="module")
def found(assemblies: dict[str, Assembly], full: Assembly) -> dict[str, Json]:
    """Each with the stages that have it, by its text."""
    entries: dict[str, Json] = {}
    for stage, assembly in {**assemblies, EVERYTHING: full}.items():
        for wildcard in wildcards(assembly, stage):
            entries.setdefault(_text(wildcard), {**wildcard, "in": []})["in"].append(stage)
    assert len(entries) > 30
    return {text: entries[text] for text in sorted(entries)}


def test_each_is_reviewed_and_none_is_left_over(found: dict[str, Json]) -> None:
    if os.environ.get(UPDATE):
        reasons = {text: entry["because"] for text, entry in _reviewed().items()}
        written = [{**entry, "because": reasons.get(text, "")} for text, entry in found.items()]
        REVIEWED.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
    reviewed = {text: {**entry, "because": None} for text, entry in _reviewed().items()}
    assert reviewed == {text: {**entry, "because": None} for text, entry in found.items()}


def test_each_reviewed_one_has_a_reason() -> None:
    assert not [text for text, entry in _reviewed().items() if len(entry["because"].split()) < 4]


def test_only_policies_of_keys_and_of_endpoints_allow_actions_with_a_wildcard(found: dict[str, Json]) -> None:
    """A key's is what AWS documents: all of it for the account, whose IAM policies then decide. So is an endpoint's,
    for roles of the account alone."""
    wide = [
        (entry["who"], action, entry.get("if"))
        for entry in found.values()
        if entry["may"] == "Allow"
        for action in entry["do"]
        if "*" in action
    ]
    of_keys = {action for who, action, _ in wide if who.endswith("Key")}
    assert of_keys
    assert of_keys <= {"kms:*", "kms:GenerateDataKey*", "kms:ReEncrypt*"}
    others = [(who[:10], action, only_if) for who, action, only_if in wide if not who.endswith("Key")]
    of_this_account = {"StringEquals": {"aws:PrincipalAccount": "${AWS::AccountId}"}}
    assert others == [("NetworkVpc", "*", of_this_account)] * 10


@pytest.mark.parametrize(
    ("statement", "on"),
    [
        ({"Action": "s3:*", "Resource": "arn:a"}, "arn:a"),
        ({"Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:a", "arn:b/*", "arn:a/*"]}, "arn:a/* arn:b/*"),
        ({"Action": "s3:GetObject", "Resource": "arn:a"}, ""),
        ({"NotAction": "s3:GetObject", "Resource": "arn:a"}, "arn:a"),
    ],
)
@pytest.mark.parametrize("is_text", [False, True])
def test_it_is_found_in_any_kind_of_policy(statement: Json, on: str, is_text: bool) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    properties = {"Deep": [{"PolicyDocument": json.dumps(document) if is_text else document}]}
    assert [entry["on"] for entry in of_resource("Any", properties)] == ([on.split()] if on else [])


def _reviewed() -> dict[str, Json]:
    return {_text(entry): entry for entry in json.loads(REVIEWED.read_text())}


def _text(entry: Json) -> str:
    """What tells one from the other: all but where it is and why."""
    return json.dumps({name: value for name, value in entry.items() if name not in ("in", "because")})
