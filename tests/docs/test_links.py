"""Links between the pages lead somewhere."""

from __future__ import annotations

from tests.docs.markdown import Markdown


def test_relative_links_resolve(pages: list[Markdown]) -> None:
    broken = []
    for page in pages:
        for target in page.links():
            if "://" in target:
                continue
            path, _, anchor = target.partition("#")
            file = (page.path.parent / path).resolve() if path else page.path
            if not file.exists() or (anchor and anchor not in Markdown.read(file).anchors()):
                broken.append(f"{page.path.name}: {target}")
    assert not broken


def test_every_page_of_the_docs_is_reachable_from_the_readme(pages: list[Markdown], readme: Markdown) -> None:
    by_path = {page.path.resolve(): page for page in pages}
    reached, to_visit = set(), [readme.path.resolve()]
    while to_visit:
        path = to_visit.pop()
        if path in reached:
            continue
        reached.add(path)
        for target in by_path[path].links():
            file = (path.parent / target.partition("#")[0]).resolve()
            if "://" in target or not file.exists():
                continue
            # A link to a folder shows what is in it.
            to_visit += [found for found in by_path if found == file or (file.is_dir() and found.parent == file)]
    assert set(by_path) - reached == set()
