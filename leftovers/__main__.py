"""`python -m leftovers --stage dev`: lists what is left of a stage.

Exit status: 0 when nothing is, or nothing but what the stage retains; 1 when something is, or could not be looked for;
2 when there is no such stage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import boto3

from infra.settings import STAGES, UnknownStage, stage_of
from leftovers.found import Report, look
from leftovers.places import Stage

NOTHING, SOMETHING, REFUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is left; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m leftovers")
    parser.add_argument("--stage", default="dev", help=f"one of {', '.join(STAGES)}")
    parser.add_argument("--region", help="where the stage was (default: the region of the AWS configuration)")
    given = parser.parse_args(arguments)
    try:
        stage = stage_of(given.stage)
    except UnknownStage as error:
        print(f"leftovers: {error}", file=sys.stderr)
        return REFUSED
    session = boto3.Session(region_name=given.region)
    looked_for = Stage(
        client=session.client,
        name=stage.name,
        tuning_name=stage.tuning_name,
        tags=stage.tags,
    )
    report = look(looked_for, retains=stage.retain_data)
    _show(report, stage.name)
    return NOTHING if report.is_clean else SOMETHING


def _show(report: Report, name: str) -> None:
    for title, lines in (
        ("Left, and should not be", report.left),
        ("Could not look for", report.unknown),
        ("Retained, as the stage says", report.retained),
    ):
        if lines:
            print(f"{title}:", *lines, sep="\n  ")
    if report.is_clean:
        print(f"Of {name} nothing else is left.")


if __name__ == "__main__":
    sys.exit(main())
