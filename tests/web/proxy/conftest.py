"""One proxy over one small stack in the local AWS, and an API that checks signatures."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import pytest

from tests.local_server import LocalAws
from tests.web.proxy.browser import Client
from tests.web.proxy.stack import PARAMETER, deploy, template
from tests.web.proxy.upstream import ACCESS_KEY, SECRET_KEY, TOKEN, Upstream
from web.proxy.cloud import Cloud
from web.proxy.pipeline import Pipeline, read_pipeline
from web.proxy.routes import Routes
from web.proxy.server import PageServer

Server = TypeVar("Server", bound=ThreadingHTTPServer)


@contextlib.contextmanager
def _served(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with _served(Upstream()) as server:
        yield server


@dataclass(frozen=True)
class Deployed:
    stack: str
    outputs: dict[str, str]


@pytest.fixture(scope="session")
def deployed(local_aws: LocalAws, upstream: Upstream) -> Deployed:
    name = f"page-{secrets.token_hex(4)}"
    local_aws.client("ssm").put_parameter(Name=PARAMETER, Value="none", Type="String", Overwrite=True)
    return Deployed(name, deploy(local_aws, name, template(upstream.url)))


@pytest.fixture(scope="session")
def cloud(local_aws: LocalAws) -> Cloud:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local_aws.variables().items():
            patch.setenv(name, value)
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        patch.setenv("AWS_SESSION_TOKEN", TOKEN)
        found = Cloud(local_aws.endpoint_url)
        found.credentials()
    return found


@pytest.fixture(scope="session")
def pipeline(cloud: Cloud, deployed: Deployed) -> Pipeline:
    return read_pipeline(cloud.client("cloudformation"), deployed.stack)


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page") / "static"
    (folder / "views").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "views" / "model.js").write_text("export const a = 1;")
    (folder / "large.txt").write_bytes(b"x" * 1_000_001)
    (folder / ".hidden.txt").write_text("secret")
    (folder / "notes.py").write_text("secret")
    (folder.parent / "outside.txt").write_text("secret")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "link.txt").symlink_to(folder.parent / "outside.txt")
    return folder


@pytest.fixture(scope="session")
def server(cloud: Cloud, pipeline: Pipeline, static: Path) -> Iterator[PageServer]:
    with _served(PageServer(Routes(cloud, pipeline, static=static), 0)) as found:
        yield found


@pytest.fixture
def client(server: PageServer) -> Client:
    return Client(server.server_port)
