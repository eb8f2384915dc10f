"""Sample code in Kotlin: `CompiledModel` of LiteRT 2, or its interpreter where sizes are dynamic.

Source: ``litert/kotlin`` of LiteRT 2.3, whose `CompiledModel` does not resize inputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from litert_ir.sample_code.file_call import CallTensor, FileCall
from litert_ir.sample_code.kotlin_functions import functions_for
from litert_ir.sample_code.mobile_call import MOST_LABELS, MobileCall, commented, literal

_KEYWORDS = (
    "as break class continue do else false for fun if in interface is null object package return "
    "super this throw true try typealias typeof val var when while"
)
_USED = "context model inputs outputs run close shape it"
_RESERVED = frozenset(f"{_KEYWORDS} {_USED}".split())

_DEPENDENCY = 'implementation("com.google.ai.edge.litert:litert:2.3.0")'

_ARRAYS = {
    "float32": "FloatArray",
    "int32": "IntArray",
    "int64": "LongArray",
    "bool": "BooleanArray",
    "int16": "ShortArray",
}
"""The arrays of the element types; elements of others stand in arrays of bytes."""

_KINDS = {"float32": "Float", "int32": "Int", "int64": "Long", "bool": "Boolean"}
"""The kinds of ``TensorBuffer.writeFloat`` and so on; others are written as bytes."""

_IMPORTS = {
    "Accelerator.": "com.google.ai.edge.litert.Accelerator",
    "CompiledModel.": "com.google.ai.edge.litert.CompiledModel",
    "ByteBuffer": "java.nio.ByteBuffer",
    "ByteOrder.": "java.nio.ByteOrder",
    "Context": "android.content.Context",
    "InterpreterApi.": "org.tensorflow.lite.InterpreterApi",
    "roundToInt(": "kotlin.math.roundToInt",
}
"""By what shows in code that it needs an import."""


def kotlin_code(call: FileCall) -> str:
    """The code of a class that loads the file from an app's assets, and runs it."""
    code = _Code(MobileCall.of(call, _RESERVED))
    body = "\n".join(code.lines())
    functions = "\n".join(functions_for(body))
    text = f"{body}\n\n{functions}" if functions else f"{body}\n"
    imports = sorted(name for sign, name in _IMPORTS.items() if sign in text)
    return "\n".join([*code.header(), "", *(f"import {name}" for name in imports), "", text])


