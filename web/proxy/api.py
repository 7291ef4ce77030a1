"""Requests to the HTTP API, signed as IAM authorisation asks (Signature Version 4 for `execute-api`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ConnectionClosedError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from web.proxy.answers import Answer
from web.proxy.errors import Refused
from web.proxy.pipeline import is_loopback

PASSED_BACK = ("ETag", "Retry-After", "Allow", "Location", "apigw-requestid")
_TIMEOUT_S = (5, 35)
"""To connect, and to wait: an HTTP API gives up on its function after 30 seconds."""
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


class SigningApi:
    """The API at one URL. `credentials` is asked for each request."""

    def __init__(self, url: str, region: str, credentials: Callable[[], Credentials]) -> None:
        self._url, self._region, self._credentials = url.rstrip("/"), region, credentials
        proxies = {} if is_loopback(url) else get_environ_proxies(url)
        self._http = URLLib3Session(proxies=proxies, timeout=_TIMEOUT_S, max_pool_connections=32)

    def send(self, method: str, target: str, body: bytes, *, if_none_match: str | None = None) -> Answer:
        """target: path and query as the browser sent them, beginning with a slash. Status, content type and body of the
        answer are the API's. Raises Refused when it cannot be reached.
        """
        headers = {"Content-Type": "application/json"} if body else {}
        if if_none_match:
            headers["If-None-Match"] = if_none_match
        request = AWSRequest(method=method, url=f"{self._url}{canonical(target)}", data=body, headers=headers)
        SigV4Auth(self._credentials(), "execute-api", self._region).add_auth(request)
        response = self._sent(request.prepare(), may_repeat=method in ("GET", "HEAD"))
        content = response.content
        return Answer(
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            body=(content,),
            length=int(response.headers.get("Content-Length", 0)) if method == "HEAD" else len(content),
            headers={name: response.headers[name] for name in PASSED_BACK if name in response.headers},
        )

    def _sent(self, prepared: Any, *, may_repeat: bool) -> Any:
        try:
            return self._http.send(prepared)
        except ConnectionClosedError:
            # The other side may close a connection that was kept just as it is used again.
            if may_repeat:
                return self._sent(prepared, may_repeat=False)
            raise Refused(502, "ConnectionClosed", f"{self._url} closed the connection") from None
        except BotoCoreError as error:
            raise Refused(502, type(error).__name__, str(error)) from error


def canonical(target: str) -> str:
    """The same target in the one spelling that is signed and sent: Signature Version 4 takes the query's names and
    values percent-encoded but for letters, digits and `-_.~`, so a space is `%20`. The path is not decoded.

    Raises Refused for an escape that is none, and for a path with empty, `.` or `..` segments.
    """
    path, _, query = target.partition("?")
    if _BAD_ESCAPE.search(target):
        raise Refused(400, "BadTarget", f"{target!r}: expected two hexadecimal digits after each %")
    # Signature Version 4 takes these out, the API's router may not.
    if "//" in path or any(part in (".", "..") for part in path.split("/")):
        raise Refused(400, "BadTarget", f"{path!r}: expected no //, . or .. in the path")
    path = quote(_ESCAPE.sub(lambda escape: escape[0].upper(), path), safe="/%~")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    spelled = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, _, value in pairs)
    return f"{path}?{spelled}" if spelled else path


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="")
