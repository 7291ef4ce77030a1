"""What the sections of the page say, and that those without content are left out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lambdas.logic.report.page import as_html
from tests.lambdas.pages import Page
from tests.lambdas.remembered import remembered, scored
from tests.lambdas.report import planted
from tests.lambdas.report.pages import FULL, page_of


def test_sections_are_linked_and_those_without_content_left_out() -> None:
    full, old = Page(FULL), page_of(None, deployed=False)
    assert [name for name in full.references if name in SECTIONS] == list(SECTIONS)
    assert [name for name in SECTIONS if name in old.ids] == [
        "gate",
        "drift",
        "evaluation",
        "endpoint",
        "data",
        "training",
        "artifacts",
    ]


SECTIONS = (
    "gate",
    "drift",
    "evaluation",
    "ranking",
    "recommendations",
    "endpoint",
    "data",
    "training",
    "states",
    "artifacts",
)
OPTIONAL: dict[str, tuple[str, ...]] = {
    "ranking": ("ranking", "ranking-measures", "frequency"),
    "scored": ("recommendations",),
    "epochs": ("loss",),
    "ranking_epochs": ("ranking-loss",),
    "states": ("states", "timeline"),
}


@pytest.mark.parametrize("missing", OPTIONAL)
def test_what_is_not_there_is_left_out_and_nothing_else_with_it(missing: str) -> None:
    nothing: dict[str, Any] = {missing: None, "evaluation": remembered()["evaluation"]}
    anchors = {*SECTIONS, "measures", *(anchor for anchors in OPTIONAL.values() for anchor in anchors)}
    page = Page(as_html(planted.findings(**nothing)))
    assert anchors - set(page.ids) == set(OPTIONAL[missing])


def test_drift_is_told_with_the_shares_that_it_is_made_of() -> None:
    page = Page(FULL)
    assert "PSI 0.3000 of items and 0.0100 of scores." in page.text
    at = page.rows.index(["items, by how often they were rated", "what it has learnt from", "these ratings"])
    assert page.rows[at + 1 : at + 4] == [
        ["part 1, most popular", "60.0 %", "40.0 %"],
        ["part 2, least popular", "40.0 %", "35.0 %"],
        ["not known to it", "0.0 %", "25.0 %"],
    ]
    at = page.rows.index(["scores of the live model", "what it has learnt from", "these ratings"])
    assert page.rows[at + 1 : at + 3] == [
        ["part 1, lowest", "50.0 %", "45.0 %"],
        ["part 2, highest", "50.0 %", "55.0 %"],
    ]


def test_where_nothing_was_measured_the_reason_stands_alone() -> None:
    drift = {"measured": False, "reason": "not measured: no model is live"}
    page = Page(as_html(planted.findings(evaluation={**planted.evaluation(), "drift": drift})))
    assert "Not measured: no model is live." in page.text
    assert "not known to it" not in page.text


def test_a_regressor_has_a_page_too() -> None:
    page = Page(as_html(planted.findings(evaluation=planted.regression(), ranking=None)))
    assert ["RMSE", "0.9412", "0.9300 to 0.9524", "0.9601", "1.1256", "mean rating"] in page.rows
    assert "Not compared with the training job: the job reported none of test:rmse." in page.text


def test_what_the_training_job_reported_stands_beside_what_was_found() -> None:
    page = page_of(scored())
    at = page.rows.index(["measure", "this evaluation", "the training job, mean over batches", "gap"])
    assert page.rows[at + 1 : at + 3] == [
        ["cross-entropy", "0.5811", "0.5799", "0.0012"],
        ["F1", "0.7456", "0.7456", "0.0000"],
    ]
    assert "Not compared" not in page.text


def test_a_job_that_reported_nothing_of_use_is_said_to() -> None:
    page = page_of(scored(), reported={"figures": {}, "largest_gap": None, "note": "the job reported none of test:f1"})
    assert "Not compared with the training job: the job reported none of test:f1." in page.text
    assert "What the training job reported" not in page.text


def test_counts_hyperparameters_and_predictions_are_shown() -> None:
    rows = page_of(scored()).rows
    assert ["users", "1,234"] in rows
    assert ["epochs", "50"] in rows
    assert ["2", "Ten (1999)", "0.8123", "like"] in rows
    assert ["3", "item 11", "0.2500", "no like"] in rows
    assert ["1", "Ten (1999)", "0.8123"] in rows


def test_the_job_is_said_in_words() -> None:
    rows = Page(FULL).rows
    assert ["preset", "tuned"] in rows
    assert ["learns", "whether a user likes a movie they rate (liked means 4 or more)"] in rows
    assert ["from", "the user, the movie, the movie's genres, the week of the rating"] in rows


def test_up_to_ten_users_are_recommended_to() -> None:
    text = Page(FULL).text
    assert "User  10" in text
    assert "User  11" not in text


@pytest.mark.parametrize(("model", "words"), [("ranking", "by the ranking model"), ("like", "by the probability")])
def test_whose_order_the_recommendations_are_in_is_said(model: str, words: str) -> None:
    assert f"Ordered {words}" in page_of({**scored(), "model": model}).text


def test_recommended_movies_have_their_place_by_popularity() -> None:
    assert ["2", "七人の侍 (1954)", "0.9400", "№ 38"] in Page(FULL).rows


def test_a_sample_of_users_is_said_to_be_one() -> None:
    ranking = {**planted.ranking(), "sampled": {"of": 162_541, "seed": 0}}
    text = Page(as_html(planted.findings(ranking=ranking, evaluation=remembered()["evaluation"]))).text
    assert "A sample of 943 users, of 162,541, are each offered" in text


def test_a_user_who_has_seen_everything_is_said_to_have() -> None:
    assert "Nothing unseen is left." in page_of({"predictions": [], "recommendations": [{"user": 2, "items": []}]}).text


def test_predictions_without_labels_are_shown_without() -> None:
    rows = [{"user": 2, "item": 10, "title": "Ten", "score": 3.8}]
    page = page_of({"predictions": rows, "recommendations": []})
    assert ["user", "movie", "score"] in page.rows
    assert ["2", "Ten", "3.8000"] in page.rows


def test_what_confirms_the_endpoint_is_said() -> None:
    page = page_of(scored())
    assert "30 answers differ from the artifact's own scores by 2.0e-07 at most" in page.text
    assert "InService on movie-recommender-dev-nightly-0-0" in page.text


def test_a_rejected_model_shows_the_reason_and_no_predictions() -> None:
    page = page_of(None, decision="rejected", deployed=False)
    assert "the gate rejected the model" in page.text
    assert "f1 0.7456, min_f1 0.7" in page.text
    assert "No endpoint was deployed." in page.text
    assert "Held-out ratings" not in page.text


def test_both_models_gates_are_shown() -> None:
    text = Page(FULL).text
    assert text.index("The like model") < text.index("cross_entropy 0.5811") < text.index("The ranking model")
    assert text.index("The ranking model") < text.index("ndcg@10 0.3120, popularity has 0.1420")


def test_champion_and_challenger_stand_side_by_side() -> None:
    page = Page(FULL)
    assert "auc 0.7800 of the challenger against 0.7712 of the champion: better by 0.0088" in page.text
    assert ["ROC-AUC", "0.7712", "0.7800", "−0.0088", "−0.0126 to −0.0051"] in page.rows


def test_figures_at_a_glance_have_interval_and_rival() -> None:
    text = re.sub(r"\s+", " ", Page(FULL).text)
    assert "NDCG@10 0.312 95 %: 0.296 to 0.328 popularity 0.142" in text
    low, high = planted.evaluation()["intervals"]["accuracy"]
    assert f"95 %: {low:.3f} to {high:.3f} biases only" in text


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
    rows = page_of(scored(), changes={"split": {**GIVEN, **changed}}).rows
    assert ["held out", words] in rows


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("ordinal", "which ratings a user's rating reaches, and by that whether they like the movie"),
        ("regressor", "the rating itself"),
        ("of tomorrow", "of tomorrow"),
    ],
)
def test_the_task_is_said_in_words(task: str, words: str) -> None:
    (learns,) = [row[1] for row in page_of(scored(), changes={"task": task}).rows if row[0] == "learns"]
    assert learns.startswith(words)


def test_what_the_data_is_and_who_prepared_it_is_said() -> None:
    found = "found by its header userId,movieId,rating"
    changes = {"engine": "spark", "format": "ml-csv", "format_found": found}
    rows = page_of(scored(), changes=changes).rows
    for row in (["format", "ml-csv"], ["how it was known", found], ["prepared by", "spark"]):
        assert row in rows
    assert ["from", "the user, the movie"] in rows


def test_rejected_rows_are_shown_by_reason() -> None:
    changes = {"rejected_rows": 1207, "rejected": {"not_a_number": 1200, "duplicate": 7}, "cold_rows": 31}
    rows = {row[0]: row[1] for row in page_of(scored(), changes=changes).rows if len(row) == 2}
    assert rows["rejected rows"] == "1,207"
    assert (rows["rejected: not a number"], rows["rejected: duplicate"]) == ("1,200", "7")
    assert rows["of users without a training rating"] == "31"


def test_a_release_has_its_own_verdict() -> None:
    reason = "the release was rolled back: movie-recommender-dev-endpoint-errors went off"
    page = page_of(None, deployed=False, release={"decision": "rejected", "reasons": [reason]})
    assert "an alarm sent the release back" in page.text
    assert reason in page.text
    trial = page_of(None, deployed=False, release={"decision": "on_trial", "reasons": ["it is sent copies"]})
    assert "the model is on trial beside the live one" in trial.text
    assert "On trial" in trial.text


def test_that_nothing_was_rejected_is_said_too() -> None:
    rows = [row[0] for row in page_of(scored()).rows]
    assert ["rejected rows", "0"] in page_of(scored()).rows
    assert "of users without a training rating" not in rows
