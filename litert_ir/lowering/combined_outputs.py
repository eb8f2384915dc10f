"""Combine the output trees of calls at different input sizes into one tree."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from typing_extensions import override

from litert_ir.errors import Problem, SignatureError
from litert_ir.errors.advice import advise
from litert_ir.errors.setting_names import BATCH_SIZE, INPUT_SIGNATURE
from litert_ir.ir.fold import fold
from litert_ir.ir.leaves import collect_leaves
from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.tensor import TensorSpec
from litert_ir.lowering.structure import dims_of
from litert_ir.visitors.rebuild import Rebuild


def varying(first: SignatureNode, second: SignatureNode, path: Path) -> SignatureNode:
    """Make the dimensions dynamic that differ between two trees.

    Raises:
        SignatureError: When the trees differ in more than sizes.
    """
    if fold(first, _SizesLeftOut(), path) != fold(second, _SizesLeftOut(), path):
        raise SignatureError(
            "The model's outputs cannot be those of a LiteRT file:",
            [
                Problem(
                    str(path),
                    "the same structure, dtypes and numbers of dimensions for inputs of all sizes",
                    "others for larger inputs",
                )
            ],
            advice=advise(
                "pass {signature} of static sizes, and {batch} where that varies it",
                signature=INPUT_SIGNATURE.alone,
                batch=BATCH_SIZE.alone,
            ),
        )
    seconds = {leaf.path: leaf.spec for leaf in collect_leaves(second, path)}
    return fold(first, _Varying(seconds), path)


@attrs.frozen
class _Varying(Rebuild):
    """A visitor that makes the dimensions dynamic that differ from those of another tree."""

    others: Mapping[Path, TensorSpec]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        pairs = zip(spec.sizes, self.others[path].sizes, strict=True)
        return attrs.evolve(spec, shape=dims_of([a if a == b else None for a, b in pairs]))


class _SizesLeftOut(Rebuild):
    """A visitor that reduces a tensor to its dtype and rank."""

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, shape=dims_of([None] * len(spec.shape)))
