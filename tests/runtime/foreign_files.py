"""Files as other tools write them: with two signatures, with none, with names of tensors alone."""

from __future__ import annotations

import functools
import tempfile
from typing import Any

from litert_ir.backends import load_tensorflow
from tests.conversion.exports import exported
from tests.conversion.stubs import edited, with_swapped_inputs, without_signature


@functools.cache
def two_signatures() -> bytes:
    """A file of TensorFlow's converter: ``double`` (x -> y), ``add`` (left, right -> sum)."""
    tf = load_tensorflow()

    module_class: Any = tf.Module

    class Arithmetic(module_class):  # type: ignore[misc]  # tensorflow has no type stubs
        """Two functions of vectors of four floats."""

        @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32, name="x")])  # type: ignore[untyped-decorator]
        def double(self, x: Any) -> Any:
            """Twice the input."""
            return {"y": 2.0 * x}

        @tf.function(  # type: ignore[untyped-decorator]
            input_signature=[
                tf.TensorSpec((1, 4), tf.float32, name="left"),
                tf.TensorSpec((1, 4), tf.float32, name="right"),
            ]
        )
        def add(self, left: Any, right: Any) -> Any:
            """The sum of both inputs."""
            return {"sum": left + right}

    module = Arithmetic()
    signatures = {name: getattr(module, name) for name in ("double", "add")}
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[*signatures])
        content: bytes = converter.convert()
    return content


@functools.cache
def unsigned() -> bytes:
    """A file without signatures, whose two inputs and two outputs share their names."""

    def edit(model: Any) -> None:
        graph = model.subgraphs[0]
        for place in (*graph.inputs, *graph.outputs):
            graph.tensors[place].name = b"tensor"
        model.metadata = []

    return edited(without_signature(exported("list").content), edit)


@functools.cache
def swapped() -> bytes:
    """A file whose signature orders its inputs otherwise than its subgraph."""
    return with_swapped_inputs(exported("list").content)
