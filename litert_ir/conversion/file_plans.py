"""Lower a model to a plan that fits an existing file, of any origin."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import attrs

from litert_ir.conversion.file_tasks import task_in_file
from litert_ir.conversion.in_child.child_steps import PlanRequest, plan_here
from litert_ir.conversion.in_child.parent import ModelInChild
from litert_ir.errors import FileRejectedError
from litert_ir.hub.default_registry import REGISTRY
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.ir.file_options import FileOptions
from litert_ir.ir.plan import ExportPlan
from litert_ir.ir.quantization import Precision
from litert_ir.ir.tensor import DynamicDim
from litert_ir.lowering.file_match import FileTensor, MatchedBy, Side, TensorMatch, match_tensors
from litert_ir.lowering.nesting import check_nesting
from litert_ir.runtime.interface_reader import FileInterface, TensorInfo
from litert_ir.runtime.interpreter import checked_interface_by_name
from litert_ir.runtime.precision_reader import read_precisions
from litert_ir.samples.sizes import SampleSizes
from litert_ir.verification.bound_file import BoundFile, BoundInput
from litert_ir.verification.file_inputs import element_type
from litert_ir.verification.tolerance import TOLERANCES, Tolerance, tolerance_for


@attrs.frozen(kw_only=True)
class ModelCall:
    """The call of a model, as far as the caller says it; the file says the rest.

    Attributes:
        input_signature: See `litert_ir.conversion.verb_keywords`; so are the others.
        batch_size: The fixed number of samples per run.
        sizes: The sizes of a KerasHub model's inputs.
        registry: The configurations of KerasHub's tasks.
        seen: The sizes of the caller's samples.
    """

    input_signature: Any = None
    batch_size: int | None = None
    sizes: RequestedSizes = attrs.field(factory=RequestedSizes)
    registry: ExporterRegistry = REGISTRY
    seen: SampleSizes = attrs.field(factory=SampleSizes)

    @classmethod
    def of(cls, said: Mapping[str, Any], samples: Any = None) -> Self:
        """The call that a verb's keywords describe.

        Args:
            said: The keywords of `CallArguments`.
            samples: The samples that the caller has for the model.
        """
        return cls(
            input_signature=said["input_signature"],
            batch_size=said["batch_size"],
            sizes=RequestedSizes(
                max_sequence_length=said["max_sequence_length"],
                image_size=said["image_size"],
                others=said["sizes"],
            ),
            registry=said["registry"],
            seen=SampleSizes.of(samples),
        )


@attrs.frozen(kw_only=True)
class FileAgainstModel:
    """An existing file, and the plan of its model that fits the file's interface.

    Attributes:
        path: The file.
        plan: The float plan of the model, with the sizes, names and bounds of the file's inputs
            where it has any, and the model's elsewhere; it has no route.
        interface: The file's inputs and outputs.
        inputs: For each input of the plan, the file's.
        outputs: For each output of the plan, the file's.
        precisions: The precisions that the file's tensors show; see `read_precisions`.
    """

    path: Path
    plan: ExportPlan
    interface: FileInterface
    inputs: tuple[TensorMatch, ...]
    outputs: tuple[TensorMatch, ...]
    precisions: tuple[Precision, ...]

    @property
    def tolerance(self) -> Tolerance:
        """The accepted difference: the widest of the model's and of the file's precisions."""
        accepted = tolerance_for(self.plan)
        for precision in self.precisions:
            accepted = accepted.widened(TOLERANCES[precision])
        return accepted

    @property
    def bound(self) -> BoundFile:
        """The file, with the names and types of its inputs and outputs in the plan's order."""
        infos = {info.name: info for info in self.interface.inputs}
        return BoundFile(
            path=self.path,
            inputs=tuple(_bound(infos[match.in_file]) for match in self.inputs),
            outputs=tuple(match.in_file for match in self.outputs),
        )

    @property
    def matched_by(self) -> tuple[MatchedBy, ...]:
        """The ways in which tensors were matched, each once."""
        used = {match.by for match in (*self.inputs, *self.outputs)}
        return tuple(each for each in MatchedBy if each in used)


def plan_of_file(
    model: Any, path: Path, call: ModelCall | None = None, child: ModelInChild | None = None
) -> FileAgainstModel:
    """Lower a model to the plan whose inputs and outputs are those of an existing file.

    Sizes that the file fixes are fixed in the plan; names and bounds of dynamic dimensions are the
    file's where its metadata have them, else those that the model is found to take.

    Args:
        model: The Keras model.
        path: A file of any origin.
        call: How the model is called.
        child: The process that has a copy of the model, where it has to go there.

    Raises:
        FileNotFoundError: When there is no such file.
        FileRejectedError: When this is no LiteRT file, or its inputs or outputs cannot be those of
            the model.
        LiteRTIRError: As `litert_ir.plan_for`.
    """
    call = call or ModelCall()
    interface = checked_interface_by_name(path, None)
    check_nesting(call.input_signature)
    with _blaming(path):
        inputs = tuple(map(_file_tensor, interface.inputs))
        outputs = tuple(map(_file_tensor, interface.outputs))
        request = PlanRequest(
            input_signature=call.input_signature,
            batch_size=call.batch_size,
            options=FileOptions(),
            task=task_in_file(model, call.registry, call.sizes, call.input_signature, inputs),
            seen=call.seen,
            file_inputs=inputs,
        )
        plan, matches = plan_here(model, request) if child is None else child.plan(request)
        results = [leaf.spec for leaf in plan.output_leaves]
        return FileAgainstModel(
            path=path,
            plan=plan,
            interface=interface,
            inputs=matches,
            outputs=match_tensors(Side.OUTPUTS, results, outputs),
            precisions=read_precisions(path),
        )


@contextlib.contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Name the file in errors about it."""
    try:
        yield
    except FileRejectedError as error:
        if error.where:
            raise
        raise error.evolve(where=str(path)) from error


def _file_tensor(info: TensorInfo) -> FileTensor:
    sizes = tuple(DynamicDim() if size is None else size for size in info.shape)
    return FileTensor(
        name=info.name,
        shape=sizes if info.dims is None else info.dims,
        dtype=element_type(info),
        is_quantized=info.is_quantized,
    )


def _bound(info: TensorInfo) -> BoundInput:
    return BoundInput(info.name, None if info.is_quantized else info.dtype)
