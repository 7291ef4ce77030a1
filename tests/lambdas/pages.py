"""A strict reader of HTML pages: every tag closed in order, no scripts, nothing from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = {"meta", "br", "hr", "img", "link", "input"}
_OUTSIDE = {"src", "href", "srcset", "action", "data"}


class Page(HTMLParser):
    """What a browser shows of a page. Raises AssertionError when the page is not well formed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"
        assert len(self.ids) == len(set(self.ids)), "an id stands for two elements"
        assert set(self.references) <= set(self.ids), "a reference to nothing"

    @property
    def text(self) -> str:
        """All that is shown, in order."""
        return " ".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        outside = [value for name, value in attrs if name in _OUTSIDE and not str(value).startswith("#")]
        assert tag != "script", "a script in the page"
        assert not outside, f"<{tag}> refers to {outside}"
        assert "style" not in given, f"<{tag}> has a style of its own, which the page's policy forbids"
        assert not [name for name in given if name.startswith("on")], f"<{tag}> has a handler"
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.references += [value[1:] for name, value in attrs if name in _OUTSIDE and value]
        self.tags.append(tag)
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.texts.append(data)
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data
