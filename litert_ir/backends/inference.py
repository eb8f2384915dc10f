"""Call a model for inference on flat tensors, leaving it and Keras as they were."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from litert_ir.backends import load_keras, load_tensorflow
from litert_ir.backends.float_calls import computing_in_float
from litert_ir.backends.integer_lookups import searching_integers
from litert_ir.backends.layers import all_layers
from litert_ir.backends.merged_steps import merging_steps
from litert_ir.backends.quantized_layers import ComputedWeight, computed_weights, tensors_of
from litert_ir.backends.variables import variables_of
from litert_ir.errors import UnsupportedModelError
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
    `keras.StatelessScope`, so that losses and state updates do not stick to the model.

    Attributes:
        model: The Keras model.
        signature: How the flat tensors nest.
        in_floats: Whether layers that were quantized in Keras compute with their dequantized
            weights and without rounding activations, as the file does, rather than as they are,
            and `TimeDistributed` computes all steps at once.
    """

    model: Any
    signature: Signature
    in_floats: bool = False

    @property
    def weights(self) -> tuple[Any, ...]:
        """All that the call can have as arguments: the variables, and `ComputedWeight`s, if any."""
        return (*variables_of(self.model), *self._computed())

    def _computed(self) -> tuple[ComputedWeight, ...]:
        return computed_weights(self.model) if self.in_floats else ()

    def __call__(self, flat: Sequence[Any]) -> Any:
        """The model's nested outputs with ``training=False``.

        Raises:
            UnsupportedModelError: When the model updates variables while predicting.
        """
        with load_keras().StatelessScope() as scope:
            outputs = self.unscoped(flat)
        if scope.state_mapping:
            raise _stateful_error(self.model, len(scope.state_mapping))
        return outputs

    def on_weights(self, flat: Sequence[Any], values: Sequence[Any]) -> Any:
        """The same outputs with other values in the place of the model's weights.

        Args:
            flat: The flat inputs.
            values: A tensor for each of `weights`, of its shape; symbolic ones when tracing.

        Raises:
            UnsupportedModelError: When the model updates variables while predicting.
        """
        variables = variables_of(self.model)
        mapping = list(zip(variables, values[: len(variables)], strict=True))
        with load_keras().StatelessScope(state_mapping=mapping) as scope:
            before = dict(scope.state_mapping)
            with self._computing(values[len(variables) :]):
                outputs = self._called(flat)
        updated = [
            key for key, value in scope.state_mapping.items() if before.get(key) is not value
        ]
        if updated:
            raise _stateful_error(self.model, len(updated))
        return outputs

    def unscoped(self, flat: Sequence[Any]) -> Any:
        """The same outputs; variables that the call creates or updates stay with the model."""
        with self._computing(tensors_of(self._computed())):
            return self._called(flat)

    @contextlib.contextmanager
    def _computing(self, tensors: Sequence[Any]) -> Iterator[None]:
        """Let quantized layers compute with these tensors, where that is asked for.

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
        """What a call has returned as a LiteRT file gives it: flat, and in the types of a file.

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


def _stateful_error(model: Any, count: int) -> UnsupportedModelError:
    layers = [layer.path for layer in all_layers(model) if getattr(layer, "stateful", False)]
    return UnsupportedModelError(
        "The model changes its own state while predicting, which a LiteRT file cannot do; "
        "it is not supported for export.",
        where=", ".join(layers) or f"model {model.name!r}",
        expected="a call that only reads variables",
        received=f"{count} updated variable(s): recurrent layers with stateful=True, random seeds",
        advice="make the state an input and an output of the model",
    )
