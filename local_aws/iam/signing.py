"""Signature Version 4, verified: for the one service of this local AWS that is called directly, API Gateway's APIs.

Source: IAM User Guide, "AWS Signature Version 4 for API requests": "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote

from botocore.utils import normalize_url_path

from local_aws.iam.errors import MissingCredentials, SignatureRefused

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_SKEW = timedelta(minutes=5)
"""IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests": date and time."""

_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<key>[^/,\s]+)/(?P<day>\d{{8}})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
    r"\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*Signature=(?P<signature>[0-9a-f]{64})\s*"
)
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_ALWAYS_SIGNED = {"host", "x-amz-date"}


@dataclass(frozen=True, kw_only=True)
class Signable:
    """An HTTP request as it came in; `path` and `query` still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The values of a header, given in lower case, joined as they are signed; None when there is none."""
        found = [" ".join(value.split()) for key, value in self.headers if key.lower() == name]
        return ",".join(found) if found else None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What an Authorization header says; nothing of it is verified yet."""

    access_key: str
    token: str
    date: str
    """As X-Amz-Date has it."""
    day: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str

    def verify(self, request: Signable, *, secret: str, service: str, region: str, now: datetime | None = None) -> None:
        """Raises SignatureRefused unless the request was signed with `secret`, for this service and region, by now."""
        self._check_scope(service, region)
        self._check_date(now or datetime.now(UTC))
        unsigned = sorted(_ALWAYS_SIGNED - set(self.signed_headers))
        if unsigned:
            raise SignatureRefused(f"'{unsigned[0]}' must be a 'SignedHeader' in the AWS Authorization.")
        if not hmac.compare_digest(self._of(request, secret), self.value):
            raise SignatureRefused(
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method."
            )

    def _check_scope(self, service: str, region: str) -> None:
        if self.service != service:
            raise SignatureRefused(f"Credential should be scoped to correct service: '{service}'.")
        if self.region != region:
            raise SignatureRefused(f"Credential should be scoped to a valid region, not '{self.region}'.")

    def _check_date(self, now: datetime) -> None:
        try:
            signed_at = datetime.strptime(self.date, _DATE_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            raise SignatureRefused(f"Date must be in ISO-8601 'basic format'. Got '{self.date}'.") from None
        if self.day != self.date[:8]:
            raise SignatureRefused(f"Date in Credential scope does not match: {self.day} is not of {self.date}.")
        if signed_at < now - MAX_SKEW:
            raise SignatureRefused(
                f"Signature expired: {self.date} is more than 5 minutes before {now:{_DATE_FORMAT}}."
            )
        if signed_at > now + MAX_SKEW:
            raise SignatureRefused(f"Signature not yet current: {self.date} is later than {now:{_DATE_FORMAT}}.")

    def _of(self, request: Signable, secret: str) -> str:
        scope = f"{self.day}/{self.region}/{self.service}/aws4_request"
        canonical = hashlib.sha256(_canonical(request, self.signed_headers).encode()).hexdigest()
        key = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, "\n".join((ALGORITHM, self.date, scope, canonical)).encode(), "sha256").hex()


def signature_of(request: Signable) -> Signature:
    """The request's signature. Raises MissingCredentials, and SignatureRefused for a header that is none."""
    header = request.header("authorization")
    if not header:
        raise MissingCredentials("Missing Authentication Token")
    found = _AUTHORIZATION.fullmatch(header)
    if found is None:
        raise SignatureRefused(f"Authorization header is no signature of version 4: {header[:40]!r}")
    return Signature(
        access_key=found["key"],
        token=request.header("x-amz-security-token") or "",
        date=request.header("x-amz-date") or "",
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed_headers=tuple(found["headers"].split(";")),
        value=found["signature"],
    )


def _canonical(request: Signable, signed_headers: Sequence[str]) -> str:
    headers = "".join(f"{name}:{request.header(name) or ''}\n" for name in signed_headers)
    return "\n".join(
        (
            request.method,
            # Encoded once more than it was sent: only S3 takes a path as it is.
            quote(normalize_url_path(request.path), safe="/~"),
            _canonical_query(request.query),
            headers,
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _canonical_query(query: str) -> str:
    """Names and values each encoded in the one way that there is to sign them, then sorted."""
    pairs = [part.partition("=") for part in query.split("&") if part]
    encoded = [(_encoded(name), _encoded(value)) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encoded(text: str) -> str:
    return quote(unquote(text, errors="surrogateescape"), safe="-_.~", errors="surrogateescape")
