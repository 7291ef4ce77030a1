"""The page of a local AWS that stays up."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console

from runner.children import Children
from runner.cloud import Cloud
from runner.isolation import client_variables
from runner.server import Server

_READY = "Page: "


class Page(Server):
    """`python -m web` over one pipeline's stack in one local AWS."""

    def __init__(self, children: Children, cloud: Cloud, *, stack: str, log: Path) -> None:
        arguments = ["web", "--pipeline-stack", stack, "--endpoint-url", cloud.endpoint_url]
        env = {**os.environ, **client_variables(cloud.endpoint_url, cloud.region)}
        super().__init__(children, arguments, name="the page", ready=_READY, env=env, log=log)


def announce_page(console: Console, url: str) -> None:
    """The line that other programs wait for."""
    console.print(f"{_READY}{url}", highlight=False, soft_wrap=True)
