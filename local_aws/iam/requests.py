"""HTTP requests, before moto sees them: whose they are and what they ask."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from local_aws.iam.errors import MalformedRequest, UnmappedAction
from local_aws.iam.post_forms import credential_fields, is_post_form, put_parameters
from local_aws.iam.services import BY_SIGNING_NAME, Call, Service

Environ = dict[str, Any]

_OLD_HEADER = re.compile(r"^AWS (?P<key>[^:\s]+):")
_SCOPE = re.compile(r"(?P<key>[^/=\s]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
"""Bodies that reading a request's parameters reads, so they must be put back."""

_UNREADABLE = (RequestParserError, ValueError, TypeError, AttributeError, OSError, EOFError, zlib.error)
"""What gzip (the last three), JSON and moto's parsers raise; these check no types, so a list in the place of a
structure is an AttributeError."""


@dataclass(frozen=True)
class Signature:
    """Who signed a request, and for what: Signature Version 4, or S3's older version 2, as boto3 still presigns."""

    access_key: str
    token: str
    region: str
    service: str
    """The name that is signed for; botocore's `signingName`."""

    @property
    def is_temporary(self) -> bool:
        """Whether STS issued the key (IAM User Guide, "IAM identifiers": unique id prefixes)."""
        return self.access_key.startswith("ASIA")


def signature(environ: Environ) -> Signature | None:
    """The request's signature, in its header, a presigned URL or S3's upload form; None when it carries none."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = {name.lower(): value for name, value in Request(environ).args.items()}
    if is_post_form(environ):
        buffer(environ)
        query = credential_fields(request_view(environ))
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or query.get("x-amz-security-token", "")
    if scope := _SCOPE.search(header or query.get("x-amz-credential", "")):
        return Signature(scope["key"], token, scope["region"], scope["service"].lower())
    old = _OLD_HEADER.match(header)
    key = old["key"] if old else query.get("awsaccesskeyid")
    return Signature(key, token, "us-east-1", "s3") if key else None


def decode(environ: Environ, signed: Signature, account: str) -> Call:
    """The API call a request stands for. A body that is read is put back. Raises UnmappedAction, MalformedRequest."""
    service = BY_SIGNING_NAME.get(signed.service)
    if service is None:
        raise UnmappedAction(f"{signed.service}:{operation_hint(environ)}")
    if signed.service != "s3" or environ.get("CONTENT_TYPE", "").lower().startswith(_FORMS):
        buffer(environ)
    if signed.service == "s3" and is_post_form(environ):
        return _post_call(environ, service, signed, account)
    for model in service.models:
        try:
            operation, uri = get_service_router(model).match(request_view(environ))
        except (NotFound, NotImplementedError):
            continue
        parameters = _parameters(environ, operation, uri)
        return Call(
            service=service,
            model=model,
            operation=operation.name,
            parameters=parameters,
            region=signed.region,
            account=account,
        )
    raise UnmappedAction(f"{service.prefix}:{operation_hint(environ)}")


def _post_call(environ: Environ, service: Service, signed: Signature, account: str) -> Call:
    """The upload by a form, which no model knows, as the PutObject that it is."""
    _, uri = get_service_router("s3").match(Request({**environ, "REQUEST_METHOD": "HEAD"}))
    parameters = {"Bucket": uri.get("Bucket"), **put_parameters(request_view(environ))}
    if not parameters["Bucket"] or "Key" not in parameters:
        raise MalformedRequest("Bucket POST must contain a field named 'key'.")
    return Call(
        service=service, model="s3", operation="PutObject", parameters=parameters, region=signed.region, account=account
    )


def protocol_of(environ: Environ, service: Service | None) -> str:
    """The AWS protocol the request speaks: what its answer must speak too."""
    for model in map(get_service_model, service.models if service else ()):
        try:
            return determine_request_protocol(model, environ.get("CONTENT_TYPE"))
        except NotImplementedError:
            continue
    return "json" if "HTTP_X_AMZ_TARGET" in environ else "query"


def _parameters(environ: Environ, operation: OperationModel, uri: dict[str, Any]) -> dict[str, Any]:
    request = request_view(environ)
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    body = b"" if _has_opaque_body(operation) else buffer(environ)
    try:
        if environ.get("HTTP_CONTENT_ENCODING") == "gzip" and body:
            body = gzip.decompress(body)
        if "json" in protocol and body:
            json.loads(body)  # moto's parser takes what is not JSON for a message, and goes on
        parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": body,
                "url_path": request.path,
                "url_params": uri,
            }
        )
    except _UNREADABLE as error:
        raise MalformedRequest(f"{operation.name}: the request cannot be read: {error}") from error
    return {**uri, **parsed}


def _has_opaque_body(operation: OperationModel) -> bool:
    """Whether the body is the object itself (an S3 upload, a payload): never needed here, and it may be large."""
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    return bool(payload) and shape.members[payload].type_name == "blob"


def buffer(environ: Environ) -> bytes:
    """The body, which is put back."""
    body = Request(environ.copy()).get_data(parse_form_data=False)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return body


def request_view(environ: Environ) -> Request:
    """A view of the request whose reading of a buffered body leaves the original unread."""
    stream = environ["wsgi.input"]
    view = (
        {**environ, "wsgi.input": io.BytesIO(stream.getvalue())} if isinstance(stream, io.BytesIO) else environ.copy()
    )
    return Request(view)


def operation_hint(environ: Environ) -> str:
    """What names the operation of a request that no model is there to read."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target).rpartition(".")[2]
    buffer(environ)
    return request_view(environ).values.get("Action") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
