"""Resolve every size of a task's inputs, and record its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from litert_ir.errors import SizeError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import IMAGE_SIZE, MAX_SEQUENCE_LENGTH, SIZES, Wording
from litert_ir.hub.position_tables import rows_of_table
from litert_ir.hub.size_sources import SizeRule
from litert_ir.ir.task import SizeSource, TaskSize

Requested = Mapping[str, tuple[int, str]]
"""By a size's name: its value, and the argument that sets it."""

Shape = tuple[int | None, ...]


@attrs.frozen(kw_only=True)
class Resolution:
    """All sizes of a model's inputs.

    Attributes:
        inputs: The shapes that the model declares, by input name.
        axes: The size names of the axes after the batch, by input name.
        sizes: The sizes that were found, by name.
    """

    inputs: Mapping[str, Shape]
    axes: Mapping[str, Sequence[str | None]]
    sizes: Mapping[str, TaskSize]

    @classmethod
    def of(
        cls,
        model: Any,
        inputs: Mapping[str, Shape],
        axes: Mapping[str, Sequence[str | None]],
        rule_for: Callable[[str], SizeRule],
        requested: Requested,
    ) -> Resolution:
        """Resolve each size: from the model's fixed sizes, the caller, then the rules.

        Raises:
            SizeError: When the model has no such size, fixes another value, cannot take one as
                large, or no source sets the size.
        """
        named = _named(inputs, axes)
        _refuse_unknown(model, named, requested)
        resolver = _Resolver(model=model, rule_for=rule_for, requested=requested)
        for name, fixed in named.items():
            resolver.resolve(name, fixed)
        return cls(inputs=inputs, axes=axes, sizes=resolver.sizes)

    @property
    def found(self) -> tuple[TaskSize, ...]:
        """The sizes, in the order in which the inputs have them."""
        return tuple(self.sizes.values())

    def shapes(self) -> dict[str, Shape]:
        """The shapes of the inputs with all sizes that were found."""
        return {
            name: (shape[0], *map(self._size, shape[1:], self.axes[name]))
            for name, shape in self.inputs.items()
        }

    def _size(self, declared: int | None, axis: str | None) -> int | None:
        size = self.sizes.get(axis) if axis else None
        return size.value if declared is None and size else declared


def _named(
    inputs: Mapping[str, Shape], axes: Mapping[str, Sequence[str | None]]
) -> dict[str, int | None]:
    """Return the names of all sizes, with the values that the model fixes."""
    found: dict[str, int | None] = {}
    for name, shape in inputs.items():
        for axis, declared in zip(axes[name], shape[1:], strict=True):
            if axis is not None:
                found[axis] = found.get(axis) or declared
    return found


def _refuse_unknown(model: Any, named: Mapping[str, int | None], requested: Requested) -> None:
    for name, (size, argument) in requested.items():
        if name not in named:
            raise SizeError(
                f"{argument} is not a size of this model.",
                where=f"model {model.name!r}",
                expected=", ".join(named) or "no sizes",
                received=f"{name} = {size}",
            )


@attrs.define(kw_only=True)
class _Resolver:
    """A resolver of one size after the other; one may be a multiple of another."""

    model: Any
    rule_for: Callable[[str], SizeRule]
    requested: Requested
    sizes: dict[str, TaskSize] = attrs.field(factory=dict)

    def resolve(self, name: str, fixed: int | None) -> None:
        if name in self.sizes:
            return
        rule = self.rule_for(name)
        if fixed is not None:
            size = self._fixed(name, fixed)
        elif name in self.requested:
            value, argument = self.requested[name]
            size = TaskSize(
                name=name, value=int(value), source=SizeSource.ARGUMENT, origin=argument
            )
        else:
            size = self._by_rule(rule)
        self.sizes[name] = self._within_limit(rule, size)

    def _fixed(self, name: str, fixed: int) -> TaskSize:
        wanted, argument = self.requested.get(name, (fixed, ""))
        if wanted != fixed:
            raise SizeError(
                "The model takes inputs of another size.",
                where=f"model {self.model.name!r}, {name}",
                expected=str(fixed),
                received=f"{argument}: {wanted}",
                advice="leave the argument out, or build the model for this size",
            )
        return TaskSize(name=name, value=fixed, source=SizeSource.MODEL, origin="model.input")

    def _by_rule(self, rule: SizeRule) -> TaskSize:
        factor = self._factor(rule)
        for origin in rule.origins:
            value = origin.read(self.model)
            if value is not None:
                return TaskSize(
                    name=rule.name, value=value * factor, source=origin.source, origin=origin.text
                )
        if rule.default is None:
            raise self._unknown(rule)
        return TaskSize(name=rule.name, value=rule.default * factor, source=SizeSource.DEFAULT)

    def _factor(self, rule: SizeRule) -> int:
        if not rule.per:
            return 1
        self.resolve(rule.per, None)
        return self.sizes[rule.per].value

    def _unknown(self, rule: SizeRule) -> SizeError:
        looked = ", ".join(origin.text for origin in rule.origins)
        return SizeError(
            f"Cannot infer {rule.name}.",
            where=f"model {self.model.name!r}",
            expected=f"a number in {looked}" if looked else "",
            received="none",
            advice=advise(
                "pass {size}, or attach a preprocessor that has it", size=_argument(rule.name)
            ),
        )

    def _within_limit(self, rule: SizeRule, size: TaskSize) -> TaskSize:
        limit = rows_of_table(self.model, rule.limits)
        if limit is None or size.value <= limit[0]:
            return size
        rows, path = limit
        if size.source is SizeSource.DEFAULT:
            return TaskSize(name=size.name, value=rows, source=SizeSource.MODEL, origin=path)
        raise SizeError(
            f"{size.name} is beyond the model's position table.",
            where=f"model {self.model.name!r}",
            expected=f"at most {rows} ({path})",
            received=str(size),
            advice=advise("pass {size}", size=_argument(rule.name)) + f" of at most {rows}",
        )


def _argument(name: str) -> Wording:
    """Return the argument by which a caller sets a size."""
    if name.startswith("image_"):
        return IMAGE_SIZE.to("(height, width)", "HEIGHTxWIDTH")
    size = SIZES.to(f"{{{name!r}: N}}", f"{name}=N")
    if name.endswith("sequence_length"):
        return MAX_SEQUENCE_LENGTH.to("N").either(size)
    return size
