"""Arguments of a job."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

RESERVED = ("job-bookmark-option", "job-bookmark-from", "job-bookmark-to", "JOB_ID", "JOB_RUN_ID")
"""Options that are Glue's own, so that a script may not ask for them."""
_TEMPORARY = ("TempDir", "RedshiftTempDir")


class GlueArgumentError(Exception):
    """An option that the script needs was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise GlueArgumentError(message)


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, Any]:  # noqa: N802 - Glue's name
    """The values of `options` (names without their dashes) in sys.argv, and those of Glue's own.

    Raises GlueArgumentError for one that is missing, RuntimeError for one that is Glue's.
    """
    parser = _Parser(add_help=False)
    for name in RESERVED:
        if name in options:
            raise RuntimeError(f"Using reserved arguments --{name}")
        parser.add_argument(f"--{name}")
    for name in _TEMPORARY:
        parser.add_argument(f"--{name}")
    for name in options:
        if name not in _TEMPORARY:
            parser.add_argument(f"--{name}", required=True)
    found = vars(parser.parse_known_args(list(args[1:]))[0])
    found["job_bookmark_option"] = found["job_bookmark_option"] or "job-bookmark-disable"
    given = found["TempDir"] or found["RedshiftTempDir"]
    return {**found, "TempDir": given, "RedshiftTempDir": given}
