"""Find names, ties and bounds of the dynamic dimensions of a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import attrs

from litert_ir.errors import ModelTraceError, Problem, SignatureError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import INPUT_SIGNATURE, ONE_SPEC, SAMPLES
from litert_ir.ir.dimensions import BATCH_NAME, StaticShapes
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import DynamicDim
from litert_ir.lowering.dimensions.default_names import names_of
from litert_ir.lowering.dimensions.extents import Extent, extents
from litert_ir.lowering.dimensions.first_sizes import accepted_start, is_empty_everywhere
from litert_ir.lowering.dimensions.moves import Group, moves_from
from litert_ir.lowering.dimensions.slots import (
    Place,
    Sizes,
    Slot,
    places_of,
    slots_of,
    with_dims,
)
from litert_ir.lowering.dimensions.table_limits import Table
from litert_ir.lowering.dimensions.ties import groups_that_move, tied_groups
from litert_ir.lowering.dimensions.trials import Oracle, Trials

GIVEN = "input_signature"
"""The source of bounds that the user gave."""

_FAR = (1024, 256)
"""Sizes tried in turn, to reach a branch of the model's code for long inputs."""
_MOST_ELEMENTS = 1 << 18
"""The most elements of inputs at those sizes."""

Seen = Callable[[Signature], Sequence[StaticShapes]]
"""A function from the signature to the shapes of the user's samples."""


@attrs.frozen
class Finding:
    """The result of a search.

    Attributes:
        groups: The groups of slots tied to one size.
        extents: The bounds of groups that the user did not bound.
    """

    groups: tuple[Group, ...]
    extents: tuple[Extent, ...] = ()


def with_found_dims(
    signature: Signature, oracle: Oracle, seen: Seen, tables: Sequence[Table], where: str
) -> Signature:
    """Give every dynamic dimension a name, and the bounds that hold for it.

    Args:
        signature: The inputs; at least one dimension besides the batch is dynamic.
        oracle: Determines the shapes that the model accepts.
        seen: Returns the shapes of the user's samples.
        tables: The tables of the model.
        where: The model's name, for errors.

    Raises:
        ModelTraceError: When the model accepts none of the sizes that were tried.
        SignatureError: When the user's names contradict the model.
    """
    slots = slots_of(signature)
    hints, rows = seen(signature), [table.rows for table in tables]
    refused: list[Trials] = []
    for batch in _batches(signature, hints):
        trials = Trials(signature, slots, oracle, batch)
        start = accepted_start(trials, hints, rows)
        if start is not None and not _knows_all(trials, start):
            return with_found_dims(signature, oracle.at_known_sizes(), seen, tables, where)
        if start is not None:
            return _dimensioned(signature, slots, _finding(trials, start, tables, where))
        if is_empty_everywhere(trials):
            return with_names(signature)
        refused.append(trials)
    raise _refused(refused[0], where)


def _knows_all(trials: Trials, start: Sizes) -> bool:
    """Return whether a trace at static sizes computes the same: at the start, and far away."""
    far = [tuple(max(size, length) for size in start) for length in _FAR]
    cheap = [sizes for sizes in far if trials.elements(sizes) <= _MOST_ELEMENTS]
    tried = next(filter(trials.accepts, cheap), start)
    return all(trials.oracle.knows_all(trials.shapes(sizes)) for sizes in {start, tried})


def with_names(signature: Signature) -> Signature:
    """Give every dynamic dimension a name, where no sizes are known."""
    slots = slots_of(signature)
    alone = Finding(tuple(frozenset({index}) for index in range(len(slots))))
    return _dimensioned(signature, slots, alone)


def _dimensioned(signature: Signature, slots: tuple[Slot, ...], finding: Finding) -> Signature:
    return with_dims(signature, _dims(signature, slots, finding))


def _batches(signature: Signature, hints: Sequence[StaticShapes]) -> tuple[int, ...]:
    """Return sizes for the batch: a model may need that of a sample, or of a static input batch."""
    leading = [spec.shape[0] for spec in signature.tensors if spec.shape]
    smallest = {dim.smallest for dim in leading if isinstance(dim, DynamicDim)}
    fixed = {dim for dim in leading if isinstance(dim, int)}
    of_samples = {shape[0] for shapes in hints for shape in shapes if shape}
    return tuple(dict.fromkeys([max(smallest, default=1), *sorted(fixed), *sorted(of_samples)]))


