"""Transforms of dynamic frames, none of which is there: the import that Glue's templates begin with does no harm."""

from __future__ import annotations

from typing import Any

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    raise AttributeError(f"awsglue.transforms.{name} is not emulated")
