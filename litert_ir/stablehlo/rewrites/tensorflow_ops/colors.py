"""Lower conversions between color spaces to arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from litert_ir.stablehlo.mlir.interfaces import Operation
from litert_ir.stablehlo.rewrites.engine.formula import Formula
from litert_ir.stablehlo.rewrites.engine.pattern import pattern
from litert_ir.stablehlo.rewrites.engine.rewriter import Rewriter
from litert_ir.stablehlo.rewrites.engine.shaping import concatenate_last, slice_last


@pattern("tf.RGBToHSV")
def rgb_to_hsv(op: Operation, rewriter: Rewriter) -> bool:
    """Lower red, green and blue to hue, saturation and value, as TensorFlow computes them.

    Before:
        func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
          %0 = stablehlo.custom_call @tf.RGBToHSV(%x) : (tensor<3xf32>) -> tensor<3xf32>
          return %0 : tensor<3xf32>
        }

    After:
        func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
          %0 = stablehlo.slice %x [0:1] : (tensor<3xf32>) -> tensor<1xf32>
          %1 = stablehlo.slice %x [1:2] : (tensor<3xf32>) -> tensor<1xf32>
          %2 = stablehlo.maximum %0, %1 : tensor<1xf32>
          %3 = stablehlo.slice %x [2:3] : (tensor<3xf32>) -> tensor<1xf32>
          %4 = stablehlo.maximum %2, %3 : tensor<1xf32>
          %5 = stablehlo.minimum %0, %1 : tensor<1xf32>
          %6 = stablehlo.minimum %5, %3 : tensor<1xf32>
          %7 = stablehlo.subtract %4, %6 : tensor<1xf32>
          %cst = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %8 = stablehlo.compare GT, %7, %cst : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
          %9 = stablehlo.compare EQ, %4, %0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
          %cst_0 = stablehlo.constant dense<0.166666672> : tensor<1xf32>
          %10 = stablehlo.divide %cst_0, %7 : tensor<1xf32>
          %11 = stablehlo.subtract %1, %3 : tensor<1xf32>
          %12 = stablehlo.multiply %10, %11 : tensor<1xf32>
          %13 = stablehlo.compare EQ, %4, %1 : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
          %14 = stablehlo.subtract %3, %0 : tensor<1xf32>
          %15 = stablehlo.multiply %10, %14 : tensor<1xf32>
          %cst_1 = stablehlo.constant dense<0.333333343> : tensor<1xf32>
          %16 = stablehlo.add %15, %cst_1 : tensor<1xf32>
          %17 = stablehlo.subtract %0, %1 : tensor<1xf32>
          %18 = stablehlo.multiply %10, %17 : tensor<1xf32>
          %cst_2 = stablehlo.constant dense<0.666666686> : tensor<1xf32>
          %19 = stablehlo.add %18, %cst_2 : tensor<1xf32>
          %20 = stablehlo.select %13, %16, %19 : tensor<1xi1>, tensor<1xf32>
          %21 = stablehlo.select %9, %12, %20 : tensor<1xi1>, tensor<1xf32>
          %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %22 = stablehlo.compare LT, %21, %cst_3 : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
          %cst_4 = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %23 = stablehlo.add %21, %cst_4 : tensor<1xf32>
          %24 = stablehlo.select %22, %23, %21 : tensor<1xi1>, tensor<1xf32>
          %cst_5 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %25 = stablehlo.select %8, %24, %cst_5 : tensor<1xi1>, tensor<1xf32>
          %cst_6 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %26 = stablehlo.compare GT, %4, %cst_6 : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xi1>
          %27 = stablehlo.divide %7, %4 : tensor<1xf32>
          %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %28 = stablehlo.select %26, %27, %cst_7 : tensor<1xi1>, tensor<1xf32>
          %29 = stablehlo.concatenate %25, %28, %4, dim = 0 : (tensor<1xf32>, tensor<1xf32>,
              tensor<1xf32>) -> tensor<3xf32>
          return %29 : tensor<3xf32>
        }
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
    """Lower hue, saturation and value to red, green and blue, as TensorFlow computes them.

    Before:
        func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
          %0 = stablehlo.custom_call @tf.HSVToRGB(%x) : (tensor<3xf32>) -> tensor<3xf32>
          return %0 : tensor<3xf32>
        }

    After:
        func.func @main(%x: tensor<3xf32>) -> tensor<3xf32> {
          %cst = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %0 = stablehlo.slice %x [1:2] : (tensor<3xf32>) -> tensor<1xf32>
          %1 = stablehlo.subtract %cst, %0 : tensor<1xf32>
          %2 = stablehlo.slice %x [0:1] : (tensor<3xf32>) -> tensor<1xf32>
          %cst_0 = stablehlo.constant dense<6.000000e+00> : tensor<1xf32>
          %3 = stablehlo.multiply %2, %cst_0 : tensor<1xf32>
          %cst_1 = stablehlo.constant dense<3.000000e+00> : tensor<1xf32>
          %4 = stablehlo.subtract %3, %cst_1 : tensor<1xf32>
          %5 = stablehlo.abs %4 : tensor<1xf32>
          %cst_2 = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %6 = stablehlo.subtract %5, %cst_2 : tensor<1xf32>
          %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %7 = stablehlo.maximum %6, %cst_3 : tensor<1xf32>
          %cst_4 = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %8 = stablehlo.minimum %7, %cst_4 : tensor<1xf32>
          %9 = stablehlo.multiply %0, %8 : tensor<1xf32>
          %10 = stablehlo.add %1, %9 : tensor<1xf32>
          %11 = stablehlo.slice %x [2:3] : (tensor<3xf32>) -> tensor<1xf32>
          %12 = stablehlo.multiply %10, %11 : tensor<1xf32>
          %cst_5 = stablehlo.constant dense<2.000000e+00> : tensor<1xf32>
          %cst_6 = stablehlo.constant dense<2.000000e+00> : tensor<1xf32>
          %13 = stablehlo.subtract %3, %cst_6 : tensor<1xf32>
          %14 = stablehlo.abs %13 : tensor<1xf32>
          %15 = stablehlo.subtract %cst_5, %14 : tensor<1xf32>
          %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %16 = stablehlo.maximum %15, %cst_7 : tensor<1xf32>
          %cst_8 = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %17 = stablehlo.minimum %16, %cst_8 : tensor<1xf32>
          %18 = stablehlo.multiply %0, %17 : tensor<1xf32>
          %19 = stablehlo.add %1, %18 : tensor<1xf32>
          %20 = stablehlo.multiply %19, %11 : tensor<1xf32>
          %cst_9 = stablehlo.constant dense<2.000000e+00> : tensor<1xf32>
          %cst_10 = stablehlo.constant dense<4.000000e+00> : tensor<1xf32>
          %21 = stablehlo.subtract %3, %cst_10 : tensor<1xf32>
          %22 = stablehlo.abs %21 : tensor<1xf32>
          %23 = stablehlo.subtract %cst_9, %22 : tensor<1xf32>
          %cst_11 = stablehlo.constant dense<0.000000e+00> : tensor<1xf32>
          %24 = stablehlo.maximum %23, %cst_11 : tensor<1xf32>
          %cst_12 = stablehlo.constant dense<1.000000e+00> : tensor<1xf32>
          %25 = stablehlo.minimum %24, %cst_12 : tensor<1xf32>
          %26 = stablehlo.multiply %0, %25 : tensor<1xf32>
          %27 = stablehlo.add %1, %26 : tensor<1xf32>
          %28 = stablehlo.multiply %27, %11 : tensor<1xf32>
          %29 = stablehlo.concatenate %12, %20, %28, dim = 0 : (tensor<1xf32>, tensor<1xf32>,
              tensor<1xf32>) -> tensor<3xf32>
          return %29 : tensor<3xf32>
        }

    A color is as bright as the hue is near to its own, limited to 0 and 1.
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
