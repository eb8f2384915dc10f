"""Render a plan for a reader: kind, tensors, adapter, options and route at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from typing_extensions import override

from litert_ir.errors.shown import bytes_text
from litert_ir.ir.dimensions import sizes_text
from litert_ir.ir.estimate import FileEstimate, Layout
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.fold import SignatureVisitor
from litert_ir.ir.leaves import Leaf
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.nodes import ListNode, MappingNode, TupleNode
from litert_ir.ir.path import Path
from litert_ir.ir.plan import ExportPlan, ModelSummary, Versions
from litert_ir.ir.quantization import Quantization
from litert_ir.ir.signature import Signature
from litert_ir.ir.stored_types import StoredType
from litert_ir.ir.task import TaskSummary
from litert_ir.ir.tensor import DType, DynamicDim, TensorSpec

_LABEL_WIDTH = 11


class StructureText(SignatureVisitor[str]):
    """Renders a tree as the Python literal of its structure, with tensor names as leaves."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> str:
        return spec.name

    @override
    def visit_absent(self, path: Path) -> str:
        return "None"

    @override
    def visit_mapping(self, path: Path, node: MappingNode, children: tuple[str, ...]) -> str:
        keys = (key for key, _ in node.entries)
        return (
            "{"
            + ", ".join(f"{key!r}: {child}" for key, child in zip(keys, children, strict=True))
            + "}"
        )

    @override
    def visit_list(self, path: Path, node: ListNode, children: tuple[str, ...]) -> str:
        return "[" + ", ".join(children) + "]"

    @override
    def visit_tuple(self, path: Path, node: TupleNode, children: tuple[str, ...]) -> str:
        return "(" + ", ".join(children) + ("," if len(children) == 1 else "") + ")"


def signature_text(signature: Signature) -> str:
    """The signature as one list with an element per argument: ``[{'a': a, 'b': b}]``."""
    rendered = signature.fold(StructureText())
    named = len(signature.arguments) > 1
    elements = (
        f"{argument.name}={text}" if named or argument.keyword_only else text
        for argument, text in zip(signature.arguments, rendered, strict=True)
    )
    return "[" + ", ".join(elements) + "]"


def plan_text(plan: ExportPlan) -> str:
    """The plan as text of a few lines."""
    return "\n".join([f"ExportPlan {plan_title(plan)}", *_labelled(plan_rows(plan))])


def plan_title(plan: ExportPlan) -> str:
    """The start of the fingerprint, the model's name, kind and size."""
    return (
        f"{plan.fingerprint[:12]}: {plan.model.name} ({plan.kind.value}, "
        f"{plan.model.parameters:,} parameters, {bytes_text(plan.model.weight_bytes)})"
    )


def plan_rows(plan: ExportPlan) -> list[tuple[str, list[str]]]:
    """The parts of the plan, each with its lines; some have none."""
    return [
        ("signature", [signature_text(plan.signature)]),
        ("inputs", _tensor_table(plan.signature.leaves)),
        ("outputs", _tensor_table(plan.output_leaves)),
        ("sizes", _size_lines(plan.signature.tensors)),
        ("task", _task_lines(plan.task)),
        ("adapter", [_adapter_text(plan)]),
        ("computes", _compute_lines(plan.model)),
        ("weights", _stored_lines(plan.stored)),
        ("options", [options_text(plan.options)]),
        ("metadata", metadata_lines(plan.metadata)),
        ("route", _route_lines(plan)),
        ("estimate", [] if plan.estimate is None else [estimate_text(plan.estimate)]),
        ("notes", [line for note in plan.notes for line in note.splitlines()]),
        ("made with", [_versions_text(plan.versions)]),
    ]


def options_text(options: FileOptions) -> str:
    """The options in one line: precision, kernels, and what differs from the defaults."""
    calibrated = options.recipe.needs_calibration
    parts = [
        options.precision.value,
        f"ops: {options.kernels.value}",
        *(["pruned weights stored sparsely"] if options.sparse else []),
        *(["calibrated with a representative dataset"] if calibrated else []),
        *(["old quantizer"] if options.old_quantizer else []),
        *_recipe_parts(options.recipe),
    ]
    if options.aot_compile_targets:
        parts.append("compile for: " + ", ".join(options.aot_compile_targets))
    return "; ".join(parts)


def metadata_lines(metadata: Metadata) -> list[str]:
    """The metadata in one line, and one more for each tensor that they describe.

    Example:
        >>> from litert_ir.ir.metadata import InputMetadata, Normalization
        >>> taken = InputMetadata("images", normalization=Normalization(127.5, 127.5))
        >>> metadata_lines(Metadata(name="Pets", version="1.2", inputs=(taken,)))
        ['Pets 1.2', 'images: (x - 127.5) / 127.5']
    """
    title = " ".join(filter(None, (metadata.name, metadata.version)))
    author = f"by {metadata.author}" if metadata.author else ""
    head = ", ".join(filter(None, (title, author, metadata.license, metadata.description)))
    inputs = (
        _described(
            item.name, item.color_space and item.color_space.value, item.normalization, item.bounds
        )
        for item in metadata.inputs
    )
    outputs = (
        _described(item.name, item.labels and f"{len(item.labels)} labels", item.bounds)
        for item in metadata.outputs
    )
    return [*([head] if head else []), *inputs, *outputs]


