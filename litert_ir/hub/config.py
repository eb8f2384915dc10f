"""Configure a class of models for export: inputs, their order, and their sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from litert_ir.backends import load_keras
from litert_ir.errors import UnsupportedTaskError
from litert_ir.errors.nearest_names import may_be
from litert_ir.errors.shown import shown
from litert_ir.hub.axes import AXES, RULES, SEQUENCE, Axes
from litert_ir.hub.resolution import Resolution
from litert_ir.hub.size_sources import IMAGE_HEIGHT, IMAGE_WIDTH, RequestedSizes, SizeRule
from litert_ir.hub.value_bounds import bound_of, pattern_of
from litert_ir.ir.task import InputBound, InputPattern, TaskSize

NO_SIZES = RequestedSizes()
_GENERATED = ("keras_tensor", "input_layer")
"""The prefixes of the names that Keras generates for tensors and input layers."""


class ExporterConfig:
    """The inputs and sizes of a class of models, known before one of them is exported.

    Subclass it, override what differs, and register it. A configuration reads the inputs that its
    model has: missing optional ones are left out, and unexpected ones follow the expected ones.

    Attributes:
        MODEL_TYPE: The kind of task, as plans and tables call it.
        EXPECTED_INPUTS: Names of inputs in the order of the file.
        OPTIONAL_INPUTS: The expected inputs that a model may lack; lacking any other is an error.
        SEQUENCES: The sizes that ``max_sequence_length`` sets.
        OUTPUT_NAME: The name in the file of a single output; empty for Keras' own name.
        UNSUPPORTED: The reason why no such model can be exported; empty where it can.
        AXES: By input name, the size names of the axes after the batch.
        RULES: By size name, the rule for a size that the caller leaves open.

    Args:
        model: The model.
    """

    MODEL_TYPE: ClassVar[str] = ""
    EXPECTED_INPUTS: ClassVar[Sequence[str]] = ()
    OPTIONAL_INPUTS: ClassVar[Collection[str]] = ()
    SEQUENCES: ClassVar[tuple[str, ...]] = (SEQUENCE,)
    OUTPUT_NAME: ClassVar[str] = ""
    UNSUPPORTED: ClassVar[str] = ""
    AXES: ClassVar[Mapping[str, Axes]] = AXES
    RULES: ClassVar[Mapping[str, SizeRule]] = RULES

    def __init__(self, model: Any) -> None:
        self.model = model

    @property
    def is_bare(self) -> bool:
        """Return whether the model takes a single tensor, not in a dict."""
        declared = self._declared()
        return declared is not None and not isinstance(declared, Mapping)

    @property
    def inputs(self) -> dict[str, Any]:
        """Return the model's inputs, as `keras.KerasTensor` by name, in the order of the file.

        Raises:
            UnsupportedTaskError: When the model has none of the expected inputs, lacks a required
                one, or takes a list of several, which have no names; when ``EXPECTED_INPUTS`` is
                not a sequence of names.
        """
        self._require_names()
        declared = self._declared()
        if declared is None:
            return {name: self.undeclared(name) for name in self.EXPECTED_INPUTS}
        if isinstance(declared, list | tuple):
            raise self._unexpected([tensor.name for tensor in self.model.inputs])
        if not isinstance(declared, Mapping):
            declared = {self._name_of(declared): declared}
        expected = [name for name in self.EXPECTED_INPUTS if name in declared]
        if self.EXPECTED_INPUTS and not expected:
            raise self._unexpected(declared)
        self._require_inputs(declared)
        return {name: declared[name] for name in dict.fromkeys((*expected, *declared))}

    def check_supported(self) -> None:
        """Reject a model that cannot be exported, before anything is traced.

        Raises:
            UnsupportedTaskError: With the reason.
        """
        if self.UNSUPPORTED:
            raise UnsupportedTaskError(
                f"{type(self.model).__name__} is not supported for export.",
                where=f"model {self.model.name!r}",
                received=self.UNSUPPORTED,
            )

    def notes(self) -> tuple[str, ...]:
        """Return notes for users of the file, for the plan."""
        return ()

    def bounds(self, sizes: Sequence[TaskSize]) -> tuple[InputBound, ...]:
        """Return the bounds of the values of the integer inputs.

        Args:
            sizes: The sizes of the inputs; positions are below the length of their sequence.
        """
        by_name = {size.name: size.value for size in sizes}
        found = (
            (name, bound_of(self.model, name, by_name))
            for name, tensor in self.inputs.items()
            if "int" in str(tensor.dtype)
        )
        return tuple(InputBound(name, below) for name, below in found if below is not None)

    def patterns(self) -> tuple[InputPattern, ...]:
        """Return the patterns of the inputs whose values are related."""
        found = (
            pattern_of(self.model, name, tuple(tensor.shape))
            for name, tensor in self.inputs.items()
        )
        return tuple(pattern for pattern in found if pattern is not None)

    def axes(self, name: str, tensor: Any) -> Axes:
        """Return the size names of an input's axes after the batch.

        Args:
            name: The input's name.
            tensor: Its shape and dtype.
        """
        rank = len(tensor.shape)
        if name in self.AXES:
            named = self.AXES[name]
        elif rank == 2:
            named = (SEQUENCE,)
        else:
            named = self.image_axes() if rank == 4 else ("images", *self.image_axes())
        return (*named, *[None] * rank)[: rank - 1]

    def image_axes(self) -> Axes:
        """Return the axes of one image, in the model's data format."""
        if self.data_format() == "channels_first":
            return (None, IMAGE_HEIGHT, IMAGE_WIDTH)
        return (IMAGE_HEIGHT, IMAGE_WIDTH, None)

    def data_format(self) -> str:
        """``channels_last`` or ``channels_first``."""
        parts = (self.model, getattr(self.model, "backbone", None))
        known = (getattr(part, "data_format", None) for part in parts)
        return next(filter(None, known), None) or str(load_keras().config.image_data_format())

    def rule(self, name: str) -> SizeRule:
        """Return the rule for a size that the caller leaves open."""
        return self.RULES.get(name, SizeRule(name=name))

    def sizes(self, requested: RequestedSizes = NO_SIZES) -> tuple[TaskSize, ...]:
        """Resolve every size of the inputs, with its source.

        Raises:
            SizeError: When a size cannot be found, is too large, or is unknown to this model.
        """
        return self._resolution(requested).found

    def get_input_signature(self, requested: RequestedSizes = NO_SIZES) -> dict[str, Any]:
        """Return the inputs as `keras.InputSpec`, by name, in the order of the file.

        The batch is dynamic where the model leaves it open; so is an axis without a known or
        requested size.

        Raises:
            SizeError: As `sizes`.
        """
        shapes = self._resolution(requested).shapes()
        spec = load_keras().InputSpec
        return {
            name: spec(shape=shapes[name], dtype=tensor.dtype, name=name)
            for name, tensor in self.inputs.items()
        }

    def _resolution(self, requested: RequestedSizes) -> Resolution:
        inputs = self.inputs
        return Resolution.of(
            self.model,
            {name: tuple(tensor.shape) for name, tensor in inputs.items()},
            {name: self.axes(name, tensor) for name, tensor in inputs.items()},
            self.rule,
            requested.by_name(self.SEQUENCES),
        )

    def _declared(self) -> Any:
        """Return the inputs of a functional model, as they are nested; None for another model."""
        if not isinstance(self.model, load_keras().Function):
            return None
        declared = self.model.input
        single = isinstance(declared, list | tuple) and len(declared) == 1
        return declared[0] if single else declared

    def _name_of(self, tensor: Any) -> str:
        if self.EXPECTED_INPUTS:
            return self.EXPECTED_INPUTS[0]
        made_up = tensor.name.startswith(_GENERATED)
        return ("images" if len(tensor.shape) == 4 else "inputs") if made_up else tensor.name

    def undeclared(self, name: str) -> Any:
        """Return an input of a model that declares none: token ids, or images."""
        axes = self.AXES.get(name, (SEQUENCE,))
        return load_keras().KerasTensor((None, *[None] * len(axes)), dtype="int32")

    def _require_names(self) -> None:
        names: object = self.EXPECTED_INPUTS
        if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
            return
        raise UnsupportedTaskError(
            f"{type(self).__name__} does not say in which order inputs come.",
            where=f"EXPECTED_INPUTS of {type(self).__name__}",
            expected="a tuple of names, such as ('token_ids', 'padding_mask')",
            received=shown(names),
        )

    def _require_inputs(self, declared: Iterable[str]) -> None:
        """Reject expected names that are not the model's."""
        names = list(declared)
        known = {*names, *self.OPTIONAL_INPUTS}
        missing = [name for name in self.EXPECTED_INPUTS if name not in known]
        if missing:
            raise UnsupportedTaskError(
                f"{type(self).__name__} expects inputs that this model does not have.",
                where=f"EXPECTED_INPUTS of {type(self).__name__}, model {self.model.name!r}",
                expected="some of " + ", ".join(names),
                received=", ".join(missing),
                advice="; ".join(
                    [
                        *may_be(missing, names),
                        "name in OPTIONAL_INPUTS what some models of the class lack",
                    ]
                ),
            )

    def _unexpected(self, declared: Iterable[str]) -> UnsupportedTaskError:
        return UnsupportedTaskError(
            f"{type(self).__name__} does not know the inputs of this model.",
            where=f"model {self.model.name!r}",
            expected=", ".join(self.EXPECTED_INPUTS) or "one input, or a dict of inputs",
            received=", ".join(declared),
            advice="register a subclass of the configuration with other EXPECTED_INPUTS; a list "
            "of inputs has to be a dict",
        )
