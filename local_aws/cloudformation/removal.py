"""Deletes a stack: every resource after those that depend on it."""

from __future__ import annotations

import logging

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.order import ordered
from local_aws.cloudformation.stack import Stack, now
from local_aws.cloudformation.workbench import Workbench

_log = logging.getLogger(__name__)


class Removal:
    """One deletion of a stack."""

    def __init__(
        self, stack: Stack, *, environment: Environment, exports: Exports, retain: frozenset[str] = frozenset()
    ) -> None:
        self._stack, self._retain = stack, retain
        self._exports = exports
        self._bench = Workbench(stack, environment)

    def run(self) -> None:
        """Ends in DELETE_COMPLETE or DELETE_FAILED; raises nothing."""
        used = self._exports.in_use(self._stack)
        if used is not None:
            self._stack.becomes("DELETE_FAILED", used)
            return
        try:
            failed = self._delete_all()
        except Exception as error:  # noqa: BLE001  # a fault of ours must not leave the stack in progress for ever
            _log.exception("deletion of %s broke", self._stack.name)
            said = f"Internal failure of the local CloudFormation: {type(error).__name__}: {error}"
            self._stack.becomes("DELETE_FAILED", said)
            return
        if failed:
            listed = ", ".join(failed)
            self._stack.becomes("DELETE_FAILED", f"The following resource(s) failed to delete: [{listed}]. ")
            return
        self._stack.change_sets.clear()
        self._stack.deleted = now()
        self._stack.becomes("DELETE_COMPLETE")

    def _delete_all(self) -> list[str]:
        """Logical ids that could not be deleted. What those depend on is not attempted."""
        resources = self._stack.resources
        failed: list[str] = []
        needed: set[str] = set()
        for name in reversed(ordered({name: resource.dependencies for name, resource in resources.items()})):
            if name in needed:
                needed |= resources[name].dependencies
                continue
            try:
                is_kept = name in self._retain or resources[name].deletion_policy.startswith("Retain")
                self._bench.delete(resources[name], retain=is_kept)
            except ResourceFailed:
                failed.append(name)
                needed |= resources[name].dependencies
            else:
                del resources[name]
        return failed
