"""An execution's input: `{}` is the blog's job, and whatever cannot be used is named all at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fm.hyperparameters import Hyperparameters
from lambdas.logic.job import SCHEMA, InvalidInput, complete
from lambdas.logic.presets import LIKE, RANKING
from tests.lambdas.bad_inputs import BAD, TOGETHER

BLOG = {
    "dataset": {"name": "ml-100k", "format": "auto", "columns": {}, "max_rejected": 0.01, "duplicates": "first"},
    "split": {"kind": "auto", "k": 10, "share": 0.1, "per": "all", "validation": 0, "seed": 0},
    "features": {"blocks": []},
    "prepare": {"engine": "auto"},
    "label": {"liked_at_least": 4, "task": "binary_classifier"},
    "models": ["like", "ranking"],
    "preset": "blog",
    "hyperparameters": {
        "num_factors": "64",
        "mini_batch_size": "1000",
        "epochs": "50",
        "predictor_type": "binary_classifier",
    },
    "ranking": {
        "negatives": 8,
        "likes_repeated": 8,
        "hyperparameters": {**RANKING.hyperparameters, "predictor_type": "binary_classifier"},
    },
    "threshold": {"measure": "fixed", "value": 0.5, "false_positive_cost": 1, "false_negative_cost": 1},
    "training": {
        "instance_type": "ml.c5.xlarge",
        "instance_count": 1,
        "volume_gb": 10,
        "max_runtime_s": 3600,
        "spot": False,
    },
    "tune": {"jobs": 0, "parallel": 2, "strategy": "Bayesian"},
    "gate": {"beat_baseline": True, "champion": "not_worse", "champion_tolerance": 0.01, "beat_popularity": True},
    "deploy": {
        "mode": "realtime",
        "instance_type": "ml.m5.large",
        "instance_count": 1,
        "serverless": {"memory_mb": 2048, "max_concurrency": 5},
        "release": {"traffic": "all_at_once", "step_percent": 10, "wait_s": 300, "bake_s": 300, "alarms": True},
        "beside": {"how": "none", "percent": 10},
    },
    "batch": {"n": 0, "exclude_seen": True},
    "approval": "automatic",
    "overlap": "wait",
}


def _input(*fields: tuple[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for path, value in fields:
        section, _, name = path.partition(".")
        if name:
            document.setdefault(section, {})[name] = value
        else:
            document[section] = value
    return document


def test_an_empty_input_is_the_blogs_job() -> None:
    assert complete({}) == BLOG


def test_what_is_given_stands_and_the_rest_is_filled_in() -> None:
    job = complete({"split": {"seed": 7}, "deploy": {"mode": "none"}, "gate": {"min_f1": 0.7}})
    assert job == {
        **BLOG,
        "split": {**BLOG["split"], "seed": 7},  # type: ignore[dict-item]
        "deploy": {**BLOG["deploy"], "mode": "none"},  # type: ignore[dict-item]
        "gate": {**BLOG["gate"], "min_f1": 0.7},  # type: ignore[dict-item]
    }


def test_hyperparameters_go_over_the_presets_as_strings() -> None:
    job = complete({"hyperparameters": {"epochs": 5, "factors_lr": 0.01, "use_bias": False, "num_factors": "8"}})
    assert job["hyperparameters"] == {
        "num_factors": "8",
        "mini_batch_size": "1000",
        "epochs": "5",
        "factors_lr": "0.01",
        "use_bias": "false",
        "predictor_type": "binary_classifier",
    }


@pytest.mark.parametrize(("path", "value", "words"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_field_is_named_with_its_value_and_what_was_expected(path: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        complete(_input((path, value)))
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("given_input", [None, [], "ml-100k", 1, True])
def test_an_input_that_is_no_object(given_input: object) -> None:
    with pytest.raises(InvalidInput, match=r"^input: .*, expected object$"):
        complete(given_input)


@given(st.lists(st.sampled_from(BAD), min_size=2, max_size=6, unique_by=lambda bad: bad[0].partition(".")[0]))
def test_every_bad_field_is_named_in_one_message(bad: list[tuple[str, Any, str]]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        complete(_input(*((path, value) for path, value, _ in bad)))
    assert not [words for *_, words in bad if words not in str(refusal.value)]


# Hyperparameters can be bad in three ways: a name that is not theirs to give, a type, a value. Each names its own.
BAD_HYPERPARAMETERS = [
    *((name.partition(".")[2], value, words) for name, value, words in BAD if name.startswith("hyperparameters.")),
    ("predictor_type", "regressor", "hyperparameters: 'predictor_type' is set by the data"),
    ("mini_batch_size", -1, "'-1' is not a valid value of hyperparameter 'mini_batch_size'"),
    ("num_factors", None, "hyperparameters.num_factors: None, expected string"),
    ("bias_lr", "fast", "'fast' is not a valid value of hyperparameter 'bias_lr'"),
    ("use_bias", {}, "hyperparameters.use_bias: {}, expected string"),
]


@given(st.lists(st.sampled_from(BAD_HYPERPARAMETERS), min_size=2, unique_by=lambda bad: bad[0]))
def test_every_bad_hyperparameter_is_named_in_one_message(bad: list[tuple[str, Any, str]]) -> None:
    given_input = {"hyperparameters": {name: value for name, value, _ in bad}, "preset": "fast"}
    with pytest.raises(InvalidInput) as refusal:
        complete(given_input)
    problems = str(refusal.value).split("; ")
    assert len(problems) == len(bad) + 1
    assert all(sum(words in problem for problem in problems) == 1 for *_, words in bad)


def test_a_hyperparameter_of_a_bad_type_is_not_called_missing() -> None:
    """What is refused for its type is not given to the algorithm's own check, which would then miss it."""
    with pytest.raises(InvalidInput) as refusal:
        complete({"hyperparameters": {"bias_init_method": "constant", "bias_init_value": [1]}})
    assert str(refusal.value) == "hyperparameters.bias_init_value: [1], expected string or number or boolean"


