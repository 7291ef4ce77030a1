"""Makes, changes and removes one resource at a time, and writes the stack's history."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import HalfMade, ResourceFailed
from local_aws.cloudformation.stack import Stack, StackResource
from local_aws.cloudformation.types.base import Job, ResourceType

_log = logging.getLogger(__name__)
_ANOTHER = "Requested update required the provider to create a new physical resource"


class Workbench:
    """The hands of a deployment or a removal, acting for the stack's role. Every method may raise ResourceFailed."""

    def __init__(self, stack: Stack, environment: Environment) -> None:
        self._stack = stack
        self._environment = environment
        self._clients = environment.clients(stack.role_arn)

    def kind(self, type_name: str) -> ResourceType:
        """The resource type; templates with a type that is not there were refused before."""
        return self._environment.types[type_name]

    def create(self, resource: StackResource) -> None:
        """The one call that makes the resource and names it."""
        self._stack.record(resource, "CREATE_IN_PROGRESS")
        kind = self.kind(resource.type_name)
        with _failing_the_resource():
            kind.check_members(resource.logical_id, resource.properties)
            try:
                resource.physical_id = kind.create(self._job(resource, resource.properties))
            except HalfMade as error:
                resource.physical_id = error.physical_id
                raise
        self._stack.record(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")

    def finish(self, resource: StackResource) -> None:
        """All else that a resource just created is to be."""
        self._configure(resource, resource.properties, before={})
        self._stack.record(resource, "CREATE_COMPLETE")

    def update(self, resource: StackResource, properties: Mapping[str, Any]) -> StackResource | None:
        """Change the resource in place; when that fails it is still on record with its old properties.

        Returns what is left of the old one when its type has made another in its place.
        """
        self._stack.record(resource, "UPDATE_IN_PROGRESS")
        old = replace(resource, kept=dict(resource.kept))
        physical_id = self._configure(resource, properties, before=resource.properties)
        resource.properties = properties
        is_another = physical_id not in (None, old.physical_id)
        if physical_id is not None and is_another:
            resource.physical_id = physical_id
            self._stack.record(resource, "UPDATE_IN_PROGRESS", _ANOTHER)
        self._stack.record(resource, "UPDATE_COMPLETE")
        return old if is_another else None

    def delete(self, resource: StackResource, *, retain: bool) -> None:
        """Remove the resource, or leave it be."""
        if retain:
            self._stack.record(resource, "DELETE_SKIPPED")
            return
        self._stack.record(resource, "DELETE_IN_PROGRESS")
        try:
            with _failing_the_resource():
                self.kind(resource.type_name).delete(self._job(resource, resource.properties))
        except ResourceFailed as error:
            self._stack.record(resource, "DELETE_FAILED", str(error))
            raise
        self._stack.record(resource, "DELETE_COMPLETE")

    def _configure(
        self, resource: StackResource, properties: Mapping[str, Any], before: Mapping[str, Any]
    ) -> str | None:
        kind, job = self.kind(resource.type_name), self._job(resource, properties)
        with _failing_the_resource():
            kind.check_members(resource.logical_id, properties)
            physical_id = kind.configure(job, before)
            resource.attributes = kind.describe(job)
        return physical_id

    def _job(self, resource: StackResource, properties: Mapping[str, Any]) -> Job:
        return Job(
            logical_id=resource.logical_id,
            stack_name=self._stack.name,
            account=self._environment.account,
            region=self._environment.region,
            partition=self._environment.partition,
            client=self._clients,
            properties=properties,
            physical_id=resource.physical_id,
            type_name=resource.type_name,
            stack_arn=self._stack.arn,
            kept=resource.kept,
            letters=self._environment.letters,
        )


@contextlib.contextmanager
def _failing_the_resource() -> Iterator[None]:
    """Whatever a resource type trips over fails its resource, so that the stack can roll back."""
    try:
        yield
    except ResourceFailed:
        raise
    except Exception as error:
        _log.exception("a resource type broke")
        said = f"Internal failure of the local CloudFormation: {type(error).__name__}: {error}"
        raise ResourceFailed(said) from error
