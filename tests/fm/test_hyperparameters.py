"""The strings of a training job, against the table of SageMaker's documentation."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm.errors import HyperparameterError
from fm.hyperparameters import GroupSettings, Hyperparameters, parse

REQUIRED = {"feature_dim": "2625", "num_factors": "64", "predictor_type": "binary_classifier"}

POSITIVE_INTEGERS = ("feature_dim", "num_factors", "epochs", "mini_batch_size", "batch_metrics_publish_interval")
RATES = tuple(
    f"{group}_{part}" for group in ("bias", "linear", "factors") for part in ("lr", "wd", "init_sigma", "init_scale")
)
FLOATS = ("clip_gradient", "rescale_grad", "eps", "bias_init_value", "linear_init_value", "factors_init_value")


def flat(hyperparameters: Hyperparameters) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in dataclasses.asdict(hyperparameters).items():
        values |= (
            {f"{name}_{part}": inner for part, inner in value.items()} if isinstance(value, dict) else {name: value}
        )
    return values


def test_documented_defaults() -> None:
    """Every row of the documentation's table, and the three defaults the container prints beside them."""
    assert flat(parse(REQUIRED)) == {
        "feature_dim": 2625,
        "num_factors": 64,
        "predictor_type": "binary_classifier",
        "epochs": 1,
        "mini_batch_size": 1000,
        "bias_lr": 0.1,
        "bias_wd": 0.01,
        "bias_init_method": "normal",
        "bias_init_sigma": 0.01,
        "bias_init_scale": None,
        "bias_init_value": None,
        "linear_lr": 0.001,
        "linear_wd": 0.001,
        "linear_init_method": "normal",
        "linear_init_sigma": 0.01,
        "linear_init_scale": None,
        "linear_init_value": None,
        "factors_lr": 0.0001,
        "factors_wd": 0.00001,
        "factors_init_method": "normal",
        "factors_init_sigma": 0.001,
        "factors_init_scale": None,
        "factors_init_value": None,
        "clip_gradient": None,
        "rescale_grad": None,
        "eps": None,
        "use_bias": True,
        "use_linear": True,
        "batch_metrics_publish_interval": 500,
    }


def test_every_value_given_is_taken() -> None:
    given_strings = {
        **REQUIRED,
        "predictor_type": "regressor",
        "epochs": "50",
        "mini_batch_size": "200",
        "bias_lr": "0.5",
        "linear_wd": "1e-6",
        "factors_init_method": "uniform",
        "factors_init_scale": "0.25",
        "linear_init_method": "constant",
        "linear_init_value": "-2",
        "clip_gradient": "1.5",
        "rescale_grad": "0.001",
        "eps": "1e-7",
        "use_bias": "false",
        "batch_metrics_publish_interval": "10",
    }
    values = flat(parse(given_strings))
    for name, text in given_strings.items():
        value = values[name]
        assert value == (text if isinstance(value, str) else json.loads(text)), name


@pytest.mark.parametrize("name", POSITIVE_INTEGERS)
@pytest.mark.parametrize("bad", ["0", "-1", "1.5", "1e3", "", " 1", "1_000", "ten", "٣"])
def test_positive_integers(name: str, bad: str) -> None:
    with pytest.raises(HyperparameterError) as caught:
        parse({**REQUIRED, name: bad})
    (problem,) = caught.value.problems
    assert (problem.name, problem.value, problem.expected) == (name, bad, "a positive integer")
    assert repr(bad) in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", [*RATES, *FLOATS])
@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e999", "", "a", "1,5", "0x1p3", "1_0"])
def test_numbers_are_finite(name: str, bad: str) -> None:
    with pytest.raises(HyperparameterError, match=name):
        parse({**REQUIRED, name: bad})


@pytest.mark.parametrize("name", RATES)
def test_rates_are_not_negative(name: str) -> None:
    parse({**REQUIRED, name: "0"})
    with pytest.raises(HyperparameterError, match=f"'-0.1' is not a valid value of hyperparameter '{name}'"):
        parse({**REQUIRED, name: "-0.1"})


