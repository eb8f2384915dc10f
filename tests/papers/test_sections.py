"""What is generated in the papers is what the code says today."""

from __future__ import annotations

import re

import pytest

from benchmarks.quantized.readme import BEGIN
from tests.papers.paper import PAPERS
from tests.papers.sections import SECTIONS, Section


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.mark)
def test_a_section_is_as_it_is_generated(section: Section) -> None:
    current = section.path.read_text(encoding="utf-8")
    assert current == section.rewritten(), "run python -m tests.papers.sections"


def test_every_mark_has_a_generator() -> None:
    known = {f"<!-- {section.mark} -->" for section in SECTIONS} | {BEGIN.strip(), "<!-- end -->"}
    found = {
        mark
        for paper in PAPERS
        for mark in re.findall(r"^<!--.*-->$", paper.read_text(encoding="utf-8"), re.M)
    }
    assert found == known
