"""Requests and answers of an API, as they are on the wire."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import unquote

from local_aws.iam.signing import Signable

_NOT_ENCODED = re.compile("%(?![0-9A-Fa-f]{2})")


def _request_id() -> str:
    """Eleven bytes in Base64, as API Gateway's look."""
    return base64.b64encode(secrets.token_bytes(11)).decode()


@dataclass(frozen=True, kw_only=True)
class Request:
    """target: path and query as they were sent."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"
    received: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=_request_id)

    @cached_property
    def path(self) -> str:
        """Decoded once, which API Gateway does before anything else; the function gets `function_path`.

        What follows an encoded `?` is lost, and an encoded `/` separates: observed of HTTP APIs and reported in
        github.com/middleapi/standard-server/pull/93 and github.com/fastify/aws-lambda-fastify/issues/169.
        """
        return unquote(self.target.partition("?")[0]).partition("?")[0] or "/"

    @property
    def function_path(self) -> str:
        """Decoded once more, as a function sees it: `/a%252Fb` is `/a/b` there, and `/100%2525` is `/100%`.

        Captured of a live HTTP API in July 2026: github.com/hotsock/voker, `vokerhttp/testdata/ingress-paths.json`.
        """
        return unquote(self.path)

    @property
    def is_decodable(self) -> bool:
        """Whether the second decoding finds two digits after each `%`; else the answer is 400 (the same captures)."""
        return _NOT_ENCODED.search(self.path) is None

    @property
    def query(self) -> str:
        """As it was sent."""
        return self.target.partition("?")[2]

    @property
    def host(self) -> str:
        """As the client named it."""
        return self.header("host") or ""

    @property
    def user_agent(self) -> str:
        """Empty when the client gives none."""
        return self.header("user-agent") or ""

    def header(self, name: str) -> str | None:
        """The values of a header, given in lower case, joined by commas; None when there is none."""
        found = [value for key, value in self.headers if key.lower() == name]
        return ",".join(found) if found else None

    @property
    def signable(self) -> Signable:
        """What a signature is about."""
        path, _, query = self.target.partition("?")
        return Signable(method=self.method, path=path, query=query, headers=self.headers, body=self.body)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer, without the headers that every answer has."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def refusal(status: int, message: str) -> Answer:
    """An answer that API Gateway itself gives."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return Answer(status=status, headers=(("Content-Type", "application/json"),), body=body)
