"""The page as a whole: one file that asks for nothing and runs nothing."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from lambdas.logic.report.findings import Findings
from lambdas.logic.report.head import head
from lambdas.logic.report.markup import document, element
from lambdas.logic.report.sections import sections

_STYLE = Path(__file__).with_name("report.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
"""This one style sheet and nothing else: no script, no request, no style of an element's own."""


def as_html(findings: Findings) -> str:
    """A self-contained page; the same findings give the same bytes. Raises MalformedDocument."""
    parts = sections(findings)
    name = str(findings.dataset["name"])
    links = [element("li", element("a", part.title, href=f"#{part.anchor}")) for part in parts]
    return document(
        element(
            "html",
            element(
                "head",
                element("meta", charset="utf-8"),
                element("meta", http_equiv="Content-Security-Policy", content=POLICY),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("meta", name="color-scheme", content="light dark"),
                element("title", f"{name}: movie recommender report"),
                element("style", _STYLE),
            ),
            element(
                "body",
                head(findings),
                element("nav", element("ul", *links), aria_label="Sections"),
                element("main", *(part.element() for part in parts)),
            ),
            lang="en",
        )
    )
