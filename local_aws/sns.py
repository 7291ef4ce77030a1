"""SNS is moto's, behind IAM. What is put right here: a subscription that is told `false` is not told `true`."""

from __future__ import annotations

from functools import wraps
from typing import Any

from moto.sns.models import SNSBackend

from local_aws.world import World

_FLAGS = {"true": True, "false": False}


def install(world: World) -> None:
    """Have RawMessageDelivery be what is said: moto keeps the text, and takes any text for a yes."""
    del world
    kept = SNSBackend.set_subscription_attributes

    @wraps(kept)
    def set_subscription_attributes(self: SNSBackend, arn: str, name: str, value: Any) -> None:
        kept(self, arn, name, _FLAGS.get(str(value).lower(), value) if name == "RawMessageDelivery" else value)

    setattr(SNSBackend, "set_subscription_attributes", set_subscription_attributes)  # noqa: B010 - replaces a method
