"""The comparison with the SDK's table of images finds what differs; the SDK itself is in `make conformance` only."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.images import differences
from infra.image_accounts import ACCOUNTS, REPOSITORY, TAG

Json = dict[str, Any]
# As sagemaker 2.257.7 has it.
SAME: Json = {
    "scope": ["inference", "training"],
    "versions": {TAG: {"registries": dict(ACCOUNTS), "repository": REPOSITORY}},
}


def test_the_same_table_does_not_differ() -> None:
    assert differences(SAME) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda one: one["registries"].update({"eu-west-1": "000000000000"}),
            "eu-west-1: account 438346466558, the SDK has 000000000000",
        ),
        (
            lambda one: one["registries"].update({"mx-central-1": "111111111111"}),
            "mx-central-1: account None, the SDK has 111111111111",
        ),
        (
            lambda one: one["registries"].pop("us-east-1"),
            "us-east-1: account 382416733822, the SDK has None",
        ),
        (
            lambda one: one.update(repository="fm"),
            "repository 'factorization-machines', the SDK has 'fm'",
        ),
    ],
)
def test_each_difference_is_named(change: Callable[[Json], object], words: str) -> None:
    config = copy.deepcopy(SAME)
    change(config["versions"][TAG])
    assert differences(config) == [words]


def test_a_version_that_is_gone_is_named() -> None:
    assert differences({"versions": {"2": {}, "3": {}}}) == ["tag '1', the SDK has 2, 3"]


def test_the_sdks_environment_needs_no_cdk(root: Path) -> None:
    script = "import sys; sys.modules.update(aws_cdk=None, constructs=None); import conformance.images"
    subprocess.run([sys.executable, "-c", script], cwd=root, check=True)
