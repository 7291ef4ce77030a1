"""What matplotlib drew becomes part of the page: coloured by classes, with ids of its own, without styles."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from lambdas.logic.report.svg import COLOURS, ColourWithoutRole, inline

SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt" height="9pt"
  viewBox="0 0 9 9" version="1.1">
 <defs><style type="text/css">*{{stroke-linejoin: round}}</style></defs>
 <g id="figure_1"><path id="mabc" d="M 0.12345 -0.0001 \nL 2 3.999 " style="fill: none; stroke: {colour}"/>
 <g clip-path="url(#pdef)"><use xlink:href="#mabc" x="1.005" y="2" style="fill: #000001; fill-opacity: 0.2"/></g>
 <text style="font-size: 10px; font-family: 'DejaVu Sans'; text-anchor: end" transform="rotate(-0 1 2)">a &lt; b</text>
 <text transform="rotate(-90 1.23456 2)">y</text></g>
 <defs><clipPath id="pdef"><rect width="1" height="1"/></clipPath></defs>
</svg>"""


def _inline(colour: str = COLOURS["model"]) -> Element:
    return inline(SVG.format(colour=colour).encode(), name="roc", label="Plot. ROC")


def test_colours_become_classes_and_the_rest_attributes() -> None:
    (path,) = _inline().iter("path")
    assert path.attrib == {"id": "roc-2", "d": "M 0.12 0 L 2 4", "fill": "none", "class": "stroke-model"}
    (use,) = _inline().iter("use")
    assert use.attrib == {"href": "#roc-2", "x": "1", "y": "2", "class": "fill-ink", "fill-opacity": "0.2"}


def test_only_ids_that_something_refers_to_are_kept_and_are_the_plots_own() -> None:
    svg = _inline()
    assert [node.get("id") for node in svg.iter() if node.get("id")] == ["roc-2", "roc-1"]
    assert [node.get("clip-path") for node in svg.iter() if node.get("clip-path")] == ["url(#roc-1)"]


def test_text_stays_text_in_the_font_of_the_page() -> None:
    level, turned = _inline().iter("text")
    assert (level.text, turned.text) == ("a < b", "y")
    assert level.attrib == {"font-size": "10px", "text-anchor": "end"}
    assert turned.attrib == {"transform": "rotate(-90 1.23 2)"}


def test_it_scales_and_has_a_name() -> None:
    svg = _inline()
    assert svg.attrib == {
        "viewBox": "0 0 9 9",
        "class": "plot",
        "role": "img",
        "aria-label": "Plot. ROC",
        "stroke-linejoin": "round",
    }
    assert not list(svg.iter("style"))


def test_a_colour_of_its_own_is_refused() -> None:
    with pytest.raises(ColourWithoutRole, match="stroke #ff0000, expected one of #000001"):
        _inline("#ff0000")
