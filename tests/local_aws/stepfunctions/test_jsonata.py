"""The engine's borders: what goes in comes out, what is not there is an error."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.stepfunctions import jsonata

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_a_variable_evaluates_to_its_value(value: object) -> None:
    result = jsonata.evaluate("$v", {"v": value})
    assert result == value
    assert type(result) is type(value)


@given(JSON)
def test_a_value_survives_inside_what_the_expression_builds(value: object) -> None:
    assert jsonata.evaluate('{"kept": $states.input}', {"states": {"input": value}}) == {"kept": value}


@given(st.text(), st.text())
def test_strings_are_never_read_as_code(first: str, second: str) -> None:
    assert jsonata.evaluate("$a & $b", {"a": first, "b": second}) == first + second


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$exists($s.nil)", True),
        ("$exists($s.missing)", False),
        ("$type($s.nil)", "null"),
        ("$s.one", [1]),
        ("$s.nested", [[1], [2, 3]]),
        ("$s.count * 2", 6),
        ("[1..3]", [1, 2, 3]),
        ('{"kept": $s.nil, "dropped": $s.missing}', {"kept": None}),
        ("$s.missing ? 1 : 2", 2),
    ],
)
def test_null_nothing_and_arrays_keep_apart(expression: str, expected: object) -> None:
    given_data = {"nil": None, "one": [1], "nested": [[1], [2, 3]], "count": 3}
    result = jsonata.evaluate(expression, {"s": given_data})
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("expression", ["$s.missing", "$unknown", "bare", "$", "$$", "[][0]", "$partition([1], 0)"])
def test_nothing_is_an_error(expression: str) -> None:
    with pytest.raises(jsonata.UndefinedResult):
        jsonata.evaluate(expression, {"s": {}})


@pytest.mark.parametrize("expression", ["$sum", "/x/", '{"f": $sum}', "[$sum]"])
def test_what_json_cannot_hold_is_refused(expression: str) -> None:
    with pytest.raises(jsonata.UnsupportedResult):
        jsonata.evaluate(expression, {})


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('"a" + 1', "left side"),
        ('$error("stop here")', "stop here"),
        ('$eval("1 + 1")', "non-function"),
        ('$hash("a", "CRC32")', "CRC32"),
        ('$parse("{")', "not a JSON document"),
        ("$range(1, 400000, 1)", "360145"),
    ],
)
def test_errors_say_why(expression: str, words: str) -> None:
    with pytest.raises(jsonata.JsonataError, match=words):
        jsonata.evaluate(expression, {})


def test_a_malformed_expression_is_found_without_evaluating_it() -> None:
    with pytest.raises(jsonata.JsonataError):
        jsonata.check("1 +")
    jsonata.check("$undefined.at.run.time")


# FIPS 180-4 and RFC 1321 test vectors for "abc".
@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("MD5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA-1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ],
)
def test_hash(algorithm: str, digest: str) -> None:
    assert jsonata.evaluate("$hash('abc', $algorithm)", {"algorithm": algorithm}) == digest


@given(st.lists(st.integers(), min_size=2, max_size=20), st.integers(1, 7))
def test_partition_joins_back(items: list[int], size: int) -> None:
    parts = jsonata.evaluate("$partition($items, $size)", {"items": items, "size": size})
    assert [item for part in parts for item in part] == items
    assert {len(part) for part in parts[:-1]} <= {size}


def test_range_includes_its_end_and_counts_down() -> None:
    assert jsonata.evaluate("$range(1, 10, 3)", {}) == [1, 4, 7, 10]
    assert jsonata.evaluate("$range(5, 1, -2)", {}) == [5, 3, 1]


def test_parse_reads_json() -> None:
    assert jsonata.evaluate("$parse($text)", {"text": '{"a": [1, null, "x\\"y"]}'}) == {"a": [1, None, 'x"y']}


def test_random_is_reproducible_by_seed_only() -> None:
    assert jsonata.evaluate("$random(7) = $random(7)", {}) is True
    assert jsonata.evaluate("$random()", {}) != jsonata.evaluate("$random()", {})
    assert 0 <= jsonata.evaluate("$random(3)", {}) < 1


def test_uuid_is_version_4() -> None:
    assert uuid.UUID(jsonata.evaluate("$uuid()", {})).version == 4


def test_a_variable_may_hide_a_function() -> None:
    assert jsonata.evaluate("$range", {"range": 5}) == 5
