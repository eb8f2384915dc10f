"""Sample code in Swift: `CompiledModel` of the package LiteRT.

Source: ``litert/swift`` of LiteRT 2.3, the package at the root of its repository.
"""

from __future__ import annotations

from collections.abc import Iterator

from litert_ir.sample_code.file_call import CallTensor, FileCall
from litert_ir.sample_code.mobile_call import MOST_LABELS, MobileCall, commented, literal

_KEYWORDS = (
    "as associatedtype break case catch class continue default defer deinit do else enum extension "
    "fallthrough false fileprivate for func guard if import in init inout internal is let nil open "
    "operator private precedencegroup protocol public repeat rethrows return self static struct "
    "subscript super switch throw throws true try typealias var where while"
)
_USED = "model inputs outputs run shapes path"
_RESERVED = frozenset(f"{_KEYWORDS} {_USED}".split())

_TYPES = {
    "float32": "Float",
    "float64": "Double",
    "float16": "UInt16",  # macOS on Intel has no Float16
    "bool": "Bool",
    **{f"int{bits}": f"Int{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"UInt{bits}" for bits in (8, 16, 32, 64)},
}

_NORMALIZED = """
/// Normalizes values of which the channels are the last axis.
private func normalized(_ values: [Float], mean: [Float], std: [Float]) -> [Float] {
  values.enumerated().map { index, value in
    (value - mean[index % mean.count]) / std[index % std.count]
  }
}"""
_QUANTIZED = """
/// Quantizes real values to integers.
private func quantized<T: FixedWidthInteger>(
  _ values: [Float], scale: Float, zeroPoint: Float
) -> [T] {
  values.map { value in
    let step = (value / scale).rounded(.toNearestOrEven) + zeroPoint
    return T(min(max(step, Float(T.min)), Float(T.max)))
  }
}"""
_DEQUANTIZED = """
/// Dequantizes integers to real values.
private func dequantized<T: FixedWidthInteger>(
  _ values: [T], scale: Float, zeroPoint: Float
) -> [Float] {
  values.map { (Float($0) - zeroPoint) * scale }
}"""


def swift_code(call: FileCall) -> str:
    """The code of a class that loads the file and runs it."""
    return "\n".join(_Code(MobileCall.of(call, _RESERVED)).lines()) + "\n"


class _Code:
    """The code of one file.

    Args:
        mobile: The call of the file, with identifiers.
    """

    def __init__(self, mobile: MobileCall) -> None:
        self._mobile = mobile
        self._call = mobile.call

    def lines(self) -> Iterator[str]:
        yield f"// Runs {commented(self._call.file)} with the Swift package LiteRT,"
        yield "// https://github.com/google-ai-edge/LiteRT"
        yield from ("", "import Foundation", "import LiteRT", "")
        yield f"/// The model {commented(self._call.title)}."
        yield f"final class {self._mobile.type} {{"
        for part in (self._state(), self._results(), self._labels(), self._init(), self._run()):
            yield from (f"  {line}" if line else "" for line in part)
        yield "}"
        if self._mobile.normalized():
            yield _NORMALIZED
        if any(tensor.is_quantized for tensor in self._call.inputs):
            yield _QUANTIZED
        if any(tensor.is_quantized for tensor in self._call.outputs):
            yield _DEQUANTIZED

    def _state(self) -> Iterator[str]:
        yield "private let model: CompiledModel"
        if self._call.is_static:
            yield "private let inputs: [TensorBuffer]"
            yield "private let outputs: [TensorBuffer]"
        for tensor in self._mobile.normalized():
            name, known = self._mobile.inputs[tensor.name], tensor.normalization
            yield f"private let {name}Mean: [Float] = {_floats(known.mean if known else ())}"
            yield f"private let {name}Std: [Float] = {_floats(known.std if known else ())}"

    def _results(self) -> Iterator[str]:
        yield from ("", "/// Results in row-major order.", "struct Results {")
        for tensor in self._call.outputs:
            name = self._mobile.outputs[tensor.name]
            yield f"  /// {commented(tensor.summary)}"
            yield f"  let {name}: [{_element(tensor)}]"
            if not self._call.is_static:
                yield f"  let {name}Shape: [Int]"
        yield "}"

    def _labels(self) -> Iterator[str]:
        for tensor in self._call.outputs:
            name = f"{self._mobile.outputs[tensor.name]}Labels"
            if len(tensor.labels) > MOST_LABELS:
                yield ""
                yield f"/// From the model: unzip {self._call.file} {tensor.labels_file}"
                yield f"static func {name}(path: String) throws -> [String] {{"
                yield "  try String(contentsOfFile: path, encoding: .utf8)"
                yield "    .split(whereSeparator: \\.isNewline).map(String.init)"
                yield "}"
            elif tensor.labels:
                yield from ("", f"static let {name} = [")
                yield from (f"  {_text(label)}," for label in tensor.labels)
                yield "]"

    def _init(self) -> Iterator[str]:
        yield from ("", "/// - Parameter path: The path of the file.")
        yield "init(path: String) throws {"
        yield "  let options = try Options()"
        yield "  try options.setHardwareAccelerators([.cpu])  // also .gpu"
        yield "  model = try CompiledModel("
        yield "    filePath: path, environment: try Environment(), options: options)"
        if self._call.is_static:
            yield "  inputs = try model.createInputBuffers()"
            yield "  outputs = try model.createOutputBuffers()"
        yield "}"

    def _run(self) -> Iterator[str]:
        yield from ("", "/// Runs the model on arrays in row-major order.", "///")
        yield "/// - Parameters:"
        for tensor in self._call.inputs:
            yield f"///   - {self._mobile.inputs[tensor.name]}: {commented(tensor.summary)}"
        for name, dim in zip(self._mobile.sizes.values(), self._call.dims, strict=True):
            yield f"///   - {name}: The size {commented(str(dim))}"
        parameters = [
            *(f"{self._mobile.inputs[t.name]}: [{_element(t)}]" for t in self._call.inputs),
            *(f"{name}: Int" for name in self._mobile.sizes.values()),
        ]
        yield "func run("
        yield from _separated(parameters)
        yield ") throws -> Results {"
        body = (*self._checks(), *self._resized(), *self._invoked())
        yield from (f"  {line}" for line in body)
        yield "}"

    def _checks(self) -> Iterator[str]:
        for name, dim in self._mobile.bounded():
            most = "" if dim.maximum is None else dim.maximum
            step = f" && {name} % {dim.multiple_of} == 0" if dim.multiple_of > 1 else ""
            yield f'precondition(({dim.minimum}...{most}).contains({name}){step}, "{name}")'
        for tensor in self._call.inputs:
            name = self._mobile.inputs[tensor.name]
            yield f'precondition({name}.count == {self._mobile.count_of(tensor)}, "{name}")'

    def _resized(self) -> Iterator[str]:
        if self._call.is_static:
            return
        for place, tensor in enumerate(self._call.inputs):
            if not tensor.is_static:
                sizes = ", ".join(self._mobile.dims_of(tensor))
                yield f"try model.resizeInputTensor(inputIndex: {place}, dimensions: [{sizes}])"
        yield "let shapes = try model.getOutputTensorLayouts().map(\\.dimensions)"
        yield "let inputs = try model.createInputBuffers()"
        yield "let outputs = try model.createOutputBuffers()"

    def _invoked(self) -> Iterator[str]:
        for place, tensor in enumerate(self._call.inputs):
            yield f"try inputs[{place}].write({self._stored(tensor)})"
        yield "try model.run(inputs: inputs, outputs: outputs)"
        for place, tensor in enumerate(self._call.outputs):
            name, stored = self._mobile.outputs[tensor.name], _TYPES[tensor.dtype]
            yield f"let {name}: [{stored}] = try outputs[{place}].read()"
        yield "return Results("
        yield from _separated(list(self._returned()))
        yield ")"

    def _returned(self) -> Iterator[str]:
        for place, tensor in enumerate(self._call.outputs):
            name = self._mobile.outputs[tensor.name]
            value = name
            if tensor.is_quantized:
                value = f"dequantized({name}, {_scale(tensor)})"
            yield f"{name}: {value}"
            if not self._call.is_static:
                yield f"{name}Shape: shapes[{place}]"

    def _stored(self, tensor: CallTensor) -> str:
        """An input as the array that its buffer takes."""
        value = self._mobile.inputs[tensor.name]
        if tensor in self._mobile.normalized():
            value = f"normalized({value}, mean: {value}Mean, std: {value}Std)"
        if tensor.is_quantized:
            return f"quantized({value}, {_scale(tensor)}) as [{_TYPES[tensor.dtype]}]"
        return value


def _element(tensor: CallTensor) -> str:
    """The type of a tensor's values, as a caller has them."""
    return "Float" if tensor.is_quantized else _TYPES[tensor.dtype]


def _scale(tensor: CallTensor) -> str:
    return f"scale: {tensor.scale:.9g}, zeroPoint: {tensor.zero_point}"


def _floats(numbers: tuple[float, ...]) -> str:
    return f"[{', '.join(f'{number:.9g}' for number in numbers)}]"


def _separated(items: list[str]) -> Iterator[str]:
    """Lines with a comma behind all but the last one: Swift takes none there."""
    yield from (f"  {item}," for item in items[:-1])
    yield from (f"  {item}" for item in items[-1:])


def _text(text: str) -> str:
    return literal(text)
