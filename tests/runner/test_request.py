"""The execution input on its way from the file to the state machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prep.errors import BadJob, UnknownSplit
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


def test_job_has_the_split_and_the_label_of_the_input() -> None:
    job = prepare_job({"split": {"name": "u3"}, "label": {"liked_at_least": 3.5}})
    assert (job.split, job.liked_at_least) == ("u3", 3.5)


@pytest.mark.parametrize("given", [{"split": []}, {"split": {"name": 1}}, {"label": {"liked_at_least": True}}])
def test_values_of_a_wrong_type_are_left_to_the_state_machine(given: dict[str, Any]) -> None:
    job = prepare_job(given)
    assert (job.split, job.liked_at_least) == ("ua", 4.0)


def test_split_that_no_dataset_has_is_refused() -> None:
    with pytest.raises(UnknownSplit, match="split 'zz', expected one of ua,"):
        prepare_job({"split": {"name": "zz"}})


def test_threshold_off_the_scale_is_refused() -> None:
    with pytest.raises(BadJob, match="liked_at_least 6, expected"):
        prepare_job({"label": {"liked_at_least": 6}})
