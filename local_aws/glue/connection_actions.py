"""CreateConnection, UpdateConnection, GetConnection, GetConnections and DeleteConnection."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from local_aws.glue.backend import Backend
from local_aws.glue.connections import Connection, check
from local_aws.glue.errors import AlreadyExistsException, EntityNotFoundException, InvalidInputException
from local_aws.paging import page_of

Request = dict[str, Any]
DEFAULT_PAGE = 100


def create(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateConnection."""
    _check(backend, request)
    connection = Connection(request["ConnectionInput"], tags=request.get("Tags") or {})
    with backend.lock:
        if connection.name in backend.connections:
            raise AlreadyExistsException("Connection already exists.")
        backend.connections[connection.name] = connection
    return {"CreateConnectionStatus": "READY"}


def update(backend: Backend, request: Request) -> None:
    """UpdateConnection: what the request leaves out is gone. A connection keeps its name."""
    if request["ConnectionInput"]["Name"] != request["Name"]:
        raise InvalidInputException(f"ConnectionInput.Name: the connection is called {request['Name']}")
    _check(backend, request)
    with backend.lock:
        backend.connection(request["Name"]).update(request["ConnectionInput"])


def get(backend: Backend, request: Request) -> dict[str, Any]:
    """GetConnection."""
    _check_catalog(backend, request)
    with backend.lock:
        return {"Connection": backend.connection(request["Name"]).describe()}


def get_all(backend: Backend, request: Request) -> dict[str, Any]:
    """GetConnections."""
    _check_catalog(backend, request)
    with backend.lock:
        found = [connection.describe() for _, connection in sorted(backend.connections.items())]
    size = request.get("MaxResults") or DEFAULT_PAGE
    page, token = page_of(found, token=request.get("NextToken"), size=size, refusal=InvalidInputException)
    return {"ConnectionList": page} | ({"NextToken": token} if token else {})


def delete(backend: Backend, request: Request) -> None:
    """DeleteConnection: jobs may still name it."""
    _check_catalog(backend, request)
    with backend.lock:
        del backend.connections[backend.connection(request["ConnectionName"]).name]


def _check(backend: Backend, request: Request) -> None:
    _check_catalog(backend, request)
    check(request["ConnectionInput"], ec2_backends[backend.account_id][backend.region_name])


def _check_catalog(backend: Backend, request: Request) -> None:
    if request.get("CatalogId") not in (None, backend.account_id):
        raise EntityNotFoundException(f"Catalog {request['CatalogId']} not found.")
