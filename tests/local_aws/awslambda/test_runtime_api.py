"""The Runtime API as a runtime sees it: HTTP on a socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from queue import SimpleQueue

import pytest

from local_aws.awslambda.deployment import Invocation
from local_aws.awslambda.runtime_api import Answered, InitFailed, Message, Ready, RuntimeApi

ROOT = "/2018-06-01/runtime"
INVOCATION = Invocation("id-1", b'{"a": 1}', "arn:aws:lambda:eu-west-1:123456789012:function:f")


class Conversation:
    """A Runtime API and what it reported."""

    def __init__(self) -> None:
        self.messages: SimpleQueue[Message] = SimpleQueue()
        self.api = RuntimeApi(self.messages.put)

    def heard(self) -> Message:
        return self.messages.get(timeout=10)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = HTTPConnection(self.api.address, timeout=10)
        try:
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


@pytest.fixture
def talk() -> Iterator[Conversation]:
    conversation = Conversation()
    yield conversation
    conversation.api.close()


def test_next_hands_over_the_invocation(talk: Conversation) -> None:
    talk.api.offer(INVOCATION, timeout_s=3)
    status, headers, body = talk.ask("GET", f"{ROOT}/invocation/next")
    assert (status, body) == (200, b'{"a": 1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "id-1"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == INVOCATION.arn
    assert int(headers["Lambda-Runtime-Deadline-Ms"]) > 0
    assert talk.heard() == Ready()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("invocation/id-1/response", Answered("id-1", b"{}", failed=False)),
        ("invocation/id-1/error", Answered("id-1", b"{}", failed=True)),
        ("init/error", InitFailed(b"{}")),
    ],
)
def test_what_the_runtime_posts_is_reported(talk: Conversation, path: str, message: Message) -> None:
    assert talk.ask("POST", f"{ROOT}/{path}", b"{}")[0] == 202
    assert talk.heard() == message


@pytest.mark.parametrize(("method", "path"), [("GET", f"{ROOT}/restore/next"), ("POST", f"{ROOT}/invocation/next")])
def test_unknown_operation_is_named(talk: Conversation, method: str, path: str) -> None:
    status, _, body = talk.ask(method, path, b"")
    assert status == 404
    assert path.encode() in body


def test_large_body_is_asked_for_at_once(talk: Conversation) -> None:
    host, _, port = talk.api.address.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as runtime:
        head = f"POST {ROOT}/invocation/id-1/response HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        runtime.sendall(head.encode())
        assert runtime.recv(100).startswith(b"HTTP/1.1 100 ")
        runtime.sendall(b"{}")
        assert talk.heard() == Answered("id-1", b"{}", failed=False)


def test_closing_lets_a_waiting_runtime_go(talk: Conversation) -> None:
    talk.api.close()
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        talk.ask("GET", f"{ROOT}/invocation/next")
