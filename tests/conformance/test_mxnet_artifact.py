"""The comparison with MXNet finds what differs, and says when it is skipped; `make conformance` runs MXNet itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conformance import mxnet_artifact
from conformance.mxnet_artifact import Answers
from conformance.mxnet_cases import ModelCase, case_of, cases, planted
from fm import ndarray
from fm.ndarray import RowSparse, Stored

NEEDED = "CONFORMANCE_NEEDS_MXNET"
CASE = case_of(
    "a case", planted(30, 4, "binary_classifier", np.random.default_rng(2)), "dense", np.random.default_rng(3)
)


def exact_scores(case: ModelCase) -> NDArray[np.float64]:
    """The formula's double loop in float64."""
    rows, model, scores = case.rows, case.model, []
    for row in range(rows.rows):
        held = slice(rows.indptr[row], rows.indptr[row + 1])
        terms = model.v[rows.indices[held]].astype(float) * rows.data[held, None]
        pairs = sum(terms[i] @ terms[j] for i in range(len(terms)) for j in range(i))
        scores.append(float(model.w0[0]) + model.w[rows.indices[held]].astype(float) @ rows.data[held] + pairs)
    return np.array(scores)


def params(case: ModelCase, stored: Any) -> bytes:
    arrays: dict[str, Stored] = {
        "arg:w1_weight": stored(case.model.w[:, None]),
        "arg:w0_weight": case.model.w0,
        "arg:v": stored(case.model.v),
    }
    return ndarray.encode(arrays)


