"""Query strings and bodies become the models that they are documented by, or everything that is wrong is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lambdas.logic.api.problems import MOST_SHOWN, Complaints
from lambdas.logic.api.reading import read_body, read_query
from lambdas.logic.api.rules import Id, Rule
from lambdas.logic.api.schemas import Components

CHOICES = {"genres": ("Action", "Sci-Fi", "Straße")}


@dataclass(frozen=True)
class Inner:
    """A part."""

    who: Id
    often: Annotated[int, Rule(minimum=0)] = 1


@dataclass(frozen=True)
class Outer:
    """Everything that a request may hold."""

    n: Annotated[int, Rule(minimum=1, maximum=5)] = 3
    flag: bool = False
    word: Annotated[str, Rule(max_length=4)] = ""
    mode: Literal["a", "b"] = "a"
    genre: Annotated[str | None, Rule(choices="genres")] = None
    year: Annotated[int | None, Rule(minimum=0)] = None
    ids: Annotated[list[Id], Rule(max_items=3, is_unique=True)] = field(default_factory=list)
    parts: list[Inner] = field(default_factory=list)


@dataclass(frozen=True)
class Required:
    """Something that must be there."""

    parts: Annotated[list[Inner], Rule(min_items=1)]


def query(text: str) -> tuple[Any, list[str]]:
    complaints = Complaints("query")
    found = read_query(Outer, text, CHOICES, complaints)
    assert all(error.in_ == "query" for error in complaints.found)
    return found, [f"{error.name}: {error.problem}" for error in complaints.found]


def body(text: str, model: type = Outer) -> tuple[Any, list[str]]:
    complaints = Complaints("body")
    found = read_body(model, text.encode(), CHOICES, complaints)
    return found, [f"{error.name}: {error.problem}" for error in complaints.found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Outer()),
        ("n=5&flag=true&word=a+b&mode=b", Outer(n=5, flag=True, word="a b", mode="b")),
        ("genre=sci-fi&year=1977", Outer(genre="Sci-Fi", year=1977)),
        ("genre=STRASSE", Outer(genre="Straße")),
        ("genre=&year=&word=", Outer()),
        ("word=%C3%A9%26=", Outer(word="é&=")),
    ],
)
def test_a_query_becomes_its_model(text: str, expected: Outer) -> None:
    assert query(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("n=0", "n: 0, expected a whole number from 1 to 5"),
        ("n=", "n: '', expected a whole number from 1 to 5"),
        ("n=1.0", "n: '1.0', expected a whole number from 1 to 5"),
        ("n=+1", "n: ' 1', expected a whole number from 1 to 5"),
        ("n=%D9%A1", "n: '١', expected a whole number from 1 to 5"),
        ("n=99999999999999999999", "n: '99999999999999999999', expected a whole number from 1 to 5"),
        ("n=1&n=2", "n: given 2 times, expected once"),
        ("flag=True", "flag: 'True', expected true or false"),
        ("word=abcde", "word: 'abcde', expected text of at most 4 characters"),
        ("mode=c", "mode: 'c', expected one of a, b"),
        ("genre=Drama", "genre: 'Drama', expected one of Action, Sci-Fi, Straße"),
        ("year=-1", "year: -1, expected a whole number from 0 on"),
        ("size=3", "size: no such field, expected of n, flag, word, mode, genre, year, ids, parts"),
    ],
)
def test_a_wrong_parameter_is_told_with_its_value(text: str, problem: str) -> None:
    assert query(text) == (None, [problem])


def test_all_wrong_parameters_are_told_at_once() -> None:
    found, problems = query("n=9&flag=2&mode=z&genre=x&year=x")
    assert found is None
    assert [problem.partition(":")[0] for problem in problems] == ["n", "flag", "mode", "genre", "year"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", Outer()),
        ('{"ids": [1, "1", 2.0]}', Outer(ids=[1, "1", 2])),
        ('{"n": 2.0, "genre": null, "year": 7}', Outer(n=2, year=7)),
        ('{"parts": [{"who": "é"}, {"who": 3, "often": 0}]}', Outer(parts=[Inner("é"), Inner(3, 0)])),
    ],
)
def test_a_body_becomes_its_model(text: str, expected: Outer) -> None:
    assert body(text) == (expected, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "body: [], expected an object of n, flag, word, mode, genre, year, ids, parts"),
        ("null", "body: None, expected an object of n, flag, word, mode, genre, year, ids, parts"),
        ('{"n": true}', "n: True, expected a whole number from 1 to 5"),
        ('{"n": null}', "n: None, expected a whole number from 1 to 5"),
        ('{"n": 1e400}', "n: inf, expected a whole number from 1 to 5"),
        ('{"flag": 1}', "flag: 1, expected true or false"),
        ('{"ids": [1, 1.0]}', "ids[1]: 1, expected each once"),
        ('{"ids": ["a", "b", "a"]}', "ids[2]: 'a', expected each once"),
        ('{"ids": [[]]}', "ids[0]: [], expected a whole number or text"),
        ('{"ids": [false]}', "ids[0]: False, expected a whole number or text"),
        ('{"ids": [1, 2, 3, 4]}', "ids: [1, 2, 3, 4], expected a list of at most 3, each a whole number or text"),
        ('{"parts": [{"who": 1}, {}]}', "parts[1].who: missing, expected a whole number or text"),
        ('{"parts": [{"who": 1, "x": 2}]}', "parts[0].x: no such field, expected of who, often"),
        ('{"n": NaN}', "body: NaN is no JSON, expected JSON"),
        ('{"n": 1', "body: Expecting ',' delimiter: line 1 column 8 (char 7), expected JSON"),
        ("", "body: Expecting value: line 1 column 1 (char 0), expected JSON"),
    ],
)
def test_a_wrong_body_is_told_with_its_place(text: str, problem: str) -> None:
    assert body(text) == (None, [problem])


def test_what_is_missing_or_empty_is_told() -> None:
    expected = "expected a list of at least 1, each an object of who, often"
    assert body("{}", Required) == (None, [f"parts: missing, {expected}"])
    assert body('{"parts": []}', Required) == (None, [f"parts: [], {expected}"])


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"n": ' + "9" * 5_000 + "}", "\udcff"], ids=["deep", "many digits", "no UTF-8"]
)
def test_json_that_python_cannot_read_is_a_problem_and_no_fault(text: str) -> None:
    complaints = Complaints("body")
    assert read_body(Outer, text.encode(errors="surrogateescape"), CHOICES, complaints) is None
    assert complaints.count == 1


def test_of_very_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    complaints = Complaints("body")
    text = json.dumps({"parts": [{}] * 3_000}).encode()
    assert read_body(Required, text, {}, complaints) is None
    assert len(complaints.found) == MOST_SHOWN
    assert complaints.count == 3_000


_LEAVES = st.none() | st.booleans() | st.integers(-3, 8) | st.floats(allow_nan=False, allow_infinity=False)
_LEAVES |= st.sampled_from(["", "a", "b", "c", "Action", "Drama", "too long"])
_VALUES = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=4), max_leaves=6)
_PARTS = st.lists(st.dictionaries(st.sampled_from(["who", "often", "x"]), _LEAVES, max_size=3), max_size=3)
_BODIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("n", "flag", "word", "mode", "year", "ids", "other"), _VALUES)
    | {"parts": _PARTS | _LEAVES},
)


@settings(deadline=None)
@given(value=_BODIES)
def test_a_body_is_read_where_its_schema_is_kept_and_nowhere_else(value: dict[str, Any]) -> None:
    """The JSON Schema that is published, by another's validator, is the oracle."""
    components = Components()
    schema = {**components.request(Outer), "components": {"schemas": components.schemas}}
    is_valid = Draft202012Validator(schema).is_valid(value)
    found, problems = body(json.dumps(value))
    assert (found is not None) == (not problems) == is_valid, problems
