"""The deployed API as its callers see it: HTTP requests that botocore signs, or that nobody signs."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.conftest import DEADLINE_S, REGION, Cloud

OPERATOR = Credentials("operator", "local")
"""Of the account: a key that no role was given has this secret."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    content: bytes

    @property
    def document(self) -> Any:
        """The JSON in it."""
        return json.loads(self.content)


def call(
    cloud: Cloud,
    path: str,
    *,
    method: str = "GET",
    body: object = None,
    signed_by: Credentials | None = OPERATOR,
) -> Answer:
    """Ask the API. A body makes it a POST."""
    url = f"{cloud.outputs['ApiUrl']}{path}"
    data = None if body is None else json.dumps(body).encode()
    request = AWSRequest("POST" if data else method, url, data=data, headers=_content(data))
    if signed_by is not None:
        SigV4Auth(signed_by, "execute-api", REGION).add_auth(request)
    sent = urllib.request.Request(url, data, dict(request.headers), method=request.method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(sent) as answer:  # noqa: S310 - our own server
            return Answer(answer.status, answer.headers["Content-Type"], answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers.get("Content-Type", ""), error.read())


def _content(data: bytes | None) -> Mapping[str, str]:
    return {} if data is None else {"Content-Type": "application/json"}


def await_version(cloud: Cloud, version: str) -> dict[str, Any]:
    """What `/model` says once that version answers: a warm function remembers for seconds which one is live."""
    deadline = time.monotonic() + DEADLINE_S
    while (answer := call(cloud, "/model")).status != 200 or answer.document["version"] != version:
        assert time.monotonic() < deadline, answer.content
        time.sleep(0.2)
    document: dict[str, Any] = answer.document
    return document


def live_version(cloud: Cloud) -> str:
    """What the parameter says."""
    parameter = cloud.client("ssm").get_parameter(Name=cloud.outputs["VersionParameter"])
    return str(parameter["Parameter"]["Value"])
