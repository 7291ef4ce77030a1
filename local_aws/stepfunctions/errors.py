"""What the Step Functions API answers instead of yes."""

from __future__ import annotations

from moto.core.exceptions import JsonRESTError


class StatesError(JsonRESTError):
    """An error of the API; the class's name is its code."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__, message)


class AccessDeniedException(StatesError):
    """The state machine's role may not do what the service needs it to."""


class ExecutionAlreadyExists(StatesError):
    """The name is taken, by an execution with other input or one that has ended."""


class InvalidDefinition(StatesError):
    """The definition cannot be run, or asks for what is not emulated."""


class InvalidEncryptionConfiguration(StatesError):
    """A key of the customer's, which is not emulated."""


class InvalidExecutionInput(StatesError):
    """Not JSON."""


class InvalidLoggingConfiguration(StatesError):
    """Not a level with one log group."""


class InvalidOutput(StatesError):
    """A task's output that is not JSON."""


class InvalidToken(StatesError):
    """A token that no task was given, or no page."""


class MissingRequiredParameter(StatesError):
    """An update of nothing."""


class ResourceNotFound(StatesError):
    """No Map Run is ever there."""


class StateMachineAlreadyExists(StatesError):
    """The name is taken by a machine with another definition or configuration."""


class StateMachineTypeNotSupported(StatesError):
    """Express workflows are not emulated."""


class TaskTimedOut(StatesError):
    """The token's task does not wait any more."""


class ValidationException(StatesError):
    """The request breaks the API's own constraints."""
