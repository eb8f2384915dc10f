"""A model's graph on the disk, as TensorFlow's converter takes it in any process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import attrs

from litert_ir.backends import load_tensorflow
from litert_ir.conversion.tensorflow.converter import by_wire_name, configure
from litert_ir.conversion.tensorflow.frozen_weights import require_frozen
from litert_ir.ir.file_options import FileOptions
from litert_ir.samples.samples import Sample

ENDPOINT = "serve"
"""The signature that the graph is saved under."""


@attrs.frozen(kw_only=True)
class SavedGraph:
    """A SavedModel with one signature, whose tensors have wire names.

    It holds the weights, and needs neither Keras nor the model's own classes.

    Attributes:
        folder: The folder of the SavedModel.
        is_frozen_first: Whether to freeze its one function and convert that, or to let the
            converter read the SavedModel.
    """

    folder: Path
    is_frozen_first: bool = False


def convert_graph(
    graph: SavedGraph, options: FileOptions, calibration: Iterable[Sample] | None
) -> bytes:
    """Convert a saved graph with TensorFlow's converter.

    Args:
        graph: The graph.
        options: The plan's options.
        calibration: The flat calibration samples, if the plan asks for any.

    Returns:
        A LiteRT file with wire names.

    Raises:
        FileRejectedError: When the file lacks its weights.
        Exception: What TensorFlow raises.
    """
    tf = load_tensorflow()
    folder = str(graph.folder)
    if not graph.is_frozen_first:
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[ENDPOINT])
        configure(converter, options, calibration, by_wire_name)
        return bytes(converter.convert())
    loaded = tf.saved_model.load(folder)
    # Without a trackable object, TensorFlow freezes the function's variables.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([loaded.signatures[ENDPOINT]])
    configure(converter, options, calibration, list)
    content = bytes(converter.convert())
    require_frozen(content)
    return content
