"""The typed recipe of a quantized file: the precision of its layers, and its interface."""

from __future__ import annotations

import enum
import fnmatch
import math
from collections.abc import Iterable, Mapping
from typing import Any

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


class Objective(enum.Enum):
    """The property of a file that a search of its recipe makes as small as it can."""

    SIZE = "size"
    LATENCY = "latency"


TRIES = 48
"""The most files that a search makes by default: a minute for a network of 14 MB."""
SEARCH_SECONDS = 120.0
"""Seconds after which no further try begins by default; 16-bit kernels are slow."""


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

    @staticmethod
    def auto(
        *,
        objective: Objective | str = Objective.SIZE,
        candidates: Iterable[Precision | str] = tuple(Precision),
        layers: Iterable[LayerRule] = (),
        tries: int = TRIES,
        seconds: float | None = SEARCH_SECONDS,
    ) -> AutoQuantization:
        """A request to search the recipe, in place of a recipe; see `AutoQuantization`.

        Args:
            objective: ``"size"`` or ``"latency"``.
            candidates: The precisions to try, or their names.
            layers: Rules that every try keeps.
            tries: The most files to make.
            seconds: Seconds after which no further try begins; None for no limit.

        Raises:
            OptionsError: As `AutoQuantization`.

        Example:
            >>> Quantization.auto(objective="latency").objective
            <Objective.LATENCY: 'latency'>
        """
        return AutoQuantization(
            objective=objective,
            candidates=candidates,
            layers=layers,
            tries=tries,
            seconds=seconds,
        )

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


def _objective(value: object) -> object:
    known = {each.value: each for each in Objective}
    return known.get(value, value) if isinstance(value, str) else value


def _check_objective(_instance: object, _attribute: object, value: object) -> None:
    if not isinstance(value, Objective):
        raise OptionsError(
            "A search has one of these objectives.",
            where="AutoQuantization.objective",
            expected=" or ".join(repr(each.value) for each in Objective),
            received=shown(value),
        )


def _candidates(value: object) -> object:
    """Read precisions, or their names, in the order of the enumeration."""
    if isinstance(value, str | Precision):
        value = (value,)
    if not isinstance(value, Iterable):
        return value
    where = "AutoQuantization.candidates"
    named = [precision_named(each, where) if isinstance(each, str) else each for each in value]
    return tuple(sorted(dict.fromkeys(named), key=_order))


def _order(candidate: object) -> int:
    return list(Precision).index(candidate) if isinstance(candidate, Precision) else -1


def _check_candidates(_instance: object, _attribute: object, value: object) -> None:
    if (
        not isinstance(value, tuple)
        or not all(isinstance(each, Precision) for each in value)
        or not set(value) - {Precision.FLOAT}
    ):
        raise OptionsError(
            "A search tries precisions that quantize.",
            where="AutoQuantization.candidates",
            expected="some of " + ", ".join(PRECISION_NAMES),
            received=shown(value),
        )


def _positive(_instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    whole = attribute.name == "tries"
    sound = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if value is None and not whole:
        return
    if not sound or not 0 < value < math.inf:  # type: ignore[operator]  # it is a number
        raise OptionsError(
            "A search has a budget.",
            where=f"AutoQuantization.{attribute.name}",
            expected="a whole number, 1 or more" if whole else "seconds, more than 0, or None",
            received=shown(value),
        )


@attrs.frozen(kw_only=True)
class AutoQuantization:
    """A request for the best recipe that keeps the thresholds, found by measuring files.

    `litert_ir.export` and `litert_ir.quantize_file` take it in place of a recipe. The recipe that
    was found is a `Quantization` in the result's plan, so that the plan makes the same file again
    without a search.

    Attributes:
        objective: The smallest file (``"size"``), or the fastest on this machine (``"latency"``).
        candidates: The precisions to try, on whole files and mixed by layer, or their names.
        layers: Rules for some layers that every try keeps.
        tries: The most files to make and measure; the named recipes count, and are all tried.
        seconds: Seconds after which no further try begins; None for no limit. A search that it ends
            depends on the machine's speed.

    Raises:
        OptionsError: When the objective or a candidate is unknown, no candidate quantizes, or the
            budget is no positive number.

    Example:
        >>> [each.name for each in AutoQuantization(candidates=("int8", "float16")).candidates]
        ['FLOAT16_WEIGHTS', 'INTEGER']
    """

    objective: Objective = attrs.field(
        default=Objective.SIZE, converter=_objective, validator=_check_objective
    )
    candidates: tuple[Precision, ...] = attrs.field(
        default=tuple(Precision), converter=_candidates, validator=_check_candidates
    )
    layers: tuple[LayerRule, ...] = attrs.field(
        default=(),
        converter=_rules,
        validator=attrs.validators.deep_iterable(attrs.validators.instance_of(LayerRule)),
    )
    tries: int = attrs.field(default=TRIES, validator=_positive)
    seconds: float | None = attrs.field(default=SEARCH_SECONDS, validator=_positive)

    def named(self, precision: Precision) -> Quantization:
        """The recipe of one of the candidates, with the rules that every try keeps."""
        return Quantization(precision, layers=self.layers)


AUTO = "auto"
"""The name of `AutoQuantization()` in strings and on the command line."""


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
