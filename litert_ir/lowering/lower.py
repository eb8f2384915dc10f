"""Lower a Keras model to an export plan; nothing is converted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, assert_never

import attrs
import ml_dtypes  # noqa: F401  (registers bfloat16 and float8 with numpy, for weight sizes)
import numpy as np

from litert_ir.backends import require_convertible_backend
from litert_ir.backends.keras.held_variables import held_variables
from litert_ir.backends.keras.kind import kind_of
from litert_ir.backends.keras.layers import compute_dtypes
from litert_ir.backends.tensorflow.graphs import remembering_graphs
from litert_ir.backends.versions import versions_here
from litert_ir.errors import ModelTraceError, Problem, SignatureError
from litert_ir.errors.shown import shown
from litert_ir.hub.task_inputs import TaskInputs
from litert_ir.ir.adapter import AdapterSpec, Binding
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.plan import (
    OUTPUTS,
    ExportPlan,
    ModelKind,
    ModelSummary,
    needs_adapter,
)
from litert_ir.ir.signature import Signature
from litert_ir.ir.targets import notes_on
from litert_ir.ir.tensor import is_size
from litert_ir.lowering.build import build_model, needs_building
from litert_ir.lowering.declared import declared_signature
from litert_ir.lowering.dimensions.signature_dims import NothingSeen, Seen, dimensioned
from litert_ir.lowering.draft import SignatureDraft
from litert_ir.lowering.file_size import estimate_of
from litert_ir.lowering.fixed_batch import advising, working_batch
from litert_ir.lowering.held import as_held, notes_on_file_types
from litert_ir.lowering.outputs import trace_outputs
from litert_ir.lowering.rules import check_rules
from litert_ir.lowering.stored_types import notes_on_stored, stored_types
from litert_ir.lowering.subclassed import subclassed_signature
from litert_ir.lowering.task_signature import configured, named

Fit = Callable[[Signature], Signature]
"""Changes sizes of a signature before the model is traced."""

_NOTHING_SEEN = NothingSeen()


def _as_it_is(signature: Signature) -> Signature:
    return signature


def lower(  # noqa: PLR0913  (as `plan_for`)
    model: Any,
    *,
    input_signature: Any = None,
    batch_size: int | None = None,
    options: FileOptions | None = None,
    task: TaskInputs | None = None,
    seen: Seen = _NOTHING_SEEN,
    fit: Fit = _as_it_is,
) -> ExportPlan:
    """Lower a model to a plan without a route.

    The model is traced once on symbolic tensors to find its outputs. If a dimension besides the
    batch is dynamic, the model is also run at some sizes. An unbuilt model is built from the shapes
    of the signature. Otherwise the model, its variables and Keras' global state are unchanged.

    If the model cannot be traced with a dynamic batch, it is traced with some static ones, so that
    the error can name one that works.

    Args:
        model: A Keras 3 model.
        input_signature: The signature to call the model with; see `litert_ir.plan_for`.
        batch_size: A static first dimension for all inputs; None leaves it dynamic.
        options: The converter options; float32 with LiteRT builtins by default.
        task: The inputs of a task's configuration, which then include the signature.
        seen: Samples that the user claims the model accepts.
        fit: Fits the signature to an existing file, such as `FitToFile`.

    Raises:
        LiteRTIRError: One of its subclasses, as documented at `litert_ir.plan_for`.
    """
    check_batch_size(batch_size)
    request = _Request(
        input_signature=input_signature,
        options=options or FileOptions(),
        task=task,
        seen=seen,
        fit=fit,
    )
    try:
        return _lowered(model, request, batch_size)
    except ModelTraceError as error:
        if batch_size is not None:
            raise
        size = working_batch(lambda size: _lowered(model, request, size))
        raise advising(error, size) from error.__cause__


@attrs.frozen(kw_only=True)
class _Request:
    """A request to lower a model; see `lower`."""

    input_signature: Any
    options: FileOptions
    task: TaskInputs | None
    seen: Seen
    fit: Fit


def _lowered(model: Any, request: _Request, batch_size: int | None) -> ExportPlan:
    keras, task = require_convertible_backend(), request.task
    kind = kind_of(model)
    draft = as_held(_draft(keras, model, kind, task.signature if task else request.input_signature))
    if task is not None:
        draft = configured(draft, task)
    named_arguments = len(draft.arguments) > 1
    signature = request.fit(draft.finish(batch_size, arguments_named=named_arguments))
    if needs_building(model):
        build_model(keras, model, signature)
    options = request.options
    check_rules(options.recipe, model)
    stored = stored_types(model)
    names = named(OUTPUTS, task.output_name) if task else {}
    with remembering_graphs():
        outputs = trace_outputs(keras, model, kind, signature, names)
        signature = dimensioned(model, signature, request.seen)
    dynamic = [leaf.spec.name for leaf in signature.leaves if None in leaf.spec.sizes]
    leaves = (*signature.leaves, *collect_leaves(outputs, OUTPUTS))
    return ExportPlan(
        kind=ModelKind.HUB_TASK if task else kind,
        model=summarize(model),
        signature=signature,
        outputs=outputs,
        adapter=_adapter(signature, outputs),
        options=options,
        estimate=estimate_of(model, stored, options),
        task=task.summary if task else None,
        stored=stored,
        notes=(
            *draft.notes_with(batch_size),
            *(task.notes if task else ()),
            *notes_on_file_types(leaves),
            *notes_on(options.compile_targets, dynamic),
            *notes_on_stored(stored),
        ),
        versions=versions_here(),
    )


def _draft(keras: Any, model: Any, kind: ModelKind, input_signature: Any) -> SignatureDraft:
    match kind:
        case ModelKind.FUNCTIONAL | ModelKind.SEQUENTIAL:
            return declared_signature(keras, model, kind, input_signature)
        case ModelKind.SUBCLASSED | ModelKind.HUB_TASK:
            return subclassed_signature(keras, model, input_signature)
        case _:
            assert_never(kind)


def check_batch_size(batch_size: int | None) -> None:
    """Require a positive whole number, or None.

    Raises:
        SignatureError: For anything else.
    """
    if batch_size is not None and not is_size(batch_size):
        problem = Problem("batch_size", "a positive number of samples, or None", shown(batch_size))
        raise SignatureError("batch_size is not valid:", [problem])


def _adapter(signature: Signature, outputs: SignatureNode) -> AdapterSpec | None:
    if not needs_adapter(signature, outputs):
        return None
    return AdapterSpec(
        inputs=tuple(Binding(leaf.spec.name, leaf.path) for leaf in signature.leaves),
        outputs=tuple(
            Binding(leaf.spec.name, leaf.path) for leaf in collect_leaves(outputs, OUTPUTS)
        ),
    )


def summarize(model: Any) -> ModelSummary:
    """Summarize a model: its name, class, the size of its weights, and its compute dtype."""
    cls = type(model)
    sizes = _weight_sizes(model)
    return ModelSummary(
        name=model.name,
        type=f"{cls.__module__}.{cls.__qualname__}",
        parameters=sum(count for count, _ in sizes),
        weight_bytes=sum(count * dtype.itemsize for count, dtype in sizes),
        compute_dtypes=compute_dtypes(model),
    )


def _weight_sizes(model: Any) -> list[tuple[int, Any]]:
    """List the number of elements and the numpy dtype of each weight."""
    weights = (*model.weights, *held_variables(model))
    return [(int(np.prod(w.shape, dtype=np.int64)), np.dtype(w.dtype)) for w in weights]
