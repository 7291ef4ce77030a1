"""The report as a browser would show it."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.evaluation import compare
from lambdas.logic.report import as_html
from lambdas.logic.result import summarise
from tests.lambdas.pages import Page
from tests.lambdas.remembered import remembered, scored

HOSTILE = "<b>Bold & \"Brave\"</b><script>alert('x')</script> (1996)"
NOTICE = "Synthetic data: these ratings were generated."


def _page(shown: dict[str, Any] | None, **options: Any) -> Page:
    return Page(as_html(summarise(**remembered(**options)), shown))


def test_the_strict_reader_refuses_what_it_should() -> None:
    for html in ("<p>", "<p><b></p></b>", "</p>", "<script></script>", '<img src="http://x">'):
        with pytest.raises(AssertionError):
            Page(html)


@pytest.mark.parametrize("deployed", [True, False])
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_page_is_well_formed_and_stands_alone(synthetic: bool, deployed: bool) -> None:
    page = _page(scored() if deployed else None, synthetic=synthetic, deployed=deployed)
    assert page.tags[:2] == ["html", "head"]
    assert page.tags.count("h1") == 1


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_notice_stands_exactly_where_data_is_synthetic(synthetic: bool) -> None:
    assert (NOTICE in _page(scored(), synthetic=synthetic).text) is synthetic


def test_titles_are_shown_as_text_whatever_they_hold() -> None:
    page = _page(scored(HOSTILE))
    assert page.text.count(HOSTILE) == 2
    assert "b" not in page.tags


def test_metrics_stand_beside_their_baselines_and_the_blogs() -> None:
    rows = {row[0]: row[1:] for row in _page(scored()).rows}
    assert rows["accuracy"] == ["0.7159", "0.5612", "majority label", "0.7159"]
    assert rows["cross-entropy"] == ["0.5811", "0.6868", "share of likes", "0.5811"]
    assert rows["F1"] == ["0.7456", "0.7189", "everything liked", "0.7456"]
    assert rows["ROC-AUC"] == ["0.7800", "0.5000", "chance", "–"]


def test_what_the_training_job_reported_stands_beside_what_was_found() -> None:
    page = _page(scored())
    at = page.rows.index(["metric", "this evaluation", "the training job, mean over batches", "gap"])
    assert page.rows[at + 1 : at + 3] == [
        ["cross_entropy", "0.5811", "0.5799", "0.0012"],
        ["f1", "0.7456", "0.7456", "0.0000"],
    ]
    assert "Not compared" not in page.text


def test_a_job_that_reported_nothing_of_use_is_said_to() -> None:
    page = _page(scored(), reported=compare({}, []))
    assert "Not compared with the training job: the job reported none of test:binary_classification_a" in page.text
    assert "What the training job reported" not in page.text


def test_counts_hyperparameters_and_predictions_are_shown() -> None:
    rows = _page(scored()).rows
    assert ["users", "1,234"] in rows
    assert ["epochs", "50"] in rows
    assert ["2", "Ten (1999)", "0.8123", "like"] in rows
    assert ["3", "item 11", "0.2500", "no like"] in rows


def test_what_confirms_the_endpoint_is_said() -> None:
    page = _page(scored())
    assert "30 answers differ from the artifact's own scores by 2.0e-07 at most" in page.text
    assert "InService on movie-recommender-dev-nightly-0-0" in page.text


def test_a_rejected_model_shows_the_reason_and_no_predictions() -> None:
    page = _page(None, decision="rejected", deployed=False)
    assert "Movie recommender: rejected" in page.text
    assert "f1 0.7456, min_f1 0.7" in page.text
    assert "Nothing was deployed." in page.text
    assert "Held-out ratings" not in page.text


GIVEN = {"kind": "given", "name": "u3", "k": 10, "share": 0.1, "per": "all", "validation": 0.0, "seed": 0}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "u3, given by the dataset"),
        ({"kind": "leave_k_out", "name": None, "k": 7}, "7 ratings of each user"),
        ({"kind": "random", "name": None, "share": 0.25}, "0.25 of all ratings at random"),
        ({"kind": "temporal", "name": None, "share": 0.2}, "the latest 0.2 of all ratings"),
        ({"kind": "temporal", "name": None, "per": "user"}, "the latest 0.1 of each user's ratings"),
        ({"validation": 0.05}, "u3, given by the dataset; of the rest 0.05 for validation"),
    ],
)
def test_the_split_is_said_in_words(changed: dict[str, Any], words: str) -> None:
    rows = _page(scored(), changes={"split": {**GIVEN, **changed}}).rows
    assert ["split", words] in rows


def test_what_the_data_is_and_who_prepared_it_is_said() -> None:
    found = "found by its header userId,movieId,rating"
    changes = {"engine": "spark", "format": "ml-csv", "format_found": found, "features": ["genres", "week"]}
    rows = _page(scored(), changes=changes).rows
    for row in (["format", "ml-csv"], ["format_found", found], ["engine", "spark"]):
        assert row in rows
    assert ["columns beside users and items", "genres, week"] in rows
    assert ["columns beside users and items", "none"] in _page(scored()).rows


def test_rejected_rows_are_shown_by_reason() -> None:
    changes = {"rejected_rows": 1207, "rejected": {"not_a_number": 1200, "duplicate": 7}, "cold_rows": 31}
    rows = {row[0]: row[1] for row in _page(scored(), changes=changes).rows if len(row) == 2}
    assert rows["rejected rows"] == "1,207"
    assert (rows["not a number"], rows["duplicate"]) == ("1,200", "7")
    assert rows["of users without a training rating"] == "31"


def test_that_nothing_was_rejected_is_said_too() -> None:
    rows = [row[0] for row in _page(scored()).rows]
    assert ["rejected rows", "0"] in _page(scored()).rows
    assert "of users without a training rating" not in rows
