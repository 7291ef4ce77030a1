"""State machines and their executions: one store for the API and CloudFormation, over moto's."""

from __future__ import annotations

import json
import threading
import time
import uuid
from functools import partial
from typing import Any, ClassVar, cast

from moto.stepfunctions import models as moto_models
from moto.stepfunctions.exceptions import ExecutionDoesNotExist
from moto.stepfunctions.parser import models as parser_models

from local_aws.stepfunctions import definition as definitions
from local_aws.stepfunctions import notices, permissions
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.encoding import MAX_STATE_BYTES
from local_aws.stepfunctions.errors import (
    ExecutionAlreadyExists,
    InvalidDefinition,
    InvalidEncryptionConfiguration,
    InvalidExecutionInput,
    MissingRequiredParameter,
    StateMachineAlreadyExists,
    StateMachineTypeNotSupported,
    ValidationException,
)
from local_aws.stepfunctions.executions import Execution, Snapshot
from local_aws.stepfunctions.parsing import parse
from local_aws.stepfunctions.replacing import replace_name

INITIAL_REVISION = "INITIAL"
OWNED_KEY = "AWS_OWNED_KEY"
# How long the end of a machine waits for its executions to tell their jobs to stop: the role often goes next.
STOP_LIMIT_S = 5.0
# moto's own signatures differ between its two backends; Any keeps ours from having to match both.
_MotoBackend: Any = parser_models.StepFunctionsParserBackend
# Without the parser backend's own parsing: the definition has been checked by then.
_create: Any = moto_models.StepFunctionBackend.create_state_machine


