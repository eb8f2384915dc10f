"""The exporters that are compared, with quantization.

Keras, TensorFlow and litert_ir are imported when they are needed, never when this module is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import Contender, Exporter, exported, keras_signature
from benchmarks.quantized.recipes import Recipe
from benchmarks.quantized.samples import Sample
from benchmarks.records import Exported

if TYPE_CHECKING:
    import keras


def quantizing_exporter(
    contender: Contender, recipe: Recipe, calibration: Sequence[Sample]
) -> Exporter:
    """Import what a contender needs, and return the function that exports its way.

    Args:
        contender: The contender.
        recipe: The recipe.
        calibration: Samples, for the recipes that need some.

    Returns:
        An exporter that does not verify.

    Raises:
        ValueError: When Keras' exporter has no terms for the recipe.
    """
    if contender is Contender.KERAS:
        return _keras(recipe, calibration)
    return _litert_ir(contender, recipe, calibration)


def _keras(recipe: Recipe, calibration: Sequence[Sample]) -> Exporter:
    options = keras_options(recipe, calibration)

    def export(model: keras.Model, path: Path, verify: bool) -> Exported:  # noqa: ARG001
        signature = keras_signature(model)
        model.export(
            str(path), format="litert", verbose=False, input_signature=signature, **options
        )
        return Exported(strategy="keras")

    return export


def keras_options(recipe: Recipe, calibration: Sequence[Sample]) -> dict[str, Any]:
    """A recipe as keywords of Keras' ``model.export``, which hands them to the converter.

    Args:
        recipe: The recipe.
        calibration: Samples, for the recipes that need some.

    Raises:
        ValueError: When TensorFlow has no terms for it.
    """
    import tensorflow as tf

    if not recipe.has_terms_in_tensorflow:
        msg = f"TensorFlow's converter has no terms for the recipe {recipe.value}"
        raise ValueError(msg)
    if recipe is Recipe.FLOAT:
        return {}
    options: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if recipe is Recipe.FLOAT16:
        options["target_spec"] = {"supported_types": [tf.float16]}
    if recipe is Recipe.INT16X8:
        # As litert_ir's recipe: what has no such kernel stays float.
        sixteen = (
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
            tf.lite.OpsSet.TFLITE_BUILTINS,
        )
        options["target_spec"] = {"supported_ops": list(sixteen)}
    if recipe.needs_samples:

        def representative_dataset() -> Iterator[Any]:
            # A single input is called differently in the converted model; so it goes by place.
            return (each if len(each) > 1 else list(each.values()) for each in calibration)

        options["representative_dataset"] = representative_dataset
    return options


def _litert_ir(contender: Contender, recipe: Recipe, calibration: Sequence[Sample]) -> Exporter:
    import litert_ir as lir

    def export(model: keras.Model, path: Path, verify: bool) -> Exported:
        result = lir.export(
            model,
            path,
            quantization=recipe.value,
            representative_dataset=calibration if recipe.needs_samples else None,
            strategies=(contender.value,),
            verify=verify,
        )
        return exported(result)

    return export
