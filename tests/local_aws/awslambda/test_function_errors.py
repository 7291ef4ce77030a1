"""What the caller is told when the function fails: AWS's payloads."""

from __future__ import annotations

from typing import Any

import pytest


def test_exception_of_the_handler(functions: Any, probe: str) -> None:
    result = functions.invoke(probe, {"do": "fail", "message": "no such film"})
    assert (result.status, result.error) == (200, "Unhandled")
    assert result.payload["errorMessage"] == "no such film"
    assert result.payload["errorType"] == "ValueError"
    assert result.payload["requestId"] == result.request_id
    assert 'in fail\n    raise ValueError(event["message"])' in result.payload["stackTrace"][-1]
    assert "[ERROR] ValueError: no such film\nTraceback" in result.log
    assert result.log.rstrip().endswith("Status: error\tError Type: ValueError")


def test_sandbox_survives_an_exception(functions: Any, probe: str) -> None:
    before = functions.invoke(probe, {"do": "process"}).payload["pid"]
    functions.invoke(probe, {"do": "fail", "message": "x"})
    assert functions.invoke(probe, {"do": "process"}).payload["pid"] == before


@pytest.mark.parametrize(
    ("event", "how"),
    [
        ({"do": "leave", "status": 3}, "Runtime exited with error: exit status 3"),
        ({"do": "leave", "status": 0}, "Runtime exited without providing a reason"),
        ({"do": "kill"}, "Runtime exited with error: signal: killed"),
    ],
)
def test_process_that_ends_is_an_exit_error(functions: Any, probe: str, event: Any, how: str) -> None:
    result = functions.invoke(probe, event)
    assert result.error == "Unhandled"
    assert result.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {result.request_id} Error: {how}",
    }
    assert ("about to leave" in result.log) == (event["do"] == "leave")
    assert functions.invoke(probe, {"do": "echo", "value": "back"}).payload == "back"


def test_timeout_ends_the_process(functions: Any) -> None:
    name = functions.create(Timeout=1)
    result = functions.invoke(name, {"do": "hang"})
    assert result.error == "Unhandled"
    assert result.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {result.request_id} Error: Task timed out after 1.00 seconds",
    }
    assert f"{result.request_id} Task timed out after 1.00 seconds" in result.log
    assert "Status: timeout" in result.log


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import no_such_module", "Runtime.ImportModuleError", "No module named 'no_such_module'"),
        ("def handler(:", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("x = 1", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("raise RuntimeError('at import')", "RuntimeError", "at import"),
    ],
)
def test_code_that_does_not_load(functions: Any, code: str, kind: str, message: str) -> None:
    result = functions.invoke(functions.create(code), {})
    assert result.error == "Unhandled"
    assert result.payload["errorType"] == kind
    assert message in result.payload["errorMessage"]
    assert {"requestId", "stackTrace"} <= result.payload.keys()
    assert message in result.log


def test_exit_while_loading(functions: Any) -> None:
    result = functions.invoke(functions.create("import sys; sys.exit(5)"), {})
    assert result.payload["errorType"] == "Runtime.ExitError"
    assert result.payload["errorMessage"].endswith("exit status 5")
