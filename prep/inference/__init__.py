"""What a Factorization Machines endpoint is asked and answers: JSON, JSON Lines and RecordIO-protobuf, both ways."""

from prep.inference.errors import BadRequest, BadResponse, InferenceError, NotFinite, UnsupportedContentType
from prep.inference.media import JSON, JSON_LINES, RECORDIO, SUPPORTED
from prep.inference.requests import decode_request, encode_request
from prep.inference.responses import Predictions, decode_response, encode_response

__all__ = [
    "JSON",
    "JSON_LINES",
    "RECORDIO",
    "SUPPORTED",
    "BadRequest",
    "BadResponse",
    "InferenceError",
    "NotFinite",
    "Predictions",
    "UnsupportedContentType",
    "decode_request",
    "decode_response",
    "encode_request",
    "encode_response",
]
