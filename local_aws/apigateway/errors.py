"""What the API Gateway API answers when it refuses, by the names AWS gives.

APIGatewayV2Error (moto's base)
├── BadRequestException   a request that cannot be accepted
├── ConflictException     something of that key exists, or is in use
├── NotFoundException     no such resource
└── NotEmulated           a member or value that AWS would heed and this local AWS cannot
"""

from __future__ import annotations

from moto.apigatewayv2.exceptions import APIGatewayV2Error, BadRequestException

__all__ = ["BadRequestException", "ConflictException", "NotEmulated", "NotFoundException"]


class ConflictException(APIGatewayV2Error):
    """Something of that key exists already, or another thing still needs it."""

    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)


class NotFoundException(APIGatewayV2Error):
    """No such resource."""

    code = 404

    def __init__(self, message: str) -> None:
        super().__init__("NotFoundException", message)


class NotEmulated(APIGatewayV2Error):
    """A member or value that AWS would heed and this local AWS cannot."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__("NotEmulated", message)
