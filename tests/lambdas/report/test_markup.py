"""Whatever a text holds, it is text in the page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.logic.report.markup import clean, document, element, isolated


class Reader(HTMLParser):
    """The tags of a page, the text of its `p`, and the attribute of it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.said: list[str | None] = []
        self.text = ""
        self._is_inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_inside = True
        self.said += [value for name, value in attrs if name == "aria-label"]

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.text += data


ANY_TEXT = st.text(st.characters(codec=None, categories=None))
"""Of all code points, halves of surrogate pairs and control characters too."""


@given(ANY_TEXT)
def test_any_text_comes_back_as_text(text: str) -> None:
    page = document(element("p", text, aria_label=text))
    read = Reader(page.encode().decode())
    assert read.tags == ["p"]
    assert read.text == clean(text)
    assert read.said == [clean(text)]


@given(ANY_TEXT)
def test_what_a_page_cannot_hold_is_replaced_one_by_one(text: str) -> None:
    kept = [(new, old) for new, old in zip(clean(text), text, strict=True) if new != "\ufffd"]
    assert all(new == old for new, old in kept)


@pytest.mark.parametrize("bad", [0, 0x1B, 0x7F, 0x9F, 0xD800, 0xDFFF, 0xFDD0, 0xFFFE, ord("\r")])
def test_forbidden_characters(bad: int) -> None:
    assert clean(f"a{chr(bad)}b") == "a\ufffdb"


@pytest.mark.parametrize("good", ["\t", "\n", "~", "\xa0", "é", "七", "\u202e", "😀", "\U0010fffd"])
def test_permitted_characters(good: str) -> None:
    assert clean(good) == good


def test_names_of_attributes_and_absent_ones() -> None:
    made = element("p", None, "a", element("b", "c"), "d", "e", class_="x", aria_label="y", id=None)
    assert document(made) == '<!doctype html>\n<p class="x" aria-label="y">a<b>c</b>de</p>\n'


def test_foreign_text_cannot_turn_its_surroundings() -> None:
    assert document(isolated("\u202eeltit")) == "<!doctype html>\n<bdi>\u202eeltit</bdi>\n"
