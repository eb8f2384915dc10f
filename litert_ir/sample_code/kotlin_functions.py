"""Functions in Kotlin that sample code calls: from values to bytes, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

FUNCTIONS: Mapping[str, str] = {
    "normalized": """\
/** Normalizes values of which the channels are the last axis. */
private fun normalized(values: FloatArray, mean: FloatArray, std: FloatArray) =
  FloatArray(values.size) { (values[it] - mean[it % mean.size]) / std[it % std.size] }
""",
    "quantized": """\
/** Quantizes real values to integers. */
private fun quantized(values: FloatArray, scale: Float, zeroPoint: Int, range: IntRange) =
  IntArray(values.size) { ((values[it] / scale).roundToInt() + zeroPoint).coerceIn(range) }
""",
    "dequantized": """\
/** Dequantizes integers to real values. */
private fun dequantized(values: IntArray, scale: Float, zeroPoint: Int) =
  FloatArray(values.size) { (values[it] - zeroPoint) * scale }
""",
    "bytesOfInt8": """\
private fun bytesOfInt8(values: IntArray) = ByteArray(values.size) { values[it].toByte() }
""",
    "bytesOfInt16": """\
private fun bytesOfInt16(values: IntArray): ByteArray {
  val bytes = nativeBytes(ByteArray(2 * values.size))
  values.forEach { bytes.putShort(it.toShort()) }
  return bytes.array()
}
""",
    "bytesOfFloats": """\
private fun bytesOfFloats(values: FloatArray): ByteArray {
  val bytes = nativeBytes(ByteArray(4 * values.size))
  bytes.asFloatBuffer().put(values)
  return bytes.array()
}
""",
    "bytesOfInts": """\
private fun bytesOfInts(values: IntArray): ByteArray {
  val bytes = nativeBytes(ByteArray(4 * values.size))
  bytes.asIntBuffer().put(values)
  return bytes.array()
}
""",
    "bytesOfLongs": """\
private fun bytesOfLongs(values: LongArray): ByteArray {
  val bytes = nativeBytes(ByteArray(8 * values.size))
  bytes.asLongBuffer().put(values)
  return bytes.array()
}
""",
    "bytesOfShorts": """\
private fun bytesOfShorts(values: ShortArray): ByteArray {
  val bytes = nativeBytes(ByteArray(2 * values.size))
  bytes.asShortBuffer().put(values)
  return bytes.array()
}
""",
    "bytesOfBooleans": """\
private fun bytesOfBooleans(values: BooleanArray) =
  ByteArray(values.size) { if (values[it]) 1 else 0 }
""",
    "int8sOf": """\
private fun int8sOf(bytes: ByteArray) = IntArray(bytes.size) { bytes[it].toInt() }
""",
    "uint8sOf": """\
private fun uint8sOf(bytes: ByteArray) = IntArray(bytes.size) { bytes[it].toInt() and 0xff }
""",
    "int16sOf": """\
private fun int16sOf(bytes: ByteArray): IntArray {
  val values = shortsOf(bytes)
  return IntArray(values.size) { values[it].toInt() }
}
""",
    "floatsOf": """\
private fun floatsOf(bytes: ByteArray) =
  FloatArray(bytes.size / 4).also { nativeBytes(bytes).asFloatBuffer().get(it) }
""",
    "intsOf": """\
private fun intsOf(bytes: ByteArray) =
  IntArray(bytes.size / 4).also { nativeBytes(bytes).asIntBuffer().get(it) }
""",
    "longsOf": """\
private fun longsOf(bytes: ByteArray) =
  LongArray(bytes.size / 8).also { nativeBytes(bytes).asLongBuffer().get(it) }
""",
    "shortsOf": """\
private fun shortsOf(bytes: ByteArray) =
  ShortArray(bytes.size / 2).also { nativeBytes(bytes).asShortBuffer().get(it) }
""",
    "booleansOf": """\
private fun booleansOf(bytes: ByteArray) = BooleanArray(bytes.size) { bytes[it] != 0.toByte() }
""",
    "direct": """\
/** Copies bytes to memory that native code reads. */
private fun direct(bytes: ByteArray): ByteBuffer =
  ByteBuffer.allocateDirect(bytes.size).order(ByteOrder.nativeOrder()).also {
    it.put(bytes)
    it.rewind()
  }
""",
    "bytesIn": """\
private fun bytesIn(buffer: ByteBuffer) = ByteArray(buffer.remaining()).also { buffer.get(it) }
""",
    "nativeBytes": """\
private fun nativeBytes(bytes: ByteArray): ByteBuffer =
  ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder())
""",
}
"""The functions by name."""


def functions_for(code: str) -> Iterator[str]:
    """The functions that code calls, and those that these call, each once."""
    needed = _called(code)
    while True:
        more = needed | {
            name for each in needed for name in _called(FUNCTIONS[each]) if name != each
        }
        if more == needed:
            break
        needed = more
    yield from (text for name, text in FUNCTIONS.items() if name in needed)


def _called(code: str) -> set[str]:
    return {name for name in FUNCTIONS if re.search(rf"\b{name}\(", code)}
