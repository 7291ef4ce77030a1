"""Clients of the local AWS, as the account's operator."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from runner.errors import ForeignEndpoint
from runner.isolation import ACCESS_KEY_ID, ENDPOINT_VARIABLE, SECRET_ACCESS_KEY

_CONFIG = Config(proxies={}, s3={"addressing_style": "path"}, read_timeout=120, retries={"total_max_attempts": 2})
_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Cloud:
    """One local AWS in one region."""

    endpoint_url: str
    region: str

    def client(self, service: str) -> Any:
        """A boto3 client that can reach this endpoint only."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=_CONFIG,
        )

    def account(self) -> str:
        """The account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def iam_page(self) -> dict[str, Any]:
        """What the local IAM has checked and denied so far. Raises ForeignEndpoint when nothing of the kind answers."""
        url = f"{self.endpoint_url}/_local_aws/iam"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(url, timeout=_TIMEOUT_S) as response:
                page = json.load(response)
            return {**page, "calls": int(page["calls"]), "denied": int(page["denied"])}
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            raise ForeignEndpoint(
                f"{ENDPOINT_VARIABLE} is {self.endpoint_url!r}: {reason}, expected a local AWS"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ForeignEndpoint(f"{url} answers no IAM audit ({error!r}), expected a local AWS") from error

    def read(self, uri: str) -> bytes:
        """The object at an `s3://` URI."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return content
