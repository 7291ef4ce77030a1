"""Errors of the Lambda API that moto lacks, by AWS's names and HTTP statuses."""

from __future__ import annotations

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError

__all__ = [
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "RequestEntityTooLargeException",
    "TooManyRequestsException",
]


class InvalidRequestContentException(LambdaClientError):
    """The payload is not JSON."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestContentException", message)


class RequestEntityTooLargeException(LambdaClientError):
    """The payload is larger than the invocation type takes. The wire has this name, the API model another."""

    code = 413

    def __init__(self, *, size: int, invocation_type: str, limit: int) -> None:
        message = f"{size} byte payload is too large for the {invocation_type} invocation type (limit {limit} bytes)"
        super().__init__("RequestEntityTooLargeException", message)


class TooManyRequestsException(LambdaClientError):
    """The function's reserved concurrency is in use."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")
