"""AWS::ApiGatewayV2::*: HTTP APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_map

_GONE = {"NotFoundException"}
_SERVICE = "apigatewayv2"


class Api(ResourceType):
    """An HTTP API; `Ref` is its id. Here each listens on a port of its own, which `ApiEndpoint` names."""

    type_name = "AWS::ApiGatewayV2::Api"
    _settings = (
        "Name",
        "Description",
        "Version",
        "DisableExecuteApiEndpoint",
        "RouteSelectionExpression",
        "IpAddressType",
    )
    _unset: ClassVar[dict[str, Any]] = {"Description": "", "Version": ""}
    properties = frozenset({"ProtocolType", "Tags", *_settings})
    required = frozenset({"Name", "ProtocolType"})
    immutable = frozenset({"ProtocolType"})
    attributes = frozenset({"ApiEndpoint", "ApiId"})

    def create(self, job: Job) -> str:
        tags = {"Tags": tag_map(job.properties["Tags"])} if "Tags" in job.properties else {}
        answer = job.call(_SERVICE, "create_api", **job.given("ProtocolType", *self._settings), **tags)
        return str(answer["ApiId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        if changed(job, before, *self._settings):
            unset = {name: value for name, value in self._unset.items() if name in before}
            job.call(_SERVICE, "update_api", ApiId=job.physical_id, **(unset | job.given(*self._settings)))
        _tag(job, before, f"apis/{job.physical_id}")

    def delete(self, job: Job) -> None:
        job.remove(_SERVICE, "delete_api", gone=_GONE, ApiId=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        answer = job.call(_SERVICE, "get_api", ApiId=job.physical_id)
        return {"ApiEndpoint": answer["ApiEndpoint"], "ApiId": job.physical_id}


class Integration(ResourceType):
    """What a route calls: a function; `Ref` is the integration's id."""

    type_name = "AWS::ApiGatewayV2::Integration"
    _settings = (
        "ConnectionType",
        "Description",
        "IntegrationMethod",
        "IntegrationType",
        "IntegrationUri",
        "PayloadFormatVersion",
        "TimeoutInMillis",
    )
    _unset: ClassVar[dict[str, Any]] = {"Description": "", "TimeoutInMillis": 30_000}
    properties = frozenset({"ApiId", *_settings})
    required = frozenset({"ApiId", "IntegrationType"})
    immutable = frozenset({"ApiId", "IntegrationType"})
    attributes = frozenset({"IntegrationId"})

    def create(self, job: Job) -> str:
        answer = job.call(_SERVICE, "create_integration", **job.given("ApiId", *self._settings))
        return str(answer["IntegrationId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before and changed(job, before, *self._settings):
            unset = {name: value for name, value in self._unset.items() if name in before}
            of = {"ApiId": job.properties["ApiId"], "IntegrationId": job.physical_id}
            job.call(_SERVICE, "update_integration", **of, **(unset | job.given(*self._settings)))

    def delete(self, job: Job) -> None:
        of = {"ApiId": job.properties["ApiId"], "IntegrationId": job.physical_id}
        job.remove(_SERVICE, "delete_integration", gone=_GONE, **of)

    def describe(self, job: Job) -> dict[str, str]:
        return {"IntegrationId": job.physical_id}


class Route(ResourceType):
    """A method and a path; `Ref` is the route's id."""

    type_name = "AWS::ApiGatewayV2::Route"
    _settings = ("ApiKeyRequired", "AuthorizationType", "OperationName", "RouteKey", "Target")
    _unset: ClassVar[dict[str, Any]] = {"AuthorizationType": "NONE", "OperationName": ""}
    properties = frozenset({"ApiId", *_settings})
    required = frozenset({"ApiId", "RouteKey"})
    immutable = frozenset({"ApiId"})
    attributes = frozenset({"RouteId"})

    def create(self, job: Job) -> str:
        answer = job.call(_SERVICE, "create_route", **job.given("ApiId", *self._settings))
        return str(answer["RouteId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before and changed(job, before, *self._settings):
            if "Target" in before and "Target" not in job.properties:
                raise ResourceFailed("Property Target: a route that had one cannot be left without")
            unset = {name: value for name, value in self._unset.items() if name in before}
            of = {"ApiId": job.properties["ApiId"], "RouteId": job.physical_id}
            job.call(_SERVICE, "update_route", **of, **(unset | job.given(*self._settings)))

    def delete(self, job: Job) -> None:
        of = {"ApiId": job.properties["ApiId"], "RouteId": job.physical_id}
        job.remove(_SERVICE, "delete_route", gone=_GONE, **of)

    def describe(self, job: Job) -> dict[str, str]:
        return {"RouteId": job.physical_id}


class Stage(ResourceType):
    """A name under which an API answers, with its limits and its log; `Ref` is that name."""

    type_name = "AWS::ApiGatewayV2::Stage"
    _settings = (
        "AccessLogSettings",
        "AutoDeploy",
        "DefaultRouteSettings",
        "Description",
        "RouteSettings",
        "StageVariables",
    )
    _unset: ClassVar[dict[str, Any]] = {
        "DefaultRouteSettings": {},
        "Description": "",
        "RouteSettings": {},
        "StageVariables": {},
    }
    properties = frozenset({"ApiId", "StageName", "Tags", *_settings})
    required = frozenset({"ApiId", "StageName"})
    required_members: ClassVar[Members] = {"AccessLogSettings": frozenset(), "DefaultRouteSettings": frozenset()}
    immutable = frozenset({"ApiId", "StageName"})

    def create(self, job: Job) -> str:
        tags = {"Tags": tag_map(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call(_SERVICE, "create_stage", **job.given("ApiId", "StageName", *self._settings), **tags)
        return str(job.properties["StageName"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        of = {"ApiId": job.properties["ApiId"], "StageName": job.physical_id}
        if "AccessLogSettings" in before and "AccessLogSettings" not in job.properties:
            job.call(_SERVICE, "delete_access_log_settings", **of)
        if changed(job, before, *self._settings):
            unset = {name: value for name, value in self._unset.items() if name in before}
            job.call(_SERVICE, "update_stage", **of, **(unset | job.given(*self._settings)))
        _tag(job, before, f"apis/{of['ApiId']}/stages/{job.physical_id}")

    def delete(self, job: Job) -> None:
        of = {"ApiId": job.properties["ApiId"], "StageName": job.physical_id}
        job.remove(_SERVICE, "delete_stage", gone=_GONE, **of)


def _tag(job: Job, before: Mapping[str, Any], path: str) -> None:
    arn = f"arn:{job.partition}:apigateway:{job.region}::/{path}"
    tags, removed = tag_changes(job, before)
    if tags:
        job.call(_SERVICE, "tag_resource", ResourceArn=arn, Tags=tags)
    if removed:
        job.call(_SERVICE, "untag_resource", ResourceArn=arn, TagKeys=removed)
