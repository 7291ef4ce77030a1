"""A version in memory: the models folded to vectors, the feature space, titles, who rated what.

Its files are ``manifest.json``, ``serving.npz`` (all arrays), ``feature_space.json`` and ``items.json``; and of a model
whose space has optional blocks its parameters and side data, which only explanations and an endpoint's rows need, and
which are read when the first of those is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fm.errors import FmError
from fm.folded import Folded
from fm.model import FactorizationMachine
from lambdas.logic.serving.details import Details, RowEncoder, explain_folded
from lambdas.logic.serving.errors import BrokenBundle
from lambdas.logic.serving.files import OF_FOLDED, Files, Reader, Writer, Written
from lambdas.logic.serving.manifest import MANIFEST, FileEntry, entries, parsed
from lambdas.logic.serving.ratings import Lists, UserRatings
from lambdas.logic.serving.top_items import TopItems
from prep import keys
from prep.catalogue import Catalogue
from prep.errors import PrepError
from prep.feature_space import FeatureSpace
from prep.features.side_data import SideData
from prep.labels.rule import predictor_type
from prep.triplet import Triplet

SERVING: Final = "serving.npz"
LIKE: Final = "like"
RANKING: Final = "ranking"
_PARAMETERS: Final = "parameters.npz"


@dataclass(frozen=True, eq=False, kw_only=True)
class Bundle:
    """All arrays may be read-only. Users and items are known by their positions in ``space``.

    manifest: see ``manifest.described``. like: of users' probability to like an item, or their rating; ranking: what
    they would pick next, where such a model was trained. details: by the model's name, and only of spaces with optional
    blocks, how to get its parameters. Raises ValueError where the parts do not fit together.
    """

    manifest: Mapping[str, Any]
    space: FeatureSpace
    catalogue: Catalogue
    like: Folded
    ranking: Folded | None
    user_ratings: UserRatings
    details: Mapping[str, Callable[[], Details]]

    def __post_init__(self) -> None:
        expected = {"users": len(self.space.users), "items": len(self.space.items)}
        for name, folded in ((LIKE, self.like), (RANKING, self.ranking)):
            if folded is not None:
                _check_counts(name, {"users": folded.n_users, "items": folded.n_items}, expected)
        found = {"users": len(self.user_ratings.rated), "items": self.user_ratings.of_items.size}
        _check_counts("ratings", found, expected)
        if self.space.is_plain == (LIKE in self.details):
            raise ValueError(f"details of {sorted(self.details)}, expected those of like where its space has blocks")

    @classmethod
    def read(cls, reader: Reader) -> Bundle:
        """Reads what ``write`` wrote, and checks every file against the manifest. Raises BundleError."""
        manifest = parsed(reader.read(MANIFEST), f"{reader}{MANIFEST}")
        files = Files(reader, entries(manifest, f"{reader}{MANIFEST}"))
        try:
            return _read(manifest, files)
        except (PrepError, FmError, ValueError) as error:
            raise error if isinstance(error, BrokenBundle) else BrokenBundle(f"{reader}: {error}") from error

    def write(self, writer: Writer) -> dict[str, FileEntry]:
        """All files, the manifest last; which they are, but for the manifest."""
        files = Written(writer)
        files.arrays(SERVING, self._arrays())
        files.content(keys.FEATURE_SPACE, self.space.to_json())
        files.content(keys.ITEMS, self.catalogue.to_json())
        for name in self.details:
            details = self._details(name)
            model = details.model
            files.arrays(f"{name}_{_PARAMETERS}", {"w0": model.w0, "w": model.w, "v": model.v})
            with files.open(f"{name}_{keys.SIDE_DATA}") as stream:
                details.encoder.side.write_to(stream)
            if name == RANKING:
                files.content(f"{name}_{keys.FEATURE_SPACE}", details.encoder.space.to_json())
        listed = {name: {"bytes": entry.size, "sha256": entry.sha256} for name, entry in files.entries.items()}
        manifest = {**self.manifest, "files": listed}
        with writer.open(MANIFEST) as stream:
            stream.write(json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False).encode())
        return files.entries

    @property
    def version(self) -> str:
        """The name of the execution that made it."""
        return str(self.manifest["version"])

    @property
    def recommends_by(self) -> Literal["ranking", "like"]:
        """Which model recommends."""
        return LIKE if self.ranking is None else RANKING

    @property
    def recommender(self) -> Folded:
        """That model."""
        return self.like if self.ranking is None else self.ranking

    @property
    def has_probabilities(self) -> bool:
        """Whether the recommending model's scores are those of a classifier."""
        return self.ranking is not None or predictor_type(self.manifest["task"]) == "binary_classifier"

    @cached_property
    def top_items(self) -> TopItems:
        """The recommending model's best items for any vector."""
        return TopItems(self.recommender)

    @property
    def rated(self) -> Lists:
        """What each user rated, in whichever channel."""
        return self.user_ratings.rated

    @property
    def known(self) -> Lists:
        """Without the test's: what the evaluation of a ranking calls seen."""
        return self.user_ratings.known

    @property
    def liked(self) -> Lists:
        """Likes in training."""
        return self.user_ratings.liked

    @property
    def ratings(self) -> NDArray[np.int64]:
        """Of each item in training, (items,)."""
        return self.user_ratings.of_items

    @property
    def likes(self) -> NDArray[np.int64]:
        """The likes among those, (items,)."""
        return self.user_ratings.likes_of_items

    def shown(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """What people are told of the recommending model's raw scores (n,): probabilities, of a regressor ratings.

        In float64, so that scores that differ do not become one.
        """
        if not self.has_probabilities:
            return raw
        exponential = np.exp(-np.abs(raw))
        return np.asarray(np.where(raw >= 0, 1.0, exponential) / (1.0 + exponential))

    def explain(self, user: int, item: int) -> dict[str, Any]:
        """What makes up the recommending model's raw score, as `Contributions.as_json` has it. Raises BundleError."""
        if self.recommends_by not in self.details:
            return explain_folded(self.recommender, user, item)
        return self._details(self.recommends_by).explain(user, item)

    def rows(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> Triplet:
        """The rows that the like model's endpoint is asked of users and items, (n,) each. Raises BundleError."""
        return self._like_encoder.rows(users, items)

    @cached_property
    def _like_encoder(self) -> RowEncoder:
        if LIKE in self.details:
            return self._details(LIKE).encoder
        return RowEncoder(space=self.space, side=SideData(), threshold=None)

    @cached_property
    def _loaded(self) -> dict[str, Details]:
        return {}

    def _details(self, name: str) -> Details:
        if name not in self._loaded:
            self._loaded[name] = self.details[name]()
        return self._loaded[name]

    def _arrays(self) -> dict[str, NDArray[Any]]:
        models = {LIKE: self.like} | ({} if self.ranking is None else {RANKING: self.ranking})
        ratings = self.user_ratings
        return {
            **{f"{name}_{part}": getattr(model, part) for name, model in models.items() for part in OF_FOLDED},
            **{f"{name}_w0": np.array([model.w0], np.float32) for name, model in models.items()},
            "rated_indptr": ratings.indptr,
            "rated_items": ratings.items,
            "known_counts": ratings.known_counts,
            "liked_counts": ratings.liked_counts,
            "ratings": ratings.of_items,
            "likes": ratings.likes_of_items,
        }


def _read(manifest: Mapping[str, Any], files: Files) -> Bundle:
    arrays = files.arrays(SERVING)
    space = FeatureSpace.from_json(files.read(keys.FEATURE_SPACE))
    has_ranking = manifest["recommends_by"] == RANKING
    return Bundle(
        manifest=manifest,
        space=space,
        catalogue=Catalogue.from_json(files.read(keys.ITEMS)),
        like=arrays.folded(LIKE),
        ranking=arrays.folded(RANKING) if has_ranking else None,
        user_ratings=arrays.user_ratings(),
        details={
            name: partial(_read_details, manifest, files, name)
            for name in ((LIKE, RANKING) if has_ranking else (LIKE,))
            if files.has(f"{name}_{_PARAMETERS}")
        },
    )


def _read_details(manifest: Mapping[str, Any], files: Files, name: str) -> Details:
    """Raises BundleError."""
    of_space, of_side = (f"{name}_{keys.FEATURE_SPACE}", f"{name}_{keys.SIDE_DATA}")
    try:
        encoder = RowEncoder(
            space=FeatureSpace.from_json(files.read(keys.FEATURE_SPACE if name == LIKE else of_space)),
            side=SideData.from_bytes(files.read(of_side)),
            threshold=manifest["decision"] if name == LIKE else None,
        )
        return Details(encoder=encoder, model=_read_model(manifest, files, name))
    except (PrepError, FmError, ValueError) as error:
        raise error if isinstance(error, BrokenBundle) else BrokenBundle(f"{files.where(name)}: {error}") from error


def _read_model(manifest: Mapping[str, Any], files: Files, name: str) -> FactorizationMachine:
    arrays = files.arrays(f"{name}_{_PARAMETERS}")
    is_regressor = name == LIKE and manifest["task"] == "regressor"
    return FactorizationMachine(
        w0=arrays.take("w0", np.float32),
        w=arrays.take("w", np.float32),
        v=arrays.take("v", np.float32, 2),
        predictor_type="regressor" if is_regressor else "binary_classifier",
    )


def _check_counts(name: str, found: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Raises ValueError."""
    if found != expected:
        counts = [", ".join(f"{count} {what}" for what, count in each.items()) for each in (found, expected)]
        raise ValueError(f"{name} of {counts[0]}, expected {counts[1]} as the feature space has")
