"""A deployed API is called: what reaches its function, and what comes back."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.local_aws.apigateway.laboratory import DEADLINE_S, Laboratory

MB = 1024 * 1024


def test_a_signed_request_reaches_the_function(lab: Laboratory, api: dict[str, str]) -> None:
    response = lab.call(f"{api['Url']}/users/Anna%20B?n=10&genre=Sci-Fi&genre=Drama", headers={"Cookie": "a=1; b=2"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    event = response.json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "GET /users/{user}", "/users/Anna B")
    assert event["pathParameters"] == {"user": "Anna B"}
    assert event["queryStringParameters"] == {"n": "10", "genre": "Sci-Fi,Drama"}
    assert event["cookies"] == ["a=1", "b=2"]
    context = event["requestContext"]
    assert (context["apiId"], context["accountId"], context["stage"]) == (api["Api"], "123456789012", "$default")
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] == response.headers["Apigw-Requestid"]
    assert (context["domainName"], context["domainPrefix"]) == (urlsplit(api["Url"]).netloc, "localhost")
    assert event["headers"]["host"] == context["domainName"]


def test_an_encoded_slash_is_part_of_a_parameter_where_it_is_encoded_twice(
    lab: Laboratory, api: dict[str, str]
) -> None:
    event = lab.call(f"{api['Url']}/users/a%252Fb%2525").json()
    assert (event["routeKey"], event["pathParameters"]) == ("GET /users/{user}", {"user": "a/b%"})
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/users/a/b%"
    refused = lab.call(f"{api['Url']}/users/100%25")
    assert (refused.status_code, refused.json()) == (400, {"message": "Bad Request"})


def test_a_body_goes_through(lab: Laboratory, api: dict[str, str]) -> None:
    body = json.dumps({"pairs": [{"user": "é", "item": 1}]}, ensure_ascii=False).encode()
    event = lab.call(
        f"{api['Url']}/predictions", "POST", data=body, headers={"Content-Type": "application/json"}
    ).json()
    assert (event["body"].encode(), event["isBase64Encoded"]) == (body, False)
    assert event["headers"]["content-length"] == str(len(body))


def test_a_whole_answer_comes_back(lab: Laboratory, api: dict[str, str]) -> None:
    response = lab.call(f"{api['Url']}/users/1?do=full")
    assert (response.status_code, response.content) == (418, bytes(range(256)))
    assert (response.headers["X-Made"], response.headers["Content-Type"]) == ("here", "image/png")
    assert response.cookies.get_dict() == {"a": "1", "b": "2"}


def test_an_answer_without_a_body(lab: Laboratory, api: dict[str, str]) -> None:
    response = lab.call(f"{api['Url']}/users/1?do=empty")
    assert (response.status_code, response.content) == (204, b"")
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("raise", "The Lambda function returned the following error: Unhandled."),
        ("exit", "The Lambda function returned the following error: Unhandled."),
        ("large", "The Lambda function returned the following error: Unhandled."),
        ("wrong", 'wrong type for field "body"'),
    ],
)
def test_a_function_that_fails_is_an_internal_error(lab: Laboratory, api: dict[str, str], what: str, said: str) -> None:
    response = lab.call(f"{api['Url']}/users/1?do={what}")
    assert (response.status_code, response.text) == (500, '{"message":"Internal Server Error"}')
    assert said in lab.entry_of(api["Log"], response)["integration"]


def test_the_longest_route_that_fits(lab: Laboratory, api: dict[str, str]) -> None:
    deep = lab.call(f"{api['Url']}/files/a/b%2Fc.txt", "PUT").json()
    assert (deep["routeKey"], deep["pathParameters"]) == ("ANY /files/{path+}", {"path": "a/b/c.txt"})
    assert lab.call(f"{api['Url']}/nothing/here").json()["routeKey"] == "$default"


def test_head_and_options_are_methods_like_others(lab: Laboratory, api: dict[str, str]) -> None:
    head = lab.call(f"{api['Url']}/files/a", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 0
    assert lab.call(f"{api['Url']}/files/a", "OPTIONS").json()["requestContext"]["http"]["method"] == "OPTIONS"


def test_a_connection_is_kept(lab: Laboratory, api: dict[str, str]) -> None:
    address = urlsplit(api["Url"])
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=DEADLINE_S)
    sockets = []
    for _ in range(3):
        connection.request("GET", "/open", headers={"Host": address.netloc})
        assert json.loads(connection.getresponse().read())["rawPath"] == "/open"
        sockets.append(connection.sock)
    assert sockets[0] is not None
    assert sockets[0] is sockets[1] is sockets[2]
    connection.close()


def test_a_body_in_chunks(api: dict[str, str]) -> None:
    address = urlsplit(api["Url"])
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=DEADLINE_S)
    headers = {"Host": address.netloc, "Content-Type": "text/plain"}
    connection.request("GET", "/open", body=iter([b"one ", b"two"]), headers=headers, encode_chunked=True)
    event = json.loads(connection.getresponse().read())
    assert event["body"] == "one two"
    assert "transfer-encoding" not in event["headers"]
    connection.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_more_than_ten_megabytes_are_refused(lab: Laboratory, api: dict[str, str], *, chunked: bool) -> None:
    body = b"x" * (10 * MB + 1)
    data = iter([body[:MB]] * 11) if chunked else body
    response = requests.get(f"{api['Url']}/open", data=data, timeout=DEADLINE_S)
    assert (response.status_code, response.text) == (413, '{"message":"Request Entity Too Large"}')
    # Lambda takes 6 MB, of which the body's Base64 and the rest of the event are part.
    too_much_for_lambda = lab.call(f"{api['Url']}/predictions", "POST", data=b"x" * (5 * MB))
    assert too_much_for_lambda.status_code == 500
    assert "too large for the RequestResponse" in lab.entry_of(api["Log"], too_much_for_lambda)["integration"]


@pytest.mark.parametrize("request_line", [b"NONSENSE\r\n\r\n", b"TRACE /open HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_what_is_no_request_is_answered_in_json(api: dict[str, str], request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(api["Url"]).port or 0), timeout=DEADLINE_S) as connection:
        connection.sendall(request_line)
        answer = connection.makefile("rb").read()
    assert b'{"message":"' in answer
    assert b"<" not in answer


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "rebound.example.com"}],
    ids=["origin", "fetch", "host"],
)
def test_pages_of_other_hosts_are_kept_out(api: dict[str, str], headers: dict[str, str]) -> None:
    assert requests.get(f"{api['Url']}/open", headers=headers, timeout=DEADLINE_S).status_code == 403