class Backend(_MotoBackend):
    """moto's backend with AWS's checks on creation and executions that keep their own snapshot."""

    # InstanceTrackerMeta takes the service's name from the second part of the module's.
    __module__ = "moto.stepfunctions.models"
    clients: ClassVar[TaskClients]
    _starting: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._outlived: dict[str, Execution] = {}

    def create_state_machine(
        self,
        name: str,
        definition: str,
        roleArn: str,  # noqa: N803 - moto's name
        *rest: Any,
        loggingConfiguration: dict[str, Any] | None = None,  # noqa: N803
        sm_type: str | None = None,
        **settings: Any,
    ) -> Any:
        """Idempotent for an equal machine. Raises those of errors.py that name what is wrong."""
        self._validate_name(name)
        self._validate_role_arn(roleArn)
        if sm_type not in {None, "STANDARD"}:
            raise StateMachineTypeNotSupported(f"Express workflows are not emulated: '{name}' is of type {sm_type}")
        _check_encryption(settings.get("encryptionConfiguration"))
        arn = f"arn:{self.partition}:states:{self.region_name}:{self.account_id}:stateMachine:{name}"
        self._check(arn, definition, roleArn, loggingConfiguration)
        known = next((machine for machine in self.state_machines if machine.arn == arn), None)
        if known is not None:
            return _same(known, definition, loggingConfiguration, settings.get("tracingConfiguration"))
        made = _create(
            self,
            name,
            definition,
            roleArn,
            *rest,
            loggingConfiguration=loggingConfiguration,
            sm_type=sm_type,
            **settings,
        )
        made.revision_id = INITIAL_REVISION
        return made

    def update_state_machine(
        self,
        arn: str,
        definition: str | None = None,
        role_arn: str | None = None,
        logging_configuration: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Any:
        """A new revision. Running executions keep what they started with."""
        machine = self.describe_state_machine(arn)
        encryption = settings.get("encryption_configuration")
        if not any((definition, role_arn, logging_configuration, settings.get("tracing_configuration"), encryption)):
            raise MissingRequiredParameter("Neither a definition nor a role, logging, tracing or encryption is given")
        _check_encryption(encryption)
        wanted = definition or machine.definition
        self._check(arn, wanted, role_arn or machine.roleArn, logging_configuration or machine.loggingConfiguration)
        updated = super().update_state_machine(
            arn, definition, role_arn, logging_configuration=logging_configuration, **settings
        )
        updated.revision_id = str(uuid.uuid4())
        return updated

    def delete_state_machine(self, arn: str) -> None:
        """The machine is gone and its executions have ended when this returns; they stay describable.

        AWS answers at once, stops each execution at its next transition and lets the machine be DELETING until then.
        """
        self._validate_machine_arn(arn)
        with self._starting:
            machine = next((machine for machine in self.state_machines if machine.arn == arn), None)
            if machine is None:
                return
            self.state_machines.remove(machine)
        self.tagger.delete_all_tags_for_resource(arn)
        self._outlived |= {execution.execution_arn: execution for execution in machine.executions}
        for execution in machine.executions:
            execution.stop(error=None, cause=None)
        deadline = time.monotonic() + STOP_LIMIT_S
        for execution in machine.executions:
            execution.wait(deadline - time.monotonic())

    def start_execution(
        self,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Execution:
        """Of a machine or one of its versions. Idempotent while an execution of this name runs with the same input."""
        machine = self.describe_state_machine(state_machine_arn)
        owner = self.describe_state_machine(getattr(machine, "source_arn", machine.arn))
        text = _checked_input(execution_input)
        if name:
            self._validate_name(name)
        program = parse(machine.definition)
        with self._starting:
            self.describe_state_machine(owner.arn)  # it may have been deleted meanwhile
            known = next((execution for execution in owner.executions if execution.name == name), None)
            if known is not None:
                return _running(known, text)
            execution = self._execution(machine, owner, program, name or str(uuid.uuid4()), text)
            owner.executions.append(execution)
        permissions.trace(machine.roleArn, machine.tracingConfiguration)
        execution.start()
        return execution

    def _execution(self, machine: Any, owner: Any, program: Any, name: str, text: str) -> Execution:
        return Execution(
            Snapshot(owner.arn, machine.name, machine.definition, machine.roleArn, machine.loggingConfiguration),
            program,
            name=name,
            arn=f"arn:{self.partition}:states:{self.region_name}:{self.account_id}:execution:{machine.name}:{name}",
            input_text=text,
            account=self.account_id,
            region=self.region_name,
            metrics=self.clients.world.metrics,
            changed=partial(notices.emit, self.clients.world),
        )

    def describe_execution(self, execution_arn: str) -> Execution:
        """Of a machine that is there, or of one that was. Raises ExecutionDoesNotExist."""
        try:
            return cast(Execution, super().describe_execution(execution_arn))
        except ExecutionDoesNotExist:
            if execution_arn not in self._outlived:
                raise
            return self._outlived[execution_arn]

    def executions(self) -> list[Execution]:
        """All there are, those of deleted machines too."""
        return [*(one for machine in self.state_machines for one in machine.executions), *self._outlived.values()]

    def stop_execution(self, execution_arn: str, *, error: str | None = None, cause: str | None = None) -> Execution:
        """ABORTED, unless it has ended already."""
        execution = self.describe_execution(execution_arn)
        execution.stop(error=error, cause=cause)
        return execution

    def get_execution_history(self, execution_arn: str) -> dict[str, Any]:
        """All events so far."""
        return {"events": self.describe_execution(execution_arn).history()}

    def _check(self, arn: str, definition: str, role_arn: str, logging: dict[str, Any] | None) -> None:
        try:
            tasks = definitions.check(definition)
        except definitions.Refused as error:
            raise InvalidDefinition(f"Invalid State Machine Definition: '{error}'") from error
        permissions.check_trust(role_arn, machine_arn=arn, region=self.region_name)
        permissions.check_log_delivery(role_arn, logging)
        permissions.manage_rules(self.clients, role_arn, tasks, machine_arn=arn, region=self.region_name)


def _same(known: Any, definition: str, logging: dict[str, Any] | None, tracing: dict[str, Any] | None) -> Any:
    wanted = (json.loads(definition), logging or {"level": "OFF"}, tracing or {"enabled": False})
    if (json.loads(known.definition), known.loggingConfiguration, known.tracingConfiguration) == wanted:
        return known
    raise StateMachineAlreadyExists(f"State Machine Already Exists: '{known.arn}'")


def _check_encryption(configuration: dict[str, Any] | None) -> None:
    kind = (configuration or {}).get("type", OWNED_KEY)
    if kind != OWNED_KEY:
        raise InvalidEncryptionConfiguration(f"Invalid Encryption Configuration: {kind} is not emulated")


def _running(execution: Execution, input_text: str) -> Execution:
    if execution.status == "RUNNING" and execution.execution_input == input_text:
        return execution
    raise ExecutionAlreadyExists(f"Execution Already Exists: '{execution.execution_arn}'")


def _checked_input(text: str | None) -> str:
    text = "{}" if text is None else text
    if len(text.encode()) > MAX_STATE_BYTES:
        raise ValidationException(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_STATE_BYTES}"
        )
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    return text


def install(clients: TaskClients) -> None:
    """One store: CloudFormation and the API look in two different ones of moto's."""
    Backend.clients = clients
    moto_models.stepfunctions_backends.backend = Backend
    replace_name(parser_models, "stepfunctions_parser_backends", moto_models.stepfunctions_backends)
