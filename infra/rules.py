"""cdk-nag's AwsSolutions rules over every stack, and the few findings that are meant, each with its reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def enforce(app: App) -> None:
    """Make any finding that is not acknowledged on its own resource an error of synthesis."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(resource: IConstruct, finding: str, reason: str) -> None:
    """Acknowledge one finding of one resource."""
    Validations.of(resource).acknowledge(Acknowledgment(id=finding, reason=reason))
