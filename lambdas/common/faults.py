"""What AWS' own client raises: refusals, and what happens on the way."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

AWS_FAULTS: Final[tuple[type[Exception], ...]] = (BotoCoreError, ClientError)
"""For whoever can go on without an answer."""
