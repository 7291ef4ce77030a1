"""Names that SageMaker takes, that people can read, and that no other execution has."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.logic.names import LONGEST, job_name

PREFIXES = ("movie-recommender-dev", "movie-recommender-prod")
SAGEMAKER = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", re.ASCII)
# What Step Functions takes as an execution's name: 1 to 80 characters without these (its StartExecution API).
EXECUTION_NAMES = st.text(
    st.characters(exclude_characters=' <>{}[]?*"#%\\^|~`$&,;:/\n\r\t', exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=80,
)


def _name(execution: str, *, prefix: str = PREFIXES[0], id_: str = "arn:1", start: str = "2026-01-01") -> str:
    return job_name(prefix, execution_name=execution, execution_id=id_, start_time=start)


@given(EXECUTION_NAMES, st.sampled_from(PREFIXES), st.integers(0, 99), st.integers(0, 99))
def test_any_execution_has_a_name_that_sagemaker_takes(execution: str, prefix: str, redrive: int, retry: int) -> None:
    name = f"{_name(execution, prefix=prefix)}-{redrive}-{retry}"
    assert SAGEMAKER.fullmatch(name)
    assert len(name) <= LONGEST
    assert name.startswith(f"{prefix}-")
    assert name == name.lower(), "SageMaker lower-cases names in some ARNs, which policies would not match"


@given(st.sets(st.tuples(EXECUTION_NAMES, st.text(max_size=20), st.text(max_size=20)), min_size=2, max_size=5))
def test_distinct_executions_have_distinct_names(executions: set[tuple[str, str, str]]) -> None:
    # The execution's ARN ends in its name, so two executions differ in ARN or start time.
    names = {_name(name, id_=f"{arn}:{name}", start=start) for name, arn, start in executions}
    assert len(names) == len({(f"{arn}:{name}", start) for name, arn, start in executions})


def test_a_name_taken_again_later_is_another() -> None:
    assert _name("nightly", start="2026-01-01T00:00:00Z") != _name("nightly", start="2026-04-02T00:00:00Z")


def test_the_same_execution_always_has_the_same_name() -> None:
    assert _name("nightly") == _name("nightly")


@pytest.mark.parametrize(
    ("execution", "readable"),
    [
        ("Nightly_Run 7", "nightly-run-7"),
        ("a" * 80, "a" * 26),
        ("_x_", "x"),
        ("0e1f0a2b-7c1d-4e6f-9a8b-0c1d2e3f4a5b", "0e1f0a2b-7c1d-4e6f-9a8b-0c"),
    ],
)
def test_the_executions_own_name_can_be_read_in_it(execution: str, readable: str) -> None:
    digest = _name(execution).rpartition("-")[2]
    assert re.fullmatch("[0-9a-f]{8}", digest)
    assert _name(execution) == f"{PREFIXES[0]}-{readable}-{digest}"


def test_a_name_without_a_usable_character_leaves_the_digest() -> None:
    assert re.fullmatch(r"movie-recommender-dev-[0-9a-f]{8}", _name("电影"))
