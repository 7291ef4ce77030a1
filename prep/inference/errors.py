"""What is refused at the endpoint's door.

PrepError
└── InferenceError
    ├── UnsupportedContentType    neither JSON, JSON Lines nor RecordIO-protobuf
    ├── BadRequest                a body that is not rows of the model's width
    ├── BadResponse               a body that is not predictions
    └── NotFinite                 NaN or infinity, which JSON has no way to say
"""

from __future__ import annotations

from prep.errors import PrepError


class InferenceError(PrepError):
    """Base of what the request and response formats raise."""


class UnsupportedContentType(InferenceError):
    """A content type that Factorization Machines does not speak."""


class BadRequest(InferenceError):
    """A request whose body cannot be scored; the message names the instance, counted from 0."""


class BadResponse(InferenceError):
    """A response that does not hold predictions."""


class NotFinite(InferenceError):
    """A number that JSON cannot carry."""
