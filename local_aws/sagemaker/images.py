"""Container images by repository name: what this local AWS runs in the place of an image from ECR."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from local_aws.containers.factorization_machines import image

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\."
    r"(?P<suffix>amazonaws\.com(\.cn)?|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov)/"
    r"(?P<repository>[a-z0-9]+([._/-][a-z0-9]+)*)(:(?P<tag>[\w.-]{1,128})|@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


class UnknownImage(ValueError):
    """No container stands for this image here."""


@dataclass(frozen=True)
class Image:
    """A program that keeps SageMaker's container contract.

    `command` is followed by `train` or `serve`; the tree that is /opt/ml on AWS stands under SAGEMAKER_BASE_DIR.
    `metrics` are the algorithm's own metric definitions: name to the pattern that finds its value in a log line.
    """

    repository: str
    command: tuple[str, ...]
    metrics: Mapping[str, str]


FACTORIZATION_MACHINES = Image(
    repository=image.REPOSITORY,
    command=(sys.executable, "-P", "-m", "local_aws.containers.factorization_machines"),
    metrics=image.METRICS,
)

_REGISTERED = {known.repository: known for known in (FACTORIZATION_MACHINES,)}


def find(uri: str) -> Image:
    """The image a URI means. Its account and region are checked for shape only. Raises UnknownImage."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise UnknownImage(f"image {uri!r}, expected <account>.dkr.ecr.<region>.amazonaws.com/<repository>[:<tag>]")
    known = _REGISTERED.get(match["repository"])
    if known is None:
        raise UnknownImage(f"image {uri!r}: no container stands for it locally, only for {', '.join(_REGISTERED)}")
    return known
