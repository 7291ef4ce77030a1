"""The stacks of one account and region, and what the API can do with them."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

from local_aws.cloudformation.deployment import Deployment, Verb
from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import (
    AlreadyExists,
    ChangeSetNotFound,
    InvalidChangeSet,
    RequestRefused,
    StackNotFound,
)
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.plan import Plan
from local_aws.cloudformation.preview import changes
from local_aws.cloudformation.removal import Removal
from local_aws.cloudformation.stack import ChangeSet, Stack
from local_aws.cloudformation.submission import Submission, plan_for

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
ANSWER_AFTER_S = 5.0
"""AWS answers before the work begins; clients then poll every few seconds. Most local deployments are over sooner."""

_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
_RETAIN = "RetainResources takes logical ids of a stack in DELETE_FAILED."
_CREATABLE = frozenset({"REVIEW_IN_PROGRESS"})


class Stacks:
    """One per region. Deployments run in threads, one at a time for each stack."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._stacks: dict[str, Stack] = {}
        self._lock = threading.RLock()
        self.exports = Exports(self._stacks)

    def all(self) -> list[Stack]:
        """Every stack there is or was, the newest first."""
        return sorted(self._known(), key=lambda stack: stack.created, reverse=True)

    def get(self, name_or_arn: str) -> Stack:
        """By ARN also deleted stacks. Raises StackNotFound."""
        stack = self._stacks.get(name_or_arn) or self._named(name_or_arn)
        if stack is None:
            raise StackNotFound(name_or_arn)
        return stack

    def change_set(self, name_or_arn: str, stack_name: str | None) -> tuple[Stack, ChangeSet]:
        """By ARN, or by name on a stack. Raises ChangeSetNotFound, StackNotFound."""
        candidates = [self.get(stack_name)] if stack_name else self._known()
        for stack in candidates:
            for change_set in list(stack.change_sets.values()):
                if name_or_arn == change_set.arn or (stack_name and name_or_arn == change_set.name):
                    return stack, change_set
        raise ChangeSetNotFound(name_or_arn)

    def create_change_set(self, submission: Submission, name: str, kind: Verb, description: str | None) -> ChangeSet:
        """Raises RequestRefused when there is no plan to be made; nothing of it is kept then."""
        with self._lock:
            stack, is_new = self._stack_for(submission.stack_name, kind)
            if name in stack.change_sets:
                raise AlreadyExists(
                    f"ChangeSet {name} cannot be created due to a mismatch with existing attribute Name"
                )
            role_arn = submission.role_arn or stack.role_arn
            self.environment.check_role(role_arn)
            plan = plan_for(stack, submission, self.environment)
            found = changes(stack, plan, environment=self.environment, exports=self.exports)
            change_set = ChangeSet(
                name=name,
                arn=self._arn("changeSet", name),
                kind=kind,
                plan=plan,
                description=description,
                role_arn=role_arn,
                changes=found,
                failure=NO_CHANGES if _is_settled(stack) and stack.plan and plan.same_as(stack.plan) else None,
            )
            if is_new:
                self._stacks[stack.arn] = stack
                stack.becomes("REVIEW_IN_PROGRESS", "User Initiated")
            stack.change_sets[name] = change_set
            return change_set

    def delete_change_set(self, name_or_arn: str, stack_name: str | None) -> None:
        """One that is gone is none: the CDK CLI deletes before it creates."""
        with self._lock:
            try:
                stack, change_set = self.change_set(name_or_arn, stack_name)
            except ChangeSetNotFound:
                return
            del stack.change_sets[change_set.name]

    def execute(self, name_or_arn: str, stack_name: str | None, *, roll_back: bool, token: str | None) -> None:
        """Apply a change set. Raises InvalidChangeSet when it failed, or the stack is no longer one it fits."""
        with self._lock:
            stack, change_set = self.change_set(name_or_arn, stack_name)
            _check_executable(stack, change_set)
            self.environment.check_role(change_set.role_arn)
            stack.last_change_set, stack.role_arn = change_set.arn, change_set.role_arn
            deployment = self._begin(stack, change_set.plan, change_set.kind, roll_back=roll_back, token=token)
        _in_thread(stack, deployment.run)

    def create(self, submission: Submission, *, roll_back: bool, protected: bool) -> Stack:
        """CreateStack: no change set in between."""
        with self._lock:
            stack, is_new = self._stack_for(submission.stack_name, "CREATE")
            if not is_new:
                raise AlreadyExists(f"Stack [{stack.name}] already exists")
            self.environment.check_role(submission.role_arn)
            plan = plan_for(stack, submission, self.environment)
            stack.role_arn, stack.termination_protection = submission.role_arn, protected
            self._stacks[stack.arn] = stack
            deployment = self._begin(stack, plan, "CREATE", roll_back=roll_back, token=submission.token)
        _in_thread(stack, deployment.run)
        return stack

    def update(self, submission: Submission, *, roll_back: bool) -> Stack:
        """UpdateStack. Raises RequestRefused when nothing would change."""
        with self._lock:
            stack, _ = self._stack_for(submission.stack_name, "UPDATE")
            role_arn = submission.role_arn or stack.role_arn
            self.environment.check_role(role_arn)
            plan = plan_for(stack, submission, self.environment)
            if _is_settled(stack) and stack.plan and plan.same_as(stack.plan):
                raise RequestRefused("No updates are to be performed.")
            stack.role_arn = role_arn
            deployment = self._begin(stack, plan, "UPDATE", roll_back=roll_back, token=submission.token)
        _in_thread(stack, deployment.run)
        return stack

    def delete(
        self, name_or_arn: str, *, role_arn: str | None, token: str | None, retain: frozenset[str] = frozenset()
    ) -> None:
        """A stack that is not there is deleted already. Raises RequestRefused when protected or busy otherwise.

        `retain`: logical ids to let be, of a stack whose deletion has failed.
        """
        with self._lock:
            stack = self._stacks.get(name_or_arn) or self._named(name_or_arn)
            if stack is None or stack.deleted is not None or stack.status == "DELETE_IN_PROGRESS":
                return
            if stack.termination_protection:
                raise RequestRefused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
            if stack.in_progress:
                raise RequestRefused(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
            if retain and (stack.status != "DELETE_FAILED" or not retain <= stack.resources.keys()):
                raise RequestRefused(
                    f"{_RETAIN} Stack [{stack.name}] is in {stack.status} with {list(stack.resources)}"
                )
            self.environment.check_role(role_arn or stack.role_arn)
            stack.role_arn = role_arn or stack.role_arn
            removal = Removal(stack, environment=self.environment, exports=self.exports, retain=retain)
            _starts(stack, "DELETE_IN_PROGRESS", token)
        _in_thread(stack, removal.run)

    def _known(self) -> list[Stack]:
        with self._lock:
            return list(self._stacks.values())

    def _named(self, name: str) -> Stack | None:
        return next((stack for stack in self._known() if stack.name == name and stack.deleted is None), None)

    def _stack_for(self, name: str, kind: Verb) -> tuple[Stack, bool]:
        """The stack and whether it is new (and not kept yet). Raises RequestRefused when the kind does not fit."""
        existing = self._named(name)
        if kind == "UPDATE":
            if existing is None:
                raise StackNotFound(name)
            if existing.status not in _UPDATABLE:
                raise RequestRefused(f"Stack:{existing.arn} is in {existing.status} state and can not be updated.")
            return existing, False
        if existing is None:
            return Stack(name=name, arn=self._arn("stack", name), status=""), True
        if existing.status not in _CREATABLE:
            raise AlreadyExists(f"Stack [{name}] already exists and cannot be created again")
        return existing, False

    def _begin(self, stack: Stack, plan: Plan, verb: Verb, *, roll_back: bool, token: str | None) -> Deployment:
        """The stack is taken; to be called under the lock under which its status was checked."""
        _starts(stack, f"{verb}_IN_PROGRESS", token)
        stack.change_sets.clear()
        stack.updated = None if verb == "CREATE" else stack.events[-1].at
        return Deployment(stack, plan, verb, environment=self.environment, exports=self.exports, roll_back=roll_back)

    def _arn(self, kind: str, name: str) -> str:
        place = f"arn:{self.environment.partition}:cloudformation:{self.environment.region}:{self.environment.account}"
        return f"{place}:{kind}/{name}/{uuid.uuid4()}"


def _is_settled(stack: Stack) -> bool:
    """Whether what the plan says is what is there."""
    return stack.status.endswith("_COMPLETE")


def _check_executable(stack: Stack, change_set: ChangeSet) -> None:
    """Since the change set was made, the stack may have been taken by another operation, deleted, or left in ruins."""
    if change_set.failure is not None:
        raise InvalidChangeSet(f"ChangeSet [{change_set.arn}] cannot be executed in its current status of [FAILED]")
    fits = _UPDATABLE if change_set.kind == "UPDATE" else _CREATABLE
    if stack.status not in fits:
        raise InvalidChangeSet(
            f"ChangeSet [{change_set.arn}] cannot be executed: Stack:{stack.arn} is in {stack.status} state"
        )


def _starts(stack: Stack, status: str, token: str | None) -> None:
    stack.token = token
    stack.settled.clear()
    stack.becomes(status, "User Initiated")


def _in_thread(stack: Stack, work: Callable[[], None]) -> None:
    def run() -> None:
        try:
            work()
        finally:
            stack.settled.set()

    threading.Thread(target=run, name=f"cloudformation-{stack.name}", daemon=True).start()
    stack.settled.wait(ANSWER_AFTER_S)
