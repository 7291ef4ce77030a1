"""`python -m runner run` and `python -m runner serve`: what `make run` and `make serve` start.

Exit status: 0 when the execution succeeded (also when its gate rejected the model), 1 when something failed, 2 when the
request cannot be used, 130 when interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from botocore.exceptions import BotoCoreError, ClientError

from prep.errors import PrepError
from runner.errors import FAILED, INTERRUPTED, REFUSED, SUCCEEDED, BadRequest, RunnerError
from runner.isolation import ENDPOINT_VARIABLE, isolate
from runner.job import Options, run
from runner.show import make_console


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    given = _parser().parse_args(arguments)
    # Whoever ends this by a signal means its children too: both arrive as KeyboardInterrupt.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        endpoint_url = isolate(os.environ)
        run(_options(given, endpoint_url), make_console(_tolerant(sys.stdout)))
    except PrepError as error:
        return _refuse(REFUSED, str(error))
    except RunnerError as error:
        return _refuse(error.exit_status, str(error))
    except (BotoCoreError, ClientError) as error:
        return _refuse(FAILED, f"the local AWS: {error}")
    except OSError as error:  # a folder that cannot be written, a full disk
        return _refuse(FAILED, str(error))
    except KeyboardInterrupt:
        return _refuse(INTERRUPTED, "interrupted, everything it started has been stopped")
    return SUCCEEDED


def _refuse(status: int, message: str) -> int:
    sys.stdout.flush()
    print(f"runner: {message}", file=sys.stderr)
    return status


def _tolerant(stream: TextIO) -> TextIO:
    """The same stream: where it lacks a letter of a title it prints a question mark instead of ending the run."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def _options(given: argparse.Namespace, endpoint_url: str | None) -> Options:
    stays_up = given.command == "serve"
    if stays_up and endpoint_url is not None:
        raise BadRequest(
            f"{ENDPOINT_VARIABLE} is {endpoint_url}, expected it unset: serve starts a local AWS of its own"
        )
    return Options(
        data=given.data,
        input=given.input,
        out=given.out,
        cache=given.cache,
        region=given.region,
        folder=given.folder,
        port=given.port,
        endpoint_url=endpoint_url,
        stays_up=stays_up,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runner")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (
        ("run", f"one execution on this machine; {ENDPOINT_VARIABLE} names a local AWS that is up already"),
        ("serve", "the same, then keep the local AWS up until Ctrl-C"),
    ):
        command = commands.add_parser(name, help=does, description=does)
        command.add_argument(
            "--data", default="", help="a folder or zip of ratings, the name of a MovieLens set, or sample (generated)"
        )
        command.add_argument("--input", default="", help="JSON file with the execution input (default: {})")
        command.add_argument("--out", type=Path, default=Path("out"), help="where runs leave their results")
        command.add_argument("--cache", type=Path, default=Path(".cache"), help="downloads and synthesized apps")
        command.add_argument("--region", default="eu-west-1", help="the region the local AWS plays")
        command.add_argument("--folder", type=Path, help="where the local AWS keeps files (default: until it ends)")
        command.add_argument("--port", type=int, default=0, help="port of the local AWS (default: any free one)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
