"""What ends a command early. Each message is one line; the class says the exit status.

RunnerError                  1
├── BadRequest               2  what was asked for cannot be used; nothing was started
│   ├── BadInput                the execution input is not a JSON object, or names other data
│   └── ForeignEndpoint         AWS_ENDPOINT_URL is not a local AWS of this machine
├── ToolMissing              1  Node or the CDK CLI is not installed
├── ServerFailed             1  the local AWS or the page ended, or never listened
├── CdkFailed                1  the CDK CLI ended with an error
├── TemplateDiffers          1  what is deployed is not what was synthesized
└── ExecutionFailed          1  the state machine's execution did not succeed
"""

from __future__ import annotations

SUCCEEDED = 0
FAILED = 1
REFUSED = 2
INTERRUPTED = 130
"""The shell's convention for SIGINT, 128 + 2."""


class RunnerError(Exception):
    """Base of everything this package raises on purpose."""

    exit_status = FAILED


class BadRequest(RunnerError):
    """The request itself cannot be used."""

    exit_status = REFUSED


class BadInput(BadRequest):
    """The execution input cannot be used."""


class ForeignEndpoint(BadRequest):
    """AWS_ENDPOINT_URL names something that is not a local AWS of this machine."""


class ToolMissing(RunnerError):
    """A program this needs is not installed."""


class ServerFailed(RunnerError):
    """The local AWS or the page did not start."""


class CdkFailed(RunnerError):
    """The CDK CLI ended with an error; the message ends with the last lines it printed."""


class TemplateDiffers(RunnerError):
    """CloudFormation has another template than the one that was synthesized."""


class ExecutionFailed(RunnerError):
    """The execution ended, and not well; the message names the state and the cause."""
