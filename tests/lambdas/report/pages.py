"""Pages of planted executions."""

from __future__ import annotations

from typing import Any

from lambdas.logic.report.findings import Findings
from lambdas.logic.report.page import as_html
from lambdas.logic.result import summarise, with_release
from tests.lambdas.pages import Page
from tests.lambdas.remembered import remembered
from tests.lambdas.report import planted

FULL = as_html(planted.findings())
"""Of the execution that had everything."""


def findings_of(shown: dict[str, Any] | None, *, release: dict[str, Any] | None = None, **options: Any) -> Findings:
    """Of an execution whose evaluation has no curves and no intervals; `options` are those of `remembered`."""
    event = remembered(**options)
    result = with_release(summarise(**event), release)
    return Findings(result=result, job=event["job"], evaluation=event["evaluation"], scored=shown)


def page_of(shown: dict[str, Any] | None, **options: Any) -> Page:
    """Its page, read strictly."""
    return Page(as_html(findings_of(shown, **options)))
