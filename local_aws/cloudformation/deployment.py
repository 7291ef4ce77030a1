"""Brings a stack to a plan, or back to where it was."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Literal

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import HalfMade, ResourceFailed, TemplateError
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.intrinsics import Scope
from local_aws.cloudformation.order import ordered
from local_aws.cloudformation.outputs import outputs_of
from local_aws.cloudformation.plan import Plan
from local_aws.cloudformation.stack import Stack, StackResource
from local_aws.cloudformation.template import Declaration
from local_aws.cloudformation.workbench import Workbench

Verb = Literal["CREATE", "UPDATE"]
_log = logging.getLogger(__name__)
_REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


class Deployment:
    """One creation or update of a stack; creating is updating from nothing.

    Resources are made one after the other in the plan's order. Each step leaves behind how to undo it; what the
    new plan no longer has is removed last, when nothing can fail any more; and so is, after the rollback of an update,
    what the update had made.
    """

    def __init__(
        self, stack: Stack, plan: Plan, verb: Verb, *, environment: Environment, exports: Exports, roll_back: bool
    ) -> None:
        self._stack = stack
        self._plan = plan
        self._verb = verb
        self._exports = exports
        self._roll_back_on_failure = roll_back
        self._bench = Workbench(stack, environment)
        self._before = dict(stack.resources)
        self._undo: list[tuple[str, Callable[[], None]]] = []
        self._leftovers: list[tuple[StackResource, str]] = []
        """What another has taken the place of, with the policy that decides about it."""
        self._imports: set[str] = set()
        self._scope = Scope(
            values=plan.values,
            mappings=plan.template.mappings,
            conditions=plan.conditions,
            ref=lambda name: stack.resources[name].physical_id,
            attribute=self._attribute,
            exported=self._import,
            ssm_value=environment.ssm_value,
            zones=environment.zones,
        )

    def run(self) -> None:
        """Ends with the stack in a final status; raises nothing."""
        if self._verb == "CREATE":
            self._stack.plan = self._plan
        try:
            for declared in self._plan.resources.values():
                self._bring(declared)
            outputs = outputs_of(self._plan, self._scope)
            self._exports.check(self._stack, outputs)
        except (ResourceFailed, TemplateError) as error:
            self._fail(_said(error))
        except Exception as error:  # noqa: BLE001  # a fault of ours must not leave the stack in progress for ever
            _log.exception("deployment of %s broke", self._stack.name)
            self._fail(f"Internal failure of the local CloudFormation: {type(error).__name__}: {error}")
        else:
            self._stack.outputs, self._stack.imports, self._stack.plan = outputs, self._imports, self._plan
            self._drop_what_is_gone()

    def _bring(self, declared: Declaration) -> None:
        """Make one resource what the plan says; its failure is recorded with its reason and ends the deployment."""
        existing = self._stack.resources.get(declared.logical_id)
        subject = existing or self._new(declared, {})
        verb = "CREATE" if existing is None else "UPDATE"
        try:
            properties = self._scope.evaluate(dict(declared.properties))
            if existing is None:
                subject = self._new(declared, properties)
                self._create(subject)
            elif self._bench.kind(declared.type_name).replaces(existing.properties, properties):
                self._stack.record(existing, "UPDATE_IN_PROGRESS", _REPLACING)
                self._create(self._new(declared, properties))
                self._leftovers.append((existing, declared.update_replace_policy))
            else:
                self._update(existing, declared, properties)
        except (ResourceFailed, TemplateError) as error:
            self._stack.record(subject, f"{verb}_FAILED", _said(error))
            failed = f"The following resource(s) failed to {verb.lower()}: [{declared.logical_id}]. "
            raise ResourceFailed(failed) from error

    def _new(self, declared: Declaration, properties: Mapping[str, Any]) -> StackResource:
        return StackResource(
            logical_id=declared.logical_id,
            type_name=declared.type_name,
            physical_id="",
            properties=properties,
            attributes={},
            dependencies=self._plan.dependencies[declared.logical_id],
            deletion_policy=declared.deletion_policy,
        )

    def _create(self, resource: StackResource) -> None:
        try:
            self._bench.create(resource)
        except HalfMade:
            self._put_on_record(resource)
            raise
        self._put_on_record(resource)
        self._bench.finish(resource)

    def _put_on_record(self, resource: StackResource) -> None:
        before = self._stack.resources.get(resource.logical_id)
        self._stack.resources[resource.logical_id] = resource

        def undo() -> None:
            # This is the one place where RetainExceptOnCreate differs from Retain.
            policy = "Retain" if resource.deletion_policy == "Retain" else "Delete"
            if self._verb == "CREATE":
                self._bench.delete(resource, retain=policy == "Retain")
            else:
                self._leftovers.append((resource, policy))
            del self._stack.resources[resource.logical_id]
            if before is not None:
                self._stack.resources[resource.logical_id] = before

        self._undo.append((resource.logical_id, undo))

    def _update(self, resource: StackResource, declared: Declaration, properties: Mapping[str, Any]) -> None:
        before, dependencies, policy = resource.properties, resource.dependencies, resource.deletion_policy
        self._bench.kind(resource.type_name).check_change(before, properties)

        def undo() -> None:
            if before != properties:
                # Whether all, some or none of the change was made: it is what must be undone.
                resource.properties = properties
                self._change(resource, before, "Delete")
            resource.dependencies, resource.deletion_policy = dependencies, policy

        self._undo.append((resource.logical_id, undo))
        if before != properties:
            self._change(resource, properties, declared.update_replace_policy)
        resource.dependencies = self._plan.dependencies[declared.logical_id]
        resource.deletion_policy = declared.deletion_policy

    def _change(self, resource: StackResource, properties: Mapping[str, Any], policy: str) -> None:
        old = self._bench.update(resource, properties)
        if old is not None:
            self._leftovers.append((old, policy))

    def _attribute(self, name: str, attribute: str) -> Any:
        resource = self._stack.resources[name]
        if attribute not in resource.attributes:  # of a custom resource; other types' are checked before
            said = f"Vendor response doesn't contain {attribute} attribute in object {self._stack.arn}|{name}"
            raise ResourceFailed(f"CustomResource attribute error: {said}")
        return resource.attributes[attribute]

    def _import(self, name: str) -> str:
        value = self._exports.value(name)
        self._imports.add(name)
        return value

    def _fail(self, reason: str) -> None:
        if not self._roll_back_on_failure:
            self._keep_what_works(reason)
            return
        prefix = "" if self._verb == "CREATE" else "UPDATE_"
        self._stack.becomes(f"{prefix}ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        failed = [name for name, step in reversed(self._undo) if not _done(step)]
        if failed:
            said = f"The following resource(s) failed to roll back: [{', '.join(failed)}]. "
            self._stack.becomes(f"{prefix}ROLLBACK_FAILED", said)
            return
        self._clean_up(f"{prefix}ROLLBACK_COMPLETE", reason)

    def _keep_what_works(self, reason: str) -> None:
        """Rollback is disabled: only the failing step is undone, so that the next deployment takes it up anew."""
        if self._undo:
            name, step = self._undo[-1]
            if self._stack.resources[name].status.endswith("_FAILED"):
                _done(step)
                self._discard_leftovers()
        self._stack.plan = self._plan
        self._stack.becomes(f"{self._verb}_FAILED", reason)

    def _drop_what_is_gone(self) -> None:
        """After success: what was replaced and what the plan no longer has, the dependent before what it needs."""
        gone = {name: old for name, old in self._before.items() if name not in self._plan.resources}
        self._leftovers[:0] = [(resource, resource.deletion_policy) for resource in gone.values()]
        for name in gone:
            del self._stack.resources[name]
        self._clean_up(f"{self._verb}_COMPLETE")

    def _clean_up(self, status: str, reason: str | None = None) -> None:
        """The outcome is settled by then: what cannot be removed is left over, and its event says so."""
        self._leftovers = [(old, policy) for old, policy in self._leftovers if not self._is_back(old)]
        if self._leftovers:
            self._stack.becomes(f"{status}_CLEANUP_IN_PROGRESS", reason)
        _done(self._discard_leftovers)
        self._stack.becomes(status, reason)

    def _is_back(self, old: StackResource) -> bool:
        """Whether a rollback has put in its place again what had been replaced."""
        now = self._stack.resources.get(old.logical_id)
        return now is not None and now.physical_id == old.physical_id

    def _discard_leftovers(self) -> None:
        """Each before what it depends on; of those that nothing orders the last first."""
        names = ordered({old.logical_id: old.dependencies for old, _ in self._leftovers})
        for old, policy in sorted(self._leftovers, key=lambda left: -names.index(left[0].logical_id)):
            self._discard(old, retain=policy.startswith("Retain"))
        self._leftovers.clear()

    def _discard(self, resource: StackResource, *, retain: bool) -> None:
        _done(lambda: self._bench.delete(resource, retain=retain))


def _said(error: ResourceFailed | TemplateError) -> str:
    """The error's words without the error code that a service exception puts before them."""
    return error.message if isinstance(error, TemplateError) else str(error)


def _done(step: Callable[[], None]) -> bool:
    """Whether a step of undoing or cleaning up succeeded; its failure is in the stack's events."""
    try:
        step()
    except ResourceFailed as error:
        _log.warning("clean-up: %s", error)
        return False
    except Exception:  # noqa: BLE001  # a fault of ours must not leave the stack in progress for ever
        _log.exception("clean-up broke")
        return False
    return True
