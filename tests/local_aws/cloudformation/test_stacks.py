"""Operations that meet: change sets gone stale, deletions asked for twice, questions during changes."""

from __future__ import annotations

import json
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from moto.iam.models import iam_backends

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.errors import ChangeSetNotFound, InvalidChangeSet, RequestRefused, StackNotFound
from local_aws.cloudformation.stacks import Stacks
from local_aws.cloudformation.submission import Submission
from local_aws.cloudformation.types.base import Job, ResourceType
from local_aws.world import ACCOUNT, World
from tests.local_aws.cloudformation.conftest import Deployer, template, trusting
from tests.local_aws.cloudformation.test_change_sets import change_set
from tests.local_aws.cloudformation.test_rollback import parameter

OTHER_ROLE = "arn:aws:iam::123456789012:role/other"


@dataclass
class Door(ResourceType):
    """A resource whose creation and deletion go on until the door is opened."""

    type_name = "Test::Slow::Door"
    properties = frozenset({"Colour"})
    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def create(self, job: Job) -> str:
        self._pass()
        return job.logical_id

    def delete(self, job: Job) -> None:
        self._pass()

    def _pass(self) -> None:
        self.entered.set()
        assert self.opened.wait(30)

    def close(self) -> None:
        self.entered.clear()
        self.opened.clear()


@pytest.fixture
def other_role() -> str:
    """A role that CloudFormation may assume, in this process."""
    trust = json.dumps(trusting("cloudformation"))
    roles = iam_backends[ACCOUNT]["aws"]
    name = f"deploys-{uuid.uuid4().hex[:8]}"
    roles.create_role(name, trust, "/", None, "", [], "3600")
    return str(roles.get_role(name).arn)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def stacks(door: Door, tmp_path: Path) -> Stacks:
    return Stacks(Environment(World(tmp_path, port=0), "eu-west-1", types={door.type_name: door}))


@contextmanager
def meanwhile(door: Door, operation: object, *arguments: object, **named: object) -> Iterator[None]:
    """The block runs while the operation stands before the closed door; then the operation ends."""
    door.close()
    with ThreadPoolExecutor(1) as pool:
        running: Future[object] = pool.submit(operation, *arguments, **named)  # type: ignore[arg-type]
        try:
            assert door.entered.wait(30)
            yield
        finally:
            door.opened.set()
        running.result()


def submitted(name: str, *, colour: str = "red", role_arn: str | None = None) -> Submission:
    resources = {"Door": {"Type": "Test::Slow::Door", "Properties": {"Colour": colour}}}
    return Submission(
        stack_name=name,
        body=json.dumps({"Resources": resources}),
        parameters={},
        previous=[],
        tags=None,
        capabilities=[],
        role_arn=role_arn,
    )


def test_a_change_set_does_not_outlive_its_stack(deployer: Deployer) -> None:
    name = deployer.create({"A": parameter()})
    stack = deployer.describe(name)["StackId"]
    stale = change_set(deployer, name, "UPDATE", template({"A": parameter("w")}))["ChangeSetId"]
    deployer.api.delete_stack(StackName=name)
    assert deployer.status(deployer.settled(stack)) == "DELETE_COMPLETE"
    with pytest.raises(deployer.api.exceptions.ChangeSetNotFoundException):
        deployer.api.execute_change_set(ChangeSetName=stale)
    assert deployer.status(stack) == "DELETE_COMPLETE"
    assert deployer.physical(stack) == {}


def test_a_change_set_is_not_executed_while_its_stack_is_deleted(stacks: Stacks, door: Door, other_role: str) -> None:
    door.opened.set()
    stack = stacks.create(submitted("s"), roll_back=True, protected=False)
    held = stacks.create_change_set(submitted("s", colour="blue", role_arn=other_role), "c", "UPDATE", None)
    with meanwhile(door, stacks.delete, "s", role_arn=None, token=None):
        with pytest.raises(InvalidChangeSet, match="DELETE_IN_PROGRESS"):
            stacks.execute(held.arn, None, roll_back=True, token=None)
        assert (stack.status, stack.role_arn, stack.last_change_set) == ("DELETE_IN_PROGRESS", None, None)
    assert stack.status == "DELETE_COMPLETE"
    with pytest.raises(ChangeSetNotFound):
        stacks.change_set(held.arn, None)


def test_a_refused_operation_leaves_the_role_of_the_running_one(stacks: Stacks, door: Door) -> None:
    with meanwhile(door, stacks.create, submitted("s"), roll_back=True, protected=False):
        stack = stacks.get("s")
        with pytest.raises(RequestRefused, match="CREATE_IN_PROGRESS"):
            stacks.update(submitted("s", colour="blue", role_arn=OTHER_ROLE), roll_back=True)
        with pytest.raises(RequestRefused, match="cannot be deleted while in status CREATE_IN_PROGRESS"):
            stacks.delete("s", role_arn=OTHER_ROLE, token=None)
        assert stack.role_arn is None
    assert stack.status == "CREATE_COMPLETE"


def test_a_second_deletion_waits_for_the_first(stacks: Stacks, door: Door) -> None:
    door.opened.set()
    stack = stacks.create(submitted("s"), roll_back=True, protected=False)
    with meanwhile(door, stacks.delete, "s", role_arn=None, token=None):
        stacks.delete("s", role_arn=OTHER_ROLE, token="second")
        assert (stack.status, stack.role_arn, stack.token) == ("DELETE_IN_PROGRESS", None, None)
    assert [event.status for event in stack.events if event.logical_id == "s"].count("DELETE_IN_PROGRESS") == 1
    assert stack.status == "DELETE_COMPLETE"


def test_questions_are_answered_while_stacks_are_made(stacks: Stacks) -> None:
    def ask() -> int:
        asked = 0
        while not made.is_set():
            with pytest.raises(StackNotFound):
                stacks.get("absent")
            with pytest.raises(ChangeSetNotFound):
                stacks.change_set("absent", None)
            stacks.all()
            asked += 1
        return asked

    made, interval = threading.Event(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(ask) for _ in range(2)]
            try:
                for number in range(300):
                    stacks.create_change_set(submitted(f"s{number}"), "c", "CREATE", None)
            finally:
                made.set()
            assert all(each.result() for each in asking)
    finally:
        sys.setswitchinterval(interval)
    assert len(stacks.all()) == 300
