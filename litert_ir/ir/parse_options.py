"""Read converter options as users write them: dicts, strings, TensorFlow's own enums."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from litert_ir.errors import LiteRTIRError, OptionsError
from litert_ir.errors.foreign import FOREIGN_FAILURES, MOST_ELEMENTS, elements
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.shown import shown
from litert_ir.ir.options import ConverterOptions, OpSet, Optimization, TargetSpec
from litert_ir.ir.quantization import Precision, Quantization
from litert_ir.ir.targets import canonical_targets
from litert_ir.ir.tensor import DType

E = TypeVar("E", bound=enum.Enum)

SUPPORTED_TYPES = (DType.FLOAT32, DType.FLOAT16, DType.INT8)


def parse_options(kwargs: Mapping[str, object]) -> ConverterOptions:
    """Parse ``litert_kwargs`` into options.

    Args:
        kwargs: Any of ``optimizations``, ``representative_dataset``,
            ``experimental_new_quantizer``, ``target_spec``, ``inference_input_type``,
            ``inference_output_type``, ``quantization`` and ``aot_compile_targets``. Flags may
            be the members of `tf.lite.Optimize` and `tf.lite.OpsSet` or their names, types a
            `tf.DType`, a numpy dtype or a name, ``target_spec`` a dict or a
            `tf.lite.TargetSpec`, ``quantization`` a `Quantization`, a `Precision` or a name of
            `PRECISION_NAMES`.

    Returns:
        The options. Of the representative dataset they record that there is one.

    Raises:
        OptionsError: For an unknown key (naming the nearest valid one), a value that is not
            understood, or options that contradict each other.

    Example:
        >>> parse_options({"optimizations": ["DEFAULT"]}).precision.value
        'dynamic range (int8 weights)'
    """
    parsers = _parsers()
    _refuse_unknown(kwargs, parsers, "litert_kwargs")
    changes: dict[str, Any] = {
        parsers[key][0]: _parsed(key, value, parsers[key][1]) for key, value in kwargs.items()
    }
    return ConverterOptions(**changes)


def option_names() -> tuple[str, ...]:
    """The keys that `parse_options` knows."""
    return tuple(_parsers())


def _parsers() -> dict[str, tuple[str, Callable[[str, object], object]]]:
    """By key, the field of `ConverterOptions` and the parser of its value."""
    return {
        "optimizations": ("optimizations", _parse_optimizations),
        "representative_dataset": ("calibrated", _parse_dataset),
        "experimental_new_quantizer": ("experimental_new_quantizer", _parse_bool),
        "target_spec": ("target_spec", _parse_target_spec),
        "inference_input_type": ("inference_input_type", _parse_dtype),
        "inference_output_type": ("inference_output_type", _parse_dtype),
        "quantization": ("quantization", lambda _, value: parse_recipe(value)),
        "aot_compile_targets": ("aot_compile_targets", _parse_targets),
    }


def _parsed(where: str, value: object, parse: Callable[[str, object], object]) -> object:
    """Parse one option; reading it calls methods of the value, which may raise anything."""
    try:
        return parse(where, value)
    except LiteRTIRError:
        raise
    except FOREIGN_FAILURES as error:
        raise OptionsError(
            "The value of this option cannot be read.",
            where=where,
            received=f"{shown(value)}, which raises {type(error).__name__}",
        ) from error


def parse_recipe(value: object) -> Quantization | None:
    """A quantization recipe as users write it: itself, a precision, or a name.

    Raises:
        OptionsError: For anything else, or an unknown name.
    """
    if value is None or isinstance(value, Quantization):
        return value
    if isinstance(value, Precision):
        return Quantization(value)
    if isinstance(value, str):
        return Quantization.named(value)
    raise OptionsError(
        "A quantization is a recipe.",
        where="quantization",
        expected="a litert_ir.Quantization, or a name such as 'int8'",
        received=shown(value),
    )


def _refuse_unknown(received: Iterable[object], valid: Iterable[str], where: str) -> None:
    for key in received:
        if not isinstance(key, str) or key not in set(valid):
            written = key if isinstance(key, str) else ""
            raise OptionsError(
                f"Unknown converter option {shown(key)}.{did_you_mean(written, valid)}",
                where=where,
                expected=", ".join(valid),
                received=shown(key),
            )


def _parse_optimizations(where: str, value: object) -> tuple[Optimization, ...]:
    return _parse_members(where, value, Optimization)


def _parse_dataset(where: str, value: object) -> bool:
    if value is None:
        return False
    if not callable(value) and not isinstance(value, Iterable):
        raise OptionsError(
            "A representative dataset is an iterable of samples.",
            where=where,
            expected="a function that returns an iterator of samples, or an iterable of samples",
            received=shown(type(value)),
        )
    return True


def _parse_bool(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionsError(
            "This option is a switch.", where=where, expected="True or False", received=shown(value)
        )
    return value


def _parse_target_spec(where: str, value: object) -> TargetSpec:
    if isinstance(value, TargetSpec):
        return value
    fields = _target_spec_fields(where, value)
    _refuse_unknown(fields, ("supported_ops", "supported_types"), where)
    spec = TargetSpec()
    ops = _parse_members(f"{where}.supported_ops", fields.get("supported_ops"), OpSet)
    types = _sequence(f"{where}.supported_types", fields.get("supported_types"))
    return TargetSpec(
        supported_ops=ops or spec.supported_ops,
        supported_types=tuple(_parse_supported_type(dtype) for dtype in types),
    )


def _target_spec_fields(where: str, value: object) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return value
    if hasattr(value, "supported_ops") and hasattr(value, "supported_types"):
        extra = {key: v for key, v in getattr(value, "__dict__", {}).items() if v}
        public = {key: v for key, v in extra.items() if not key.startswith("_")}
        return {
            **public,
            "supported_ops": value.supported_ops,
            "supported_types": value.supported_types,
        }
    raise OptionsError(
        "A target_spec says what the target runtime can do.",
        where=where,
        expected="a dict with supported_ops and supported_types, or a tf.lite.TargetSpec",
        received=shown(value),
    )


def _parse_supported_type(value: object) -> DType:
    where = "target_spec.supported_types"
    dtype = _parse_dtype(where, value)
    if dtype not in SUPPORTED_TYPES:
        raise OptionsError(
            "The converter cannot prefer this type.",
            where=where,
            expected=", ".join(t.value for t in SUPPORTED_TYPES),
            received=dtype.value,
        )
    return dtype


def _parse_dtype(where: str, value: object) -> DType:
    name = value if isinstance(value, str) else getattr(value, "name", None)
    name = name or getattr(value, "__name__", None)
    try:
        return value if isinstance(value, DType) else DType(name)
    except ValueError as error:
        raise OptionsError(
            "This is not an element type.",
            where=where,
            expected=", ".join(dtype.value for dtype in DType),
            received=shown(value),
        ) from error


def _parse_targets(where: str, value: object) -> tuple[str, ...]:
    return canonical_targets(_sequence(where, value))


def _parse_members(where: str, value: object, members: type[E]) -> tuple[E, ...]:
    return tuple(_parse_member(where, item, members) for item in _sequence(where, value))


def _parse_member(where: str, value: object, members: type[E]) -> E:
    """Match our own members, TensorFlow's enum of the same values, and names in any case."""
    written = value.value if isinstance(value, enum.Enum) else value
    text = written if isinstance(written, str) else shown(written)
    for prefix in ("tf.lite.", "Optimize.", "OpsSet."):
        text = text.removeprefix(prefix)
    for member in members:
        if text.upper() in (member.name, member.value):
            return member
    names = [member.value for member in members]
    raise OptionsError(
        f"{shown(text)} is not one of {members.__name__}'s values.{did_you_mean(text, names)}",
        where=where,
        expected=", ".join(names),
        received=shown(value),
    )


def _sequence(where: str, value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    if isinstance(value, str | enum.Enum):
        return (value,)
    found = elements(value)
    if found is None:
        raise OptionsError(
            "This option is a list.",
            where=where,
            expected=f"a list of {MOST_ELEMENTS} at most",
            received=shown(value),
        )
    return tuple(sorted(found, key=shown)) if isinstance(value, set | frozenset) else found
