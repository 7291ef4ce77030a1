"""The page as a whole: what stands in it, and that it stands alone."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest

from lambdas.logic.report.findings import Findings
from lambdas.logic.report.page import as_html
from lambdas.logic.result import summarise
from tests.lambdas.pages import Page
from tests.lambdas.remembered import remembered, scored
from tests.lambdas.report import planted

HOSTILE = "<b>Bold & \"Brave\"</b></script><script>alert('x')</script></style> (1996)"
NOTICE = "Synthetic data: these ratings were generated."
MOST_BYTES = 1_500_000

FULL = as_html(planted.findings())


def _findings(shown: dict[str, Any] | None, **options: Any) -> Findings:
    """Of an execution as the evaluation told of it before it had curves and intervals."""
    event = remembered(**options)
    return Findings(result=summarise(**event), job=event["job"], evaluation=event["evaluation"], scored=shown)


def _page(shown: dict[str, Any] | None, **options: Any) -> Page:
    return Page(as_html(_findings(shown, **options)))


def test_the_strict_reader_refuses_what_it_should() -> None:
    for html in (
        "<p>",
        "<p><b></p></b>",
        "</p>",
        "<script></script>",
        '<img src="http://x">',
        '<p style="color:red"></p>',
        '<p onclick="x()"></p>',
        '<a href="#nowhere"></a>',
        '<p id="a"></p><p id="a"></p>',
    ):
        with pytest.raises(AssertionError):
            Page(html)


@pytest.mark.parametrize("deployed", [True, False])
@pytest.mark.parametrize("synthetic", [True, False])
def test_the_page_is_well_formed_and_stands_alone(synthetic: bool, deployed: bool) -> None:
    page = _page(scored() if deployed else None, synthetic=synthetic, deployed=deployed)
    assert page.tags[:2] == ["html", "head"]
    assert page.tags.count("h1") == 1


def test_with_everything_in_it_it_is_well_formed_and_stands_alone_too() -> None:
    page = Page(FULL)
    assert page.tags.count("svg") == 11
    assert page.tags.count("figure") == 11


def test_nothing_refers_to_anything_outside() -> None:
    assert not re.findall(r"(?:https?:)?//\w", FULL.replace("s3://bucket", ""))
    assert set(re.findall(r"url\((.)", FULL)) == {"#"}
    assert "@import" not in FULL
    assert not re.findall(r"<(?:link|script|iframe|object|embed|img|form|base)\b", FULL)


def test_the_policy_lets_this_style_sheet_in_and_nothing_else() -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', FULL)
    (style,) = re.findall(r"<style>(.*?)</style>", FULL, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_same_findings_are_the_same_bytes_in_another_process(root: Path, tmp_path: Path) -> None:
    """Another hash seed, another folder, another list of fonts: none of them shows."""
    script = (
        "import sys\n"
        "from lambdas.logic.report.page import as_html\n"
        "from tests.lambdas.report.planted import findings\n"
        "sys.stdout.buffer.write(as_html(findings()).encode())\n"
    )
    environment = {"PYTHONHASHSEED": "4", "MPLCONFIGDIR": str(tmp_path), "PYTHONPATH": str(root), "TZ": "Asia/Tokyo"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert done.stdout.decode() == FULL


def test_a_users_own_settings_of_the_plotting_library_do_not_show() -> None:
    with mpl.rc_context({"axes.facecolor": "yellow", "font.size": 30.0, "svg.fonttype": "path"}):
        assert as_html(planted.findings()) == FULL


def test_the_page_is_small() -> None:
    assert len(FULL.encode()) < MOST_BYTES


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_notice_stands_exactly_where_data_is_synthetic(synthetic: bool) -> None:
    text = _page(scored(), synthetic=synthetic).text
    assert (NOTICE in text) is synthetic
    assert ("Real data" in text) is not synthetic


def test_titles_are_shown_as_text_whatever_they_hold() -> None:
    page = _page(scored(HOSTILE))
    assert page.text.count(HOSTILE) == 2
    assert not {"b", "script"} & set(page.tags)


def test_every_text_of_the_run_is_escaped() -> None:
    """Every string that an execution brings along, made hostile."""
    event = remembered(changes={"rejected": {HOSTILE: 1}, "rejected_rows": 1})
    hostile = copy.deepcopy(event)
    for part, names in {
        "prepared": ("name", "format", "format_found", "engine", "task"),
        "training": ("job", "model_data"),
        "fetched": ("source", "how"),
        "endpoint": ("name", "config", "status"),
    }.items():
        hostile[part] |= dict.fromkeys(names, HOSTILE)
    hostile["evaluation"]["gate"] |= {"reasons": [HOSTILE]}
    hostile["training"]["hyperparameters"] = {HOSTILE: HOSTILE}
    hostile["prepared"]["features"] = [HOSTILE]
    findings = Findings(
        result=summarise(**hostile),
        job={"preset": HOSTILE},
        evaluation=hostile["evaluation"],
        scored=scored(HOSTILE),
        states=[{"name": HOSTILE, "entered": 0, "seconds": 1, "status": HOSTILE}],
    )
    page = Page(as_html(findings))
    assert page.text.count("alert('x')") > 15
    assert not {"b", "script"} & set(page.tags)


@pytest.mark.parametrize("bad", ["\x00", "\x0c", "\ud800", "\ufffe"])
def test_a_title_that_no_page_can_hold_is_still_a_page(bad: str) -> None:
    page = Page(as_html(_findings(scored(f"A{bad}Z"))).encode().decode())
    assert "A\ufffdZ" in page.text


def test_a_title_from_right_to_left_is_kept_to_itself() -> None:
    assert "<td><bdi>\u202eeltit</bdi></td>" in as_html(_findings(scored("\u202eeltit")))


def test_sections_are_linked_and_those_without_content_left_out() -> None:
    full, old = Page(FULL), _page(None, deployed=False)
    assert [name for name in full.references if name in SECTIONS] == list(SECTIONS)
    assert [name for name in SECTIONS if name in old.ids] == [
        "gate",
        "evaluation",
        "endpoint",
        "data",
        "training",
        "artifacts",
    ]


SECTIONS = (
    "gate",
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


def test_a_regressor_has_a_page_too() -> None:
    page = Page(as_html(planted.findings(evaluation=planted.regression(), ranking=None)))
    assert ["RMSE", "0.9412", "0.9300 to 0.9524", "0.9601", "1.1256", "mean rating"] in page.rows
    assert "Not compared with the training job: the job reported none of test:rmse." in page.text


def test_what_the_training_job_reported_stands_beside_what_was_found() -> None:
    page = _page(scored())
    at = page.rows.index(["measure", "this evaluation", "the training job, mean over batches", "gap"])
    assert page.rows[at + 1 : at + 3] == [
        ["cross-entropy", "0.5811", "0.5799", "0.0012"],
        ["F1", "0.7456", "0.7456", "0.0000"],
    ]
    assert "Not compared" not in page.text


def test_a_job_that_reported_nothing_of_use_is_said_to() -> None:
    page = _page(scored(), reported={"figures": {}, "largest_gap": None, "note": "the job reported none of test:f1"})
    assert "Not compared with the training job: the job reported none of test:f1." in page.text
    assert "What the training job reported" not in page.text


def test_counts_hyperparameters_and_predictions_are_shown() -> None:
    rows = _page(scored()).rows
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
    assert f"Ordered {words}" in _page({**scored(), "model": model}).text


def test_recommended_movies_have_their_place_by_popularity() -> None:
    assert ["2", "七人の侍 (1954)", "0.9400", "№ 38"] in Page(FULL).rows


def test_a_sample_of_users_is_said_to_be_one() -> None:
    ranking = {**planted.ranking(), "sampled": {"of": 162_541, "seed": 0}}
    text = Page(as_html(planted.findings(ranking=ranking, evaluation=remembered()["evaluation"]))).text
    assert "A sample of 943 users, of 162,541, are each offered" in text


def test_a_user_who_has_seen_everything_is_said_to_have() -> None:
    assert "Nothing unseen is left." in _page({"predictions": [], "recommendations": [{"user": 2, "items": []}]}).text


def test_predictions_without_labels_are_shown_without() -> None:
    rows = [{"user": 2, "item": 10, "title": "Ten", "score": 3.8}]
    page = _page({"predictions": rows, "recommendations": []})
    assert ["user", "movie", "score"] in page.rows
    assert ["2", "Ten", "3.8000"] in page.rows


def test_what_confirms_the_endpoint_is_said() -> None:
    page = _page(scored())
    assert "30 answers differ from the artifact's own scores by 2.0e-07 at most" in page.text
    assert "InService on movie-recommender-dev-nightly-0-0" in page.text


def test_a_rejected_model_shows_the_reason_and_no_predictions() -> None:
    page = _page(None, decision="rejected", deployed=False)
    assert "the gate rejected the model" in page.text
    assert "f1 0.7456, min_f1 0.7" in page.text
    assert "Nothing was deployed." in page.text
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
    rows = _page(scored(), changes={"split": {**GIVEN, **changed}}).rows
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
    (learns,) = [row[1] for row in _page(scored(), changes={"task": task}).rows if row[0] == "learns"]
    assert learns.startswith(words)


def test_what_the_data_is_and_who_prepared_it_is_said() -> None:
    found = "found by its header userId,movieId,rating"
    changes = {"engine": "spark", "format": "ml-csv", "format_found": found}
    rows = _page(scored(), changes=changes).rows
    for row in (["format", "ml-csv"], ["how it was known", found], ["prepared by", "spark"]):
        assert row in rows
    assert ["from", "the user, the movie"] in rows


def test_rejected_rows_are_shown_by_reason() -> None:
    changes = {"rejected_rows": 1207, "rejected": {"not_a_number": 1200, "duplicate": 7}, "cold_rows": 31}
    rows = {row[0]: row[1] for row in _page(scored(), changes=changes).rows if len(row) == 2}
    assert rows["rejected rows"] == "1,207"
    assert (rows["rejected: not a number"], rows["rejected: duplicate"]) == ("1,200", "7")
    assert rows["of users without a training rating"] == "31"


def test_that_nothing_was_rejected_is_said_too() -> None:
    rows = [row[0] for row in _page(scored()).rows]
    assert ["rejected rows", "0"] in _page(scored()).rows
    assert "of users without a training rating" not in rows
