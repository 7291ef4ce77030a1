"""Refusals that mean that something is gone, or goes, anyway."""

from __future__ import annotations

from types import TracebackType

from botocore.exceptions import ClientError


class PassingOver:
    """A block in which refusals that have one of the words in their code or message are none: they end it, and well."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Whether it was such a refusal."""
        if not isinstance(error, ClientError):
            return False
        said = f"{error.response['Error']['Code']} {error.response['Error']['Message']}"
        return any(word in said for word in self._words)
