"""Which requests are this page's own.

Any page that a browser of this machine shows can send requests to a loopback port, and these would be signed with the
user's credentials. A page of another host gives itself away by `Host` when its name was rebound to this machine, by
`Origin` when it sends more than a GET, and by `Sec-Fetch-Site`.
"""

from __future__ import annotations

from email.message import Message

from web.proxy.errors import Refused

SAFE = ("GET", "HEAD")
MAX_BODY_BYTES = 1 << 20


class Gate:
    """Lets requests of the page that is served on this port through."""

    def __init__(self, port: int) -> None:
        names = ("localhost", "127.0.0.1")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == 80 else set())

    def check(self, method: str, headers: Message, *, is_data: bool) -> None:
        """is_data: whether the path answers more than the page's own files, which a link elsewhere may lead to.
        Raises Refused.
        """
        host = _only(headers, "Host")
        if host.lower() not in self._hosts:
            raise Refused(403, "ForeignHost", f"Host {host!r}: expected one of {', '.join(sorted(self._hosts))}")
        site = headers.get("Sec-Fetch-Site", "none")
        if is_data and site not in ("same-origin", "none"):
            raise Refused(403, "ForeignSite", f"Sec-Fetch-Site {site!r}: expected a request of this page")
        if method in SAFE:
            return
        origin = _only(headers, "Origin")
        if origin != f"http://{host.lower()}":
            raise Refused(403, "ForeignOrigin", f"Origin {origin!r}: expected http://{host}")
        kind = headers.get_content_type() if "Content-Type" in headers else ""
        if kind != "application/json":
            raise Refused(415, "WrongContentType", f"Content-Type {kind!r}: expected application/json")


def body_length(headers: Message) -> int:
    """Bytes of a request's body. Raises Refused where it is not said, or too many."""
    if "Transfer-Encoding" in headers:
        raise Refused(411, "LengthRequired", "Transfer-Encoding: expected a Content-Length instead")
    given = _only(headers, "Content-Length") or "0"
    if not (given.isascii() and given.isdigit()):
        raise Refused(400, "BadLength", f"Content-Length {given!r}: expected one number")
    if len(given) > 12 or int(given) > MAX_BODY_BYTES:
        raise Refused(413, "BodyTooLarge", f"a body of {given} bytes: expected {MAX_BODY_BYTES} at most")
    return int(given)


def _only(headers: Message, name: str) -> str:
    """The header's value; empty where there is none or more than one."""
    values = headers.get_all(name, [])
    return str(values[0]) if len(values) == 1 else ""
