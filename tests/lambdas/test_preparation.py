"""From an execution's input to what `prep` is asked for, and that the two say the same."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.logic.job import SCHEMA, InvalidInput, complete
from lambdas.logic.preparation import checked, preparation
from prep.features import BLOCKS
from prep.input_spec import DUPLICATES, FORMATS, ID_KINDS, Columns, InputSpec
from prep.job import MOST_SHARDS, PrepareJob
from prep.labels import LabelRule
from prep.split_rule import KINDS, PER, SplitRule

SECTIONS = SCHEMA["properties"]
DATASET, SPLIT = SECTIONS["dataset"]["properties"], SECTIONS["split"]["properties"]
COLUMNS = DATASET["columns"]["properties"]


def _prepare_job(**sections: Any) -> PrepareJob:
    return PrepareJob.from_json(checked(preparation(complete(sections))))


def test_an_empty_input_is_an_empty_job() -> None:
    assert _prepare_job() == PrepareJob()


def test_every_field_arrives() -> None:
    columns = {"user": "who", "item": 2, "rating": "stars", "timestamp": 0, "delimiter": ";", "user_ids": "string"}
    dataset = {"format": "csv", "file": "a.csv", "columns": columns, "lowest": 0, "highest": 10}
    rules = {"max_rejected": 0.2, "duplicates": "last"}
    split = {"kind": "temporal", "share": 0.2, "per": "user", "validation": 0.1, "seed": 9, "k": 3}
    job = _prepare_job(
        dataset={"name": "mine", **dataset, **rules},
        split=split,
        label={"liked_at_least": 7},
        features={"blocks": ["genres", "week"]},
        prepare={"engine": "glue", "shards": 5},
        training={"instance_count": 3},
    )
    assert job == PrepareJob(
        input=InputSpec(**{**dataset, **rules, "columns": Columns(**columns)}),  # type: ignore[arg-type]
        split=SplitRule(**split),  # type: ignore[arg-type]
        label=LabelRule(liked_at_least=7),
        features=("genres", "week"),
        shards=5,
        least_shards=3,
    )


@pytest.mark.parametrize(("shards", "instances", "expected"), [(None, 1, 1), (None, 4, 4), (2, 4, 4), (8, 4, 8)])
def test_each_training_instance_has_a_shard(shards: int | None, instances: int, expected: int) -> None:
    prepare = {} if shards is None else {"shards": shards}
    assert _prepare_job(prepare=prepare, training={"instance_count": instances}).shards_of(1000) == expected


def test_the_schema_has_the_fields_of_prep() -> None:
    assert DATASET.keys() - {"name"} == {field.name for field in fields(InputSpec)}
    assert COLUMNS.keys() == {field.name for field in fields(Columns)}
    assert SPLIT.keys() == {field.name for field in fields(SplitRule)}


def test_the_schema_has_the_choices_of_prep() -> None:
    assert tuple(DATASET["format"]["enum"]) == FORMATS
    assert sorted(DATASET["duplicates"]["enum"]) == sorted(DUPLICATES)
    assert tuple(COLUMNS["user_ids"]["enum"]) == tuple(COLUMNS["item_ids"]["enum"]) == ID_KINDS
    assert tuple(SPLIT["kind"]["enum"]) == KINDS
    assert tuple(SPLIT["per"]["enum"]) == PER
    assert tuple(SECTIONS["features"]["properties"]["blocks"]["items"]["enum"]) == BLOCKS
    assert SECTIONS["prepare"]["properties"]["shards"]["maximum"] == MOST_SHARDS


# What a field alone does not show.
BAD: list[tuple[dict[str, Any], str]] = [
    ({"dataset": {"columns": {"user": -1}}}, "dataset.columns.user: -1, expected a header's name, or a position"),
    (
        {"dataset": {"columns": {"user": "a", "item": "a"}}},
        "dataset.columns: {'item': 'a', 'user': 'a'}, expected another",
    ),
    ({"dataset": {"columns": {"user": "a", "header": False}}}, "dataset.columns.user: 'a', expected a position"),
    ({"dataset": {"columns": {"delimiter": "x"}}}, "dataset.columns.delimiter: 'x', expected one character that"),
    ({"dataset": {"format": "ml-1m", "columns": {"user": 0}}}, "dataset.columns: given with format ml-1m, expected"),
    ({"dataset": {"format": "ml-1m", "file": "a"}}, "dataset.file: given with format ml-1m, expected only with csv"),
    ({"dataset": {"lowest": 3, "highest": 3}}, "dataset.lowest: 3, expected less than the highest, 3"),
    ({"dataset": {"lowest": 9}}, "dataset.lowest: 9, expected less than the highest, 5"),
    ({"label": {"liked_at_least": 6}}, "label.liked_at_least 6, expected 0.5 to 5"),
    ({"label": {"liked_at_least": 4}, "dataset": {"highest": 3}}, "label.liked_at_least 4, expected 0.5 to 3"),
]


@pytest.mark.parametrize(("given_input", "words"), BAD, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_what_goes_beyond_one_field_is_refused_by_the_same_name(given_input: dict[str, Any], words: str) -> None:
    job = preparation(complete(given_input))
    with pytest.raises(InvalidInput) as refusal:
        checked(job)
    assert str(refusal.value).startswith(words)
    assert len(str(refusal.value).splitlines()) == 1


NAMES = st.text(max_size=4) | st.integers(-2, 4)
DATASETS = st.fixed_dictionaries(
    {},
    optional={
        "format": st.sampled_from(FORMATS),
        "file": st.text(min_size=1, max_size=4),
        "columns": st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(("user", "item", "rating", "timestamp"), NAMES),
                "delimiter": st.text(min_size=1, max_size=2),
                "header": st.booleans(),
                "user_ids": st.sampled_from(ID_KINDS),
            },
        ),
        "lowest": st.floats(-2, 6) | st.integers(-1, 12),
        "highest": st.floats(-2, 12),
        "max_rejected": st.floats(0, 1),
    },
)


@given(DATASETS, st.floats(-1, 12), st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_what_the_schema_takes_becomes_a_job_or_is_refused_in_words(
    dataset: dict[str, Any], liked_at_least: float, share: float
) -> None:
    completed = complete({"dataset": dataset, "label": {"liked_at_least": liked_at_least}, "split": {"share": share}})
    try:
        told = checked(preparation(completed))
    except InvalidInput as refusal:
        message = str(refusal)
    else:
        message, job = "", PrepareJob.from_json(told)
    if message:
        assert message.startswith(("dataset.", "dataset:", "label."))
        return
    assert PrepareJob.from_json(job.as_json()) == job
    assert (job.split.share, job.label.liked_at_least) == (share, liked_at_least)
