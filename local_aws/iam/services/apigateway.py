"""API Gateway: Service Authorization Reference, "... for Amazon API Gateway Management V2".

Its actions are HTTP methods, and its resources the paths they are used on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from moto.core.utils import get_service_model

from local_aws.iam.services.base import Call, Check, Service, same

_PLACEHOLDER = re.compile(r"\{([\w-]+)\+?\}")
_OPERATIONS = (
    *(
        f"{verb}{kind}"
        for verb in ("Create", "Delete", "Get", "Update")
        for kind in ("Api", "Integration", "Route", "Stage")
    ),
    *(f"Get{kind}s" for kind in ("Api", "Integration", "Route", "Stage")),
    *("DeleteAccessLogSettings", "GetTags", "TagResource", "UntagResource"),
)


def _on_path(call: Call) -> Iterator[Check]:
    model = get_service_model(call.model).operation_model(call.operation)
    path = _PLACEHOLDER.sub(lambda found: quote(str(call.get(found[1]) or ""), safe="$"), model.http["requestUri"])
    resource = f"arn:{call.partition}:apigateway:{call.region}::{path.removeprefix('/v2')}"
    yield Check(f"apigateway:{model.http['method']}", resource)


APIGATEWAY = Service(
    prefix="apigateway", models=("apigatewayv2", "apigateway"), operations=same(_on_path, *_OPERATIONS)
)
