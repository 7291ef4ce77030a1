"""The execution input on its way from the file to the state machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prep.errors import BadJob
from prep.input_spec import Columns, InputSpec
from prep.job import PrepareJob
from prep.labels import LabelRule
from prep.split_rule import SplitRule
from runner.errors import BadInput
from runner.request import dataset_name, prepare_job, read_input, with_dataset


def test_no_file_is_the_empty_input() -> None:
    assert read_input("") == {}


def test_fields_are_passed_on_untouched(tmp_path: Path) -> None:
    content = {"split": {"name": "u1"}, "no such field": [1, {"x": None}], "gate": {"min_f1": 0.5}}
    (tmp_path / "input.json").write_text(json.dumps(content))
    assert read_input(str(tmp_path / "input.json")) == content


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        (b'{"split": ', "expected JSON"),
        (b"\xff\xfe", "expected JSON"),
        (b"", "expected JSON"),
        (b"null", "null, expected a JSON object"),
        (b"[1, 2]", r"\[1, 2\], expected a JSON object"),
        (b'"' + b"x" * 1000 + b'"', r"x\.\.\., expected a JSON object"),
    ],
)
def test_what_is_no_json_object_is_refused_in_one_line(tmp_path: Path, content: bytes, saying: str) -> None:
    path = tmp_path / "input.json"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=saying) as refused:
        read_input(str(path))
    assert str(refused.value).startswith(f"{path}: ")
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["none.json", "."])
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="expected a JSON file with the execution input"):
        read_input(str(tmp_path / name))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"dataset": {"name": "tiny"}}),
        ({"split": {"name": "ub"}}, {"split": {"name": "ub"}, "dataset": {"name": "tiny"}}),
        ({"dataset": {}}, {"dataset": {"name": "tiny"}}),
        ({"dataset": {"name": "other"}}, {"dataset": {"name": "other"}}),
        ({"dataset": 3}, {"dataset": 3}),
        ({"restore": {"version": "nightly"}}, {"restore": {"version": "nightly"}}),
        ({"dataset": {"name": 3}}, {"dataset": {"name": 3}}),
    ],
)
def test_dataset_is_named_only_where_the_input_names_none(given: dict[str, Any], expected: dict[str, Any]) -> None:
    before = json.dumps(given)
    assert with_dataset(given, "tiny") == expected
    assert json.dumps(given) == before


@pytest.mark.parametrize("given", [{"dataset": 3}, {"dataset": {"name": 3}}, {"dataset": {}}, {}])
def test_what_is_no_name_names_nothing(given: dict[str, Any]) -> None:
    assert dataset_name(given) is None


def test_job_has_what_the_input_says_of_preparing() -> None:
    given = {
        "dataset": {"name": "mine", "format": "csv", "columns": {"user": "who"}, "max_rejected": 0.1},
        "split": {"kind": "temporal", "share": 0.2},
        "label": {"liked_at_least": 3.5},
        "features": {"blocks": ["genres"]},
        "prepare": {"engine": "glue", "shards": 3},
        "training": {"instance_count": 2},
    }
    assert prepare_job(given) == PrepareJob(
        input=InputSpec(format="csv", columns=Columns(user="who"), max_rejected=0.1),
        split=SplitRule(kind="temporal", share=0.2),
        label=LabelRule(liked_at_least=3.5),
        features=("genres",),
        shards=3,
    )


def test_no_input_is_the_job_of_no_input() -> None:
    assert prepare_job({}) == PrepareJob()


@pytest.mark.parametrize(
    ("given", "saying"),
    [
        ({"split": {"name": 1}}, "split.name 1, expected the name of a given split"),
        ({"split": {"kind": "kfold"}}, "split.kind 'kfold', expected one of auto, given"),
        ({"label": {"liked_at_least": True}}, "liked_at_least True, expected a number"),
        ({"dataset": {"format": "xls"}}, "input.format: 'xls', expected one of auto, ml-100k"),
        ({"dataset": {"columns": {"user": -1}}}, "input.columns.user: -1, expected a header's name"),
        ({"features": {"blocks": ["tags"]}}, "features: 'tags', expected any of genres"),
        ({"features": {"blocks": "genres"}}, "features 'genres', expected a list of genres"),
        ({"prepare": {"shards": 0}}, "shards 0, expected a whole number from 1"),
    ],
)
def test_the_first_bad_field_is_refused(given: dict[str, Any], saying: str) -> None:
    with pytest.raises(BadJob) as refused:
        prepare_job(given)
    assert str(refused.value).startswith(saying)


@pytest.mark.parametrize("given", [{"split": []}, {"dataset": 3}, {"features": None}, {"no such section": {"x": 1}}])
def test_what_is_no_section_is_left_to_the_state_machine(given: dict[str, Any]) -> None:
    assert prepare_job(given) == PrepareJob()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(["week", "csv"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
SECTIONS = {
    "dataset": ("format", "file", "columns", "lowest", "highest", "max_rejected", "duplicates"),
    "split": ("kind", "name", "k", "share", "per", "validation", "seed"),
    "features": ("blocks",),
    "prepare": ("shards",),
    "label": ("liked_at_least",),
}


def _any_of(section: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return VALUES | st.fixed_dictionaries({}, optional=dict.fromkeys(section, VALUES))


@given(st.fixed_dictionaries({}, optional={name: _any_of(section) for name, section in SECTIONS.items()}))
def test_any_json_is_a_job_or_refused_in_one_line(document: dict[str, Any]) -> None:
    message = ""
    try:
        prepare_job(document)
    except BadJob as error:
        message = str(error)
    assert len(message.splitlines()) <= 1
