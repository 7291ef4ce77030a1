"""What is deployed, without moto: everything that decides whether a warm sandbox may be used again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from local_aws.network.places import Place

PYTHON_RUNTIME = re.compile(r"python(3\.\d+)")


@dataclass(frozen=True)
class Archive:
    """A zip as uploaded. Two are equal when their contents are. digest: sha256 of the content, hexadecimal."""

    digest: str
    content: bytes = field(compare=False, repr=False)


@dataclass(frozen=True)
class Logging:
    """LoggingConfig with its defaults filled in. Levels are only given with the JSON format, as on AWS."""

    group: str
    format: str = "Text"
    application_level: str | None = None
    system_level: str | None = None


@dataclass(frozen=True)
class Deployment:
    """One version of a function, its code and its configuration. Hashable: the pool's key."""

    arn: str
    """Without a qualifier."""
    version: str
    region: str
    role_arn: str
    runtime: str
    handler: str
    memory_mb: int
    timeout_s: float
    variables: tuple[tuple[str, str], ...]
    code: Archive
    layers: tuple[Archive, ...]
    """In the order given to Lambda: the later one wins."""
    logging: Logging
    place: Place | None = None
    """None outside of every VPC of the account."""
    dead_letter_arn: str = ""
    """Where events go that it has failed for good; "" for nowhere."""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.arn.rpartition(":")[2]

    @property
    def python_version(self) -> str:
        """'3.13' of 'python3.13'."""
        matched = PYTHON_RUNTIME.fullmatch(self.runtime)
        if matched is None:
            raise ValueError(f"{self.arn}: runtime {self.runtime!r}, expected python3.N")
        return matched[1]


@dataclass(frozen=True)
class Invocation:
    """One call. event: the payload, JSON text. arn: as the caller named the function, qualifier included."""

    request_id: str
    event: bytes
    arn: str
    client_context: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What the caller gets. error: the X-Amz-Function-Error header, None when the function returned."""

    payload: bytes
    error: str | None
    log: str
