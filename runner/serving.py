"""How to call the endpoint and ask the API of a local AWS that stays up."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from rich.console import Console

from prep.features.encoder import Encoder
from prep.inference import encode_request
from prep.prepare import Checked
from runner.cloud import Cloud
from runner.files import RunFolder
from runner.isolation import ACCESS_KEY_ID, ENDPOINT_VARIABLE, SECRET_ACCESS_KEY, client_variables

_NEEDED = (ENDPOINT_VARIABLE, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")


def write_example(folder: RunFolder, checked: Checked, row: Mapping[str, Any]) -> Path:
    """A request for one user and one movie, as the endpoint reads it."""
    x = Encoder(checked.feature_space, checked.side).encode(np.array([row["user"]]), np.array([row["item"]]))
    return folder.write("request.json", encode_request(x))


def announce(console: Console, cloud: Cloud) -> None:
    """The line that other programs wait for."""
    console.print(f"{ENDPOINT_VARIABLE}={cloud.endpoint_url}", highlight=False, soft_wrap=True)


def show_how_to_call(console: Console, cloud: Cloud, *, endpoint: str, request: Path) -> None:
    """An AWS CLI call of the endpoint that can be pasted."""
    variables = client_variables(cloud.endpoint_url, cloud.region)
    prefix = " ".join(f"{name}={variables[name]}" for name in _NEEDED)
    call = (
        f"aws sagemaker-runtime invoke-endpoint --endpoint-name {endpoint} --content-type application/json "
        f"--body fileb://{shlex.quote(str(request))} answer.json && cat answer.json"
    )
    console.print(f"Ask the endpoint:\n  {prefix} \\\n  {call}", highlight=False, soft_wrap=True)


def show_how_to_ask(console: Console, *, api_url: str | None, region: str, user: object) -> None:
    """One line that asks the API for a user's recommendations; api_url: None where it ends with this run."""
    where = "Ask the API" if api_url else "Ask the API, where `make serve` prints its port"
    # An HTTP API decodes a path twice before its function sees it.
    path = f"/users/{quote(quote(str(user), safe=''), safe='')}/recommendations?n=10"
    url = shlex.quote(f"{api_url or 'http://localhost:PORT'}{path}")
    signed = f"--aws-sigv4 aws:amz:{region}:execute-api --user {ACCESS_KEY_ID}:{SECRET_ACCESS_KEY}"
    console.print(f"{where}: curl --silent {signed} {url}", highlight=False, soft_wrap=True)


def wait_for_interrupt(console: Console) -> None:
    """Stay until Ctrl-C, which is the way to end a server and no failure."""
    console.print("The local AWS stays up until Ctrl-C.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopping.")
