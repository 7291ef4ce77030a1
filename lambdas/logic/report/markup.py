"""Elements of a page: trees whose text is escaped where they are written out, so that no text is ever markup."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

Node = Element | str | None
"""What an element may hold; None is left out."""

# What HTML forbids in text: control characters, halves of surrogate pairs, noncharacters.
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, *children: Node, **attributes: str | None) -> Element:
    """`class_` and `aria_label` are written `class` and `aria-label`; an attribute that is None is left out."""
    given = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    made = Element(tag, {name: clean(value) for name, value in given.items() if value is not None})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif child is not None:
            _append_text(made, clean(child))
    return made


def isolated(text: str) -> Element:
    """Text from elsewhere, whose direction of writing must not turn what stands around it."""
    return element("bdi", text)


def clean(text: str) -> str:
    """The text with U+FFFD for every character that a page cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def document(root: Element) -> str:
    """The page of an `html` element."""
    return f"<!doctype html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