def _finding(trials: Trials, start: Sizes, tables: Sequence[Table], where: str) -> Finding:
    everyone: Group = frozenset(range(len(start)))
    moves = moves_from(trials, start, everyone)
    groups = (
        groups_that_move(trials, start, everyone)
        if moves is None
        else tied_groups(trials, moves, everyone)
    )
    if not groups:
        return _fixed(trials, start, where)
    free = [g for g in groups if not any(trials.slots[i].dim.is_bounded for i in g)]
    step = None if moves is None else moves.step
    return Finding(groups, extents(trials, start, step, free, tables) if free else ())


def _fixed(trials: Trials, start: Sizes, where: str) -> Finding:
    """Handle a start without accepted sizes nearby: valid only if the user's bounds admit none."""
    groups = tuple(frozenset({index}) for index in range(len(start)))
    if all(slot.dim.is_bounded for slot in trials.slots):
        return Finding(groups)
    raise ModelTraceError(
        "The model accepts some sizes of its dynamic dimensions, but none beside them.",
        where=where,
        expected="dimensions that can have other sizes, all changed by the same number",
        received=f"accepted: {_text(trials, start)}; all others near it are refused",
        advice=advise("fix them: {spec}, with numbers", spec=ONE_SPEC),
    )


def _refused(trials: Trials, where: str) -> ModelTraceError:
    tried = trials.answers
    bounds = [str(slot.dim) for slot in trials.slots if slot.dim.is_bounded]
    reasons = list(dict.fromkeys(answer.reason for answer in tried.values()))
    sizes = "; ".join(_text(trials, sizes) for sizes in tried)
    return ModelTraceError(
        "The model accepts none of the sizes that were tried for its dynamic dimensions"
        + (f", within the bounds {', '.join(bounds)}." if bounds else "."),
        where=where,
        expected="sizes that the model can be called with",
        received=f"refused: {sizes}. {reasons[0] if reasons else 'no size is within the bounds'}",
        advice=advise(
            "pass {signature} with sizes or bounds that the model accepts, or export with "
            "{samples}",
            signature=INPUT_SIGNATURE.alone,
            samples=SAMPLES,
        ),
    )


def _text(trials: Trials, sizes: Sizes) -> str:
    """Format the shapes at sizes."""
    return ", ".join(map(str, trials.shapes(sizes)))


def _dims(
    signature: Signature, slots: tuple[Slot, ...], finding: Finding
) -> Mapping[Place, DynamicDim]:
    """Return the dimension at each place."""
    dims = {place: _of_user(dim, BATCH_NAME) for place, dim in places_of(signature)}
    found = {extent.group: extent for extent in finding.extents}
    given = [_given(slots, group) for group in finding.groups]
    taken = {dim.name for _, dim in places_of(signature) if dim.name} | {BATCH_NAME}
    firsts = [min(slots[i].places[0] for i in group) for group in finding.groups]
    unnamed = [place for place, dim in zip(firsts, given, strict=True) if dim.name is None]
    names = dict(zip(unnamed, names_of(signature.tensors, unnamed, taken), strict=True))
    for group, first, dim in zip(finding.groups, firsts, given, strict=True):
        named = _of_user(dim, names.get(first, ""))
        extent = found.get(group)
        if extent is not None:
            named = _of_model(named, extent)
        dims.update({place: named for i in group for place in slots[i].places})
    return dims


def _of_user(dim: DynamicDim, name: str) -> DynamicDim:
    source = dim.source or (GIVEN if dim.is_bounded else "")
    return attrs.evolve(dim, name=dim.name or name, source=source)


def _of_model(dim: DynamicDim, extent: Extent) -> DynamicDim:
    bounded = attrs.evolve(
        dim,
        minimum=extent.minimum,
        maximum=extent.maximum,
        multiple_of=extent.step,
    )
    return attrs.evolve(bounded, source=extent.source if bounded.is_bounded else "")


def _given(slots: tuple[Slot, ...], group: Group) -> DynamicDim:
    """Return the dimension that the user gave for the slots of a group.

    Raises:
        SignatureError: When the user gave two different ones.
    """
    said = {slots[index].dim for index in group if slots[index].dim != DynamicDim()}
    if len(said) < 2:
        return next(iter(said), DynamicDim())
    listed = " and ".join(sorted(map(str, said)))
    raise SignatureError(
        "The model needs one size where input_signature has several dimensions:",
        [Problem("input_signature", "one dimension, with one name and one set of bounds", listed)],
        advice="give both the same litert_ir.DynamicDim",
    )
