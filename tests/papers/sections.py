"""Generate what the papers say of the code itself.

python -m tests.papers.sections   writes every generated section of the papers anew
"""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs

from benchmarks.quantized.readme import replaced
from litert_ir import errors
from litert_ir.cli.exit_codes import exit_codes_table
from litert_ir.cli.task_table import tasks_markdown
from litert_ir.errors import LiteRTIRError
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.overview import task_rows
from litert_ir.hub.support import read_support
from litert_ir.isolation.worker import shared_worker
from litert_ir.verification.tolerance import (
    COMPUTE_TOLERANCES,
    ROUNDING_TOLERANCES,
    TOLERANCES,
    Tolerance,
)
from tests.house.floors import floors_table
from tests.papers import in_child
from tests.papers.paper import ROOT

PACKAGE = ROOT / "litert_ir"


@attrs.frozen
class Section:
    """A part of a paper that is generated.

    Attributes:
        paper: The paper, from the root of the repository.
        mark: The comment in front of it; ``<!-- end -->`` is behind it.
        generate: Gives its text.
    """

    paper: str
    mark: str
    generate: Callable[[], str]

    @property
    def path(self) -> Path:
        """The paper."""
        return ROOT / self.paper

    def rewritten(self) -> str:
        """The paper's text with the section as it is to be.

        Raises:
            ValueError: When the paper has no place for it.
        """
        text = self.path.read_text(encoding="utf-8")
        return replaced(text, self.generate(), f"<!-- {self.mark} -->\n")


def packages() -> str:
    """The packages and the modules beside them, each with the first line of its docstring."""
    rows = (f"| {_linked(path)} | {_purpose(path)} |" for path in _rooms(PACKAGE))
    return "\n".join(["| package | purpose |", "|---|---|", *rows])


def _rooms(folder: Path) -> Iterator[Path]:
    """The package's modules with docstrings for readers, then its packages, outer before inner."""
    if folder == PACKAGE:
        yield from sorted(path for path in folder.glob("*.py") if not path.name.startswith("__"))
    for path in sorted(folder.iterdir()):
        if (path / "__init__.py").is_file():
            yield path
            yield from _rooms(path)


def _linked(path: Path) -> str:
    name = path.relative_to(PACKAGE).as_posix()
    paper = path / "README.md"
    target = paper.relative_to(PACKAGE).as_posix() if paper.is_file() else name
    return f"[`{name}`]({target})"


def _purpose(path: Path) -> str:
    source = path / "__init__.py" if path.is_dir() else path
    docstring = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")


def error_classes() -> str:
    """The exceptions in the order of their definition, each with what it is besides."""
    classes = [
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, LiteRTIRError) and item is not LiteRTIRError
    ]
    rows = (
        f"| `{item.__name__}` | {', '.join(f'`{base.__name__}`' for base in item.__bases__)} "
        f"| {_first_line(item)} |"
        for item in classes
    )
    return "\n".join(["| error | is a | when |", "|---|---|---|", *rows])


def _first_line(item: object) -> str:
    return (inspect.getdoc(item) or "").partition("\n\n")[0].replace("\n", " ")


def tolerances() -> str:
    """What is accepted of each precision."""
    heads = ("of", "variation", "scale", "absolute", "rms", "decisions", "integers")
    rows = [
        *((precision.value, each) for precision, each in TOLERANCES.items()),
        *((f"a model that computes in {t.value}", each) for t, each in COMPUTE_TOLERANCES.items()),
        *(
            (f"layers that Keras quantized to {kind.value}", each)
            for kind, each in ROUNDING_TOLERANCES.items()
        ),
    ]
    lines = [f"| {' | '.join(_shares(name, tolerance))} |" for name, tolerance in rows]
    return "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines])


def _shares(name: str, tolerance: Tolerance) -> Iterable[str]:
    lengths = (tolerance.variation, tolerance.scale, tolerance.absolute, tolerance.rms)
    return (
        name,
        *(f"{length:.2g}" for length in lengths),
        *(f"{share:.2g} %" for share in (100 * tolerance.differing, 100 * tolerance.flips)),
    )


_FIGURES = ("model", "weights", "Keras", "`stablehlo`, first export")
_MEMORY = ("extra memory, Keras", "`stablehlo`")
_SHOWN = ("MobileNetV2", "ConvNeXtTiny", "KerasHub's BERT classifier", "Gemma-like LM, 1 GB")
"""The measured models that the first paper shows."""


def figures() -> str:
    """Some of the measured exports, as the paper of the benchmarks has them."""
    lines = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("| model | weights |"))
    heads, rows = _cells(lines[at]), {}
    for line in itertools.takewhile(lambda line: line.startswith("|"), lines[at + 2 :]):
        rows[_cells(line)[0]] = _cells(line)
    memory = heads.index(_MEMORY[0])
    assert heads[memory + 1] == _MEMORY[1]
    places = [
        *map(heads.index, _FIGURES),
        memory,
        memory + 1,
        heads.index("latency to Keras' file"),
    ]
    titles = (*_FIGURES[:3], "litert_ir", _MEMORY[0], "litert_ir", heads[-1])
    table = [titles, ["---"] * len(titles), *([rows[name][at] for at in places] for name in _SHOWN)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def stages() -> str:
    """The stages of rewriting, each with its patterns."""
    rows = (
        f"| `{variable}` | {name} | {', '.join(f'`{each}`' for each in patterns)} |"
        for variable, name, patterns in shared_worker().call(in_child.stages)
    )
    return "\n".join(["| stage | purpose | patterns |", "|---|---|---|", *rows])


def tasks() -> str:
    """The table of the command ``litert-ir tasks --markdown``."""
    return tasks_markdown(task_rows(REGISTRY, read_support()))


SECTIONS = (
    Section("README.md", "python -m tests.papers.sections: figures", figures),
    Section("litert_ir/README.md", "python -m tests.papers.sections: packages", packages),
    Section("litert_ir/README.md", "python -m tests.papers.sections: floors", floors_table),
    Section("litert_ir/stablehlo/README.md", "python -m tests.papers.sections: stages", stages),
    Section("litert_ir/hub/README.md", "litert-ir tasks --markdown", tasks),
    Section(
        "litert_ir/cli/README.md", "python -m tests.papers.sections: exit codes", exit_codes_table
    ),
    Section("litert_ir/errors/README.md", "python -m tests.papers.sections: errors", error_classes),
    Section(
        "litert_ir/verification/README.md",
        "python -m tests.papers.sections: tolerances",
        tolerances,
    ),
)
"""All generated sections, but for those of measurements, which `benchmarks` writes."""


def main() -> int:
    """Write every section anew."""
    for section in SECTIONS:
        section.path.write_text(section.rewritten(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
