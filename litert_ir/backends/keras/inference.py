"""Call a model for inference on flat tensors, leaving it and Keras as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.keras.float_calls import computing_in_float
from litert_ir.backends.keras.integer_lookups import searching_integers
from litert_ir.backends.keras.merged_steps import merging_steps
from litert_ir.backends.keras.quantized_layers import ComputedWeight, computed_weights, tensors_of
from litert_ir.backends.keras.state import Updates, recording_scope
from litert_ir.backends.keras.variables import variables_of
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.plan import OUTPUTS
from litert_ir.ir.signature import Signature
from litert_ir.visitors.flatten import call_arguments, flatten

INPUT_WIRE = "lir_in_{:04d}"
OUTPUT_WIRE = "lir_out_{:04d}"
"""Names of flat tensors on the way through the converter: valid in a TensorFlow graph, and
in plan order when sorted, whatever the final names are."""


@attrs.frozen
class InferenceCall:
    """A model as a function of the flat inputs of a signature.

    The weights are the model's own: nothing is copied. The call runs in a
    `keras.StatelessScope`, so that losses and state updates do not stick to the model; outputs
    that depend on state that the call updates are refused (see `litert_ir.backends.keras.state`).

    Attributes:
        model: The Keras model.
        signature: The nesting of the flat tensors.
        in_floats: Whether layers that were quantized in Keras compute with their dequantized
            weights and without rounding activations, as the file does, rather than as they are,
            and `TimeDistributed` computes all steps at once.
    """

    model: Any
    signature: Signature
    in_floats: bool = False

    @property
    def weights(self) -> tuple[Any, ...]:
        """All weights that the call can take as arguments: variables, and `ComputedWeight`s."""
        return (*variables_of(self.model), *self._computed())

    def _computed(self) -> tuple[ComputedWeight, ...]:
        return computed_weights(self.model) if self.in_floats else ()

    def __call__(self, flat: Sequence[Any]) -> Any:
        """The model's nested outputs with ``training=False``.

        Raises:
            UnsupportedModelError: When they depend on state that the call updates.
        """
        return self._stateless(flat, (), tensors_of(self._computed()))

    def on_weights(self, flat: Sequence[Any], values: Sequence[Any]) -> Any:
        """Return the outputs with other values for the model's weights.

        Args:
            flat: The flat inputs.
            values: A tensor for each of `weights`, of its shape; symbolic ones when tracing.

        Raises:
            UnsupportedModelError: When they depend on state that the call updates.
        """
        variables = variables_of(self.model)
        given = zip(variables, values[: len(variables)], strict=True)
        return self._stateless(flat, tuple(given), values[len(variables) :])

    def _stateless(
        self, flat: Sequence[Any], given: Sequence[tuple[Any, Any]], computed: Sequence[Any]
    ) -> Any:
        """The outputs with values given for variables; updates of variables are left out."""
        scope, outputs = self._scoped(flat, given, computed)
        updated = scope.updated

        def again(values: Sequence[Any]) -> Any:
            others = zip(updated, values, strict=True)
            return self._scoped(flat, (*given, *others), computed)[1]

        Updates(
            model=self.model, variables=updated, given=scope.given, outputs=outputs, again=again
        ).require_harmless()
        return outputs

    def _scoped(
        self, flat: Sequence[Any], given: Sequence[tuple[Any, Any]], computed: Sequence[Any]
    ) -> tuple[Any, Any]:
        """The scope of a call, and the outputs."""
        with recording_scope(given) as scope, self._computing(computed):
            return scope, self._called(flat)

    def unscoped(self, flat: Sequence[Any]) -> Any:
        """The same outputs; variables that the call creates or updates stay with the model."""
        with self._computing(tensors_of(self._computed())):
            return self._called(flat)

    @contextlib.contextmanager
    def _computing(self, tensors: Sequence[Any]) -> Iterator[None]:
        """Let quantized layers compute with these tensors, where the call is in floats.

        Loops of Keras' over time steps are computed at once then, too.
        """
        if not self.in_floats:
            yield
            return
        with (
            merging_steps(self.model),
            searching_integers(self.model),
            computing_in_float(self.model, self._computed(), tensors),
        ):
            yield

    def _called(self, flat: Sequence[Any]) -> Any:
        positional, keywords = call_arguments(self.signature, self._in_model_types(flat))
        return self.model(*positional, **keywords, training=False)

    def flat_outputs(self, flat: Sequence[Any], outputs: SignatureNode) -> tuple[Any, ...]:
        """The outputs as a LiteRT file gives them: flat, and in the types of a file.

        Args:
            flat: The flat inputs.
            outputs: The tree of the outputs.
        """
        return self.leaves(self(flat), outputs)

    def leaves(self, nested: Any, outputs: SignatureNode) -> tuple[Any, ...]:
        """Return a call's outputs as a LiteRT file gives them: flat, and in the types of a file.

        Args:
            nested: The outputs.
            outputs: Their tree.
        """
        values = flatten(outputs, nested, OUTPUTS)
        specs = (leaf.spec for leaf in collect_leaves(outputs, OUTPUTS))
        cast = load_keras().ops.cast
        return tuple(
            value if spec.model_dtype is None else cast(value, spec.dtype.value)
            for spec, value in zip(specs, values, strict=True)
        )

    def _in_model_types(self, flat: Sequence[Any]) -> list[Any]:
        cast = load_keras().ops.cast
        return [
            value if spec.model_dtype is None else cast(value, spec.model_dtype.value)
            for spec, value in zip(self.signature.tensors, flat, strict=True)
        ]

    def wire_specs(self) -> list[Any]:
        """One `tf.TensorSpec` per flat input, named for the way through the converter."""
        tf = load_tensorflow()
        return [
            tf.TensorSpec(spec.sizes, tf.dtypes.as_dtype(spec.dtype.value), INPUT_WIRE.format(i))
            for i, spec in enumerate(self.signature.tensors)
        ]
