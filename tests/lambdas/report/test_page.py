"""The page as a whole: it stands alone, is the same every time, and holds any text as text."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from lambdas.logic.report.findings import Findings
from lambdas.logic.report.page import as_html
from lambdas.logic.result import summarise
from tests.lambdas.pages import Page
from tests.lambdas.remembered import remembered, scored
from tests.lambdas.report import planted
from tests.lambdas.report.pages import FULL, findings_of, page_of

HOSTILE = "<b>Bold & \"Brave\"</b></script><script>alert('x')</script></style> (1996)"
NOTICE = "Synthetic data: these ratings were generated."
MOST_BYTES = 1_500_000


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
    page = page_of(scored() if deployed else None, synthetic=synthetic, deployed=deployed)
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
    text = page_of(scored(), synthetic=synthetic).text
    assert (NOTICE in text) is synthetic
    assert ("Real data" in text) is not synthetic


def test_titles_are_shown_as_text_whatever_they_hold() -> None:
    page = page_of(scored(HOSTILE))
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
    page = Page(as_html(findings_of(scored(f"A{bad}Z"))).encode().decode())
    assert "A\ufffdZ" in page.text


def test_a_title_from_right_to_left_is_kept_to_itself() -> None:
    assert "<td><bdi>\u202eeltit</bdi></td>" in as_html(findings_of(scored("\u202eeltit")))
