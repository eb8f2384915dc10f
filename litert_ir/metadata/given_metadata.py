"""Read the metadata that a caller gives: as such, as a mapping, or in a file."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from litert_ir.errors import OptionsError
from litert_ir.errors.interruption import reraise_interruption
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.paths import usable_path
from litert_ir.errors.shown import shown
from litert_ir.ir.metadata import (
    Bounds,
    ColorSpace,
    InputMetadata,
    Metadata,
    Normalization,
    OutputMetadata,
)

GivenMetadata = Metadata | Mapping[str, Any] | str | os.PathLike[str] | None

T = TypeVar("T")
Made = Callable[..., T]

_TEXTS = ("name", "description", "version", "author", "license")
_MOST_BYTES = 64 << 20


def metadata_from(given: GivenMetadata) -> Metadata:
    """Read metadata in any form.

    Args:
        given: `Metadata`; a mapping with their fields, in which ``inputs`` and ``outputs`` are
            mappings by name (or lists), and ``labels`` may be the path of a file with a label in
            each line; the path of a ``.toml`` or ``.json`` file with such a mapping, to which the
            paths in it are relative; or None for none.

    Raises:
        OptionsError: When it is something else, a file cannot be read, or a field is unknown or
            malformed.

    Example:
        >>> metadata_from({"name": "Pets", "outputs": {"scores": {"labels": ["cat", "dog"]}}}).name
        'Pets'
    """
    match given:
        case None:
            return Metadata()
        case Metadata():
            return given
        case Mapping():
            return _Reading("metadata", Path()).metadata(given)
        case _:
            path = usable_path(given, _no_metadata)
            return _Reading(str(path), path.parent).metadata(_document(path))


def labels_from(path: Path) -> tuple[str, ...]:
    """Read the labels of a text file, one in each line; empty lines at its end do not count.

    Raises:
        OptionsError: When it cannot be read, or is no text in UTF-8.
    """
    lines = _text(path).split("\n")
    labels = [line.removesuffix("\r") for line in lines]
    while labels and not labels[-1]:
        labels.pop()
    return OutputMetadata(labels=labels).labels


def _no_metadata(received: str) -> OptionsError:
    return OptionsError(
        "This is no description of a file.",
        where="metadata",
        expected="a litert_ir.Metadata, a dict, or the path of a .toml or .json file",
        received=received,
    )


def _document(path: Path) -> Mapping[str, Any]:
    text = _text(path)
    try:
        found = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:  # both libraries' errors are ValueErrors
        raise OptionsError(
            "The file of the metadata is malformed.",
            where=str(path),
            expected="TOML in a .toml file, else JSON",
            received=str(error),
        ) from error
    if not isinstance(found, Mapping):
        raise OptionsError(
            "The file of the metadata holds no object.", where=str(path), received=shown(found)
        )
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES:,} bytes")
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reraise_interruption(error)
        raise OptionsError(
            "The file cannot be read.",
            where=str(path),
            expected="a text file in UTF-8",
            received=f"{type(error).__name__}: {error}",
        ) from error


class _Reading:
    """The reading of one mapping.

    Args:
        where: Its file, or the argument.
        folder: The folder that paths in it are relative to.
    """

    def __init__(self, where: str, folder: Path) -> None:
        self._where = where
        self._folder = folder

    def metadata(self, given: Mapping[str, Any]) -> Metadata:
        fields = self._known(given, (*_TEXTS, "inputs", "outputs"), "")
        inputs = self._tensors(fields.pop("inputs", {}), "inputs", self._input)
        outputs = self._tensors(fields.pop("outputs", {}), "outputs", self._output)
        return self._made(Metadata, "", **fields, inputs=inputs, outputs=outputs)

    def _tensors(self, given: Any, side: str, read: Callable[[str, Any], T]) -> list[T]:
        if isinstance(given, Mapping):
            given = [
                {"name": name, **item} if isinstance(item, Mapping) else item
                for name, item in given.items()
            ]
        if not isinstance(given, list | tuple):
            raise self._malformed(side, "a mapping by name", given)
        return [read(f"{side}[{number}]", item) for number, item in enumerate(given)]

    def _input(self, at: str, given: Any) -> InputMetadata:
        names = ("name", "description", "normalization", "bounds", "color_space")
        fields = self._known(given, names, at)
        self._replace(fields, "normalization", at, self._normalization)
        self._replace(fields, "bounds", at, self._bounds)
        self._replace(fields, "color_space", at, self._color_space)
        return self._made(InputMetadata, at, **fields)

    def _output(self, at: str, given: Any) -> OutputMetadata:
        fields = self._known(given, ("name", "description", "labels", "bounds"), at)
        self._replace(fields, "bounds", at, self._bounds)
        self._replace(fields, "labels", at, self._labels)
        return self._made(OutputMetadata, at, **fields)

    def _replace(
        self, fields: dict[str, Any], name: str, at: str, read: Callable[[str, Any], object]
    ) -> None:
        if fields.get(name) is None:
            fields.pop(name, None)
        else:
            fields[name] = read(f"{at}.{name}", fields[name])

    def _normalization(self, at: str, given: Any) -> Normalization:
        return self._made(Normalization, at, **self._known(given, ("mean", "std"), at))

    def _bounds(self, at: str, given: Any) -> Bounds:
        names = ("minimum", "maximum")
        fields = self._known(given, names, at)
        if len(fields) < len(names):
            raise self._malformed(at, "both minimum and maximum", given)
        return self._made(Bounds, at, **fields)

    def _color_space(self, at: str, given: Any) -> ColorSpace:
        spaces = {space.value.lower(): space for space in ColorSpace}
        if not isinstance(given, str) or given.lower() not in spaces:
            raise self._malformed(at, " or ".join(space.value for space in ColorSpace), given)
        return spaces[given.lower()]

    def _labels(self, _at: str, given: Any) -> Any:
        return labels_from(self._folder / given) if isinstance(given, str) else given

    def _known(self, given: Any, names: tuple[str, ...], at: str) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise self._malformed(at, f"a mapping with {', '.join(names)}", given)
        for name in given:
            if name not in names:
                hint = did_you_mean(str(name), names)
                raise self._malformed(at, ", ".join(names), f"{shown(name)}.{hint}")
        return dict(given)

    def _made(self, kind: type[T], at: str, **fields: Any) -> T:
        try:
            return kind(**fields)
        except OptionsError as error:
            raise error.evolve(where=self._place(at)) from error

    def _malformed(self, at: str, expected: str, received: object) -> OptionsError:
        return OptionsError(
            "The metadata are malformed.",
            where=self._place(at),
            expected=expected,
            received=received if isinstance(received, str) else shown(received),
        )

    def _place(self, at: str) -> str:
        return f"{self._where}: {at}" if at else self._where
