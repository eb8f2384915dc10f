"""Cases of recurrent layers."""

from __future__ import annotations

from typing import Any

from keras import Sequential, layers

from tests.stablehlo.sweep.case import layer, model
from tests.stablehlo.sweep.drawing import flags, floats, integers

_STEPS = floats(6, 4)


def _stacked() -> Any:
    cells = [layers.LSTMCell(4), layers.GRUCell(3), layers.SimpleRNNCell(5)]
    return layers.RNN(layers.StackedRNNCells(cells), return_sequences=True)


def _masked(kind: Any) -> Any:
    return lambda: Sequential([layers.Embedding(10, 4, mask_zero=True), kind(5)])


def _with_state(x: Any, h: Any, c: Any) -> Any:
    return layers.LSTM(5, return_state=True)(x, initial_state=[h, c])


def _given_mask(x: Any, mask: Any) -> Any:
    return layers.LSTM(5)(x, mask=mask)


def _cell(x: Any, h: Any, c: Any) -> Any:
    return layers.LSTMCell(5)(x, [h, c])


LSTM = (
    layer("lstm", lambda: layers.LSTM(5), _STEPS),
    layer("lstm_big", lambda: layers.LSTM(72), floats(6, 72)),
    layer("lstm_sequences", lambda: layers.LSTM(5, return_sequences=True), _STEPS),
    layer("lstm_states", lambda: layers.LSTM(5, return_state=True), _STEPS),
    layer(
        "lstm_sequences_and_states",
        lambda: layers.LSTM(5, return_sequences=True, return_state=True),
        _STEPS,
    ),
    layer("lstm_backwards", lambda: layers.LSTM(5, go_backwards=True), _STEPS),
    layer("lstm_unrolled", lambda: layers.LSTM(5, unroll=True), _STEPS),
    layer("lstm_of_other_activations", lambda: layers.LSTM(5, activation="relu"), _STEPS),
    layer("lstm_masked", _masked(layers.LSTM), integers(4, 6)),
    model("lstm_mask_given", _given_mask, _STEPS, flags(6)),
    model("lstm_of_given_state", _with_state, _STEPS, floats(5), floats(5)),
    layer("lstm_of_any_length", lambda: layers.LSTM(5), floats(None, 4)),
    layer(
        "lstm_twice",
        lambda: Sequential([layers.LSTM(5, return_sequences=True), layers.LSTM(3)]),
        _STEPS,
    ),
    model("lstm_cell", _cell, floats(4), floats(5), floats(5)),
)
GRU = (
    layer("gru", lambda: layers.GRU(5), _STEPS),
    layer("gru_big", lambda: layers.GRU(80), floats(4, 80)),
    layer("gru_reset_before", lambda: layers.GRU(5, reset_after=False), _STEPS),
    layer("gru_sequences", lambda: layers.GRU(5, return_sequences=True), _STEPS),
    layer("gru_states", lambda: layers.GRU(5, return_state=True), _STEPS),
    layer("gru_backwards", lambda: layers.GRU(5, go_backwards=True), _STEPS),
    layer("gru_unrolled", lambda: layers.GRU(5, unroll=True), _STEPS),
    layer("gru_masked", _masked(layers.GRU), integers(4, 6)),
)
OTHERS = (
    layer("simple_rnn", lambda: layers.SimpleRNN(5), _STEPS),
    layer("simple_rnn_sequences", lambda: layers.SimpleRNN(5, return_sequences=True), _STEPS),
    layer("simple_rnn_masked", _masked(layers.SimpleRNN), integers(4, 6)),
    layer("rnn_of_cell", lambda: layers.RNN(layers.GRUCell(5)), _STEPS),
    layer("rnn_of_stacked_cells", _stacked, _STEPS),
    layer("bidirectional_lstm", lambda: layers.Bidirectional(layers.LSTM(4)), _STEPS),
    layer(
        "bidirectional_gru_sum",
        lambda: layers.Bidirectional(layers.GRU(4, return_sequences=True), merge_mode="sum"),
        _STEPS,
    ),
    layer("conv_lstm_1d", lambda: layers.ConvLSTM1D(3, 3), floats(4, 6, 2)),
    layer(
        "conv_lstm_1d_sequences",
        lambda: layers.ConvLSTM1D(3, 3, padding="same", return_sequences=True),
        floats(4, 6, 2),
    ),
    layer("conv_lstm_2d", lambda: layers.ConvLSTM2D(3, 2), floats(4, 5, 5, 2)),
    layer(
        "conv_lstm_2d_same",
        lambda: layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True),
        floats(4, 5, 5, 2),
    ),
    layer("conv_lstm_3d", lambda: layers.ConvLSTM3D(2, 2), floats(3, 4, 4, 4, 1)),
    layer("time_distributed_dense", lambda: layers.TimeDistributed(layers.Dense(3)), _STEPS),
    layer(
        "time_distributed_conv",
        lambda: layers.TimeDistributed(layers.Conv2D(3, 2)),
        floats(3, 5, 5, 2),
    ),
)
_RATES = {"dropout": 0.2, "recurrent_dropout": 0.3}


def _stacked_with_dropout() -> Any:
    cells = [layers.LSTMCell(4, **_RATES), layers.GRUCell(3, reset_after=False, **_RATES)]
    return layers.RNN(layers.StackedRNNCells(cells))


def _masked_with_dropout() -> Any:
    return Sequential([layers.Masking(), layers.GRU(5, return_sequences=True, **_RATES)])


DROPOUT = (
    layer("lstm_with_dropout", lambda: layers.LSTM(5, **_RATES), _STEPS),
    layer("gru_masked_with_dropout", _masked_with_dropout, _STEPS),
    layer("rnn_of_stacked_cells_with_dropout", _stacked_with_dropout, _STEPS),
    layer("conv_lstm_with_dropout", lambda: layers.ConvLSTM2D(3, 2, **_RATES), floats(4, 5, 5, 2)),
)
CASES = (*LSTM, *GRU, *OTHERS, *DROPOUT)
