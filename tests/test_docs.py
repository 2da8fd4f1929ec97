"""Links in the documents, and names of documents in the source, lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(page for each in ("*.md", "docs/*.md", "benchmarks/*.md", "examples/*/*.md") for page in ROOT.glob(each))
FOLDERS = ("zoo", "plugins", "models")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.is_file()]


def without_code(text: str) -> str:
    """A page without its blocks of code, in which brackets are no links."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", without_code(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{page.name}: there is no heading for {target}"


def test_pages_that_the_source_names_are_there() -> None:
    named = {}
    for path in SOURCES:
        if path.suffix in (".py", ".toml", ".txt"):
            for page in re.findall(r"\bdocs/[\w/-]+\.md", path.read_text("utf-8")):
                named[page] = path
    assert "docs/data.md" in named
    for page, path in named.items():
        assert (ROOT / page).is_file() or path.is_relative_to(ROOT / "zoo" / "registry" / "template"), f"{path}: {page}"


def test_every_page_is_linked_from_another() -> None:
    linked = set()
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s#]+)", page.read_text("utf-8")):
            linked.add((page.parent / target).resolve())
    assert not [page.name for page in ROOT.glob("docs/*.md") if page not in linked]
