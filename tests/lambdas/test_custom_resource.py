"""What CloudFormation is told, over HTTP as it asks for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import lambdas.common.custom_resource
from lambdas.common.custom_resource import sweeping


@dataclass
class Asking:
    """CloudFormation: where it listens, and what it was told with which content type."""

    url: str = ""
    told: list[tuple[dict[str, Any], str | None]] = field(default_factory=list)

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        names = {"StackId": "arn:stack", "RequestId": "r-1", "LogicalResourceId": "Teardown"}
        return {**names, "RequestType": kind, "ResponseURL": self.url, "ResourceProperties": {}, **more}


@pytest.fixture
def asking() -> Iterator[Asking]:
    """A server that takes any PUT."""
    cloudformation = Asking()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert len(body) < 4096
            cloudformation.told.append((json.loads(body), self.headers["Content-Type"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        cloudformation.url = f"http://127.0.0.1:{server.server_port}/answer"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield cloudformation
        server.shutdown()


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def _ask(event: dict[str, Any], sweep: Callable[[], list[str]]) -> None:
    sweeping(event, _Context(), physical_id="stage", sweeps=lambda: [sweep])


def _never() -> list[str]:
    pytest.fail("something was removed")


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_only_a_deletion_removes(asking: Asking, kind: str) -> None:
    _ask(asking.event(kind), _never)
    ((answer, content_type),) = asking.told
    assert answer == {
        "StackId": "arn:stack",
        "RequestId": "r-1",
        "LogicalResourceId": "Teardown",
        "PhysicalResourceId": "stage",
        "Status": "SUCCESS",
        "Reason": "",
    }
    assert not content_type


def test_a_deletion_with_its_stack_removes(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambdas.common.custom_resource, "_is_going", lambda _: True)
    asked: list[int] = []

    def sweep() -> list[str]:
        asked.append(1)
        return []

    _ask(asking.event("Delete", PhysicalResourceId="as-it-was"), sweep)
    assert asked
    assert (asking.told[0][0]["Status"], asking.told[0][0]["PhysicalResourceId"]) == ("SUCCESS", "as-it-was")


def test_a_deletion_in_a_stack_that_stays_removes_nothing(
    asking: Asking, in_lambda: None, aws: Callable[[str], Any]
) -> None:
    stacks = aws("cloudformation")
    template = json.dumps({"Resources": {"P": {"Type": "AWS::SSM::Parameter", "Properties": _PARAMETER}}})
    stack = stacks.create_stack(StackName="stays", TemplateBody=template)["StackId"]
    try:
        _ask(asking.event("Delete", StackId=stack, PhysicalResourceId="stage"), _never)
    finally:
        stacks.delete_stack(StackName="stays")
    assert asking.told[0][0]["Status"] == "SUCCESS"


_PARAMETER = {"Name": "/stays/parameter", "Type": "String", "Value": "x"}


def test_an_error_is_told_and_not_raised(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambdas.common.custom_resource, "_is_going", lambda _: True)

    def refused() -> list[str]:
        raise PermissionError("x" * 10_000)

    _ask(asking.event("Delete", PhysicalResourceId="stage"), refused)
    answer = asking.told[0][0]
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("PermissionError: xxx")