def _described(name: str, *facts: object) -> str:
    return f"{name}: {'; '.join(str(fact) for fact in facts if fact)}"


def _recipe_parts(recipe: Quantization) -> Iterable[str]:
    for side, dtype in (("inputs", recipe.input_type), ("outputs", recipe.output_type)):
        if dtype is not DType.FLOAT32:
            yield f"{side} as {dtype.value}"
    if recipe.integer_only:
        yield "integer kernels only"
    yield from map(str, recipe.layers)


def estimate_text(estimate: FileEstimate) -> str:
    """The estimate in one line.

    Example:
        >>> from litert_ir.ir.estimate import estimate_for
        >>> from litert_ir.ir.quantization import Precision
        >>> print(estimate_text(estimate_for(14_155_936, Precision.FLOAT)))
        about 13.5 MiB file (one flatbuffer), about 122.4 MiB of extra memory while converting
    """
    layouts = {Layout.INLINE: "one flatbuffer", Layout.OFFSET: "weights behind the flatbuffer"}
    return (
        f"about {bytes_text(estimate.size_bytes)} file ({layouts[estimate.layout]}), "
        f"about {bytes_text(estimate.peak_bytes)} of extra memory while converting"
    )


def _labelled(rows: Iterable[tuple[str, Sequence[str]]]) -> Iterable[str]:
    for label, lines in rows:
        for index, line in enumerate(lines):
            yield f"  {(label if index == 0 else ''):<{_LABEL_WIDTH}}{line}"


def _tensor_table(leaves: Sequence[Leaf]) -> list[str]:
    name_width = max(len(leaf.spec.name) for leaf in leaves)
    spec_width = max(len(str(leaf.spec)) for leaf in leaves)
    return [
        f"{leaf.spec.name:<{name_width}}  {leaf.spec!s:<{spec_width}}  {leaf.path}"
        for leaf in leaves
    ]


def _size_lines(inputs: Iterable[TensorSpec]) -> list[str]:
    """One line for each name of bounded dimensions, and for each of those without a name."""
    found: dict[str, list[DynamicDim]] = {}
    for spec in inputs:
        for axis, dim in enumerate(spec.shape):
            if isinstance(dim, DynamicDim) and dim.is_bounded:
                name = f"axis {axis} of {spec.name}" if dim.name is None else dim.name
                found.setdefault(name, []).append(dim)
    return [f"{name} ({_bounds_with_sources(dims)})" for name, dims in found.items()]


def _bounds_with_sources(dims: Sequence[DynamicDim]) -> str:
    """The bounds of dimensions that have the same ones.

    Example:
        >>> dim = DynamicDim("length", minimum=20, maximum=512, source="input_signature")
        >>> _bounds_with_sources([dim, dim])
        '20 .. 512, from input_signature'
    """
    sources = dict.fromkeys(dim.source for dim in dims if dim.source)
    return ", ".join([sizes_text(dims[0]), *(["from " + " and ".join(sources)] if sources else [])])


def _adapter_text(plan: ExportPlan) -> str:
    if plan.adapter is None:
        return "none: one tensor in, one tensor out"
    return (
        f"{len(plan.adapter.inputs)} flat input(s) -> nested call -> "
        f"{len(plan.adapter.outputs)} named output(s)"
    )


def _task_lines(task: TaskSummary | None) -> list[str]:
    if task is None:
        return []
    images = [] if task.images is None else [f"{task.images} (preprocessor.image_converter)"]
    return [f"{task.model_type} by {task.config}", *map(str, task.sizes), *images]


def _compute_lines(model: ModelSummary) -> list[str]:
    usual = model.compute_dtypes == (DType.FLOAT32,)
    return [] if usual else ["in " + " and ".join(dtype.value for dtype in model.compute_dtypes)]


def _stored_lines(stored: Sequence[StoredType]) -> list[str]:
    """One line for each kind of layers."""
    layers: dict[str, list[str]] = {}
    for item in stored:
        layers.setdefault(str(item), []).append(item.layer)
    return [
        f"{kind}: {', '.join(names[:2])}" + (f" and {len(names) - 2} more" if names[2:] else "")
        for kind, names in layers.items()
    ]


def _route_lines(plan: ExportPlan) -> list[str]:
    return [
        f"{index}. {step.strategy}" + (f" (refuses: {step.refusal})" if step.refusal else "")
        for index, step in enumerate(plan.route, 1)
    ]


def _versions_text(versions: Versions) -> str:
    frameworks = (("tensorflow", versions.tensorflow), ("jax", versions.jax))
    known = (f", {name} {version}" for name, version in frameworks if version)
    made_with = f"litert_ir {versions.litert_ir}, keras {versions.keras}"
    return f"{made_with} ({versions.backend} backend)" + "".join(known)
