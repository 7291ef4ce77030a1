"""A function that makes custom resources as their properties say, and writes down what it was asked."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.local_aws.cloudformation.conftest import Deployer, trusting

DEADLINE_S = 60.0
TYPE = "Custom::Thing"
HANDLER = """
import json, os, urllib.request

def handler(event, context):
    plan = json.loads(event["ResourceProperties"].get("Plan", "{}"))
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    said = plan.get(event["RequestType"], {})
    if said == "nothing":
        return
    echoed = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    made = event.get("PhysicalResourceId", "made")
    answer = {"Status": "SUCCESS", "PhysicalResourceId": made, **echoed, **said}
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT"))
"""


@dataclass(frozen=True)
class Provider:
    """The function, and the file of its requests."""

    function_arn: str
    seen: Path

    def resource(self, plan: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
        """A custom resource whose answers are `plan[request type]`, over those of a success."""
        given = {"ServiceToken": self.function_arn, "Plan": json.dumps(plan or {}), **properties}
        return {"Type": TYPE, "Properties": given}

    def requests(self, stack_arn: str) -> list[dict[str, Any]]:
        """What a stack has asked so far."""
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        return [request for request in map(json.loads, lines) if request["StackId"] == stack_arn]

    def asked(self, stack_arn: str) -> list[tuple[str, str | None]]:
        """The requests' types and physical ids."""
        return [(item["RequestType"], item.get("PhysicalResourceId")) for item in self.requests(stack_arn)]

    def next_request(self) -> dict[str, Any]:
        """The first request there is, once it is there."""
        deadline = time.monotonic() + DEADLINE_S
        while not self.seen.exists() or not self.seen.read_text().endswith("\n"):
            assert time.monotonic() < deadline, "nothing was asked"
            time.sleep(0.02)
        request: dict[str, Any] = json.loads(self.seen.read_text().splitlines()[0])
        return request


def provider(deployer: Deployer, seen: Path) -> Provider:
    """Deploys the function."""
    archive, name = io.BytesIO(), deployer.name("provider")
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("main.py", HANDLER)
    trust = json.dumps(trusting("lambda"))
    role = deployer.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    made = deployer.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=20,
        Environment={"Variables": {"SEEN": str(seen)}},
    )
    return Provider(made["FunctionArn"], seen)
