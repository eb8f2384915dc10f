"""Sample code in Python, with LiteRT's interpreter and numpy."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator

from litert_ir.ir.metadata import numbers_text
from litert_ir.ir.tensor import shape_text
from litert_ir.sample_code.file_call import CallTensor, FileCall
from litert_ir.sample_code.identifiers import Style, identifiers

_USED = (
    "np zipfile model outputs results load run labels_of Interpreter PATH quantized dequantized "
    "print zip path"
)
_TAKEN = frozenset((*keyword.kwlist, *keyword.softkwlist, *_USED.split()))


def python_code(call: FileCall) -> str:
    """The code of a module that loads and runs the file; it runs by itself, on zeros."""
    return "\n".join(_Code(call).lines()) + "\n"


class _Code:
    """The code of one file.

    Args:
        call: The call of the file.
    """

    def __init__(self, call: FileCall) -> None:
        self._call = call
        names = (tensor.name for tensor in call.inputs)
        self._variables = identifiers(names, Style.SNAKE, _TAKEN)
        labelled = (tensor.name for tensor in call.outputs if tensor.labels_file)
        spelt = identifiers(labelled, Style.SNAKE, ())
        self._label_names = {name: f"{word.upper()}_LABELS" for name, word in spelt.items()}

    def lines(self) -> Iterator[str]:
        yield f'"""Run {self._call.file} with LiteRT: pip install ai-edge-litert numpy."""'
        yield ""
        if self._has_label_files:
            yield from ("import zipfile", "")
        yield "import numpy as np"
        yield "from ai_edge_litert.interpreter import Interpreter"
        yield ""
        yield f"PATH = {_text(self._call.file)}"
        yield from self._label_constants()
        yield from self._load()
        yield from self._quantization()
        yield from self._labels_of()
        yield from self._run()
        yield from self._main()

    @property
    def _has_label_files(self) -> bool:
        return any(tensor.labels_file for tensor in self._call.outputs)

    def _label_constants(self) -> Iterator[str]:
        for tensor in self._call.outputs:
            if tensor.labels_file:
                yield f"{self._label_names[tensor.name]} = {_text(tensor.labels_file)}"

    def _load(self) -> Iterator[str]:
        yield from ("", "", "def load(path=PATH):")
        yield '    """Load the file; the result takes arrays of any of its sizes by name."""'
        yield "    interpreter = Interpreter(model_path=path)"
        yield f"    return interpreter.get_signature_runner({_text(self._call.signature)})"

    def _quantization(self) -> Iterator[str]:
        if any(tensor.is_quantized for tensor in self._call.inputs):
            yield from ("", "", "def quantized(values, scale, zero_point, dtype):")
            yield '    """Quantize real values to integers."""'
            yield "    limits = np.iinfo(dtype)"
            yield "    steps = np.round(np.asarray(values, np.float32) / scale) + zero_point"
            yield "    return np.clip(steps, limits.min, limits.max).astype(dtype)"
        if any(tensor.is_quantized for tensor in self._call.outputs):
            yield from ("", "", "def dequantized(values, scale, zero_point):")
            yield '    """Dequantize integers to real values."""'
            yield "    return (values.astype(np.float32) - zero_point) * np.float32(scale)"

    def _labels_of(self) -> Iterator[str]:
        if self._has_label_files:
            yield from ("", "", "def labels_of(name, path=PATH):")
            yield '    """Read a list of labels that the file carries."""'
            yield "    with zipfile.ZipFile(path) as archive:"
            yield '        return archive.read(name).decode().replace("\\r", "").split("\\n")'

    def _run(self) -> Iterator[str]:
        parameters = ", ".join(self._variables.values())
        yield from ("", "", f"def run(model, {parameters}):")
        yield '    """Run the model.'
        yield from ("", "    Args:", "        model: From `load`.")
        for tensor in self._call.inputs:
            yield f"        {self._variables[tensor.name]}: {_documented(tensor.summary)}"
        yield from ("", "    Returns:", "        By name:")
        for tensor in self._call.outputs:
            yield f"        {_documented(tensor.name)}: {_documented(tensor.summary)}"
        yield '    """'
        for tensor in self._call.inputs:
            yield from self._conversion(tensor)
        given = ", ".join(
            f"{_text(name)}: {variable}" for name, variable in self._variables.items()
        )
        yield f"    outputs = model(**{{{given}}})"
        yield "    return {"
        for tensor in self._call.outputs:
            yield f"        {_text(tensor.name)}: {_real(tensor)},"
        yield "    }"

    def _conversion(self, tensor: CallTensor) -> Iterator[str]:
        variable = self._variables[tensor.name]
        if tensor.normalization is not None:
            known = tensor.normalization
            mean, std = numbers_text(known.mean), numbers_text(known.std)
            yield f"    {variable} = np.asarray({variable}, np.float32)"
            yield f"    {variable} = ({variable} - np.float32({mean})) / np.float32({std})"
        if tensor.is_quantized:
            facts = f"{tensor.scale!r}, {tensor.zero_point}, np.{tensor.dtype}"
            yield f"    {variable} = quantized({variable}, {facts})"
        elif tensor.normalization is None or tensor.dtype != "float32":
            yield f"    {variable} = np.asarray({variable}, {_dtype(tensor.dtype)})"

    def _main(self) -> Iterator[str]:
        yield from ("", "", 'if __name__ == "__main__":')
        yield "    results = run("
        yield "        load(),"
        for tensor in self._call.inputs:
            sizes = tuple(dim if isinstance(dim, int) else dim.smallest for dim in tensor.shape)
            dtype = "np.float32" if tensor.takes_floats else _dtype(tensor.dtype)
            comment = f"  # {shape_text(tensor.shape)}" if not tensor.is_static else ""
            yield f"        {self._variables[tensor.name]}=np.zeros({sizes}, {dtype}),{comment}"
        yield "    )"
        yield "    for name, values in results.items():"
        yield "        print(name, values.dtype, values.shape)"
        for tensor in self._call.outputs:
            if tensor.labels_file:
                yield f"    labels = np.array(labels_of({self._label_names[tensor.name]}))"
                best = ".argmax(axis=-1)" if tensor.is_classes else ""
                yield f"    print(labels[results[{_text(tensor.name)}]{best}])"


def _real(tensor: CallTensor) -> str:
    taken = f"outputs[{_text(tensor.name)}]"
    if not tensor.is_quantized:
        return taken
    return f"dequantized({taken}, {tensor.scale!r}, {tensor.zero_point})"


def _text(text: str) -> str:
    """A text as a literal, with the quotes of most code."""
    return json.dumps(text, ensure_ascii=False)


def _dtype(name: str) -> str:
    return "np.bool_" if name == "bool" else f"np.{name}"


def _documented(text: str) -> str:
    """A text as a part of a docstring: names of tensors and descriptions may hold anything."""
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
