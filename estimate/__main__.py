"""`python -m estimate stacks cdk.out` and `python -m estimate execution --input input.json --rows 90570`.

Exit status: 0, or 2 for an input that is none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from estimate.execution import estimate
from estimate.stacks import at_rest

REFUSED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the estimate; returns the exit status."""
    given = _parser().parse_args(arguments)
    if given.command == "stacks":
        print(*at_rest(sorted(given.assembly.glob("*.template.json"))), sep="\n")
        return 0
    try:
        lines = estimate(json.loads(Path(given.input).read_bytes()) if given.input else {}, rows=given.rows)
    except (OSError, ValueError) as error:
        print(f"estimate: {given.input}: {error}, expected a JSON file with the execution input", file=sys.stderr)
        return REFUSED
    if not lines:
        print(f"estimate: {given.input}: nothing is trained, or the input is refused", file=sys.stderr)
        return REFUSED
    print(*lines, sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m estimate")
    commands = parser.add_subparsers(dest="command", required=True)
    stacks = commands.add_parser("stacks", help="what deployed stacks cost while nothing runs")
    stacks.add_argument("assembly", type=Path, help="where they were synthesized")
    execution = commands.add_parser("execution", help="what an execution costs, and the endpoint that it leaves")
    execution.add_argument("--input", default="", help="JSON file with the execution input (default: {})")
    execution.add_argument("--rows", type=int, default=90_570, help="ratings to train on (default: those of ml-100k)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
