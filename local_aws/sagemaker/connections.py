"""Kept HTTP connections to one container on this machine."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """What a container answered."""

    status: int
    content_type: str
    custom_attributes: str | None
    body: bytes


class Connections:
    """A pool for one port. A connection is used by one request at a time and kept afterwards."""

    def __init__(self, port: int, *, timeout_s: float) -> None:
        self._port, self._timeout_s = port, timeout_s
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def request(self, method: str, path: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One exchange. Raises OSError (TimeoutError among them) or http.client.HTTPException."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                return self._exchange(connection, method, path, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError):
                # The container closed it while it lay idle, before it saw this request: a fresh one decides.
                pass
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=self._timeout_s)
        return self._exchange(connection, method, path, body, headers)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(
                status=response.status,
                content_type=response.getheader("Content-Type", "application/octet-stream"),
                custom_attributes=response.getheader("X-Amzn-SageMaker-Custom-Attributes"),
                body=response.read(),
            )
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return answer
