"""Colors in another space."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import concatenate_last, slice_last


@pattern("tf.RGBToHSV")
def rgb_to_hsv(op: Operation, rewriter: Rewriter) -> bool:
    """Hue, saturation and value from red, green and blue, as TensorFlow computes them.

    Before: ``stablehlo.custom_call @tf.RGBToHSV(%x)``
    After: ``stablehlo.slice`` of the channels, their extremes, quotients and
    ``stablehlo.select``, ``stablehlo.concatenate``.
    """
    red, green, blue = _channels(op, rewriter)
    value = red.maximum(green).maximum(blue)
    spread = value - red.minimum(green).minimum(blue)
    share = (1.0 / 6.0) / spread
    below_blue = value.compare("EQ", green).select(
        share * (blue - red) + 2.0 / 6.0, share * (red - green) + 4.0 / 6.0
    )
    hue = value.compare("EQ", red).select(share * (green - blue), below_blue)
    hue = hue.compare("LT", 0.0).select(hue + 1.0, hue)
    hue = spread.compare("GT", 0.0).select(hue, 0.0)
    saturation = value.compare("GT", 0.0).select(spread / value, 0.0)
    return _replace(op, (hue, saturation, value), rewriter)


@pattern("tf.HSVToRGB")
def hsv_to_rgb(op: Operation, rewriter: Rewriter) -> bool:
    """Red, green and blue from hue, saturation and value, as TensorFlow computes them.

    Before: ``stablehlo.custom_call @tf.HSVToRGB(%x)``
    After: ``stablehlo.slice`` of the channels, for each color the distance of the hue from its
    own, limited to 0 and 1, ``stablehlo.concatenate``.
    """
    hue, saturation, value = _channels(op, rewriter)
    sixths, pale = hue * 6.0, 1.0 - saturation
    shares = (
        (sixths - 3.0).apply("abs") - 1.0,
        2.0 - (sixths - 2.0).apply("abs"),
        2.0 - (sixths - 4.0).apply("abs"),
    )
    colors = [(pale + saturation * x.maximum(0.0).minimum(1.0)) * value for x in shares]
    return _replace(op, colors, rewriter)


def _channels(op: Operation, rewriter: Rewriter) -> list[Formula]:
    image = op.operands[0]
    return [Formula(slice_last(image, at, at + 1, rewriter), rewriter) for at in range(3)]


def _replace(op: Operation, channels: Sequence[Formula], rewriter: Rewriter) -> bool:
    values = [channel.value for channel in channels]
    return rewriter.replace(op, concatenate_last(values, rewriter))
