"""`python -m tests.static FOLDER`: checkov and cfn-lint on every assembly in the folder. See `make check`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.static.findings import NotChecked, complaints, of_cfn_lint, of_checkov, skips

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build" / "checkov" / "bin"
# Without --skip-download checkov asks its maker's server what there is to know of each rule.
CHECKOV = ("checkov", "--framework", "cloudformation", "--compact", "--skip-download", "--output", "json")
CFN_LINT = ("cfn-lint", "--format", "json")


def main(folder: Path) -> int:
    """Print what is wrong. Returns the exit status."""
    templates = sorted(folder.glob("*/*.template.json"))
    if not templates:
        raise NotChecked(f"no templates in {folder}, expected <stage>/<stack>.template.json")
    checkov, lint = _start(*CHECKOV, "--file", *map(str, templates)), _start(*CFN_LINT, *map(str, templates))
    findings = [*of_checkov(_report(checkov), templates), *of_cfn_lint(_report(lint))]
    wrong = complaints(findings, skips())
    print("\n".join(wrong) or f"checkov and cfn-lint: {len(templates)} templates are clean")
    return 1 if wrong else 0


def _start(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [str(TOOLS / "python"), str(TOOLS / program), *arguments]
    environment = {**os.environ, "LOG_LEVEL": "ERROR"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def _report(tool: subprocess.Popen[str]) -> Any:
    """Either says by its exit status whether it found anything, and writes JSON unless it broke off."""
    printed, said = tool.communicate(timeout=300)
    try:
        return json.loads(printed)
    except json.JSONDecodeError as error:
        raise NotChecked(f"{tool.args!r} ended with {tool.returncode}: {printed[-2000:]}{said[-2000:]}") from error


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
