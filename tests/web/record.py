"""Records what a page's server answers about a finished run of the generated sample, for the tests' own upstream.

    python -m runner serve --data sample --input tests/web/recorded_input.json
    python -m tests.web.record http://localhost:PORT tests/web/recorded.json

Whatever the page does not look at is left out, so that the record stays small.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

KNOWN, UNKNOWN = 13, "nobody"
MOST_CHARACTERS = 900
KEPT = ("StartAt", "States", "Type", "Next", "Default", "End", "Choices", "Catch", "Branches", "ItemProcessor")
# Where the local AWS unpacked the functions; AWS has them in /var/task.
_ARCHIVE = re.compile(r'/[^" ]*/archives/[0-9a-f]{64}/')
FAILING = {"dataset": {"name": "missing-dataset"}}


def main(url: str, target: Path) -> None:
    """Ask everything, write one JSON file. Starts one execution that fails."""
    server = Server(url.rstrip("/"))
    config = server.get("/config.json")
    model = server.get("/api/model")
    if not model["dataset"]["synthetic"]:
        raise SystemExit(f"{model['dataset']['name']}: expected the generated sample; real ratings are not recorded")
    failing = server.aws(
        "stepfunctions/StartExecution", stateMachineArn=config["state_machine"], input=json.dumps(FAILING)
    )["executionArn"]
    recorded = {
        "config": {**config, "log_groups": []},
        "model": model,
        "manifest": _manifest(server.get(f"/object/models/{model['version']}/manifest.json")),
        "api": _api(server),
        "definition": _definition(server, model["execution"]),
        "succeeded": _execution(server, model["execution"]),
        "failed": _execution(server, failing),
        "logs": _logs(server, config),
    }
    text = json.dumps(recorded, indent=1, sort_keys=True) + "\n"
    target.write_text(_ARCHIVE.sub("/var/task/", text))


class Server:
    """The page's server, asked as its own page asks."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> Any:
        return self._ask(urllib.request.Request(self._url + path))  # noqa: S310 - our own server

    def post(self, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json", "Origin": self._url}
        return self._ask(urllib.request.Request(self._url + path, json.dumps(body).encode(), headers))  # noqa: S310

    def aws(self, call: str, **parameters: Any) -> Any:
        return self.post(f"/aws/{call}", parameters)

    def _ask(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own server
            return json.load(answer)


def _api(server: Server) -> dict[str, Any]:
    recommended = server.get(f"/api/users/{KNOWN}/recommendations?n=10&explain=true")
    details = server.get(f"/api/users/{KNOWN}")
    details["likes"] = details["likes"][:16]
    items = server.get("/api/items?n=40")
    liked = [item["item"] for item in items["items"][:3]]
    shown = [*recommended["items"], *details["likes"], *items["items"]]
    pairs = [{"user": KNOWN, "item": item["item"]} for item in shown]
    return {
        "users": server.get("/api/users?n=30"),
        "user": details,
        "recommendations": recommended,
        "popular": server.get(f"/api/users/{UNKNOWN}/recommendations?n=10"),
        "items": items,
        "new_user": server.post("/api/recommendations", {"liked": liked, "disliked": [], "n": 10}),
        "predictions": server.post("/api/predictions", {"pairs": pairs}),
    }


def _manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in manifest.items() if name not in ("remembered", "files", "models")}


def _definition(server: Server, arn: str) -> Any:
    described = server.aws("stepfunctions/DescribeStateMachineForExecution", executionArn=arn)
    return _bare(json.loads(described["definition"]))


def _bare(definition: Any) -> Any:
    """What the graph is made of."""
    if isinstance(definition, list):
        return [_bare(each) for each in definition]
    if not isinstance(definition, dict):
        return definition
    if "States" in definition:
        return {"StartAt": definition["StartAt"], "States": {k: _bare(v) for k, v in definition["States"].items()}}
    return {name: _bare(value) for name, value in definition.items() if name in KEPT}


def _execution(server: Server, arn: str) -> dict[str, Any]:
    while (described := server.aws("stepfunctions/DescribeExecution", executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.2)
    pages = [server.aws("stepfunctions/GetExecutionHistory", executionArn=arn, maxResults=1000)]
    while token := pages[-1].get("nextToken"):
        pages.append(server.aws("stepfunctions/GetExecutionHistory", executionArn=arn, nextToken=token))
    return {"described": described, "events": [_shortened(event) for page in pages for event in page["events"]]}


def _shortened(event: Any) -> Any:
    """Long inputs and outputs become a note of their length; what a state assigned is left out."""
    if isinstance(event, dict):
        return {name: _shortened(value) for name, value in event.items() if name != "assignedVariables"}
    if isinstance(event, str) and len(event) > MOST_CHARACTERS:
        found = json.loads(event)
        kept = {name: found[name] for name in ("TrainingJobName", "FunctionName") if name in found}
        return json.dumps({**kept, "left_out": len(event)})
    return event


def _logs(server: Server, config: dict[str, Any]) -> dict[str, Any]:
    group = "/aws/sagemaker/TrainingJobs"
    prefix = f"{config['endpoint']}-"
    streams = server.aws("logs/DescribeLogStreams", logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    training = {}
    for name in (stream["logStreamName"] for stream in streams):
        events = server.aws("logs/GetLogEvents", logGroupName=group, logStreamName=name, startFromHead=True)["events"]
        training[name] = [event["message"] for event in events if ", batch=" not in event["message"]]
    start = int(time.time() - 3600) * 1000
    functions = {}
    for name, logs in config["functions"].items():
        found = server.aws("logs/FilterLogEvents", logGroupName=logs, startTime=start, limit=20)["events"]
        functions[name] = [event["message"] for event in found]
    return {"training": training, "functions": functions}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
