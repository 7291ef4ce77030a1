"""Ratings in, SageMaker Factorization Machines input out: the preparation, whole, on one machine."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from prep.abandoned import scratch_folder
from prep.feature_space import FeatureSpace
from prep.features.side_data import SideData
from prep.inputs import Layout
from prep.job import PrepareJob
from prep.progress import Progress, silent
from prep.result import Prepared, described
from prep.sinks import Sink, Transaction
from prep.sources import Source
from prep.survey import divide, read, survey
from prep.write import Dealt, space_of, write


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What a preparation would find: its result but for what only writing tells, the columns, the files."""

    prepared: Prepared
    feature_space: FeatureSpace
    side: SideData
    layout: Layout


def check(source: Source, job: PrepareJob, *, progress: Progress = silent, scratch: Path | None = None) -> Checked:
    """Read and validate everything that ``prepare`` would, and write nothing.

    scratch: where temporary files may be, about 45 bytes a rating. Raises every error that there is about the data or
    the job: BadDataset and BadJob of prep.errors.
    """
    with scratch_folder(scratch) as folder:
        found = survey(source, job, folder, progress)
        space, side = space_of(found, folder)
        return Checked(described(found, space), space, side, found.layout)


def prepare(
    source: Source, job: PrepareJob, sink: Sink, *, progress: Progress = silent, scratch: Path | None = None
) -> Prepared:
    """Encode every channel as RecordIO-protobuf, with the documents that explain its columns.

    Training rows are shuffled by the split's seed, because SageMaker reads them in file order; held-out rows stand user
    by user, each user's in the order of the files. Memory is that of ids and of a chunk, however many ratings there
    are. Everything is validated before the first byte is written, and nothing has its name before everything is whole.
    Raises what ``check`` raises.
    """
    with scratch_folder(scratch) as folder:
        given = read(source, job, folder, progress)
        with closing(Dealt(given, folder)) as dealt:
            found = divide(given, folder, progress, take=dealt.take)
            with Transaction(sink) as out:
                return write(found, dealt, out, folder, progress)