LONG = 100_000
DEEP = json.loads("[" * 900 + "]" * 900)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"dataset": {"name": "A" * LONG}}, r"dataset\.name: 'A+.*A+', expected to match"),
        ({"A" * LONG: 1}, "input: no field 'A+.*A+', expected of approval, batch, dataset"),
        ({"\ud800\n": 1}, r"input: no field '\\ud800\\n', expected of approval, batch, dataset"),
        ({"hyperparameters": {"A" * LONG: 1}}, r"\('A+…A+' was unexpected, with the value '1'\)"),
        ({"hyperparameters": {"A\n" * LONG: []}}, r"hyperparameters\.A\\nA.*: \[\], expected string"),
        (
            {"hyperparameters": {"epochs": "7" * LONG + "x"}},
            "'7+…7*x' is not a valid value of hyperparameter 'epochs'",
        ),
        ({"preset": DEEP}, r"preset: \[.*\], expected one of 'blog'"),
        ({"split": {"seed": "é" * LONG}}, r"split\.seed: 'é+.*é+', expected integer"),
        (
            {f"field{n}": 1 for n in range(5000)},
            r"'field0', 'field1', .* and 4990 more, expected of approval, batch, dataset",
        ),
        ({"hyperparameters": {f"p{n}": 1 for n in range(5000)}}, r"'p0' was unexpected.*; and 49\d\d more$"),
        ({"hyperparameters": {f"é\n{n}": None for n in range(5000)}}, r": None, expected string .*; and 49\d\d more$"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:30],
)
def test_the_message_stays_short_whatever_is_given(document: dict[str, Any], words: str) -> None:
    """A state machine's cause may have 32,768 characters of JSON, of which the machine shows 8,000."""
    with pytest.raises(InvalidInput, match=words) as refusal:
        complete(document)
    assert len(json.dumps(str(refusal.value))) < 8000
    assert len(str(refusal.value).splitlines()) == 1


