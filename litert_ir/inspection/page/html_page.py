"""Put a file's description on one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from litert_ir.errors.shown import bytes_text
from litert_ir.inspection import inspection_tables
from litert_ir.inspection.delegation import Delegation, Step, SubgraphPlacement, number_of
from litert_ir.inspection.inspected_file import Inspection
from litert_ir.inspection.page.byte_tree import ByteNode, byte_tree
from litert_ir.inspection.page.run_strip import run_strip
from litert_ir.inspection.page.treemap import treemap
from litert_ir.reports.html import table_html
from litert_ir.reports.report import Report
from litert_ir.reports.table import Column, Table

_STYLE = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page loads nothing and runs no script, so that it can be shown anywhere."""

_TREEMAPS = (("wide", 1160, 560), ("medium", 720, 560), ("narrow", 360, 600))
"""Names, widths and heights in pixels; the style shows the one that fits."""
_ROWS_OPEN = 12
"""The rows above which a table is folded up."""
_ALL = 1 << 31


def inspection_page(found: Inspection, *, reports: Sequence[Report] = ()) -> str:
    """Return a description as one HTML page, which needs no network and runs no script.

    It has a treemap of the file's bytes by layer and tensor, what runs in turn on this machine, all
    tables in full, and the tables of further reports.

    Args:
        found: The description.
        reports: Results about the same file, such as those of `litert_ir.verify`.

    Example:
        ``Path("page.html").write_text(inspection_page(inspect("model.tflite")), "utf-8")``
    """
    title = escape(found.path.name)
    body = "\n".join(filter(None, _sections(found, reports)))
    style = _STYLE.read_text("utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{escape(found.headline.removeprefix(f"{found.path.name}: "))}</p>
</header>
<main>
{body}
</main>
</body>
</html>
"""


def _sections(found: Inspection, reports: Sequence[Report]) -> Iterator[str]:
    yield _section("facts", "Overview", [_facts(found.facts())])
    for report in reports:
        yield _section("report", report.headline, map(_folded, report.tables()))
    yield _section("bytes", "Bytes", _bytes(found))
    if found.delegation is not None:
        yield _section("runs", "What runs where", _runs(found.delegation))
    signatures = inspection_tables.signature_tables(found.signatures)
    yield _section("signatures", "Signatures", map(_folded, signatures))
    operators = inspection_tables.operator_table(found.operators)
    yield _section("operators", "Operators", [_folded(operators)])
    precisions = inspection_tables.precision_table(found.quantization)
    yield _section("quantization", "Quantization", [_folded(precisions)])
    yield _section("metadata", "Metadata", _metadata(found))


def _section(name: str, title: str, parts: Iterable[str]) -> str:
    """Return a section; "" without content."""
    content = "\n".join(filter(None, parts))
    if not content:
        return ""
    return f'<section class="{name}">\n<h2>{escape(title)}</h2>\n{content}\n</section>'


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    told = (
        f"<div><dt>{escape(label)}</dt><dd>{_lines(value)}</dd></div>"
        for label, value in rows
        if value
    )
    return f"<dl>{''.join(told)}</dl>"


def _lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))


def _folded(table: Table) -> str:
    """Return a table, folded up where it is long; "" where it has no rows."""
    if not table.rows:
        return ""
    drawn = f'<div class="table">{table_html(table)}</div>'
    if len(table.rows) <= _ROWS_OPEN:
        return drawn
    name = table.title or "all"
    summary = f"{escape(name)}: {number_of(len(table.rows), 'row')}"
    return f"<details><summary>{summary}</summary>{drawn}</details>"


def _bytes(found: Inspection) -> Iterator[str]:
    tree = byte_tree(found.data, found.path.name)
    yield _legend(tree)
    for name, width, height in _TREEMAPS:
        yield f'<div class="only-{name}">{treemap(tree, width, height)}</div>'
    yield _folded(inspection_tables.bytes_table(found.data, found.size_bytes, most=_ALL))
    yield _folded(_tensor_table(found))
    yield _folded(inspection_tables.duplicate_table(found.data, most=_ALL))


def _legend(tree: ByteNode) -> str:
    """Return the types of elements with their bytes, the most first."""
    sizes: dict[str, int] = {}
    for leaf in tree.leaves():
        sizes[leaf.kind] = sizes.get(leaf.kind, 0) + leaf.size_bytes
    entries = (
        f'<li><span class="swatch type-{escape(kind)}"></span>{escape(kind)} '
        f"{bytes_text(size)}</li>"
        for kind, size in sorted(sizes.items(), key=lambda each: -each[1])
    )
    return f'<ul class="legend">{"".join(entries)}</ul>'


def _tensor_table(found: Inspection) -> Table:
    return Table(
        "Tensors",
        ("tensor", "layer", "shape", "type", Column("bytes", numeric=True)),
        [
            (
                each.name,
                each.layer,
                " x ".join(map(str, each.shape)) or "scalar",
                each.dtype,
                f"{each.size_bytes:,}",
            )
            for each in found.data.tensors
        ],
    )


def _runs(delegation: Delegation) -> Iterator[str]:
    yield f"<p>{escape(delegation.summary)}</p>"
    for placement in delegation.subgraphs:
        if len(delegation.subgraphs) > 1:
            yield f"<h3>Subgraph {placement.subgraph}</h3>"
        for name, width, _ in _TREEMAPS:
            yield f'<div class="only-{name}">{run_strip(placement, width)}</div>'
    yield (
        '<ul class="legend"><li><span class="swatch partition"></span>XNNPACK</li>'
        '<li><span class="swatch kernels"></span>LiteRT\'s own kernels</li></ul>'
    )
    yield from map(_folded, inspection_tables.delegation_tables(delegation, most=_ALL))
    yield from (_folded(_step_table(placement)) for placement in delegation.subgraphs)


def _step_table(placement: SubgraphPlacement) -> Table:
    return Table(
        f"Steps of subgraph {placement.subgraph}",
        ("runs in", Column("operators", numeric=True), "which", "layers"),
        [(_place(s), len(s.operators), s.counts, ", ".join(s.layers)) for s in placement.steps],
    )


def _place(step: Step) -> str:
    return "LiteRT's kernels" if step.partition is None else f"partition {step.partition}"


def _metadata(found: Inspection) -> Iterator[str]:
    if found.metadata is not None:
        yield from map(_folded, found.metadata.tables())
    yield _folded(inspection_tables.entries_table(found.entries))
