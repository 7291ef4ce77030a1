"""PutDashboard: kept by moto, with the tags that it does not look at."""

from __future__ import annotations

import json
from typing import Any

from moto.cloudwatch.exceptions import DashboardInvalidInputError

from local_aws.cloudwatch.backend import Backend


def put(backend: Backend, request: dict[str, Any]) -> dict[str, Any]:
    """Raises DashboardInvalidInputError. Tags are those of a new one: of another they are ignored, as documented."""
    name, body = request["DashboardName"], request["DashboardBody"]
    try:
        json.loads(body)
    except ValueError as error:
        raise DashboardInvalidInputError("Body is invalid JSON") from error
    is_new = name not in backend.dashboards
    dashboard = backend.put_dashboard(name, body)
    if is_new and request.get("Tags"):
        backend.tag_resource(dashboard.arn, {tag["Key"]: tag["Value"] for tag in request["Tags"]})
    return {"DashboardValidationMessages": []}
