"""The export plan: every decision about an export before anything is converted."""

from __future__ import annotations

import enum
import glob
import json
from typing import Any, assert_never

import attrs
from typing_extensions import override

from litert_ir.errors import PlanError
from litert_ir.ir.adapter import AdapterSpec
from litert_ir.ir.backend import ConvertibleBackend
from litert_ir.ir.checks import check_nodes
from litert_ir.ir.described_tensors import misfits
from litert_ir.ir.estimate import FileEstimate
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.informing import INFORMS
from litert_ir.ir.leaves import Leaf, collect_leaves
from litert_ir.ir.metadata import Metadata
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.options import file_options
from litert_ir.ir.path import Path
from litert_ir.ir.quantization import LayerRule, Precision, Quantization
from litert_ir.ir.signature import Signature
from litert_ir.ir.stored_types import StoredType
from litert_ir.ir.task import TaskSummary
from litert_ir.ir.tensor import DType, TensorSpec
from litert_ir.reports.report import Report
from litert_ir.reports.table import Table, facts

OUTPUTS = Path("output")


class ModelKind(enum.Enum):
    """The calling convention of a model, which decides the shape of its signature."""

    FUNCTIONAL = "functional"
    SEQUENTIAL = "sequential"
    SUBCLASSED = "subclassed"
    HUB_TASK = "hub task"


@attrs.frozen(kw_only=True)
class ModelSummary:
    """The summary of the model that a plan was made from.

    Attributes:
        name: The Keras name.
        type: The class's qualified name.
        parameters: Number of weight elements.
        weight_bytes: Bytes that the weights take in memory.
        compute_dtypes: The floating point types in which its layers compute.
    """

    name: str = attrs.field(metadata=INFORMS)
    type: str = attrs.field(metadata=INFORMS)
    parameters: int = attrs.field(validator=attrs.validators.ge(0))
    weight_bytes: int = attrs.field(validator=attrs.validators.ge(0))
    compute_dtypes: tuple[DType, ...] = attrs.field(
        default=(DType.FLOAT32,),
        validator=attrs.validators.deep_iterable(
            attrs.validators.in_([dtype for dtype in DType if dtype.is_floating]),
            attrs.validators.instance_of(tuple),
        ),
    )


@attrs.frozen(kw_only=True)
class RouteStep:
    """One strategy of the order in which they will be tried.

    Attributes:
        strategy: The strategy's name; ``quantized-stablehlo`` and the like where LiteRT's
            quantizer makes the file from another strategy's float one.
        refusal: Why it will not take this plan; None when it will be tried.
    """

    strategy: str = attrs.field(validator=attrs.validators.instance_of(str))
    refusal: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(attrs.validators.instance_of(str)),
        metadata=INFORMS,
    )


@attrs.frozen(kw_only=True)
class Versions:
    """The software that a plan was made with.

    Attributes:
        litert_ir: The version of this package.
        keras: The version of Keras.
        backend: Keras' backend.
        tensorflow: The version of TensorFlow, where it is the backend.
        jax: The version of JAX, where it is the backend.
    """

    litert_ir: str = attrs.field(metadata=INFORMS)
    keras: str = attrs.field(metadata=INFORMS)
    backend: ConvertibleBackend = attrs.field(converter=ConvertibleBackend)
    tensorflow: str | None = attrs.field(default=None, metadata=INFORMS)
    jax: str | None = attrs.field(default=None, metadata=INFORMS)


