"""What is made of runs by recipe: rows, a table, Markdown, and its place in a file."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.machine import Machine
from benchmarks.quantized.readme import BEGIN, END, check, put, replaced
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.subjects import LISTED_SUBJECTS
from benchmarks.quantized.summary import summarize
from benchmarks.quantized.table import HEADINGS, MODELS, markdown, table
from tests.benchmarks.quantized.canned import failed, outcomes

README = Path(__file__).parents[3] / "benchmarks" / "README.md"
MACHINE = Machine(
    cores=2, memory_bytes=1, processor="A Processor", system="", python="", versions=()
)
SHOWN = """\
| model | recipe | file MB | export s | x less | extra memory MB | relative RMS error | same top-1 |
|---|---|---:|---:|---:|---:|---:|---:|
| MobileNetV2 | dynamic | 3.8 / 3.8 | 1.5 / 9.0 | 6.0 | 65 / 150 | 3.1 % / 3.1 % | 98 % / 98 % |
| MobileNetV2 | weight-only-int4 | 2.1 / - | 1.5 / - | - | 45 / - | 3.1 % / - | 98 % / - |
| MobileNetV2 | int8 | 4.0 / fails | 2.5 / fails | - | 85 / fails | does not run / fails \
| does not run / fails |
| MobileNetV2 | int16x8 | 4.1 / capped: time | 2.5 / capped: time | - | 85 / capped: time \
| 3.1 % / capped: time | 98 % / capped: time |

litert_ir / Keras' exporter; medians of 2 runs, 2 cores, A Processor. Calibrated on 32 samples; \
errors of the outputs against the float Keras model's on 64 others.

litert_ir on MobileNetV2, int8: `no kernel`

Keras' exporter on MobileNetV2, int8: `lite.ConverterError: no 'kernel'`

Keras' exporter on MobileNetV2, int16x8: `too much time`"""


def test_the_table_in_markdown() -> None:
    assert markdown(summarize(outcomes()), MACHINE) == SHOWN


def test_a_run_that_fails_among_others_is_told() -> None:
    (row,) = summarize((failed(Recipe.DYNAMIC), *outcomes()[:4]))[:1]
    assert row.keras is not None
    assert (row.keras.runs, row.keras.seconds) == (2, 9)
    assert row.keras.reason == "1 of 3 runs: lite.ConverterError: no `kernel`"


def test_the_table_in_a_terminal_has_the_same_cells() -> None:
    page = io.StringIO()
    Console(width=180, file=page).print(table(summarize(outcomes())))
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in page.getvalue().splitlines()
    ]
    for line in SHOWN.splitlines()[2:6]:
        assert [cell.strip() for cell in line.split("|")[1:-1]] in rows


def test_a_section_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"# a\n\n{BEGIN}old\n\ntable\n{END}\n\nb\n{END}\n", encoding="utf-8")
    check(path)
    for section in ("new", "newer\n\nlines"):
        put(path, section)
        text = path.read_text(encoding="utf-8")
        assert text == f"# a\n\n{BEGIN}{section}\n{END}\n\nb\n{END}\n"


@pytest.mark.parametrize(
    ("text", "count"), [("nothing", 0), (f"{BEGIN}no end", 1), (f"{BEGIN}{END}\n{BEGIN}{END}\n", 2)]
)
def test_a_file_without_a_place_is_refused(text: str, count: int) -> None:
    with pytest.raises(ValueError, match=f"no place for the table: .*received {count} of"):
        replaced(text, "new")


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"README\.md does not exist"):
        check(tmp_path / "README.md")


def test_the_readme_has_a_row_for_every_recipe_on_every_model() -> None:
    check(README)
    _, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    shown = rest.partition(END)[0].splitlines()
    assert shown[0] == "| " + " | ".join(HEADINGS) + " |"
    rows = [re.split(r" *\| *", line)[1:3] for line in shown[2:] if line.startswith("|")]
    assert rows == [[MODELS[each], recipe.value] for each in LISTED_SUBJECTS for recipe in Recipe]
