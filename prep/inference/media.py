"""The media types of Factorization Machines' requests and responses.

Source: "Common Data Formats for Inference" in the SageMaker developer guide; CSV is not among them.
"""

from __future__ import annotations

from prep.inference.errors import UnsupportedContentType

JSON = "application/json"
JSON_LINES = "application/jsonlines"
RECORDIO = "application/x-recordio-protobuf"
SUPPORTED = (JSON, JSON_LINES, RECORDIO)


def media_type(content_type: str) -> str:
    """One of ``SUPPORTED`` for a Content-Type header, whatever its parameters. Raises UnsupportedContentType."""
    bare = content_type.partition(";")[0].strip().lower()
    if bare not in SUPPORTED:
        raise UnsupportedContentType(f"content type {content_type!r}, expected one of {', '.join(SUPPORTED)}")
    return bare


def accepted_type(accept: str) -> str:
    """The first of ``SUPPORTED`` that an Accept header names; JSON where it takes anything.

    Raises UnsupportedContentType. Quality values are not weighed: clients of SageMaker name one type.
    """
    for choice in accept.split(","):
        bare = choice.partition(";")[0].strip().lower()
        if bare in SUPPORTED:
            return bare
        if bare in {"", "*/*", "application/*"}:
            return JSON
    raise UnsupportedContentType(f"accept {accept!r}, expected one of {', '.join(SUPPORTED)}")