def right(case: ModelCase) -> Answers:
    score = exact_scores(case).astype(np.float32)
    output = score if case.model.predictor_type == "regressor" else 1 / (1 + np.exp(-exact_scores(case)))
    written = {
        "row_sparse": params(case, ndarray.all_rows),
        "dense": params(case, np.asarray),
        "some_rows": params(case, lambda array: RowSparse(array.shape, case.kept, array[case.kept])),
    }
    return Answers(score, output.astype(np.float32), output.astype(np.float32), written)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in which nothing is ready yet."""
    monkeypatch.delenv(NEEDED, raising=False)
    (tmp_path / "mxnet" / "bin").mkdir(parents=True)
    return tmp_path / "mxnet"


def stand_in(home: Path, script: str) -> None:
    """A shell script in the place of the interpreter with MXNet; its third argument is the folder of cases."""
    (home / "bin" / "python").write_text(f"#!/bin/sh\n{script}\n")
    (home / "bin" / "python").chmod(0o755)
    (home / ".ready").touch()


def answering(home: Path, answers: Answers) -> None:
    prepared = home / "prepared" / f"00-{CASE.name}"
    prepared.mkdir(parents=True)
    np.savez(prepared / "answers.npz", score=answers.score, output=answers.output, module_output=answers.module_output)
    for storage, content in answers.params.items():
        (prepared / f"params_{storage}").write_bytes(content)
    stand_in(home, f'echo 1.9.1; cp -r "{home}/prepared/." "$3"')


def test_every_case_is_near_the_formula_and_of_a_size_that_float32_can_tell() -> None:
    given = list(cases())
    for case in given:
        assert mxnet_artifact.compare(case, right(case)) == [], case.name
        assert np.abs(exact_scores(case)).max() < 5, case.name
        assert np.diff(case.rows.indptr).min() == 0, case.name
    assert {case.name.split("-")[0] for case in given} == {"planted", "trained"}
    assert {case.model.n_factors for case in given} >= {2, 64}
    assert {case.model.n_features for case in given} >= {5, 3000}
    assert {(case.model.predictor_type, case.storage) for case in given} == {
        (kind, storage) for kind in ("binary_classifier", "regressor") for storage in ("row_sparse", "dense")
    }


def test_the_cases_are_the_same_every_time() -> None:
    for one, other in zip(cases(), cases(), strict=True):
        np.testing.assert_array_equal(one.model.v, other.model.v)
        np.testing.assert_array_equal(one.rows.data, other.rows.data)


@pytest.mark.parametrize("field", ["score", "output", "module_output"])
def test_an_answer_that_is_off_is_named(field: str) -> None:
    answers = right(CASE)
    changed = getattr(answers, field).copy()
    changed[7] += 3e-6
    (problem,) = mxnet_artifact.compare(CASE, answers._replace(**{field: changed}))
    assert re.fullmatch(rf"a case-\S+: {field} by [23]\.\de-06, expected at most 1e-06", problem)
    changed[7] = np.nan
    (problem,) = mxnet_artifact.compare(CASE, answers._replace(**{field: changed}))
    assert f"{field} by inf" in problem
    (problem,) = mxnet_artifact.compare(CASE, answers._replace(**{field: changed[:7]}))
    assert f"{field} by inf" in problem


@pytest.mark.parametrize("storage", ["row_sparse", "dense", "some_rows"])
def test_parameters_that_are_read_otherwise_are_named(storage: str) -> None:
    answers = right(CASE)
    v = CASE.model.v.copy()
    v[CASE.kept[0], 1] += 1
    other = CASE._replace(model=type(CASE.model)(w0=CASE.model.w0, w=CASE.model.w, v=v, predictor_type="regressor"))
    written = {**answers.params, storage: right(other).params[storage]}
    problems = mxnet_artifact.compare(CASE, answers._replace(params=written))
    assert f"{CASE.name}: MXNet's {storage} params, read by us: v not what was written" in problems
    assert len(problems) == (2 if storage == CASE.storage else 1)
    (problem,) = mxnet_artifact.compare(CASE, answers._replace(params={**answers.params, "some_rows": b""}))
    assert "MXNet's some_rows params, not read: " in problem


def test_other_bytes_are_named() -> None:
    answers = right(CASE)
    written = {**answers.params, "dense": answers.params["row_sparse"]}
    assert mxnet_artifact.compare(CASE, answers._replace(params=written)) == [
        f"{CASE.name}: params are not the bytes MXNet writes"
    ]


def test_agreement_is_told_with_the_largest_difference(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answering(home, right(CASE))
    assert mxnet_artifact.main(home, [CASE]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Model files in MXNet 1.9.1: 1 models on 200 rows, 0 differ; scores up to ")
    assert re.search(r"up to \d\.\d, largest difference \d\.\de-07, allowed 1e-06\n$", told)


def test_disagreement_fails(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = right(CASE)
    answering(home, answers._replace(output=answers.output + np.float32(1e-3)))
    assert mxnet_artifact.main(home, [CASE]) == 1
    assert capsys.readouterr().out.startswith(f"DIFFERS {CASE.name}: output by 1.0e-03")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "WARNING: a retry\nERROR: from versions:\nERROR: No matching distribution found for numpy\nand more",
            "ERROR: No matching distribution found for numpy",
        ),
        ("/bin/sh: python3.11: not found\n", "/bin/sh: python3.11: not found"),
        (None, "mxnet is not there"),
    ],
)
def test_where_it_is_not_installed_it_is_skipped_with_pips_reason(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, said: str | None, reason: str
) -> None:
    if said is not None:
        (home / "error").write_text(said)
    assert mxnet_artifact.main(home, [CASE]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Model files in MXNet: skipped, as it cannot be installed here: ")
    assert line.endswith(reason)
    monkeypatch.setenv(NEEDED, "1")
    assert mxnet_artifact.main(home, [CASE]) == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "printf 'Traceback\\nOSError: libgomp.so.1: no such file\\n' >&2; exit 1",
            "OSError: libgomp.so.1: no such file",
        ),
        ("kill -ILL $$", "exit status -4"),
    ],
)
def test_where_it_cannot_be_imported_it_is_skipped_with_the_reason(
    home: Path, capsys: pytest.CaptureFixture[str], script: str, reason: str
) -> None:
    stand_in(home, script)
    assert mxnet_artifact.main(home, [CASE]) == 0
    expected = f"Model files in MXNet: skipped, as it cannot be imported here: {reason}\n"
    assert capsys.readouterr().out == expected


def test_the_side_of_mxnet_prints_nothing_where_there_is_none(
    home: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own import failure is told apart from a failure of MXNet's by that."""
    without = "import sys, runpy; sys.modules['mxnet'] = None; runpy.run_module(sys.argv[2], run_name='__main__')"
    stand_in(home, f'exec "{sys.executable}" -c "{without}" "$@"')
    assert mxnet_artifact.main(home, [CASE]) == 0
    assert "cannot be imported here: ModuleNotFoundError: import of mxnet halted" in capsys.readouterr().out


def test_a_case_that_mxnet_refuses_fails_by_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(home, "echo 1.9.1; echo 00-a; echo 01-b; printf 'mxnet.base.MXNetError: no\\nmore\\n' >&2; exit 1")
    assert mxnet_artifact.main(home, [CASE]) == 1
    assert capsys.readouterr().out == "DIFFERS 01-b: mxnet.base.MXNetError: no\n"
