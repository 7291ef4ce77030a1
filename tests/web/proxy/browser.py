"""What a browser sends for a page of its own, and anything else on demand."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json()["error"]["message"])


@dataclass(frozen=True)
class Client:
    """A client of the page at one port. Headers given replace its own; None leaves one out."""

    port: int

    def ask(self, method: str, target: str, body: Any = None, **headers: str | None) -> Reply:
        """body: bytes as they are, anything else as JSON. Header names with underscores for hyphens."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent: dict[str, str | None] = {"Host": f"localhost:{self.port}"}
        if method not in ("GET", "HEAD"):
            sent.update(
                {
                    "Origin": f"http://localhost:{self.port}",
                    "Content-Type": "application/json",
                    "Content-Length": str(len(content or b"")),
                }
            )
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(content)
            response = connection.getresponse()
            return Reply(response.status, dict(response.headers.items()), response.read())
        finally:
            connection.close()

    def aws(self, call: str, parameters: Any) -> Reply:
        """POST /aws/<service>/<Operation>."""
        return self.ask("POST", f"/aws/{call}", parameters)
