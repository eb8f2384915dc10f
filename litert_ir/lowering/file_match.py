"""Match the tensors of a model's call with those of an existing file."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence

import attrs

from litert_ir.errors import FileRejectedError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import BATCH_SIZE, INPUT_SIGNATURE
from litert_ir.ir.tensor import Dim, DType, DynamicDim, Shape, TensorSpec, shape_text

_WIRE = re.compile(r"(?:serving_default_)?(?P<name>.+?)(?::\d+)?")
"""The names that TensorFlow gives to a file's tensors: ``serving_default_x:0``."""
_NUMBERED = re.compile(r"(?P<stem>.*?)_?(?P<number>\d+)")
"""The names that are made up for tensors without one: ``output_0``, ``args_1``."""


class MatchedBy(enum.Enum):
    """The reason why a tensor of the file is taken for one of the model's."""

    NAME = "name"
    SHAPE = "shape and type"
    ORDER = "order"


@attrs.frozen(kw_only=True)
class FileTensor:
    """An input or output of an existing file.

    Attributes:
        name: Its name in the file's signature.
        shape: Its sizes; a dimension without name and bounds where the file tells nothing.
        dtype: Its element type.
        is_quantized: Whether its integers represent real values.
    """

    name: str
    shape: Shape
    dtype: DType
    is_quantized: bool = False

    def __str__(self) -> str:
        kind = " (quantized)" if self.is_quantized else ""
        return f"{self.name} {shape_text(self.shape)} {self.dtype.value}{kind}"


@attrs.frozen(kw_only=True)
class TensorMatch:
    """A tensor of the model's call, and the file's tensor that stands for it.

    Attributes:
        name: Its name in the plan.
        in_file: The name in the file's signature.
        by: The reason.
    """

    name: str
    in_file: str
    by: MatchedBy


class Side(enum.Enum):
    """The side of a call on which tensors are matched."""

    INPUTS = "inputs"
    OUTPUTS = "outputs"


def match_tensors(
    side: Side, wanted: Sequence[TensorSpec], found: Sequence[FileTensor]
) -> tuple[TensorMatch, ...]:
    """Match each tensor of a model's call with one of the file's.

    Equal names decide; where there are none, a shape and type that only one tensor has on either
    side; then the order. TensorFlow's prefixes and suffixes of names do not count, and made-up
    names that end in numbers are in the order of these.

    Args:
        side: The side of the call.
        wanted: The model's tensors, in order.
        found: The file's tensors, in the order of its signature.

    Returns:
        One match per tensor of the model, in order.

    Raises:
        FileRejectedError: When there are more or fewer tensors, or one that the model cannot take
            or give.
    """
    if len(wanted) != len(found):
        raise _mismatch(side, wanted, found, f"{len(found)} in place of {len(wanted)}")
    matcher = _Matcher(side, wanted, found)
    matcher.match_names()
    matcher.match_shapes()
    matcher.match_order()
    return tuple(matcher.matches[spec.name] for spec in wanted)


def fitted_shape(own: Shape, in_file: Shape) -> Shape:
    """Return a model's shape with the sizes, names and bounds that the file has.

    Example:
        >>> fitted_shape((DynamicDim("batch"), DynamicDim(), 3), (1, DynamicDim(), DynamicDim()))
        (1, DynamicDim(name=None, minimum=1, maximum=None, multiple_of=1, source=''), 3)
    """
    return tuple(map(_fitted_dim, own, in_file))


def _fitted_dim(own: Dim, in_file: Dim) -> Dim:
    if isinstance(own, int):
        return own
    return own if in_file == DynamicDim() else in_file


def _may_be(side: Side, spec: TensorSpec, tensor: FileTensor) -> bool:
    return _types_fit(spec.dtype, tensor) and _shapes_fit(side, spec.shape, tensor.shape)


def _types_fit(own: DType, tensor: FileTensor) -> bool:
    if own.is_floating:
        return tensor.dtype.is_floating or tensor.is_quantized
    return _kind(own) == _kind(tensor.dtype) and not tensor.is_quantized


def _kind(dtype: DType) -> str:
    return dtype.value.rstrip("0123456789").removeprefix("u")


