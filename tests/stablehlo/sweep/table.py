"""All cases of the sweep, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from tests.stablehlo.sweep import (
    cases_algebra,
    cases_arrays,
    cases_attention,
    cases_control_flow,
    cases_convolution,
    cases_core,
    cases_elementwise,
    cases_images,
    cases_models,
    cases_normalization,
    cases_pooling,
    cases_preprocessing,
    cases_recurrent,
    cases_reductions,
    cases_reshaping,
)
from tests.stablehlo.sweep.case import Case

MODULES: tuple[ModuleType, ...] = (
    *(cases_core, cases_convolution, cases_pooling, cases_normalization, cases_attention),
    *(cases_recurrent, cases_reshaping, cases_preprocessing, cases_models),
    *(cases_elementwise, cases_reductions, cases_arrays, cases_algebra),
    *(cases_control_flow, cases_images),
)
ALL: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
CASES: Mapping[str, Case] = {case.name: case for case in ALL}
_LOOPS_AND_RESHAPES = """lstm lstm_big lstm_sequences_and_states lstm_backwards lstm_unrolled
    lstm_masked lstm_mask_given lstm_of_given_state lstm_of_any_length gru gru_reset_before
    gru_masked simple_rnn_masked rnn_of_stacked_cells bidirectional_lstm bidirectional_gru_sum
    conv_lstm_1d_sequences conv_lstm_2d time_distributed_conv cond cond_on_shape switch while_loop
    while_loop_counted fori_loop fori_loop_matmul fori_loop_nested map vectorized_map
    conv1d_transpose_strided conv2d_transpose_strided conv2d_transpose_padded
    conv3d_transpose_same conv2d_of_any_size reshape_unknown reshape_of_any_length repeat_vector
    flatten ops_reshape_by_shape ops_of_any_length space_to_depth_by_reshaping ops_transposes
    model_transformer model_several_inputs"""
STATIC: tuple[Case, ...] = tuple(CASES[name] for name in _LOOPS_AND_RESHAPES.split())
"""What is tried with a fixed batch as well: loops and reshapes, which it may change."""
