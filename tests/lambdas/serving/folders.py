"""Versions in folders, made of a prepared dataset as the function makes them of a run in the bucket."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from fm.model import FactorizationMachine
from lambdas.logic.channels import Ratings, decision_column, ratings_of
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.errors import BrokenBundle
from lambdas.logic.serving.making import Trained, collected, make
from lambdas.logic.serving.manifest import MANIFEST, REMEMBERED, described
from prep import keys
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.recordio import read_batches
from prep.sinks import FolderSink
from prep.sources import FolderSource
from tests.lambdas.executions import drawn
from tests.lambdas.remembered import remembered

UA = {"kind": "given", "name": "ua"}
EAGER = ("feature_space.json", "items.json", "serving.npz")
OF_LIKE = ("like_parameters.npz", "like_side_data.npz")
OF_RANKING = ("ranking_feature_space.json", "ranking_parameters.npz", "ranking_side_data.npz")


class Folder:
    """A version's files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def __str__(self) -> str:
        return f"{self.path}/"

    def read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError as error:
            raise BrokenBundle(f"{self}{name}: not there") from error

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with (self.path / name).open("xb") as stream:
            yield stream

    def names(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}

    def replace(self, name: str, content: bytes) -> None:
        """Another file, of which the manifest knows."""
        (self.path / name).write_bytes(content)
        entry = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest = json.loads(self.read(MANIFEST))
        self.change(files={**manifest["files"], name: entry})

    def change(self, **changes: Any) -> None:
        """Of the manifest; `...` takes a key away."""
        manifest = {**json.loads(self.read(MANIFEST)), **changes}
        for key in [key for key, value in changes.items() if value is ...]:
            del manifest[key]
        (self.path / MANIFEST).write_text(json.dumps(manifest))


class Prepared:
    """What a preparation leaves in a folder, and a drawn model of it."""

    def __init__(self, dataset: Path, out: Path, seed: int, job: dict[str, Any]) -> None:
        self.out, self.job = out, PrepareJob.from_json({"split": UA, **job})
        self.prepared = prepare(FolderSource(dataset), self.job, FolderSink(out)).as_dict()
        self.space = FeatureSpace.from_json((out / keys.FEATURE_SPACE).read_bytes())
        side = out / keys.SIDE_DATA
        self.side = SideData.from_bytes(side.read_bytes()) if side.exists() else SideData()
        self.encoder = Encoder(self.space, self.side)
        kind = self.prepared["predictor_type"]
        self.model: FactorizationMachine = drawn(self.space.feature_dim, seed=seed, scale=0.3, kind=kind)
        self.decision = self.job.label.decision if self.job.label.task == "ordinal" else None

    def trained(self) -> Trained:
        return Trained(model=self.model, space=self.space, side=self.side, decision=self.decision)

    def ratings(self, key: str) -> Iterator[Ratings]:
        with (self.out / key).open("rb") as stream:
            batches = read_batches(stream, n_columns=self.space.feature_dim)
            yield from ratings_of(batches, self.space, decision_column(self.space, self.job.label))


class Made:
    """A version of a dataset, by a like model and perhaps a ranking model."""

    def __init__(self, dataset: Path, folder: Path, *, ranking: dict[str, Any] | None = None, **job: Any) -> None:
        self.like = Prepared(dataset, folder / "like", 3, job)
        label = {"task": "ranking", "likes_repeated": 1}
        of_ranking = None if ranking is None else {"label": label, **ranking}
        self.ranking = None if of_ranking is None else Prepared(dataset, folder / "ranking", 4, of_ranking)
        trained = None if self.ranking is None else self.ranking.trained()
        self.bundle = make(
            self._manifest(),
            like=self.like.trained(),
            ranking=trained,
            catalogue=Catalogue.from_json((self.like.out / keys.ITEMS).read_bytes()),
            user_ratings=collected(self.like.ratings, self.like.prepared, self.like.job.label, self.like.space),
        )
        self.folder = Folder(folder / "version")
        self.entries = self.bundle.write(self.folder)

    def read(self) -> Bundle:
        return Bundle.read(self.folder)

    @property
    def recommender(self) -> Prepared:
        return self.ranking or self.like

    def _manifest(self) -> dict[str, Any]:
        known = remembered(changes=self.like.prepared)
        ranking = None if self.ranking is None else {"training": {"model_data": "s3://bucket/ranking/model.tar.gz"}}
        known |= {"ranking": ranking, "ranked": None if ranking is None else {"metrics": {"ndcg@10": 0.3}}}
        return described(
            {name: known[name] for name in REMEMBERED},
            version="nightly",
            created="2026-11-26T04:00:00+01:00",
            execution="arn:aws:states:eu-west-1:123456789012:execution:recommender:nightly",
            package="arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/7",
            endpoint=None,
            report="s3://bucket/runs/nightly/report.html",
            decision=self.like.decision,
        )
