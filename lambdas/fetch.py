"""A dataset's name → its files in the bucket."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdas.common.environment import Environment
from lambdas.common.events import Event
from lambdas.common.log import log, of_execution
from lambdas.common.storage import Store
from lambdas.logic.keys import dataset_prefix
from prep.errors import FetchError, UnknownDataset
from prep.fetch import cached_or_downloaded
from prep.known import KNOWN, known
from prep.sources import ZipSource


class NoWayToDownload(FetchError):
    """The dataset is not in the bucket, and functions of this stage do not reach the internet."""


@dataclass(frozen=True)
class FetchEnvironment(Environment):
    """`network`: `vpc` or `internet`, where the function is."""

    bucket: str
    network: str


@dataclass(frozen=True)
class FetchEvent(Event):
    """The dataset's name."""

    dataset: str


@of_execution
def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises UnknownDataset, NoWayToDownload, DownloadFailed (worth a retry), ChecksumMismatch, NotEnoughSpace."""
    env, request = FetchEnvironment.read(), FetchEvent.from_event(event)
    store, prefix = Store(env.bucket), dataset_prefix(request.dataset)
    how = "in the bucket"
    if not _is_whole(request.dataset, store, prefix):
        if env.network == "vpc":
            raise NoWayToDownload(_in_words(request.dataset, store, prefix))
        how = _download(request.dataset, store, prefix)
    found = {"bytes": sum(store.sizes(prefix).values()), "fingerprint": store.fingerprint(prefix)}
    log("dataset", dataset=request.dataset, how=how, **found)
    return {"dataset": request.dataset, "source": store.uri(prefix), "how": how, **found}


def _is_whole(name: str, store: Store, prefix: str) -> bool:
    """Of a known dataset the marker is stored last; of any other, what is there is all there is."""
    names = store.names(prefix)
    return KNOWN[name].marker in names if name in KNOWN else bool(names)


def _in_words(name: str, store: Store, prefix: str) -> str:
    missing = f"no {KNOWN[name].marker}" if name in KNOWN else "nothing"
    why = "functions of this stage are in a VPC without a way to the internet"
    return f"{missing} in {store.uri(prefix)}, expected all files of {name!r}: {why}"


def _download(name: str, store: Store, prefix: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetched = cached_or_downloaded(name, Path(folder))
        except UnknownDataset as error:
            raise UnknownDataset(f"nothing in {store.uri(prefix)}, and to download: {error}") from error
        source, marker = ZipSource(fetched.path), known(name).marker
        for file in sorted(source.names(), key=lambda file: (file == marker, file)):
            with source.open(file) as stream:
                store.upload(prefix + file, stream)
    return fetched.how
