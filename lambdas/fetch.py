"""A dataset's name → its files in the bucket."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambdas.common.environment import BucketEnvironment
from lambdas.common.events import Event
from lambdas.common.log import log
from lambdas.common.storage import Store
from lambdas.logic.keys import dataset_prefix
from prep.errors import UnknownDataset
from prep.fetch import cached_or_downloaded
from prep.sources import ZipSource

# Written last, and asked for first: where it stands, the whole dataset does.
LAST_FILE = "u.item"


@dataclass(frozen=True)
class FetchEvent(Event):
    """The dataset's name."""

    dataset: str


def handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Raises UnknownDataset, DownloadFailed (worth a retry), ChecksumMismatch."""
    request = FetchEvent.from_event(event)
    store, prefix = Store(BucketEnvironment.read().bucket), dataset_prefix(request.dataset)
    how = "in the bucket" if LAST_FILE in store.names(prefix) else _download(request.dataset, store, prefix)
    log("dataset", dataset=request.dataset, how=how)
    return {"dataset": request.dataset, "source": store.uri(prefix), "how": how}


def _download(name: str, store: Store, prefix: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetched = cached_or_downloaded(name, Path(folder))
        except UnknownDataset as error:
            raise UnknownDataset(f"no {LAST_FILE} in {store.uri(prefix)}, and to download: {error}") from error
        source = ZipSource(fetched.path)
        for file in sorted(source.names(), key=lambda file: (file == LAST_FILE, file)):
            with source.open(file) as stream:
                store.upload(prefix + file, stream)
    return fetched.how