class _Code:
    """The code of one file.

    Args:
        mobile: The call of the file, with identifiers.
    """

    def __init__(self, mobile: MobileCall) -> None:
        self._mobile = mobile
        self._call = mobile.call
        self._key = _text(self._call.signature)

    def header(self) -> Iterator[str]:
        yield f"// Runs {commented(self._call.file)}, which belongs into src/main/assets."
        yield "// In build.gradle.kts:"
        yield f"//   {_DEPENDENCY}"

    def lines(self) -> Iterator[str]:
        yield f"/** The model {commented(self._call.title)}. */"
        yield f"class {self._mobile.type}(context: Context) : AutoCloseable {{"
        state = self._compiled() if self._call.is_static else self._interpreter()
        parts = (state, self._constants(), self._results(), self._labels(), self._run())
        for part in (*parts, self._close()):
            yield from (f"  {line}" if line else "" for line in part)
        yield "}"

    def _compiled(self) -> Iterator[str]:
        yield "// Accelerator.GPU needs com.google.ai.edge.litert:litert-gpu as well."
        yield "private val model ="
        yield "  CompiledModel.create("
        yield "    context.assets,"
        yield f"    {_text(self._call.file)},"
        yield "    CompiledModel.Options(Accelerator.CPU),"
        yield "  )"
        for side, tensors in (("Input", self._call.inputs), ("Output", self._call.outputs)):
            yield f"private val {side.lower()}s ="
            yield "  mapOf("
            for tensor in tensors:
                name = _text(tensor.name)
                yield f"    {name} to model.create{side}Buffer({name}, {self._key}),"
            yield "  )"

    def _interpreter(self) -> Iterator[str]:
        yield "// In Kotlin, LiteRT's interpreter takes other sizes; its CompiledModel does not."
        yield "private val model ="
        yield f"  context.assets.open({_text(self._call.file)}).use {{"
        yield "    InterpreterApi.create(direct(it.readBytes()), InterpreterApi.Options())"
        yield "  }"

    def _constants(self) -> Iterator[str]:
        for tensor in self._mobile.normalized():
            name, known = self._mobile.inputs[tensor.name], tensor.normalization
            yield f"private val {name}Mean = {_floats(known.mean if known else ())}"
            yield f"private val {name}Std = {_floats(known.std if known else ())}"

    def _results(self) -> Iterator[str]:
        yield ""
        yield "/** Results in row-major order. */"
        yield "class Results("
        for tensor in self._call.outputs:
            name = self._mobile.outputs[tensor.name]
            yield f"  /** {commented(tensor.summary)} */"
            yield f"  val {name}: {_array(tensor)},"
            if not self._call.is_static:
                yield f"  val {name}Shape: IntArray,"
        yield ")"

    def _labels(self) -> Iterator[str]:
        for tensor in self._call.outputs:
            name = f"{self._mobile.outputs[tensor.name]}Labels"
            if len(tensor.labels) > MOST_LABELS:
                file = tensor.labels_file
                yield ""
                yield f"// Beside the model, from it: unzip {self._call.file} {file}"
                yield f"val {name} ="
                yield f"  context.assets.open({_text(file)}).bufferedReader().readLines()"
            elif tensor.labels:
                yield ""
                yield f"val {name} ="
                yield "  listOf("
                yield from (f"    {_text(label)}," for label in tensor.labels)
                yield "  )"

    def _run(self) -> Iterator[str]:
        yield from ("", "/**", " * Runs the model on arrays in row-major order.", " *")
        for tensor in self._call.inputs:
            yield f" * @param {self._mobile.inputs[tensor.name]} {commented(tensor.summary)}"
        yield from (" */", "fun run(")
        for tensor in self._call.inputs:
            yield f"  {self._mobile.inputs[tensor.name]}: {_array(tensor)},"
        yield from (f"  {name}: Int," for name in self._mobile.sizes.values())
        yield "): Results {"
        body = self._run_compiled() if self._call.is_static else self._run_interpreter()
        yield from (f"  {line}" for line in (*self._checks(), *body))
        yield "}"

    def _checks(self) -> Iterator[str]:
        for name, dim in self._mobile.bounded():
            most = "Int.MAX_VALUE" if dim.maximum is None else dim.maximum
            step = f" && {name} % {dim.multiple_of} == 0" if dim.multiple_of > 1 else ""
            yield f'require({name} in {dim.minimum}..{most}{step}) {{ "{name} is ${name}" }}'
        for tensor in self._call.inputs:
            name, count = self._mobile.inputs[tensor.name], self._mobile.count_of(tensor)
            in_bytes = _array(tensor) == "ByteArray" and tensor.item_bytes > 1
            size = f"{count} * {tensor.item_bytes}" if in_bytes else count
            yield f'require({name}.size == {size}) {{ "{name} has ${{{name}.size}} elements" }}'

    def _run_compiled(self) -> Iterator[str]:
        for tensor in self._call.inputs:
            kind = None if tensor.is_quantized else _KINDS.get(tensor.dtype)
            value = self._values(tensor) if kind else self._bytes(tensor)
            yield f"inputs.getValue({_text(tensor.name)}).write{kind or 'Int8'}({value})"
        yield f"model.run(inputs, outputs, {self._key})"
        yield "return Results("
        for tensor in self._call.outputs:
            kind = None if tensor.is_quantized else _KINDS.get(tensor.dtype)
            taken = f"outputs.getValue({_text(tensor.name)}).read{kind or 'Int8'}()"
            value = taken if kind else _decoded(tensor, taken)
            yield f"  {self._mobile.outputs[tensor.name]} = {value},"
        yield ")"

    def _run_interpreter(self) -> Iterator[str]:
        for place, tensor in enumerate(self._call.inputs):
            sizes = ", ".join(self._mobile.dims_of(tensor))
            yield f"model.resizeInput({place}, intArrayOf({sizes}))"
        yield "model.runForMultipleInputsOutputs("
        yield "  arrayOf<Any>("
        for tensor in self._call.inputs:
            yield f"    direct({self._bytes(tensor)}),"
        yield "  ),"
        yield "  emptyMap<Int, Any>(),"
        yield ")"
        yield "return Results("
        for place, tensor in enumerate(self._call.outputs):
            name, taken = self._mobile.outputs[tensor.name], f"model.getOutputTensor({place})"
            yield f"  {name} = {_decoded(tensor, f'bytesIn({taken}.asReadOnlyBuffer())')},"
            yield f"  {name}Shape = {taken}.shape(),"
        yield ")"

    def _values(self, tensor: CallTensor) -> str:
        """An input's values after normalization."""
        name = self._mobile.inputs[tensor.name]
        if tensor not in self._mobile.normalized():
            return name
        return f"normalized({name}, {name}Mean, {name}Std)"

    def _bytes(self, tensor: CallTensor) -> str:
        """An input as bytes."""
        value = self._values(tensor)
        if tensor.is_quantized:
            low, high = tensor.integer_range
            range_of = f"{low}..{high}"
            ints = f"quantized({value}, {_float(tensor.scale)}, {tensor.zero_point}, {range_of})"
            return f"bytesOfInt{8 * tensor.item_bytes}({ints})"
        array = _ARRAYS.get(tensor.dtype)
        return value if array is None else f"bytesOf{array.removesuffix('Array')}s({value})"

    def _close(self) -> Iterator[str]:
        yield from ("", "override fun close() {")
        if self._call.is_static:
            yield "  (inputs.values + outputs.values).forEach { it.close() }"
        yield from ("  model.close()", "}")


def _array(tensor: CallTensor) -> str:
    """The array of a tensor's values, as a caller has it."""
    return _ARRAYS["float32"] if tensor.is_quantized else _ARRAYS.get(tensor.dtype, "ByteArray")


def _decoded(tensor: CallTensor, taken: str) -> str:
    """An output of bytes as the array that a caller has."""
    if tensor.is_quantized:
        ints = f"{tensor.dtype}sOf({taken})"
        return f"dequantized({ints}, {_float(tensor.scale)}, {tensor.zero_point})"
    array = _ARRAYS.get(tensor.dtype)
    return taken if array is None else f"{array.removesuffix('Array').lower()}sOf({taken})"


def _floats(numbers: tuple[float, ...]) -> str:
    return f"floatArrayOf({', '.join(map(_float, numbers))})"


def _float(number: float) -> str:
    """A number as a literal of type Float."""
    return f"{number:.9g}f"


def _text(text: str) -> str:
    return literal(text, interpolates="$")
