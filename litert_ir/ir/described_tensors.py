"""Fit the metadata of a file to its tensors: names, channels, labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import attrs

from litert_ir.errors import Problem
from litert_ir.errors.nearest_names import nearest_name
from litert_ir.ir.metadata import Bounds, InputMetadata, Metadata, Normalization, OutputMetadata
from litert_ir.ir.tensor import TensorSpec

_IMAGE_RANK = 4
_CHANNELS = {"RGB": 3, "grayscale": 1}

T = TypeVar("T", InputMetadata, OutputMetadata)


def named(
    metadata: Metadata, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]
) -> Metadata:
    """Name the descriptions of the only input and of the only output, and order all.

    Args:
        metadata: The metadata.
        inputs: The file's inputs.
        outputs: The file's outputs.
    """
    return attrs.evolve(
        metadata,
        inputs=_in_order(metadata.inputs, [spec.name for spec in inputs]),
        outputs=_in_order(metadata.outputs, [spec.name for spec in outputs]),
    )


def _in_order(items: tuple[T, ...], names: Sequence[str]) -> tuple[T, ...]:
    if len(names) == 1:
        items = tuple(attrs.evolve(item, name=item.name or names[0]) for item in items)
    places = {name: place for place, name in enumerate(names)}
    return tuple(sorted(items, key=lambda item: places.get(item.name, len(places))))


def completed(metadata: Metadata, default: InputMetadata | None) -> Metadata:
    """Add the default description of an input: what the metadata say of it counts.

    Args:
        metadata: The metadata, as `named` gives them.
        default: The description; None for none.
    """
    if default is None:
        return metadata
    said = {item.name: item for item in metadata.inputs}
    if default.name not in said:
        return attrs.evolve(metadata, inputs=(*metadata.inputs, default))
    own = said[default.name]
    fields = (field.name for field in attrs.fields(InputMetadata))
    both = {name: getattr(own, name) or getattr(default, name) for name in fields}
    said[default.name] = InputMetadata(**both)
    return attrs.evolve(metadata, inputs=tuple(said.values()))


def misfits(
    metadata: Metadata, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]
) -> Iterator[Problem]:
    """The parts of metadata that do not fit the tensors of their file.

    Args:
        metadata: The metadata, as `named` gives them.
        inputs: The file's inputs.
        outputs: The file's outputs.
    """
    takes = {spec.name: spec for spec in inputs}
    gives = {spec.name: spec for spec in outputs}
    yield from _strangers("inputs", [item.name for item in metadata.inputs], list(takes))
    yield from _strangers("outputs", [item.name for item in metadata.outputs], list(gives))
    for taken in metadata.inputs:
        if spec := takes.get(taken.name):
            yield from _of_channels(
                f"inputs[{taken.name!r}].normalization", taken.normalization, spec
            )
            yield from _of_channels(f"inputs[{taken.name!r}].bounds", taken.bounds, spec)
            yield from _of_image(taken, spec)
    for given in metadata.outputs:
        if spec := gives.get(given.name):
            yield from _of_channels(f"outputs[{given.name!r}].bounds", given.bounds, spec)
            yield from _of_labels(given, spec)


def _strangers(side: str, described: Sequence[str], names: Sequence[str]) -> Iterator[Problem]:
    for name in described:
        if name not in names:
            near = nearest_name(name, names)
            received = repr(name) + (f", which may be {near!r}" if near else "")
            nameless = f"none, where there are {len(names)}"
            yield Problem(f"metadata.{side}", ", ".join(names), received if name else nameless)


def _of_channels(
    where: str, numbers: Normalization | Bounds | None, spec: TensorSpec
) -> Iterator[Problem]:
    if numbers is None:
        return
    first, second = attrs.astuple(numbers, recurse=False)
    count = max(len(first), len(second))
    channels = spec.sizes[-1] if spec.shape else None
    if count > 1 and count != channels:
        expected = f"one number, or {channels} for {spec}" if channels else f"one number for {spec}"
        yield Problem(f"metadata.{where}", expected, f"{count} numbers")


def _of_image(taken: InputMetadata, spec: TensorSpec) -> Iterator[Problem]:
    if taken.color_space is None:
        return
    channels = _CHANNELS[taken.color_space.value]
    if len(spec.shape) != _IMAGE_RANK or spec.sizes[-1] not in (channels, None):
        yield Problem(
            f"metadata.inputs[{taken.name!r}].color_space",
            f"an input (batch, height, width, {channels})",
            str(spec),
        )


def _of_labels(given: OutputMetadata, spec: TensorSpec) -> Iterator[Problem]:
    classes = spec.sizes[-1] if spec.shape else 1
    is_scores = spec.dtype.is_floating
    if given.labels and is_scores and classes not in (len(given.labels), None):
        yield Problem(
            f"metadata.outputs[{given.name!r}].labels",
            f"{classes} labels, as the last axis of {spec} has",
            f"{len(given.labels)}",
        )