def _shapes_fit(side: Side, own: Shape, in_file: Shape) -> bool:
    """Tell whether both may be the shape of one tensor; files leave some outputs' ranks open."""
    if side is Side.OUTPUTS and not in_file:
        return True
    return len(own) == len(in_file) and all(map(_dims_fit, own, in_file))


def _dims_fit(own: Dim, in_file: Dim) -> bool:
    match own, in_file:
        case int(), int():
            return own == in_file
        case DynamicDim(), int():
            return own.admits(in_file)
        case int(), DynamicDim():
            return in_file.admits(own)
        case _:
            return True


@attrs.define
class _Matcher:
    """The matches found so far, by the names of the model's tensors."""

    side: Side
    wanted: Sequence[TensorSpec]
    found: Sequence[FileTensor]
    matches: dict[str, TensorMatch] = attrs.field(factory=dict)

    def match_names(self) -> None:
        for same in (_same, _same_but_for_wire):
            for spec in self._open_wanted():
                named = [each for each in self._open_found() if same(spec.name, each.name)]
                if len(named) == 1:
                    self._require_fit(spec, named[0])
                    self._match(spec, named[0], MatchedBy.NAME)

    def match_shapes(self) -> None:
        while True:
            pairs = list(self._unique_pairs())
            if not pairs:
                return
            self._match(*pairs[0], MatchedBy.SHAPE)

    def match_order(self) -> None:
        pairs = list(zip(self._open_wanted(), _in_order(self._open_found()), strict=True))
        for spec, tensor in pairs:
            self._require_fit(spec, tensor)
            self._match(spec, tensor, MatchedBy.ORDER)

    def _unique_pairs(self) -> Iterator[tuple[TensorSpec, FileTensor]]:
        for spec in self._open_wanted():
            fitting = [each for each in self._open_found() if _may_be(self.side, spec, each)]
            if len(fitting) == 1:
                rivals = [s for s in self._open_wanted() if _may_be(self.side, s, fitting[0])]
                if rivals == [spec]:
                    yield spec, fitting[0]

    def _open_wanted(self) -> list[TensorSpec]:
        return [spec for spec in self.wanted if spec.name not in self.matches]

    def _open_found(self) -> list[FileTensor]:
        taken = {match.in_file for match in self.matches.values()}
        return [each for each in self.found if each.name not in taken]

    def _match(self, spec: TensorSpec, tensor: FileTensor, by: MatchedBy) -> None:
        self.matches[spec.name] = TensorMatch(name=spec.name, in_file=tensor.name, by=by)

    def _require_fit(self, spec: TensorSpec, tensor: FileTensor) -> None:
        if not _may_be(self.side, spec, tensor):
            fault = f"{tensor} where the model has {spec.name} {spec}"
            raise _mismatch(self.side, self.wanted, self.found, fault)


def _same(name: str, in_file: str) -> bool:
    return name == in_file


def _same_but_for_wire(name: str, in_file: str) -> bool:
    found = _WIRE.fullmatch(in_file)
    return found is not None and found["name"] == name


def _in_order(tensors: Sequence[FileTensor]) -> list[FileTensor]:
    """Order tensors by the numbers in their names, if these differ in nothing else."""
    numbered = [_NUMBERED.fullmatch(tensor.name) for tensor in tensors]
    known = [found for found in numbered if found is not None]
    if len(known) < len(tensors) or len({found["stem"] for found in known}) != 1:
        return list(tensors)
    numbers = [int(found["number"]) for found in known]
    return [tensor for _, tensor in sorted(zip(numbers, tensors, strict=True), key=_number)]


def _number(pair: tuple[int, FileTensor]) -> int:
    return pair[0]


def _mismatch(
    side: Side, wanted: Sequence[TensorSpec], found: Sequence[FileTensor], fault: str
) -> FileRejectedError:
    return FileRejectedError(
        f"The file's {side.value} are not those of the model.",
        expected=", ".join(f"{spec.name} {spec}" for spec in wanted) or f"no {side.value}",
        received=f"{', '.join(map(str, found)) or f'no {side.value}'}: {fault}",
        advice=advise(
            "this may be the file of another model; where the model is called with other sizes or "
            "arguments in the file, pass them: {signature}, {batch}",
            signature=INPUT_SIGNATURE.to(),
            batch=BATCH_SIZE.to(),
        ),
    )
