"""Take the sizes of a KerasHub task's inputs from an existing file, in place of the task's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from litert_ir.errors import SizeError
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.hub.task_inputs import TaskInputs, task_inputs
from litert_ir.ir.tensor import Dim, DType, DynamicDim, TensorSpec
from litert_ir.lowering.file_match import FileTensor, Side, fitted_shape, match_tensors


def task_in_file(
    model: Any,
    registry: ExporterRegistry,
    requested: RequestedSizes,
    input_signature: Any,
    inputs: Sequence[FileTensor],
) -> TaskInputs | None:
    """Apply a registry's configuration to a model, with the sizes that a file's inputs have.

    Args:
        model: Any Keras model.
        registry: The configurations.
        requested: The sizes that the caller asks for; the file may leave them open.
        input_signature: The caller's own signature, which says all sizes.
        inputs: The file's inputs.

    Returns:
        The inputs; None for models without a configuration.

    Raises:
        FileRejectedError: When the file has other inputs.
        LiteRTIRError: As `task_inputs`.
    """
    if input_signature is not None or not _is_configured(registry, model):
        return task_inputs(model, registry, requested, input_signature)
    config = registry.get_config(model)
    config.check_supported()
    sizes = _TaskSizes.of(config, inputs)
    asked = requested.by_name(config.SEQUENCES)
    for name, (size, argument) in asked.items():
        sizes.require(name, size, argument)
    wanted = {**sizes.fixed, **{name: size for name, (size, _) in asked.items()}}
    if set(sizes.dynamic) <= set(asked):
        return task_inputs(model, registry, RequestedSizes(others=wanted))
    specs = sizes.signature(wanted)
    (*_, last) = specs.values()
    return task_inputs(model, registry, RequestedSizes(), [last if config.is_bare else specs])


def _is_configured(registry: object, model: Any) -> bool:
    return isinstance(registry, ExporterRegistry) and registry.find(model) is not None


@attrs.frozen(kw_only=True)
class _TaskSizes:
    """The sizes of a task's inputs that the model leaves open, as a file has them.

    Attributes:
        specs: The inputs, with the sizes of the model and of the file.
        axes: The names of the sizes of each input's axes after the batch.
        fixed: The sizes that the file fixes, by name.
        dynamic: The names of those that it leaves open.
    """

    specs: tuple[TensorSpec, ...]
    axes: tuple[tuple[str | None, ...], ...]
    fixed: dict[str, int]
    dynamic: tuple[str, ...]

    @classmethod
    def of(cls, config: ExporterConfig, inputs: Sequence[FileTensor]) -> _TaskSizes:
        tensors = config.inputs
        declared = [_spec(name, tensor) for name, tensor in tensors.items()]
        in_file = {tensor.name: tensor for tensor in inputs}
        matches = match_tensors(Side.INPUTS, declared, inputs)
        specs = tuple(
            attrs.evolve(spec, shape=fitted_shape(spec.shape, in_file[match.in_file].shape))
            for spec, match in zip(declared, matches, strict=True)
        )
        axes = tuple(tuple(config.axes(name, tensor)) for name, tensor in tensors.items())
        named = [
            (name, now)
            for before, spec, names in zip(declared, specs, axes, strict=True)
            for name, own, now in zip(names, before.shape[1:], spec.shape[1:], strict=True)
            if name is not None and isinstance(own, DynamicDim)
        ]
        fixed = {name: dim for name, dim in named if isinstance(dim, int)}
        dynamic = dict.fromkeys(name for name, _ in named if name not in fixed)
        return cls(specs=specs, axes=axes, fixed=fixed, dynamic=tuple(dynamic))

    def require(self, name: str, size: int, argument: str) -> None:
        if name in self.fixed and self.fixed[name] != size:
            raise SizeError(
                "The file has inputs of another size.",
                where=name,
                expected=str(self.fixed[name]),
                received=f"{argument}: {size}",
                advice="leave the argument out: sizes are the file's",
            )

    def signature(self, sizes: dict[str, int]) -> dict[str, TensorSpec]:
        """Return the inputs by name, with these sizes in place of the axes of their names."""

        def sized(dim: Dim, name: str | None) -> Dim:
            return sizes.get(name, dim) if name and isinstance(dim, DynamicDim) else dim

        return {
            spec.name: attrs.evolve(spec, shape=(spec.shape[0], *map(sized, spec.shape[1:], names)))
            for spec, names in zip(self.specs, self.axes, strict=True)
        }


def _spec(name: str, tensor: Any) -> TensorSpec:
    shape = tuple(DynamicDim() if size is None else int(size) for size in tensor.shape)
    return TensorSpec(name=name, shape=shape, dtype=DType(str(tensor.dtype)))
