"""What functions and the Spark job run: the same packages, as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

SOURCE_ROOT = Path(__file__).resolve().parents[1]

# `lambdas`, `prep` and `fm`, without what only the trainer of a laptop needs (it imports numba).
SHARED: dict[str, Any] = {
    "path": str(SOURCE_ROOT),
    "ignore_mode": IgnoreMode.GIT,
    "exclude": ["/*", "!/lambdas", "!/prep", "!/fm", "__pycache__", "*.pyc", "/fm/trainer*", "/fm/kernels*"],
}


def shared_code() -> lambda_.Code:
    """The asset as a function takes it."""
    return lambda_.Code.from_asset(**SHARED)
