"""The stock CDK CLI against the local AWS that holds the application."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.conftest import REGION, Cloud, environment
from tests.local_server import OPERATOR


@dataclass(frozen=True)
class Cdk:
    """The stock CLI, at one assembly after the other."""

    program: Path
    cloud: Cloud

    def run(self, command: str, assembly: Path, *more: str) -> tuple[int, str]:
        """Exit status, and all that was printed."""
        operator = {name.upper(): value for name, value in OPERATOR.items()}
        done = subprocess.run(
            [str(self.program), command, "--app", str(assembly), "--no-notices", "--no-color", "--ci", *more],
            env=environment(AWS_ENDPOINT_URL=self.cloud.endpoint_url, AWS_REGION=REGION, **operator),
            cwd=assembly.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout

    def deploy(self, assembly: Path) -> tuple[int, str]:
        return self.run("deploy", assembly, "--all", "--require-approval", "never", "--progress", "events")
