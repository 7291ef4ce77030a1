"""A function's environment variables as a frozen dataclass."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


class MissingEnvironment(LookupError):
    """The function was deployed without variables it needs."""


@dataclass(frozen=True)
class Environment:
    """Subclass with one `str` field per variable; `bucket` is read from BUCKET."""

    @classmethod
    def read(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Raises MissingEnvironment naming every variable that is absent."""
        names = {field.name: field.name.upper() for field in fields(cls)}
        missing = [name for name in names.values() if not variables.get(name)]
        if missing:
            raise MissingEnvironment(f"no {', '.join(missing)} in the environment of {cls.__qualname__}")
        return cls(**{field: variables[name] for field, name in names.items()})


@dataclass(frozen=True)
class BucketEnvironment(Environment):
    """What a function that only moves objects needs."""

    bucket: str
