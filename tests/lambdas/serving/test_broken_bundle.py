"""A version is refused, by the name of its file, when a file is not what was written or does not fit the others."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lambdas.logic.ranking import OtherIds
from lambdas.logic.serving.arrays import read_arrays, write_arrays
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.errors import BrokenBundle
from lambdas.logic.serving.making import make
from lambdas.logic.serving.manifest import MANIFEST
from prep.feature_space import FeatureSpace
from tests.lambdas.api.worlds import World
from tests.lambdas.executions import EVERY_BLOCK
from tests.lambdas.serving.folders import EAGER, OF_LIKE, OF_RANKING, Folder, Made

Make = Callable[..., Made]


@pytest.fixture
def made(tiny_sample: Path, tmp_path: Path) -> Make:
    return lambda **job: Made(tiny_sample, tmp_path, **job)


def _use(bundle: Bundle) -> None:
    bundle.explain(0, 0)
    bundle.rows(np.array([0]), np.array([0]))


@pytest.mark.parametrize("name", [*EAGER, *OF_LIKE, *OF_RANKING])
def test_every_damaged_byte_is_noticed_by_the_files_name(made: Make, name: str) -> None:
    case = made(features=EVERY_BLOCK, ranking={"features": EVERY_BLOCK})
    path = case.folder.path / name
    sound = path.read_bytes()
    for at in {0, len(sound) // 3, len(sound) // 2, len(sound) - 1}:
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        with pytest.raises(BrokenBundle, match=rf"/{name}: sha256 [0-9a-f]{{64}}, expected [0-9a-f]{{64}}$"):
            _use(case.read())
    for content in (b"", sound[:-1], sound + b" "):
        path.write_bytes(content)
        with pytest.raises(BrokenBundle, match=rf"/{name}: {len(content)} bytes, expected {len(sound)}$"):
            _use(case.read())
    path.unlink()
    with pytest.raises(BrokenBundle, match=rf"/{name}: not there"):
        _use(case.read())
    path.write_bytes(sound)
    _use(case.read())


def test_what_only_explanations_need_stops_no_recommendation(made: Make) -> None:
    case = made(features=EVERY_BLOCK)
    for name in OF_LIKE:
        (case.folder.path / name).unlink()
    bundle = case.read()
    assert bundle.top_items.of(bundle.recommender.of_user(0), 5).items.size == 5
    with pytest.raises(BrokenBundle, match="like_"):
        bundle.explain(0, 0)


MANIFESTS: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "expected JSON"),
    "no text": (b"\xff", "expected JSON"),
    "deep": (b"[" * 100_000, "expected JSON"),
    "a list": (b"[]", "format None, expected 1"),
    "of the future": (b'{"format": 2}', "format 2, expected 1"),
    "empty": (
        b'{"format": 1}',
        "no created, decision, files, recommends_by, remembered, task, threshold, version, exp",
    ),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_manifest_that_is_none_is_refused_by_name(tmp_path: Path, case: str) -> None:
    content, message = MANIFESTS[case]
    folder = Folder(tmp_path)
    World().bundle().write(folder)
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(BrokenBundle, match=f"{MANIFEST}: .*{message}"):
        Bundle.read(folder)


ENTRIES: dict[str, Any] = {
    "no dictionary": [],
    "no entry": {"serving.npz": None},
    "negative": {"serving.npz": {"bytes": -1, "sha256": "0" * 64}},
    "no digest": {"serving.npz": {"bytes": 1, "sha256": "0" * 63}},
    "not listed": {},
}


@pytest.mark.parametrize("case", ENTRIES)
def test_files_that_the_manifest_does_not_describe_are_refused(tmp_path: Path, case: str) -> None:
    folder = Folder(tmp_path)
    World().bundle().write(folder)
    folder.change(files=ENTRIES[case])
    with pytest.raises(BrokenBundle, match=f"{MANIFEST}: files: .*expected"):
        Bundle.read(folder)


ARRAYS: dict[str, tuple[dict[str, NDArray[Any] | None], str]] = {
    "none": ({"like_users": None}, "serving.npz: like_users is none, expected 2-d float32"),
    "of another type": ({"rated_items": np.zeros(3, np.int64)}, "rated_items is 1-d int64, expected 1-d int32"),
    "of another shape": ({"like_items": np.zeros(3, np.float32)}, "like_items is 1-d float32, expected 2-d float32"),
    "of other users": (
        {"like_users": np.zeros((11, 3), np.float32), "like_user_terms": np.zeros(11, np.float32)},
        "like of 11 users, 40 items, expected 12 users, 40 items as the feature space has",
    ),
    "of other items": (
        {"ranking_items": np.zeros((41, 3), np.float32), "ranking_item_terms": np.zeros(41, np.float32)},
        "ranking of 12 users, 41 items, expected 12 users, 40 items as the feature space has",
    ),
    "terms of other users": ({"like_user_terms": np.zeros(3, np.float32)}, "3 user_terms, expected one for each of 12"),
    "other factors": ({"like_items": np.zeros((40, 2), np.float32)}, "users of 3 factors and items of 2"),
    "no bias": ({"like_w0": np.zeros(0, np.float32)}, "0 of like_w0, expected 1"),
    "no users": (
        {
            "rated_indptr": np.zeros(1, np.int64),
            **dict.fromkeys(("rated_items", "known_counts", "liked_counts"), np.zeros(0, np.int32)),
        },
        "ratings of 0 users, 40 items, expected 12 users, 40 items",
    ),
}


@pytest.mark.parametrize("case", ARRAYS)
def test_arrays_that_do_not_fit_the_space_are_refused(tmp_path: Path, case: str) -> None:
    """Though the manifest says that the file has to be so."""
    changes, message = ARRAYS[case]
    folder = Folder(tmp_path)
    World().bundle().write(folder)
    arrays = {**read_arrays(folder.read("serving.npz")), **changes}
    stream = io.BytesIO()
    write_arrays(stream, {name: array for name, array in arrays.items() if array is not None})
    folder.replace("serving.npz", stream.getvalue())
    with pytest.raises(BrokenBundle, match=message):
        Bundle.read(folder)


@pytest.mark.parametrize("name", EAGER)
def test_files_of_another_kind_are_refused(tmp_path: Path, name: str) -> None:
    folder = Folder(tmp_path)
    World().bundle().write(folder)
    folder.replace(name, b"{}")
    with pytest.raises(BrokenBundle, match=str(tmp_path)):
        Bundle.read(folder)


def test_details_of_another_space_are_refused(made: Make, tiny_sample: Path, tmp_path: Path) -> None:
    case = made(features=["genres", "year"])
    other = Made(tiny_sample, tmp_path / "other", features=["genres"])
    sound = {name: case.folder.read(name) for name in OF_LIKE}
    case.folder.replace(OF_LIKE[0], other.folder.read(OF_LIKE[0]))
    with pytest.raises(BrokenBundle, match=r"like: a model of \d+ features, expected \d+"):
        case.read().explain(0, 0)
    case.folder.replace(OF_LIKE[0], sound[OF_LIKE[0]])
    case.folder.replace(OF_LIKE[1], other.folder.read(OF_LIKE[1]))
    with pytest.raises(BrokenBundle, match="like: codes: side data for"):
        case.read().rows(np.array([0]), np.array([0]))


@pytest.mark.parametrize("decision", [None, 4, -1, "4"], ids=str)
def test_a_threshold_that_is_not_is_refused(made: Make, decision: object) -> None:
    case = made(label={"task": "ordinal"})
    case.folder.change(decision=decision)
    with pytest.raises(BrokenBundle, match=r"like: threshold .*, expected one of \[0, 1, 2, 3\]"):
        case.read().rows(np.array([0]), np.array([0]))


def test_blocks_without_their_parameters_are_refused(made: Make) -> None:
    case = made(features=EVERY_BLOCK)
    files = json.loads(case.folder.read(MANIFEST))["files"]
    case.folder.change(files={name: entry for name, entry in files.items() if name != OF_LIKE[0]})
    with pytest.raises(BrokenBundle, match=r"details of \[\], expected those of like"):
        case.read()


def test_a_ranking_model_of_other_ids_is_refused(made: Make) -> None:
    case = made(ranking={})
    assert case.ranking is not None
    space = FeatureSpace.of(users=case.ranking.space.users, items=case.ranking.space.items + 1)
    with pytest.raises(OtherIds, match="items of the ranking model"):
        make(
            case.bundle.manifest,
            like=case.like.trained(),
            ranking=dataclasses.replace(case.ranking.trained(), space=space),
            catalogue=case.bundle.catalogue,
            user_ratings=case.bundle.user_ratings,
        )