def test_a_job_with_every_field_bad_still_has_each_named() -> None:
    hyperparameters = Hyperparameters(feature_dim=1, num_factors=1, predictor_type="regressor").as_strings()
    sections = {name: schema for name, schema in SCHEMA["properties"].items() if "properties" in schema}
    document: dict[str, Any] = {
        section: {name: [] for name in schema["properties"]} for section, schema in sections.items()
    }
    document["features"] = {"blocks": {}}
    document |= {"hyperparameters": dict.fromkeys(hyperparameters, "bad"), "preset": []}
    with pytest.raises(InvalidInput) as refusal:
        complete(document)
    fields = [f"{section}.{name}: " for section, schema in sections.items() for name in schema["properties"]]
    named = [*fields, "preset: ", *(f"'{name}'" for name in hyperparameters)]
    assert not [words for words in named if words not in str(refusal.value)]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _field(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what the schema asks for, at times anything."""
    if "properties" in schema:
        fields = st.fixed_dictionaries({}, optional={name: _field(sub) for name, sub in schema["properties"].items()})
        return fields | fields | ANY_JSON
    good = st.just(schema["default"]) if "default" in schema else st.nothing()
    if schema.get("type") in ("number", "integer"):
        good |= st.floats(-1, 6) | st.integers(0, 5000) | st.integers(0, 6).map(float)
    if "enum" in schema:
        good |= st.sampled_from(schema["enum"])
    return good | ANY_JSON


@given(st.one_of(_field(SCHEMA), ANY_JSON))
@settings(max_examples=400)
def test_any_json_is_completed_to_a_valid_job_or_refused_in_words(document: Any) -> None:
    try:
        job = complete(document)
    except InvalidInput:
        return
    if "restore" in job:
        assert complete(job) == job
        return
    as_input = {**job, "hyperparameters": {**job["hyperparameters"]}}
    as_input["ranking"] = {**job["ranking"], "hyperparameters": {**job["ranking"]["hyperparameters"]}}
    regressor = job["label"]["task"] == "regressor"
    assert as_input["hyperparameters"].pop("predictor_type") == ("regressor" if regressor else "binary_classifier")
    assert as_input["ranking"]["hyperparameters"].pop("predictor_type") == "binary_classifier"
    assert Draft202012Validator(SCHEMA).is_valid(as_input)
    assert complete(as_input) == job
    assert all(isinstance(value, str) for value in job["hyperparameters"].values())


def test_whole_numbers_written_with_a_point_arrive_as_integers() -> None:
    """JSON Schema takes 1.0 for an integer; NumPy's generators and SageMaker's API do not."""
    job = complete({"split": {"seed": 1.0, "k": 3.0}, "training": {"volume_gb": 20.0}, "prepare": {"shards": 2.0}})
    values = [job["split"]["seed"], job["split"]["k"], job["training"]["volume_gb"], job["prepare"]["shards"]]
    assert values == [1, 3, 20, 2]
    assert {type(value) for value in values} == {int}


def test_whole_hyperparameters_written_with_a_point_are_whole() -> None:
    job = complete({"hyperparameters": {"epochs": 20.0, "factors_lr": 0.002, "use_bias": True}})
    assert job["hyperparameters"].items() >= {"epochs": "20", "factors_lr": "0.002", "use_bias": "true"}.items()


def test_the_input_is_left_as_it_was() -> None:
    given_input = {"split": {"seed": 3}, "hyperparameters": {"epochs": 1}}
    complete(given_input)
    assert given_input == {"split": {"seed": 3}, "hyperparameters": {"epochs": 1}}


def test_every_field_has_a_default_or_is_found_otherwise() -> None:
    fields = {
        f"{section}.{name}": field
        for section, schema in SCHEMA["properties"].items()
        for name, field in schema.get("properties", {section: schema}).items()
    }
    without = {path for path, field in fields.items() if "default" not in field}
    thresholds = {f"gate.{name}" for name in ("max_cross_entropy", "min_accuracy", "min_f1", "min_auc", "max_rmse")}
    by_preset = {"label.task", "label.thresholds", "tune.objective", "tune.num_factors", "tune.ranges"}
    by_looking = {f"dataset.{name}" for name in ("file", "columns", "lowest", "highest")}
    grouped = {f"deploy.{name}" for name in ("serverless", "release", "beside", "autoscaling")}
    assert without == thresholds | by_looking | by_preset | grouped | {
        "split.name",
        "deploy.ttl_hours",
        "training.max_wait_s",
        "prepare.shards",
        "restore.version",
        "restore.package",
    }


@pytest.mark.parametrize("preset", LIKE)
def test_a_preset_brings_its_hyperparameters_and_its_task(preset: str) -> None:
    job = complete({"preset": preset, "hyperparameters": {"epochs": 3}})
    assert job["label"]["task"] == LIKE[preset].task
    assert job["hyperparameters"] == {
        **LIKE[preset].hyperparameters,
        "epochs": "3",
        "predictor_type": "binary_classifier",
    }


@pytest.mark.parametrize(("document", "words"), TOGETHER)
def test_fields_that_do_not_go_together_are_named(document: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        complete(document)
    assert words in str(refusal.value)
