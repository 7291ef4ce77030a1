"""JSON text of states and results, and the limit Step Functions puts on its size."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any

from moto.stepfunctions.parser import quotas
from moto.stepfunctions.parser.asl.utils import encoding

from local_aws.stepfunctions.replacing import replace_everywhere
from local_aws.stepfunctions.timestamps import iso

# "Service quotas": maximum input or output size for a task, state or execution, in bytes of UTF-8.
MAX_STATE_BYTES = 262_144


def to_text(value: Any, separators: tuple[str, str] | None = None) -> str:
    """Compact JSON; times become ISO 8601 text. `separators` is there for moto's callers, who differ."""
    return json.dumps(value, ensure_ascii=False, separators=separators or (",", ":"), default=_plain)


def to_json(value: Any) -> Any:
    """A response of a boto3 client as plain JSON: times as text, binary as text, streams read."""
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, datetime.date | datetime.datetime):
        return _plain(value)
    if hasattr(value, "read"):
        return to_json(value.read())
    return _text(value) if isinstance(value, bytes) else value


def is_within_limit(value: Any) -> bool:
    """Whether a value, as JSON text, may pass between states."""
    return len(to_text(value).encode()) <= MAX_STATE_BYTES


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def install() -> None:
    """Use them throughout moto's interpreter, which counts escaped characters and leaves time zones out."""
    replace_everywhere(encoding.to_json_str, to_text)
    replace_everywhere(quotas.is_within_size_quota, is_within_limit)
