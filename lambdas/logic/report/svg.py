"""What matplotlib draws → an `<svg>` that lives in a page: coloured by the page, named for screen readers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, fromstring

ROLES = ("ink", "soft", "line", "model", "rival", "third", "bad")
"""What a colour means. `report.css` says how each looks on light and on dark paper."""
COLOURS: Mapping[str, str] = {role: f"#0000{number:02x}" for number, role in enumerate(ROLES, start=1)}
"""Role → the colour that stands for it while matplotlib draws."""

_ROLE_OF = {colour: role for role, colour in COLOURS.items()}
_FRACTION = re.compile(r"-?\d+\.\d+")
_REFERENCE = re.compile(r"#([\w-]+)")
_REFERRING = ("clip-path", "href")
_GEOMETRY = frozenset({"d", "x", "y", "width", "height", "transform", "viewBox"})
# The page's own font; colours become classes.
_DROPPED = frozenset({"font-family"})


class ColourWithoutRole(ValueError):
    """Something was drawn in a colour of its own, which would not follow the page's."""


def inline(drawn: bytes, *, name: str, label: str) -> Element:
    """`name` begins the ids, which must be one plot's own in the page; `label` is what a screen reader says.

    Styles become presentation attributes and classes, because the page's policy lets no element bring a style along.
    Raises ColourWithoutRole.
    """
    root = fromstring(drawn)  # noqa: S314 - matplotlib wrote it
    ids = {old: f"{name}-{number}" for number, old in enumerate(dict.fromkeys(_references(root)), start=1)}
    made = _copied(root, ids)
    for size in ("width", "height", "version"):
        del made.attrib[size]
    # matplotlib says this of everything, in a style sheet of its own
    made.attrib |= {"class": "plot", "role": "img", "aria-label": label, "stroke-linejoin": "round"}
    return made


def _references(root: Element) -> Iterator[str]:
    """Ids that something refers to, in the order of the drawing."""
    for node in root.iter():
        for key, value in node.items():
            if _local(key) in _REFERRING:
                yield from _REFERENCE.findall(value)


def _copied(node: Element, ids: Mapping[str, str]) -> Element:
    made = Element(_local(node.tag))
    for key, value in node.items():
        attribute = _local(key)
        if attribute == "style":
            _paint(made, value)
        elif attribute == "id":
            if value in ids:
                made.set("id", ids[value])
        elif attribute in _REFERRING:
            made.set(attribute, _REFERENCE.sub(lambda found: f"#{ids[found[1]]}", value))
        elif attribute in _GEOMETRY:
            if not value.startswith("rotate(-0 "):
                made.set(attribute, _rounded(value))
        else:
            made.set(attribute, value)
    made.text = node.text if made.tag == "text" else None
    made.extend([_copied(child, ids) for child in node if _local(child.tag) != "style"])
    return made


def _paint(made: Element, style: str) -> None:
    """One declaration after another, as an attribute or, where it is a colour, as a class."""
    classes = []
    for declaration in style.split(";"):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key in ("fill", "stroke") and value != "none":
            if value not in _ROLE_OF:
                raise ColourWithoutRole(f"{key} {value}, expected one of {', '.join(COLOURS.values())}")
            classes.append(f"{key}-{_ROLE_OF[value]}")
        elif key not in _DROPPED:
            made.set(key, _rounded(value))
    if classes:
        made.set("class", " ".join(classes))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _rounded(value: str) -> str:
    """Coordinates to a hundredth of a pixel: a third of the bytes."""
    return " ".join(_FRACTION.sub(lambda found: f"{round(float(found[0]), 2) + 0.0:g}", value).split())
