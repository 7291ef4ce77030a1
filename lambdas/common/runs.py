"""What an execution has left in the bucket: the model, its channels, and the documents that explain their columns."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm import artifact
from fm.model import FactorizationMachine
from lambdas.common.storage import Store
from prep import documents, keys
from prep.catalogue import Catalogue
from prep.errors import UnreadableDocument
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.recordio import read_batches
from prep.triplet import Triplet


class Run:
    """Everything below one prefix; nothing is read before it is asked for."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix

    def space(self) -> FeatureSpace:
        """Which column is which. Raises UnreadableDocument."""
        return FeatureSpace.from_json(self._store.read(self._prefix + keys.FEATURE_SPACE))

    def side(self, space: FeatureSpace) -> SideData:
        """What fills the optional blocks of the run's feature space. Raises UnreadableDocument."""
        return SideData.from_bytes(self._store.read(self._prefix + keys.SIDE_DATA)) if space.blocks else SideData()

    def encoder(self, space: FeatureSpace) -> Encoder:
        """Makes rows of the run's feature space. Raises UnreadableDocument, SideMismatch."""
        return Encoder(space, self.side(space))

    def catalogue(self) -> Catalogue:
        """Titles. Raises UnreadableDocument."""
        return Catalogue.from_json(self._store.read(self._prefix + keys.ITEMS))

    def prepared(self) -> dict[str, Any]:
        """What the preparation said of itself. Raises UnreadableDocument."""
        key = self._prefix + keys.PREPARED
        found = documents.parse(self._store.read(key), refuse=UnreadableDocument, what=key)
        if not isinstance(found, dict):
            raise UnreadableDocument(f"{key}: {documents.excerpt(found)}, expected a JSON object")
        return found

    def read(self, key: str) -> bytes:
        """An object below the prefix, as it stands."""
        return self._store.read(self._prefix + key)

    def batches(self, key: str, *, n_columns: int) -> Iterator[tuple[Triplet, NDArray[np.float32] | None]]:
        """The rows of one object below the prefix and their labels, some ten thousand at a time. Raises PrepError."""
        with self._store.open(self._prefix + key) as stream:
            yield from read_batches(stream, n_columns=n_columns)


def load_model(store: Store, uri: str) -> FactorizationMachine:
    """The model of a `model.tar.gz`. Raises ArtifactError, ForeignObject."""
    return artifact.load(io.BytesIO(store.read(store.key(uri))))
