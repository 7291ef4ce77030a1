"""How the report looks in a browser: measured in the page itself and in its pixels."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

Colour = tuple[int, int, int]

_TEXTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const paper = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [red, green, blue, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [red, green, blue];
      if (alpha > 0) throw new Error(`a translucent background of <${at.tagName}>`);
    }
    return numbers(getComputedStyle(document.documentElement).backgroundColor);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text) continue;
    const style = getComputedStyle(node);
    const ink = numbers(node instanceof SVGElement ? style.fill : style.color).slice(0, 3);
    found.push([text, ink, paper(node)]);
  }
  return found;
}"""

_LABELS = """() => [...document.querySelectorAll('svg.plot')].map((svg) => {
  const box = (node) => {
    const { left, top, right, bottom } = node.getBoundingClientRect();
    return [left, top, right, bottom];
  };
  return {
    name: svg.closest('figure').id,
    box: box(svg),
    unit: svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
    labels: [...svg.querySelectorAll('text')].map((text) => ({
      text: text.textContent, box: box(text), size: parseFloat(getComputedStyle(text).fontSize),
    })),
  };
})"""


def texts(page: Page) -> list[tuple[str, Colour, Colour]]:
    """Every text of the page, its colour and that of its background."""
    found: list[tuple[str, Colour, Colour]] = page.evaluate(_TEXTS)
    return found


def plots(page: Page) -> list[dict[str, Any]]:
    """Of each plot: name, box in pixels (left, top, right, bottom), pixels per unit, labels with their boxes."""
    found: list[dict[str, Any]] = page.evaluate(_LABELS)
    return found


def drawn(page: Page) -> dict[str, bool]:
    """For each plot by name, whether its box holds lines all over, some in the colour of the model."""
    model, paper = variable(page, "model"), card(page)
    return {
        figure.get_attribute("id") or "": _is_drawn(pixels(figure.locator("svg.plot").screenshot()), model, paper)
        for figure in page.locator("figure").all()
    }


def _is_drawn(image: NDArray[np.uint8], model: Colour, paper: Colour) -> bool:
    height, width, _ = image.shape
    is_line = np.abs(image.astype(int) - paper).max(axis=2) > 24
    is_model = np.abs(image.astype(int) - model).max(axis=2) <= 8
    halves = is_line[: height // 2].any() and is_line[height // 2 :].any()
    return bool(height > 200 and width > 300 and halves and is_line.mean() > 0.015 and is_model.sum() > 60)


def card(page: Page) -> Colour:
    """The paper that plots are drawn on."""
    red, green, blue = page.evaluate(
        "getComputedStyle(document.querySelector('.card')).backgroundColor.match(/\\d+/g).map(Number)"
    )
    return red, green, blue


def variable(page: Page, name: str) -> Colour:
    """A colour of the style sheet, as the browser understands it."""
    rgb = page.evaluate(
        """(name) => {
          const probe = document.createElement('i');
          document.body.append(probe);
          probe.className = `fill-${name}`;
          const colour = getComputedStyle(probe).fill;
          probe.remove();
          return colour.match(/\\d+/g).map(Number);
        }""",
        name,
    )
    return rgb[0], rgb[1], rgb[2]


def pixels(png: bytes) -> NDArray[np.uint8]:
    """(height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21 (Web Content Accessibility Guidelines 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    ]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def overlapping(labels: list[dict[str, Any]], *, slack: float = 1.5) -> list[tuple[str, str]]:
    """Pairs of labels whose boxes share more than `slack` pixels both ways."""
    pairs = []
    for place, one in enumerate(labels):
        for other in labels[place + 1 :]:
            wide = min(one["box"][2], other["box"][2]) - max(one["box"][0], other["box"][0])
            high = min(one["box"][3], other["box"][3]) - max(one["box"][1], other["box"][1])
            if wide > slack and high > slack:
                pairs.append((one["text"], other["text"]))
    return pairs
