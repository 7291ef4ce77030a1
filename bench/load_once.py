"""Signed requests to the API at a steady rate, from a process of its own.

    python -m bench.load_once --url http://localhost:1234 --region eu-central-1 --rate 40 --seconds 60 --users 600

sends each request at its time, whether those before it are answered or not, and prints one JSON line: seconds from
that time to the whole answer, in order (``latencies``), how many failed (``errors``) and the first failure.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import urlsplit

import numpy as np
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from runner.isolation import ACCESS_KEY_ID, SECRET_ACCESS_KEY

CONNECTIONS: Final = 16
_TIMEOUT_S: Final = 10.0
_LEAD_S: Final = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Load once."""
    parser = argparse.ArgumentParser(prog="python -m bench.load_once", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--users", type=int, required=True, help="users 1 to so many, drawn anew for each request")
    given = parser.parse_args(arguments)
    callers = _Callers(given.url, given.region)
    count = round(given.rate * given.seconds)
    users = np.random.default_rng(0).integers(1, given.users + 1, count).tolist()
    start = time.perf_counter() + _LEAD_S
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        at = [start + number / given.rate for number in range(count)]
        latencies = list(pool.map(callers.ask, users, at))
    print(json.dumps({"latencies": latencies, "errors": len(callers.failures), "first": callers.failures[:1]}))
    return 0


class _Callers:
    """A connection that is kept for each thread."""

    def __init__(self, url: str, region: str) -> None:
        self._url, self._host = url, urlsplit(url)
        self._signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "execute-api", region)
        self._own = threading.local()
        self.failures: list[str] = []

    def ask(self, user: int, at: float) -> float:
        """Seconds from ``at`` until the recommendations of a user are there."""
        time.sleep(max(0.0, at - time.perf_counter()))
        try:
            self._ask(f"/users/{user}/recommendations?n=10")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failures.append(f"{type(error).__name__}: {error}")
            self._own.connection = None
        return time.perf_counter() - at

    def _ask(self, path: str) -> None:
        request = AWSRequest("GET", self._url + path)
        self._signer.add_auth(request)
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(str(self._host.hostname), self._host.port, timeout=_TIMEOUT_S)
            self._own.connection = connection
        connection.request("GET", path, headers=dict(request.headers))
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or not json.loads(content)["items"]:
            raise ValueError(f"status {answer.status}: {content[:200]!r}")


if __name__ == "__main__":
    sys.exit(main())
