"""Which actions, and which members of a request, this local AWS honours (docs/fidelity/apigateway.md says which).

Any other is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.apigateway.errors import NotEmulated
from local_aws.members import ANY, Members, first_unsupported

_API: Members = {
    "name": ANY,
    "description": ANY,
    "version": ANY,
    "disableExecuteApiEndpoint": (False,),
    "routeSelectionExpression": ("$request.method $request.path", "${request.method} ${request.path}"),
    "ipAddressType": ("ipv4",),
}
_INTEGRATION: Members = {
    "integrationType": ("AWS_PROXY",),
    "integrationUri": ANY,
    "integrationMethod": ("POST",),
    "payloadFormatVersion": ("2.0",),
    "connectionType": ("INTERNET",),
    "timeoutInMillis": ANY,
    "description": ANY,
}
_ROUTE: Members = {
    "routeKey": ANY,
    "target": ANY,
    "authorizationType": ("NONE", "AWS_IAM"),
    "operationName": ANY,
    "apiKeyRequired": (False,),
}
_STAGE: Members = {
    "stageName": ANY,
    "autoDeploy": (True,),
    "description": ANY,
    "stageVariables": ANY,
    "accessLogSettings.destinationArn": ANY,
    "accessLogSettings.format": ANY,
    "defaultRouteSettings": ANY,
    "routeSettings": ANY,
}
SUPPORTED: Mapping[str, Members] = {
    "CreateApi": {**_API, "protocolType": ("HTTP",), "tags": ANY},
    "UpdateApi": _API,
    "CreateIntegration": _INTEGRATION,
    "UpdateIntegration": _INTEGRATION,
    "CreateRoute": _ROUTE,
    "UpdateRoute": _ROUTE,
    "CreateStage": {**_STAGE, "tags": ANY},
    "UpdateStage": _STAGE,
}
ACTIONS = frozenset(
    {
        *SUPPORTED,
        *(f"{verb}{kind}" for verb in ("Delete", "Get") for kind in ("Api", "Integration", "Route", "Stage")),
        *(f"Get{kind}s" for kind in ("Api", "Integration", "Route", "Stage")),
        *("DeleteAccessLogSettings", "GetTags", "TagResource", "UntagResource"),
    }
)


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member or value that would have no effect here."""
    if action in SUPPORTED and (found := first_unsupported(SUPPORTED[action], request)):
        raise NotEmulated(f"{action}: {found}")