@pytest.mark.parametrize("name", FLOATS)
def test_other_numbers_may_be_negative(name: str) -> None:
    assert flat(parse({**REQUIRED, name: "-0.1"}))[name] == -0.1


@pytest.mark.parametrize(
    ("name", "bad", "expected"),
    [
        ("predictor_type", "multiclass_classifier", "'binary_classifier' or 'regressor'"),
        ("bias_init_method", "xavier", "'normal' or 'uniform' or 'constant'"),
        ("use_linear", "True", "'true' or 'false'"),
    ],
)
def test_choices(name: str, bad: str, expected: str) -> None:
    with pytest.raises(HyperparameterError) as caught:
        parse({**REQUIRED, name: bad})
    assert [(problem.name, problem.expected) for problem in caught.value.problems] == [(name, expected)]


@pytest.mark.parametrize("name", ["_optimizer", "_learning_rate", "learning_rate", "num_factor", "EPOCHS", ""])
def test_unknown_and_internal_names_are_refused_as_the_service_does(name: str) -> None:
    with pytest.raises(HyperparameterError) as caught:
        parse({**REQUIRED, name: "1"})
    assert str(caught.value).startswith(f"Additional hyperparameters are not allowed ({name!r} was unexpected")


@pytest.mark.parametrize("name", list(REQUIRED))
def test_required_ones_are_asked_for_as_the_service_does(name: str) -> None:
    strings = {key: value for key, value in REQUIRED.items() if key != name}
    message = f"No value\\(s\\) were specified for '{name}' which are required hyperparameter\\(s\\)"
    with pytest.raises(HyperparameterError, match=message):
        parse(strings)


@pytest.mark.parametrize("group", ["bias", "linear", "factors"])
@pytest.mark.parametrize(("method", "needed"), [("uniform", "init_scale"), ("constant", "init_value")])
def test_a_method_without_default_value_asks_for_one(group: str, method: str, needed: str) -> None:
    chosen = {**REQUIRED, f"{group}_init_method": method}
    with pytest.raises(HyperparameterError, match=f"'{group}_{needed}'.* since {group}_init_method is '{method}'"):
        parse(chosen)
    settings: GroupSettings = getattr(parse({**chosen, f"{group}_{needed}": "0.5"}), group)
    assert (settings.init_method, getattr(settings, needed)) == (method, 0.5)


def test_all_problems_are_named_at_once() -> None:
    strings = {"feature_dim": "-1", "epochs": "x", "foo": "1", "bias_init_method": "uniform", "num_factors": "2"}
    with pytest.raises(HyperparameterError) as caught:
        parse(strings)
    names = ["foo", "feature_dim", "epochs", "predictor_type", "bias_init_scale"]
    assert [problem.name for problem in caught.value.problems] == names
    assert all(repr(name) in str(caught.value) for name in names)


@pytest.mark.parametrize("bad", [64, 6.4, None, True, ["64"]])
def test_only_strings_are_values(bad: object) -> None:
    """The API's map holds strings; a number in it means that somebody skipped the API."""
    with pytest.raises(HyperparameterError, match="num_factors"):
        parse({**REQUIRED, "num_factors": bad})  # type: ignore[dict-item]


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{name: st.integers(1, 10**9).map(str) for name in POSITIVE_INTEGERS},
            **{name: st.floats(0, 1e30).map(repr) for name in RATES},
            **{name: st.floats(-1e30, 1e30).map(repr) for name in FLOATS},
            "use_bias": st.sampled_from(["true", "false"]),
            "predictor_type": st.sampled_from(["binary_classifier", "regressor"]),
        },
    )
)
def test_strings_read_back_equal(strings: dict[str, str]) -> None:
    hyperparameters = parse({**REQUIRED, **strings})
    assert parse(hyperparameters.as_strings()) == hyperparameters
    assert all(isinstance(value, str) for value in hyperparameters.as_strings().values())
