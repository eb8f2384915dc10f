"""The dimension numbers of StableHLO's operations: products, convolutions, gathers, scatters."""

from __future__ import annotations

import attrs

from litert_ir.stablehlo.mlir.bindings import stablehlo
from litert_ir.stablehlo.mlir.interfaces import Attribute, Operation


@attrs.frozen(kw_only=True)
class DotDimensions:
    """The batching and the contracting dimensions of a `stablehlo.dot_general`."""

    lhs_batching: tuple[int, ...] = ()
    rhs_batching: tuple[int, ...] = ()
    lhs_contracting: tuple[int, ...] = ()
    rhs_contracting: tuple[int, ...] = ()

    @classmethod
    def of(cls, op: Operation) -> DotDimensions:
        """Read the dimension numbers of a `stablehlo.dot_general`."""
        numbers = stablehlo.DotDimensionNumbers(op.attributes["dot_dimension_numbers"])
        return cls(
            lhs_batching=tuple(numbers.lhs_batching_dimensions),
            rhs_batching=tuple(numbers.rhs_batching_dimensions),
            lhs_contracting=tuple(numbers.lhs_contracting_dimensions),
            rhs_contracting=tuple(numbers.rhs_contracting_dimensions),
        )

    def attribute(self) -> Attribute:
        """The attribute ``dot_dimension_numbers``."""
        numbers: Attribute = stablehlo.DotDimensionNumbers.get(
            lhs_batching_dimensions=self.lhs_batching,
            rhs_batching_dimensions=self.rhs_batching,
            lhs_contracting_dimensions=self.lhs_contracting,
            rhs_contracting_dimensions=self.rhs_contracting,
        )
        return numbers


@attrs.frozen(kw_only=True)
class ConvolutionDimensions:
    """The positions of batch, features and spatial dimensions of a convolution.

    Attributes:
        inputs: Positions of batch, features and each spatial dimension in the input.
        kernel: Positions of output features, input features and each spatial dimension.
        outputs: Positions of batch, features and each spatial dimension in the output.
    """

    inputs: tuple[int, ...]
    kernel: tuple[int, ...]
    outputs: tuple[int, ...]

    @classmethod
    def of(cls, op: Operation) -> ConvolutionDimensions:
        """Read the dimension numbers of a `stablehlo.convolution`."""
        numbers = stablehlo.ConvDimensionNumbers(op.attributes["dimension_numbers"])
        return cls(
            inputs=(
                numbers.input_batch_dimension,
                numbers.input_feature_dimension,
                *numbers.input_spatial_dimensions,
            ),
            kernel=(
                numbers.kernel_output_feature_dimension,
                numbers.kernel_input_feature_dimension,
                *numbers.kernel_spatial_dimensions,
            ),
            outputs=(
                numbers.output_batch_dimension,
                numbers.output_feature_dimension,
                *numbers.output_spatial_dimensions,
            ),
        )


@attrs.frozen(kw_only=True)
class GatherDimensions:
    """The dimension numbers of a `stablehlo.gather`."""

    offset_dims: tuple[int, ...]
    collapsed_slice_dims: tuple[int, ...]
    operand_batching_dims: tuple[int, ...]
    start_indices_batching_dims: tuple[int, ...]
    start_index_map: tuple[int, ...]
    index_vector_dim: int

    @classmethod
    def of(cls, op: Operation) -> GatherDimensions:
        """Read the dimension numbers of a `stablehlo.gather`."""
        numbers = stablehlo.GatherDimensionNumbers(op.attributes["dimension_numbers"])
        return cls(
            offset_dims=tuple(numbers.offset_dims),
            collapsed_slice_dims=tuple(numbers.collapsed_slice_dims),
            operand_batching_dims=tuple(numbers.operand_batching_dims),
            start_indices_batching_dims=tuple(numbers.start_indices_batching_dims),
            start_index_map=tuple(numbers.start_index_map),
            index_vector_dim=numbers.index_vector_dim,
        )


@attrs.frozen(kw_only=True)
class ScatterDimensions:
    """The dimension numbers of a `stablehlo.scatter`."""

    update_window_dims: tuple[int, ...]
    inserted_window_dims: tuple[int, ...]
    input_batching_dims: tuple[int, ...]
    scatter_indices_batching_dims: tuple[int, ...]
    scatter_dims_to_operand_dims: tuple[int, ...]
    index_vector_dim: int

    @classmethod
    def of(cls, op: Operation) -> ScatterDimensions:
        """Read the dimension numbers of a `stablehlo.scatter`."""
        numbers = stablehlo.ScatterDimensionNumbers(op.attributes["scatter_dimension_numbers"])
        return cls(
            update_window_dims=tuple(numbers.update_window_dims),
            inserted_window_dims=tuple(numbers.inserted_window_dims),
            input_batching_dims=tuple(numbers.input_batching_dims),
            scatter_indices_batching_dims=tuple(numbers.scatter_indices_batching_dims),
            scatter_dims_to_operand_dims=tuple(numbers.scattered_dims_to_operand_dims),
            index_vector_dim=numbers.index_vector_dim,
        )
