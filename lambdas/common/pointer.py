"""The parameter that names the live version."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

FRESH_S: Final = 5.0
"""For so long a name is believed: 12 questions a minute from each warm function."""


class PointerUnread(LookupError):
    """The parameter cannot be read."""


class Pointer:
    """One parameter, asked for every few seconds at most."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._ssm = boto3.client("ssm")
        self._value = ""
        self._stale_at = -math.inf

    def version(self) -> str:
        """The live version; "none" before the first is published. Raises PointerUnread."""
        now = self._clock()
        if now >= self._stale_at:
            try:
                self._value = str(self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"])
            except (BotoCoreError, ClientError) as error:
                raise PointerUnread(f"parameter {self._name}: {error}") from error
            self._stale_at = now + FRESH_S
        return self._value
