"""The AWS side: boto3 calls made for the page, and their answers and errors as JSON."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ParamValidationError

from web.proxy.answers import Answer
from web.proxy.errors import Refused, Unusable
from web.proxy.pipeline import is_loopback

_SERVICES = ("cloudformation", "stepfunctions", "logs", "sagemaker", "ssm", "s3")
_NO_REGION = "no region: expected AWS_DEFAULT_REGION, or a region in the AWS profile"
_CHUNK = 1 << 16
BAD_GATEWAY = 502


class Cloud:
    """One account in one region, by boto3's default credentials. Its clients are made once and shared by threads."""

    def __init__(self, endpoint_url: str | None) -> None:
        """endpoint_url: of a local AWS; None for what boto3 finds. Raises Unusable without a region."""
        self._session = boto3.Session()
        settings: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 60, "max_pool_connections": 32}
        if endpoint_url and is_loopback(endpoint_url):
            settings.update(proxies={}, s3={"addressing_style": "path"})
        config = Config(retries={"total_max_attempts": 3}, **settings)
        try:
            self._clients = {
                name: self._session.client(name, endpoint_url=endpoint_url, config=config) for name in _SERVICES
            }
        except NoRegionError as error:
            raise Unusable(_NO_REGION) from error
        except (BotoCoreError, ValueError) as error:
            raise Unusable(str(error)) from error
        if not self._clients["stepfunctions"].meta.region_name:  # the variable is there, and empty
            raise Unusable(_NO_REGION)

    def client(self, service: str) -> Any:
        """The client of one of the page's services."""
        return self._clients[service]

    def credentials(self) -> Credentials:
        """What signs a request now; temporary ones are renewed in time. Raises Refused where there are none."""
        found = self._session.get_credentials()
        if found is None:
            raise Refused(BAD_GATEWAY, "NoCredentials", "no AWS credentials where `make web` was started")
        frozen = found.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """A call's answer without its metadata. Raises Refused with the code, message and status AWS gave.

        A log that nothing has written to yet is no error to who waits for its first line, but empty.
        """
        method = getattr(self._clients[service], xform_name(operation))
        try:
            with _as_refusals():
                answer: dict[str, Any] = method(**parameters)
        except Refused as refused:
            if service != "logs" or refused.code != "ResourceNotFoundException":
                raise
            return {"logStreams": [], "events": []}
        answer.pop("ResponseMetadata", None)
        return answer

    def read(self, bucket: str, key: str, *, content_type: str, policy: str) -> Answer:
        """An object, handed on piece by piece. Raises Refused, as 404 where there is none."""
        with _as_refusals():
            found = self._clients["s3"].get_object(Bucket=bucket, Key=key)
        body = found["Body"]
        return Answer(content_type=content_type, body=_pieces(body), length=int(found["ContentLength"]), policy=policy)


def _pieces(body: Any) -> Iterator[bytes]:
    with contextlib.closing(body):
        yield from body.iter_chunks(_CHUNK)


@contextlib.contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", BAD_GATEWAY))
        about = error.response.get("Error", {})
        code, message = str(about.get("Code", "ClientError")), str(about.get("Message") or error)
        raise Refused(status if status >= 400 else BAD_GATEWAY, code, message) from error
    except ParamValidationError as error:
        raise Refused(400, "ParamValidation", str(error)) from error
    except NoCredentialsError as error:
        raise Refused(BAD_GATEWAY, "NoCredentials", str(error)) from error
    except BotoCoreError as error:
        raise Refused(BAD_GATEWAY, type(error).__name__, str(error)) from error
