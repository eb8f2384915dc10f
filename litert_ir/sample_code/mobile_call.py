"""The parts of the call of a file that Kotlin and Swift have in common: identifiers and sizes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import attrs

from litert_ir.ir.tensor import DynamicDim
from litert_ir.sample_code.file_call import CallTensor, FileCall
from litert_ir.sample_code.identifiers import Style, identifiers, type_name

MOST_LABELS = 100
"""The most labels that stand in the code; more are read from a file beside the model."""


@attrs.frozen
class MobileCall:
    """The call of a file with identifiers for its tensors and sizes.

    Attributes:
        call: The call.
        type: The name of the class.
        inputs: Identifiers by the names of inputs.
        sizes: Identifiers by the names of dynamic dimensions.
        outputs: Identifiers by the names of outputs.
    """

    call: FileCall
    type: str
    inputs: dict[str, str]
    sizes: dict[str, str]
    outputs: dict[str, str]

    @classmethod
    def of(cls, call: FileCall, reserved: Collection[str]) -> MobileCall:
        """Choose identifiers.

        Args:
            call: The call.
            reserved: Words of the language, and names that the code uses.
        """
        names = [tensor.name for tensor in call.inputs]
        dims = [f"size {dim.name}" for dim in call.dims]
        spelt = identifiers([*names, *dims], Style.CAMEL, reserved)
        own = {dim.name or "": spelt[f"size {dim.name}"] for dim in call.dims}
        plain = identifiers([dim.name or "" for dim in call.dims], Style.CAMEL, spelt.values())
        clear = set(plain.values()).isdisjoint(reserved)
        return cls(
            call=call,
            type=type_name(call.title),
            inputs={name: spelt[name] for name in names},
            sizes=plain if clear else own,
            outputs=identifiers([tensor.name for tensor in call.outputs], Style.CAMEL, reserved),
        )

    def dims_of(self, tensor: CallTensor) -> list[str]:
        """The sizes of an input as expressions."""
        return [
            str(dim) if isinstance(dim, int) else self.sizes[dim.name or ""] for dim in tensor.shape
        ]

    def count_of(self, tensor: CallTensor) -> str:
        """The number of an input's elements as an expression."""
        known = math.prod(dim for dim in tensor.shape if isinstance(dim, int))
        names = [self.sizes[dim.name or ""] for dim in tensor.shape if not isinstance(dim, int)]
        factors = [*names, *([str(known)] if known != 1 or not names else [])]
        return " * ".join(factors)

    def normalized(self) -> list[CallTensor]:
        """The inputs whose values become of data by a normalization."""
        return [
            tensor
            for tensor in self.call.inputs
            if tensor.normalization is not None and tensor.takes_floats
        ]

    def bounded(self) -> Iterator[tuple[str, DynamicDim]]:
        """The dynamic dimensions that do not take every size, with their identifiers."""
        for dim in self.call.dims:
            if dim.is_bounded:
                yield self.sizes[dim.name or ""], dim


def literal(text: str, *, interpolates: str = "") -> str:
    """A text of one line as a literal of Kotlin or Swift."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    if interpolates:
        plain = plain.replace(interpolates, f"\\{interpolates}")
    return f'"{plain}"'


def commented(text: str) -> str:
    """A text for a comment: on one line, and without what would end the comment."""
    return " ".join(text.split()).replace("*/", "* /").replace("/*", "/ *")
