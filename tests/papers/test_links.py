"""The links between the papers lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.papers.paper import PAPERS, ROOT, name_of

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
PATH = re.compile(r"`((?:[a-z_][a-z_0-9]*/)+[a-z_0-9.]*)`")
"""A path in the text, below the package or the repository: `stablehlo/weights/`."""


def prose(paper: Path) -> str:
    return FENCED.sub("", paper.read_text(encoding="utf-8"))


def links(paper: Path) -> Iterator[str]:
    found = (link for link in LINK.findall(prose(paper)) if "://" not in link)
    return iter(dict.fromkeys(found))


def anchors(paper: Path) -> set[str]:
    """The anchors of a paper's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(paper), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_links_lead_to_files_and_headings(paper: Path) -> None:
    for link in links(paper):
        name, _, anchor = link.partition("#")
        target = (paper.parent / name).resolve() if name else paper
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_paths_in_the_text_exist(paper: Path) -> None:
    roots = (ROOT, ROOT / "litert_ir", ROOT / "tests", paper.parent)
    for name in PATH.findall(prose(paper)):
        assert any((root / name).exists() for root in roots), name


def test_every_paper_is_found_from_the_first_one() -> None:
    seen, ahead = set(), [PAPERS[0]]
    while ahead:
        paper = ahead.pop()
        seen.add(paper)
        near = ((paper.parent / link.partition("#")[0]).resolve() for link in links(paper))
        ahead += [found for found in near if found in PAPERS and found not in seen]
    assert set(PAPERS) - seen == set()
