"""Fit the signature of a model's call to the inputs of an existing file."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from typing_extensions import override

from litert_ir.ir.nodes import SignatureNode
from litert_ir.ir.path import Path
from litert_ir.ir.signature import Signature
from litert_ir.ir.tensor import TensorSpec
from litert_ir.lowering.file_match import (
    FileTensor,
    Side,
    TensorMatch,
    fitted_shape,
    match_tensors,
)
from litert_ir.visitors.rebuild import Rebuild


@attrs.define
class FitToFile:
    """Gives a signature the sizes of a file's inputs, and the names and bounds that it has.

    Attributes:
        inputs: The file's inputs, in the order of its signature.
        matches: The inputs of the signature and those of the file, once it was fitted.
    """

    inputs: tuple[FileTensor, ...]
    matches: tuple[TensorMatch, ...] = ()

    def __call__(self, signature: Signature) -> Signature:
        """Return the fitted signature.

        Raises:
            FileRejectedError: When the file has other inputs.
        """
        self.matches = match_tensors(Side.INPUTS, signature.tensors, self.inputs)
        in_file = {tensor.name: tensor for tensor in self.inputs}
        fit = _Fitting({match.name: in_file[match.in_file] for match in self.matches})
        values = signature.fold(fit)
        return Signature(
            tuple(
                attrs.evolve(argument, value=value)
                for argument, value in zip(signature.arguments, values, strict=True)
            )
        )


@attrs.frozen
class _Fitting(Rebuild):
    """A visitor that fits each tensor's shape.

    Attributes:
        in_file: The file's tensor of each input, by the input's name.
    """

    in_file: Mapping[str, FileTensor]

    @override
    def visit_tensor(self, path: Path, spec: TensorSpec) -> SignatureNode:
        return attrs.evolve(spec, shape=fitted_shape(spec.shape, self.in_file[spec.name].shape))
