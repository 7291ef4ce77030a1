"""Prepare ratings on the command line.

    python -m prep DATA OUT [options]     write the channels and their documents to the new folder OUT
    python -m prep DATA --check           read, validate and divide; write nothing

DATA is a folder, a zip, or one file of ratings. Exit status: 0 done, 1 a file cannot be read or
written, 2 the data or the options cannot be used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from prep.errors import BadJob, PrepError
from prep.job import PrepareJob
from prep.labels import TASKS
from prep.prepare import check, prepare
from prep.progress import Progress
from prep.sinks import FolderSink
from prep.sources import FolderSource, Source, open_source
from prep.split_rule import KINDS, PER

_ZIP_MAGIC = b"PK\x03\x04"  # of a local file header (APPNOTE.TXT 4.3.7)
_WORDS = {"read": "Reading", "split": "Dividing", "write": "Writing"}


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    options = _options(arguments)
    try:
        source, job = _source(options.data), PrepareJob.from_json(_job(options))
        if not options.check and options.out is None:
            raise BadJob("no folder to write to, expected OUT or --check")
        with _shown(quiet=options.quiet) as progress:
            if options.check:
                prepared = check(source, job, progress=progress, scratch=options.scratch).prepared
            else:
                prepared = prepare(source, job, FolderSink(options.out), progress=progress, scratch=options.scratch)
    except PrepError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename or options.out}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted, nothing was written", file=sys.stderr)
        return 130
    print(prepared.to_json().decode())
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m prep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("out", type=Path, nargs="?", metavar="OUT")
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--scratch", type=Path, help="folder for temporary files, about 45 bytes a rating")
    parser.add_argument("--job", type=Path, metavar="JSON", help="file with the whole job; options go over it")
    parser.add_argument("--format", help="of the files, where looking at them does not tell")
    parser.add_argument("--columns", metavar="user=NAME,…", help="names or positions of user, item, rating, timestamp")
    parser.add_argument("--max-rejected", type=float, metavar="SHARE", help="of the rows, 0.01 unless said")
    parser.add_argument("--split", choices=KINDS)
    parser.add_argument("--name", help="of a given split")
    parser.add_argument("--k", type=int, help="ratings of each user that leave_k_out holds out")
    parser.add_argument("--share", type=float, help="of ratings that random and temporal hold out")
    parser.add_argument("--per", choices=PER, help="of a temporal split")
    parser.add_argument("--validation", type=float, metavar="SHARE", help="of the remaining training ratings")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--task", choices=TASKS)
    parser.add_argument("--liked-at-least", type=float, metavar="STARS")
    parser.add_argument("--features", metavar="BLOCK,…", help="columns beside users and items")
    parser.add_argument("--shards", type=int, help="objects of the training channel")
    return parser.parse_args(arguments)


def _job(options: argparse.Namespace) -> dict[str, Any]:
    job = _read_job(options.job) if options.job else {}
    over = {
        "input": {
            "format": options.format,
            "max_rejected": options.max_rejected,
            "columns": _columns(options.columns),
            "file": options.data.name if _is_ratings_file(options.data) else None,
        },
        "split": {
            "kind": options.split,
            **{name: getattr(options, name) for name in ("name", "k", "share", "per", "validation", "seed")},
        },
        "label": {"task": options.task, "liked_at_least": options.liked_at_least},
    }
    for section, fields in over.items():
        given = {name: value for name, value in fields.items() if value is not None}
        if given:
            job[section] = {**job.get(section, {}), **given}
    if options.features is not None:
        job["features"] = [name for name in options.features.split(",") if name]
    if options.shards is not None:
        job["shards"] = options.shards
    return job


def _read_job(path: Path) -> dict[str, Any]:
    try:
        job = json.loads(path.read_bytes())
    except OSError as error:
        raise BadJob(f"{path}: {error.strerror}, expected a JSON file") from error
    except ValueError as error:
        raise BadJob(f"{path}: {error}, expected JSON") from error
    if not isinstance(job, dict):
        raise BadJob(f"{path}: {type(job).__name__}, expected a JSON object")
    return job


def _columns(given: str | None) -> dict[str, str | int] | None:
    """``user=customer,rating=2`` as the columns of a job."""
    if given is None:
        return None
    pairs = [part.partition("=") for part in given.split(",")]
    return {name: int(column) if column.isdecimal() else column for name, _, column in pairs}


def _source(data: Path) -> Source:
    return FolderSource(data.parent) if _is_ratings_file(data) else open_source(data)


def _is_ratings_file(data: Path) -> bool:
    """A damaged zip, which only starts as one, is not."""
    if not data.is_file() or zipfile.is_zipfile(data):
        return False
    with data.open("rb") as stream:
        return stream.read(len(_ZIP_MAGIC)) != _ZIP_MAGIC


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Progress]:
    """Bars on a terminal, nothing elsewhere."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bars:
        tasks = {step: bars.add_task(words, total=None, start=False) for step, words in _WORDS.items()}

        def tell(step: str, done: int, total: int | None) -> None:
            if not bars.tasks[tasks[step]].started:
                bars.start_task(tasks[step])
            bars.update(tasks[step], completed=done, total=total)

        yield tell


if __name__ == "__main__":
    sys.exit(main())
