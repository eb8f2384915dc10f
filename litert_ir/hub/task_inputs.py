"""Derive a model's inputs from its configuration, with notes for the plan."""

from __future__ import annotations

from typing import Any

import attrs

from litert_ir.backends import loaded
from litert_ir.errors import RegistryError, SizeError
from litert_ir.errors.advice import advise
from litert_ir.errors.caller_warnings import warn_caller
from litert_ir.errors.setting_names import INPUT_SIGNATURE
from litert_ir.errors.shown import shown
from litert_ir.hub.config import ExporterConfig
from litert_ir.hub.image_converters import preparation_of
from litert_ir.hub.registry import ExporterRegistry
from litert_ir.hub.size_sources import RequestedSizes
from litert_ir.ir.task import SizeSource, TaskSize, TaskSummary


class DefaultSizeWarning(UserWarning):
    """A size was not set; a default was taken."""


@attrs.frozen(kw_only=True)
class TaskInputs:
    """The inputs of a model, as its configuration decides them.

    Attributes:
        summary: For the plan.
        signature: A list whose element is the model's one argument: `keras.InputSpec`, nested as
            the model takes its inputs; or the caller's own signature.
        order: The names of the inputs in the order of the file.
        notes: For the plan.
        input_name: The name of the one input of a model that takes a tensor outside of a
            dict; empty for other models.
        output_name: The name of a single output.
    """

    summary: TaskSummary
    signature: Any
    order: tuple[str, ...]
    notes: tuple[str, ...] = ()
    input_name: str = ""
    output_name: str = ""


def task_inputs(
    model: Any,
    registry: ExporterRegistry,
    requested: RequestedSizes,
    input_signature: Any = None,
) -> TaskInputs | None:
    """Apply a registry's configuration to a model.

    Args:
        model: Any Keras model.
        registry: The configurations.
        requested: The sizes that the caller asks for.
        input_signature: The caller's own signature, in place of the configuration's.

    Returns:
        The inputs; None for models without a configuration.

    Raises:
        UnsupportedTaskError: For a KerasHub task that has no configuration, or that cannot be
            exported.
        SizeError: When a size is missing or wrong, or is given although the model has no
            configuration or ``input_signature`` is given.
        RegistryError: When the registry is not an `ExporterRegistry`, or two configurations fit
            equally well.
    """
    if not isinstance(registry, ExporterRegistry):
        raise RegistryError(
            "This is no registry.",
            where="registry",
            expected="a litert_ir.hub.ExporterRegistry, such as litert_ir.hub.REGISTRY",
            received=shown(registry),
        )
    found = registry.find(model)
    if found is None and not _is_hub_task(model):
        _refuse_sizes(requested, f"{type(model).__name__}, a class that is not registered")
        return None
    config = registry.get_config(model)
    config.check_supported()
    if input_signature is not None:
        _refuse_sizes(requested, "input_signature, which says all sizes")
        return _described(config, input_signature, ())
    sizes = config.sizes(requested)
    _warn_of_defaults(model, sizes)
    specs = config.get_input_signature(requested)
    (*_, last) = specs.values()
    return _described(config, [last if config.is_bare else specs], sizes)


def _described(config: ExporterConfig, signature: Any, sizes: tuple[TaskSize, ...]) -> TaskInputs:
    names = tuple(config.inputs)
    return TaskInputs(
        summary=TaskSummary(
            model_type=config.MODEL_TYPE,
            config=type(config).__name__,
            sizes=sizes,
            bounds=config.bounds(sizes),
            patterns=config.patterns(),
            images=preparation_of(config.model, names),
        ),
        signature=signature,
        order=names,
        notes=config.notes(),
        input_name=names[0] if config.is_bare else "",
        output_name=config.OUTPUT_NAME,
    )


def _is_hub_task(model: Any) -> bool:
    keras_hub = loaded("keras_hub")
    return keras_hub is not None and isinstance(model, keras_hub.models.Task)


def _refuse_sizes(requested: RequestedSizes, where: str) -> None:
    if requested:
        given = requested.by_name(("max_sequence_length",)).values()
        raise SizeError(
            "Sizes are for models that a configuration is registered for.",
            where=where,
            received=", ".join(f"{argument}={size}" for size, argument in given),
            advice=advise("say the shapes in {signature}", signature=INPUT_SIGNATURE.alone),
        )


def _warn_of_defaults(model: Any, sizes: tuple[TaskSize, ...]) -> None:
    defaults = [size for size in sizes if size.source is SizeSource.DEFAULT]
    if defaults:
        listed = ", ".join(f"{size.name} {size.value}" for size in defaults)
        warn_caller(
            f"No source sets the size of the inputs of {model.name!r}: {listed} is taken. "
            "max_sequence_length, image_size and sizes set others.",
            DefaultSizeWarning,
        )
