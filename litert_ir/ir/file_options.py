"""The options of a plan that decide the file, in one vocabulary."""

from __future__ import annotations

import enum
from typing import Any

import attrs

from litert_ir.errors import OptionsError
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.targets import CompileTarget, canonical_targets, parse_target

_IS_BOOL = attrs.validators.instance_of(bool)


class Kernels(enum.Enum):
    """The kernels that a file may use; those of TF Select need the Flex delegate to run."""

    BUILTINS = "TFLITE_BUILTINS"
    BUILTINS_AND_TF_SELECT = "TFLITE_BUILTINS + SELECT_TF_OPS"
    TF_SELECT = "SELECT_TF_OPS"


def _canonical_kernels(kernels: Kernels, options: Any) -> Kernels:
    """Replace kernels by those that mean the same to every file of the recipe.

    Files of integer kernels use builtins alone; 16x8 brings builtins along with its own.
    """
    recipe = options.recipe
    if not isinstance(recipe, Quantization) or not isinstance(kernels, Kernels):
        return kernels  # the validators refuse them
    if recipe.integer_only:
        return Kernels.BUILTINS
    brings_builtins = recipe.precision is Precision.INTEGER_16X8
    alone = kernels is Kernels.TF_SELECT
    return Kernels.BUILTINS_AND_TF_SELECT if brings_builtins and alone else kernels


@attrs.frozen(kw_only=True)
class FileOptions:
    """The canonical options of a plan: options that mean the same are equal.

    `litert_ir.ConverterOptions`, dicts and names of recipes are parsed into them; TensorFlow's
    terms are derived from them again where its converter is told what to do.

    Attributes:
        recipe: The quantization of the file.
        kernels: The kernels that the file may use.
        sparse: Whether pruned weights are stored sparsely.
        old_quantizer: Whether TensorFlow's quantizer from before MLIR is to calibrate.
        aot_compile_targets: What to compile for ahead of time, by canonical name; see
            `litert_ir.ir.targets`.

    Raises:
        OptionsError: When the old quantizer is asked for, and there is nothing to calibrate.
    """

    recipe: Quantization = attrs.field(
        default=Quantization(), validator=attrs.validators.instance_of(Quantization)
    )
    kernels: Kernels = attrs.field(
        default=Kernels.BUILTINS,
        # mypy's plugin for attrs knows converters that are functions alone.
        converter=attrs.Converter(_canonical_kernels, takes_self=True),  # type: ignore[misc]
        validator=attrs.validators.instance_of(Kernels),
    )
    sparse: bool = attrs.field(default=False, validator=_IS_BOOL)
    old_quantizer: bool = attrs.field(default=False, validator=_IS_BOOL)
    aot_compile_targets: tuple[str, ...] = attrs.field(default=(), converter=canonical_targets)

    def __attrs_post_init__(self) -> None:
        if self.old_quantizer and not self.recipe.needs_calibration:
            raise OptionsError(
                "The old quantizer has nothing to calibrate.",
                where="old_quantizer",
                expected="a recipe with integer activations",
                received=self.recipe.precision.value,
            )

    @property
    def compile_targets(self) -> tuple[CompileTarget, ...]:
        """The targets of ``aot_compile_targets``, as data."""
        return tuple(map(parse_target, self.aot_compile_targets))

    @property
    def quantizes(self) -> bool:
        """Tell whether any layer's weights are to be stored in another type than float32."""
        return self.recipe.quantizes

    @property
    def precision(self) -> Precision:
        """The precision of the layers that no rule is for."""
        return self.recipe.precision

    def of_float_file(self) -> FileOptions:
        """The options without the recipe: those of the float file under a quantized one."""
        return attrs.evolve(self, recipe=Quantization(), old_quantizer=False)
