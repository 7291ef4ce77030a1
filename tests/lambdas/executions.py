"""What an execution would have left in the bucket before a function under test is called."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm import artifact
from fm.hyperparameters import parse
from fm.model import FactorizationMachine, PredictorType
from prep import keys
from prep.feature_space import FeatureSpace
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.recordio import read_records
from prep.sinks import FolderSink
from prep.sources import FolderSource

SIZES = {"users": 30, "items": 50, "ratings": 700}
"""Of a sample that is prepared in a blink; each user has ten ratings in `ua.test` and ten others in `ub.test`."""
EVERY_BLOCK = ["genres", "year", "user_attributes", "rated_items", "item_raters", "week"]

Pair = tuple[Any, Any]


class Executions:
    """Prepares and stores in one bucket, below any run's prefix."""

    def __init__(self, bucket: str, s3: Any) -> None:
        self.bucket, self._s3 = bucket, s3

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def json(self, key: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.read(key))
        return document

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self.bucket, Key=key)

    def prepare(self, run: str, folder: Path, preparation: Mapping[str, Any]) -> dict[str, Any]:
        """What the preparation of a dataset leaves; what it says of itself."""
        prepared, files = _prepared(folder, json.dumps(preparation))
        for key, content in files.items():
            self.put(run + key, content)
        return dict(prepared)

    def put_model(self, run: str, model: FactorizationMachine) -> str:
        """Where the training job would leave it; its URI."""
        key = f"{run}model/job/output/model.tar.gz"
        self.put(key, packed(model))
        return f"s3://{self.bucket}/{key}"

    def space(self, run: str) -> FeatureSpace:
        return FeatureSpace.from_json(self.read(run + keys.FEATURE_SPACE))

    def rows(self, run: str, key: str = keys.TEST) -> tuple[NDArray[np.float64], NDArray[np.float32], list[Pair]]:
        """A channel's object as it stands: dense rows, labels, and the ids of their users and items."""
        space = self.space(run)
        x, labels = read_records(self.read(run + key))
        assert labels is not None
        dense, n_users = x.toarray().astype(np.float64), len(space.users)
        users, items = dense[:, :n_users].argmax(1), dense[:, n_users : n_users + len(space.items)].argmax(1)
        return dense, labels, list(zip(space.users[users].tolist(), space.items[items].tolist(), strict=True))


@cache
def _prepared(folder: Path, preparation: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Prepared once, however many executions of the tests have it in their buckets."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "out"
        job = PrepareJob.from_json(json.loads(preparation))
        prepared = prepare(FolderSource(folder), job, FolderSink(out)).as_dict()
        files = [path for path in sorted(out.rglob("*")) if path.is_file()]
        return prepared, {str(path.relative_to(out)): path.read_bytes() for path in files}


def packed(model: FactorizationMachine) -> bytes:
    """As a `model.tar.gz`."""
    strings = {
        "num_factors": str(model.n_factors),
        "predictor_type": model.predictor_type,
        "feature_dim": str(model.n_features),
    }
    stream = io.BytesIO()
    artifact.save(stream, model, parse(strings).as_strings())
    return stream.getvalue()


def constant(features: int, score: float, *, kind: PredictorType = "binary_classifier") -> FactorizationMachine:
    """A model that answers every row alike."""
    nothing = np.zeros(features, np.float32)
    return FactorizationMachine(
        w0=np.array([score], np.float32), w=nothing, v=np.zeros((features, 2), np.float32), predictor_type=kind
    )


def drawn(
    features: int, *, seed: int = 3, scale: float = 0.4, kind: PredictorType = "binary_classifier"
) -> FactorizationMachine:
    """A model without any ties."""
    rng = np.random.default_rng(seed)
    return FactorizationMachine(
        w0=np.array([0.1], np.float32),
        w=(scale * rng.normal(size=features)).astype(np.float32),
        v=(scale * rng.normal(size=(features, 3))).astype(np.float32),
        predictor_type=kind,
    )


def scores(model: FactorizationMachine, dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rendle's sum over all pairs of columns, as it is written, (rows,)."""
    gram = model.v.astype(np.float64) @ model.v.T.astype(np.float64)
    pairs = np.triu(gram, 1)
    return np.asarray(model.w0[0] + dense @ model.w + np.einsum("ri,ij,rj->r", dense, pairs, dense))


def sigmoid(score: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-score)))


def rated(folder: Path, name: str) -> dict[Pair, float]:
    """A file of the ml-100k layout: stars by user and item."""
    lines = (line.split("\t") for line in (folder / name).read_text().splitlines())
    return {(int(user), int(item)): float(stars) for user, item, stars, _ in lines}
