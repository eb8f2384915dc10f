"""Find the operator of a file that each kernel of a run stems from, by the order of both.

The runtime tells this for its own kernels. XNNPACK numbers the kernels of a partition, in the order
of the partition's operators: most operators become one kernel, some two, and some none. So kernels
and operators are aligned as two texts are, where each kind of kernel is a letter.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import attrs

from litert_ir.backends.litert.runtime_profiler import KernelRun

_PRODUCTS = frozenset({"convolution", "deconvolution", "fullyconnected", "batchmatrixmultiply"})
_KINDS = {
    "CONV_2D": "product",
    "DEPTHWISE_CONV_2D": "product",
    "TRANSPOSE_CONV": "product",
    "FULLY_CONNECTED": "product",
    "BATCH_MATMUL": "product",
    "LOGISTIC": "sigmoid",
    "RELU": "clamp",
    "RELU6": "clamp",
    "RELU_N1_TO_1": "clamp",
    "RELU_0_TO_1": "clamp",
    "EXPAND_DIMS": "reshape",
    "SQUEEZE": "reshape",
    "PAD": "constantpad",
    "PADV2": "constantpad",
    "MAX_POOL_2D": "maxpooling",
    "AVERAGE_POOL_2D": "averagepooling",
    "CONCATENATION": "concatenate",
    "SPLIT": "evensplit",
    "RSQRT": "reciprocalsquareroot",
    "SQRT": "squareroot",
    "NEG": "negate",
    "STRIDED_SLICE": "slice",
    "SUB": "subtract",
    "MUL": "multiply",
    "DIV": "divide",
    "QUANTIZE": "convert",
    "DEQUANTIZE": "convert",
    "POW": "power",
}
"""The kinds of the kernels of operators that have another name than their kernels."""
_KERNELS = {"approxgelu": "gelu", "copy": "reshape", "staticreshape": "reshape"}
_BEFORE = frozenset({"convert"})
"""Kernels that prepare what the next one takes; others belong to the one before them."""


@attrs.frozen(kw_only=True)
class StoredOperator:
    """An operator of a subgraph.

    Attributes:
        type: Its type, such as ``CONV_2D``.
        result: The name of its first result.
    """

    type: str
    result: str


@attrs.frozen(kw_only=True)
class Attribution:
    """The operators of a run's kernels.

    Attributes:
        operators: For each kernel the number of its operator; None where none was found.
        matched: For each kernel, whether its operator is of its own kind, and not only beside one
            that is.
    """

    operators: tuple[int | None, ...]
    matched: tuple[bool, ...]


def operators_of(
    kernels: Sequence[KernelRun], operators: Sequence[StoredOperator], subgraph: int
) -> Attribution:
    """Find the operators of the kernels of a run.

    Args:
        kernels: The kernels, in the order in which they ran.
        operators: The operators of the subgraph that ran, in order.
        subgraph: Its number.
    """
    found: list[int | None] = [
        kernel.operator if kernel.operator is not None and kernel.subgraph == subgraph else None
        for kernel in kernels
    ]
    own = set(found)
    for at, kernel in enumerate(kernels):
        if kernel.within is not None:
            found[at] = found[kernel.within]
    delegated = [
        at for at, kernel in enumerate(kernels) if kernel.operator is None and kernel.within is None
    ]
    others = [at for at in range(len(operators)) if at not in own]
    letters = (
        [_kind_of_kernel(kernels[at].name) for at in delegated],
        [_kind_of_operator(operators[at].type) for at in others],
    )
    for block in difflib.SequenceMatcher(None, *letters, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            found[delegated[block.a + step]] = others[block.b + step]
    matched = tuple(at is not None for at in found)
    _take_from_neighbours(found, kernels, delegated)
    return Attribution(operators=tuple(found), matched=matched)


def _take_from_neighbours(
    found: list[int | None], kernels: Sequence[KernelRun], delegated: Sequence[int]
) -> None:
    """Give kernels without an operator that of the kernel which they belong to."""
    backwards = [at for at in reversed(delegated) if _kind_of_kernel(kernels[at].name) in _BEFORE]
    forwards = [at for at in delegated if at not in set(backwards)]
    for at in backwards:
        if found[at] is None and at + 1 < len(found):
            found[at] = found[at + 1]
    for at in forwards:
        if found[at] is None and at:
            found[at] = found[at - 1]


def _kind_of_kernel(name: str) -> str:
    letters = _letters(name.partition("(")[0])
    return "product" if letters in _PRODUCTS else _KERNELS.get(letters, letters)


def _kind_of_operator(kind: str) -> str:
    return _KINDS.get(kind, _letters(kind))


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
