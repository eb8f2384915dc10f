"""The typed recipe of a quantized file: the precision of its layers, and its interface."""

from __future__ import annotations

import enum
import fnmatch
from collections.abc import Mapping

import attrs

from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import DType


class Precision(enum.Enum):
    """The storage of weights and the arithmetic of a file or of a layer of it."""

    FLOAT = "float"
    FLOAT16_WEIGHTS = "float16 weights"
    DYNAMIC_RANGE = "dynamic range (int8 weights)"
    WEIGHT_ONLY_INT8 = "weight-only (int8 weights)"
    WEIGHT_ONLY_INT4 = "weight-only (int4 weights)"
    INTEGER = "integer (int8 weights and activations)"
    INTEGER_16X8 = "integer (int16 activations, int8 weights)"

    @property
    def is_integer(self) -> bool:
        """Tell whether activations are stored as integers, whose ranges have to be calibrated."""
        return self in (Precision.INTEGER, Precision.INTEGER_16X8)

    @property
    def interface_types(self) -> tuple[DType, ...]:
        """The types that inputs and outputs can have; source: TFLiteConverterBaseV2."""
        match self:
            case Precision.INTEGER:
                return (DType.FLOAT32, DType.INT8, DType.UINT8, DType.INT16)
            case Precision.INTEGER_16X8:
                return (DType.FLOAT32, DType.INT16)
            case _:
                return (DType.FLOAT32,)


PRECISION_NAMES: Mapping[str, Precision] = {
    "float": Precision.FLOAT,
    "float16": Precision.FLOAT16_WEIGHTS,
    "dynamic": Precision.DYNAMIC_RANGE,
    "weight-only-int8": Precision.WEIGHT_ONLY_INT8,
    "weight-only-int4": Precision.WEIGHT_ONLY_INT4,
    "int8": Precision.INTEGER,
    "int16x8": Precision.INTEGER_16X8,
}
"""The names of recipes on the command line and in strings."""

SKIP = "skip"
"""The name of `Precision.FLOAT` in a rule: the layer is left as it is."""


@attrs.frozen
class LayerRule:
    """Another precision for some layers.

    Attributes:
        pattern: Which layers: a glob (``*``, ``?``, ``[abc]``; ``*`` spans slashes) of a Keras
            layer's path, or of its bare name; with a ``/`` in front, of the whole path alone. A
            layer that matches takes those inside of it along.
        precision: The precision of these layers; `Precision.FLOAT` leaves them as they are.

    Example:
        >>> rule = LayerRule("block_1/*", Precision.FLOAT)
        >>> rule.matches("block_1/conv"), rule.matches("block_10/conv")
        (True, False)
        >>> LayerRule("/dense", Precision.FLOAT).matches("head/dense")
        False
    """

    pattern: str = attrs.field(validator=attrs.validators.min_len(1))
    precision: Precision = attrs.field(validator=attrs.validators.instance_of(Precision))

    def matches(self, path: str) -> bool:
        """Tell whether the rule is for the layer at this path, or for one that it is inside of."""
        steps = path.split("/")
        around = ["/".join(steps[: end + 1]) for end in range(len(steps))]
        if self.pattern.startswith("/"):
            return any(fnmatch.fnmatchcase(f"/{name}", self.pattern) for name in around)
        return any(fnmatch.fnmatchcase(name, self.pattern) for name in (*around, *steps))

    def __str__(self) -> str:
        return f"{self.pattern}: {self.precision.value}"


def _rules(value: object) -> tuple[object, ...]:
    if isinstance(value, str):
        raise TypeError(f"a tuple of rules is needed, received the string {value!r}")
    return tuple(value)  # type: ignore[arg-type]  # attrs validates the members


@attrs.frozen
class Quantization:
    """The quantization of a file.

    Attributes:
        precision: The precision of every layer without a rule.
        layers: Other precisions for some layers; where several rules match, the last one counts.
        input_type: Element type of the file's inputs that are float32 in the model.
        output_type: The same for the outputs.
        integer_only: Whether an operator that has no integer kernel is an error, rather than
            left in float between conversions.

    Raises:
        OptionsError: When the parts contradict each other.

    Example:
        >>> Quantization.named("int8", {"Conv1": "skip"}).needs_calibration
        True
    """

    precision: Precision = attrs.field(
        default=Precision.FLOAT, validator=attrs.validators.instance_of(Precision)
    )
    layers: tuple[LayerRule, ...] = attrs.field(
        default=(),
        converter=_rules,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(LayerRule)),
        kw_only=True,
    )
    input_type: DType = attrs.field(
        default=DType.FLOAT32, validator=attrs.validators.instance_of(DType), kw_only=True
    )
    output_type: DType = attrs.field(
        default=DType.FLOAT32, validator=attrs.validators.instance_of(DType), kw_only=True
    )
    integer_only: bool = attrs.field(
        default=False, validator=attrs.validators.instance_of(bool), kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        accepted = self.precision.interface_types
        for where, received in (
            ("inference_input_type", self.input_type),
            ("inference_output_type", self.output_type),
        ):
            if received not in accepted:
                raise OptionsError(
                    f"A file of precision '{self.precision.value}' has other interface types.",
                    where=where,
                    expected=" or ".join(dtype.value for dtype in accepted),
                    received=received.value,
                )
        if self.integer_only and not self.precision.is_integer:
            raise OptionsError(
                "Only files of integer precision can be restricted to integer kernels.",
                where="integer_only",
                expected="a precision of int8 or int16x8",
                received=self.precision.value,
            )

    @classmethod
    def named(cls, name: str, layers: Mapping[str, str] | None = None) -> Quantization:
        """A recipe by its name in `PRECISION_NAMES`.

        Args:
            name: Such as ``"int8"``.
            layers: Precision names, or ``"skip"``, by layer pattern.

        Raises:
            OptionsError: For an unknown name.
        """
        rules = (
            LayerRule(pattern, precision_named(other, f"quantization of {pattern!r}"))
            for pattern, other in (layers or {}).items()
        )
        return cls(precision_named(name, "quantization"), layers=tuple(rules))

    @property
    def needs_calibration(self) -> bool:
        """Tell whether ranges of activations have to be found on samples."""
        return any(precision.is_integer for precision in self._precisions)

    @property
    def quantizes(self) -> bool:
        """Tell whether any layer's weights are stored in another type than float32."""
        return any(precision is not Precision.FLOAT for precision in self._precisions)

    @property
    def _precisions(self) -> tuple[Precision, ...]:
        return (self.precision, *(rule.precision for rule in self.layers))

    def rules_for(self, *paths: str) -> tuple[LayerRule, ...]:
        """The rules that match any of these layers, of which the last one counts."""
        return tuple(rule for rule in self.layers if any(map(rule.matches, paths)))


def precision_named(name: str, where: str) -> Precision:
    """A precision by its name, ``"skip"`` included.

    Raises:
        OptionsError: For an unknown name, with the valid ones.
    """
    known = {**PRECISION_NAMES, SKIP: Precision.FLOAT}
    if name not in known:
        raise OptionsError(
            "Unknown precision.", where=where, expected=", ".join(known), received=shown(name)
        )
    return known[name]
