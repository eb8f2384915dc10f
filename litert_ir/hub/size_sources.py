"""Find a size of a task's inputs in its sources: caller, preprocessor, model, or a default."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import attrs

from litert_ir.errors import SizeError
from litert_ir.errors.shown import shown
from litert_ir.ir.task import SizeSource
from litert_ir.ir.tensor import is_size

IMAGE_HEIGHT = "image_height"
IMAGE_WIDTH = "image_width"


@attrs.frozen
class Origin:
    """A source of a size.

    Attributes:
        source: The kind of source.
        text: The name of the source in a plan.
        read: Returns the size of a model; None where it has none.
    """

    source: SizeSource
    text: str
    read: Callable[[Any], int | None] = attrs.field(eq=False, repr=False)


def in_preprocessor(path: str, item: int | None = None) -> Origin:
    """Read an attribute of the task's preprocessor.

    Args:
        path: Names joined by dots.
        item: The index, where the attribute holds several numbers.
    """
    return _attribute(SizeSource.PREPROCESSOR, f"preprocessor.{path}", item)


def in_model(path: str, item: int | None = None) -> Origin:
    """Read an attribute of the model; see `in_preprocessor`."""
    return _attribute(SizeSource.MODEL, path, item)


def _attribute(source: SizeSource, path: str, item: int | None) -> Origin:
    return Origin(source, path, lambda model: number_at(model, path, item))


def number_at(model: Any, path: str, item: int | None = None) -> int | None:
    """Return a positive number in an attribute; None where there is none.

    Args:
        model: The object that has the first attribute.
        path: Names joined by dots.
        item: The index, where the attribute holds several numbers.
    """
    found = model
    for name in path.split("."):
        found = getattr(found, name, None)
    if item is not None and isinstance(found, list | tuple):
        found = found[item] if item < len(found) else None
    return int(found) if is_size(found) else None


@attrs.frozen(kw_only=True)
class SizeRule:
    """The rule for a size that the caller leaves open.

    Attributes:
        name: The name of the size.
        origins: The sources, in order.
        default: The value if all sources are empty; None to ask the caller.
        per: The name of another size to multiply by; empty for none.
        limits: Attributes of the model that may hold the number of rows of its position table.
    """

    name: str
    origins: tuple[Origin, ...] = ()
    default: int | None = None
    per: str = ""
    limits: tuple[str, ...] = ()


def _as_pair(size: object) -> object:
    """Convert to a height and a width; one number is both."""
    if size is None:
        return None
    return tuple(map(_as_size, size if isinstance(size, list | tuple) else (size, size)))


def _as_size(size: object) -> object:
    """Convert numpy integers to Python's, which plans hold; invalid sizes are rejected later."""
    return operator.index(size) if isinstance(size, Integral) and is_size(size) else size


def _as_pairs(sizes: Mapping[Any, object] | None) -> tuple[tuple[str, object], ...]:
    if sizes is None:
        return ()
    if not isinstance(sizes, Mapping):
        raise _invalid("sizes", "a dict of sizes by name", sizes)
    odd = [name for name in sizes if not isinstance(name, str)]
    if odd:
        raise _invalid("sizes", "a dict whose keys are names", odd)
    return tuple((name, _as_size(size)) for name, size in sizes.items())


@attrs.frozen(kw_only=True)
class RequestedSizes:
    """The sizes that a caller asks for.

    Attributes:
        max_sequence_length: Tokens per sample.
        image_size: Height and width of images in pixels; one number for squares.
        others: Any size by its name in the plan; a mapping or None, kept as pairs.

    Raises:
        SizeError: When a size is not a positive integer.
    """

    max_sequence_length: int | None = attrs.field(default=None, converter=_as_size)
    image_size: tuple[int, int] | None = attrs.field(default=None, converter=_as_pair)
    others: tuple[tuple[str, int], ...] = attrs.field(default=None, converter=_as_pairs)

    def __attrs_post_init__(self) -> None:
        if self.image_size is not None and len(self.image_size) != 2:
            raise _invalid("image_size", "a height and a width, or one number", self.image_size)
        sizes = [(name, size) for name, (size, _) in self.by_name(("max_sequence_length",)).items()]
        for name, size in sizes:
            if not is_size(size):
                raise _invalid(name, "a positive whole number", size)

    def __bool__(self) -> bool:
        return bool(self.by_name(("max_sequence_length",)))

    def by_name(self, sequences: tuple[str, ...]) -> dict[str, tuple[int, str]]:
        """Return the value of each size, and the argument that sets it.

        Args:
            sequences: The sizes that ``max_sequence_length`` sets.
        """
        found = {name: (size, f"sizes[{shown(name)}]") for name, size in self.others}
        if self.max_sequence_length is not None:
            length = self.max_sequence_length, "max_sequence_length"
            found = {**dict.fromkeys(sequences, length), **found}
        if self.image_size is not None:
            height, width = ((side, "image_size") for side in self.image_size)
            found = {IMAGE_HEIGHT: height, IMAGE_WIDTH: width, **found}
        return found


def _invalid(name: str, expected: str, received: object) -> SizeError:
    return SizeError(
        f"{name} is not valid.", where=name, expected=expected, received=shown(received)
    )