@attrs.frozen(kw_only=True, repr=False, str=False)
class ExportPlan(Report):
    """A lowered model: frozen, comparable, hashable data without model, weights or framework.

    Attributes:
        kind: The calling convention of the model.
        model: The summary of the model.
        signature: The arguments of the model's call.
        outputs: The results of the call, in the same kind of tree.
        adapter: How the file's flat tensors map to the nested call; None when the model
            takes one tensor and gives one tensor, so that there is nothing to adapt.
        options: What decides the file beside the model and its call. `ConverterOptions` are
            parsed.
        metadata: What the file says of itself to those who use it.
        route: The strategies in the order in which they will be tried.
        estimate: The file and the memory to expect; None where nobody estimated them.
        task: The configuration of a KerasHub task; None for other models.
        stored: The layers whose weights have a small type in Keras; empty for a model in float32.
        notes: Assumptions made on the way that the user may want to know of.
        versions: The software that the plan was made with.

    Raises:
        PlanError: When the parts do not fit each other.
    """

    kind: ModelKind
    model: ModelSummary
    signature: Signature
    outputs: SignatureNode
    adapter: AdapterSpec | None
    options: FileOptions = attrs.field(
        converter=file_options, validator=attrs.validators.instance_of(FileOptions)
    )
    metadata: Metadata = attrs.field(
        default=Metadata(), validator=attrs.validators.instance_of(Metadata)
    )
    route: tuple[RouteStep, ...] = attrs.field(
        default=(),
        validator=attrs.validators.deep_iterable(
            attrs.validators.instance_of(RouteStep), attrs.validators.instance_of(tuple)
        ),
    )
    estimate: FileEstimate | None = attrs.field(default=None, metadata=INFORMS)
    task: TaskSummary | None = attrs.field(default=None, metadata=INFORMS)
    stored: tuple[StoredType, ...] = attrs.field(
        default=(), validator=attrs.validators.instance_of(tuple)
    )
    notes: tuple[str, ...] = attrs.field(
        default=(), validator=attrs.validators.instance_of(tuple), metadata=INFORMS
    )
    versions: Versions

    def __attrs_post_init__(self) -> None:
        _check_wrapping(self.kind, self.signature)
        _check_task(self.kind, self.task)
        _check_outputs(self.outputs)
        _check_adapter(self)
        _check_metadata(self)

    @property
    def recipe(self) -> Quantization:
        """Return the file's quantization: the options', else that of the model in Keras.

        Small types that strategies do not write themselves become rules for their layers.
        """
        asked = self.options.recipe
        if asked.quantizes:
            return asked
        small = [item for item in self.stored if item.precision is not Precision.FLOAT]
        rules = (LayerRule("/" + glob.escape(item.layer), item.precision) for item in small)
        return attrs.evolve(asked, layers=tuple(rules))

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The file's inputs, in order."""
        return self.signature.tensors

    @property
    def output_leaves(self) -> tuple[Leaf, ...]:
        """The file's outputs, in order, each with its place in the result."""
        return collect_leaves(self.outputs, OUTPUTS)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of what decides the file, in hexadecimal: 64 digits.

        That is how the model is called, what it takes and gives, the adapter, the options, the
        metadata, the route's strategies in order, the backend, and of the model its size, in what
        it computes and how its weights are stored. Names of models, notes, refusals' reasons,
        estimates, versions and how a task was configured leave it as it is: plans that differ in
        these alone are not equal, but make the same file of the same model, in whose metadata only
        the record of the versions differs.
        """
        from litert_ir.ir.json import fingerprint_of

        return fingerprint_of(self)

    @property
    def headline(self) -> str:
        """The start of the fingerprint, and the model."""
        from litert_ir.ir.text import plan_title

        return f"plan {plan_title(self)}"

    @override
    def tables(self) -> tuple[Table, ...]:
        """The parts of the plan."""
        from litert_ir.ir.text import plan_rows

        return (facts("", [(label, "\n".join(lines)) for label, lines in plan_rows(self)]),)

    @override
    def to_data(self) -> dict[str, Any]:
        """The plan in the types of JSON, as `to_json` writes it."""
        data: dict[str, Any] = json.loads(self.to_json())
        return data

    @override
    def to_json(self, *, indent: int | None = None) -> str:
        """The plan as JSON; `from_json` is the exact inverse.

        Args:
            indent: Spaces per level for reading by humans; None for one canonical line.
        """
        from litert_ir.ir.json import plan_to_json

        return plan_to_json(self, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> ExportPlan:
        """Read a plan back, of today's format or an earlier one.

        Raises:
            PlanError: When the text is not the JSON of a plan, or a later release wrote it that
                says what this one does not know; the advice names the release to use.
        """
        from litert_ir.ir.json import plan_from_json

        return plan_from_json(text)

    @override
    def __str__(self) -> str:
        from litert_ir.ir.text import plan_text

        return plan_text(self)


def needs_adapter(signature: Signature, outputs: SignatureNode) -> bool:
    """Tell whether a call takes or gives anything else than one bare tensor."""
    bare_input = len(signature.arguments) == 1 and isinstance(
        signature.arguments[0].value, TensorSpec
    )
    return not (bare_input and isinstance(outputs, TensorSpec))


def _check_wrapping(kind: ModelKind, signature: Signature) -> None:
    arguments = signature.arguments
    match kind:
        case ModelKind.FUNCTIONAL:
            sound = len(arguments) == 1
            expected = "a single element that holds the whole nested structure"
        case ModelKind.SEQUENTIAL:
            sound = all(isinstance(arg.value, TensorSpec) for arg in arguments)
            expected = "a flat list of tensors"
        case ModelKind.SUBCLASSED | ModelKind.HUB_TASK:
            sound, expected = True, ""
        case _:
            assert_never(kind)
    if not sound:
        raise PlanError(
            f"The signature of a {kind.value} model has another form.",
            where="signature",
            expected=expected,
            received=", ".join(arg.name for arg in arguments),
        )


def _check_task(kind: ModelKind, task: TaskSummary | None) -> None:
    if (kind is ModelKind.HUB_TASK) != (task is not None):
        raise PlanError(
            "A plan has a task summary if, and only if, its model is a KerasHub task.",
            where="task",
            expected="a TaskSummary" if task is None else "None",
            received=f"{task} in a plan of a {kind.value}",
        )


def _check_outputs(outputs: SignatureNode) -> None:
    problems = check_nodes(((OUTPUTS, outputs),))
    if problems:
        raise PlanError(
            "The model's outputs cannot be the outputs of a LiteRT file.",
            received="; ".join(str(problem) for problem in problems),
            advice="return non-empty containers of numeric tensors from the model",
        )


def _check_adapter(plan: ExportPlan) -> None:
    if plan.adapter is None:
        if needs_adapter(plan.signature, plan.outputs):
            raise PlanError("A nested call needs an adapter.", where="adapter", received="None")
        return
    for side, bindings, leaves in (
        ("adapter.inputs", plan.adapter.inputs, plan.signature.leaves),
        ("adapter.outputs", plan.adapter.outputs, plan.output_leaves),
    ):
        bound = [(binding.name, binding.path) for binding in bindings]
        wanted = [(leaf.spec.name, leaf.path) for leaf in leaves]
        if bound != wanted:
            raise PlanError(
                "The adapter does not bind the plan's tensors in their order.",
                where=side,
                expected=", ".join(name for name, _ in wanted),
                received=", ".join(name for name, _ in bound),
            )


def _check_metadata(plan: ExportPlan) -> None:
    outputs = [leaf.spec for leaf in plan.output_leaves]
    for problem in misfits(plan.metadata, plan.inputs, outputs):
        raise PlanError(
            "The metadata describe other tensors than the plan has.",
            where=problem.path,
            expected=problem.expected,
            received=problem.received,
        )
