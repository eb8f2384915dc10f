"""Cases of reductions, scans along an axis, sorting and counting."""

from __future__ import annotations

import functools
from typing import Any

from keras import ops

from tests.stablehlo.sweep.case import Case, each, op
from tests.stablehlo.sweep.drawing import Drawn, between, flags, floats, integers

_GIVEN = floats(4, 5)


def _along(name: str, axis: Any, *functions: Any, given: Drawn = _GIVEN, **options: Any) -> Case:
    """A case of several functions along an axis."""
    return each(
        f"along_{name}",
        [_partial(function, axis=axis, **options) for function in functions],
        given,
    )


def _partial(function: Any, **options: Any) -> Any:
    return functools.update_wrapper(functools.partial(function, **options), function)


def _with_nan(x: Any) -> Any:
    return ops.where(x > 1.0, ops.full_like(x, float("nan")), x)


def _nan(name: str, *functions: Any) -> Case:
    return op(
        f"along_{name}",
        lambda x: {f.__name__: f(_with_nan(x), axis=-1) for f in functions},
        _GIVEN,
    )


REDUCTIONS = (
    _along("last_axis", -1, ops.sum, ops.mean, ops.max, ops.min, ops.amax, ops.amin),
    _along("last_axis_products", -1, ops.prod),
    _along("last_axis_statistics", -1, ops.std, ops.var, ops.logsumexp, ops.ptp, ops.average),
    _along("first_axis_keepdims", 1, ops.sum, ops.max, ops.std, ops.logsumexp, keepdims=True),
    _along("two_axes", (1, 2), ops.sum, ops.mean, ops.max, ops.var),
    _along("separate_axes", (1, 3), ops.mean, ops.min, given=floats(3, 4, 5)),
    _along("last_axis_of_flags", -1, ops.any, ops.all, given=flags(4, 2)),
    _along("last_axis_positions", -1, ops.argmax, ops.argmin),
    _along("first_axis_positions", 1, ops.argmax, ops.argmin, keepdims=True),
    _along("last_axis_counts", -1, ops.count_nonzero, given=integers(3, 6)),
    _along("last_axis_median", -1, ops.median),
    _along("last_axis_differences", -1, ops.trapezoid, ops.diff),
    op("ops_sum_of_all", ops.sum, floats(3, 4), batch=2),
    op("ops_mean_over_batch", lambda x: x - ops.mean(x, axis=0, keepdims=True), floats(3)),
    op("ops_max_with_initial", lambda x: ops.max(x, axis=1, initial=0.5), floats(4)),
    op(
        "ops_average_weighted",
        lambda x: ops.average(x, 1, ops.arange(1.0, 5.0)),
        floats(4),
        batch=2,
    ),
    op("ops_argmax_of_integers", lambda x: ops.argmax(x, axis=-1), integers(500, 6)),
    op("ops_quantile", lambda x: ops.quantile(x, 0.25, axis=-1), _GIVEN),
    op("ops_percentile", lambda x: ops.percentile(x, 40.0, axis=-1), _GIVEN),
    _nan("nan_reductions", ops.nanmax, ops.nanmin, ops.nansum, ops.nanmean),
    _nan("nan_statistics", ops.nanprod, ops.nanstd, ops.nanvar),
    _nan("nan_positions", ops.nanargmax, ops.nanargmin),
    _nan("nan_scans", ops.nancumsum, ops.nancumprod),
    op("ops_nanmedian", lambda x: ops.nanmedian(_with_nan(x), axis=-1), _GIVEN),
    op("ops_nanquantile", lambda x: ops.nanquantile(_with_nan(x), 0.5, axis=-1), _GIVEN),
    op("ops_nanpercentile", lambda x: ops.nanpercentile(_with_nan(x), 50.0, axis=-1), _GIVEN),
)
SCANS = (
    _along("first_axis_scans", 1, ops.cumsum, ops.cumprod),
    _along("last_axis_scan", -1, ops.cumsum),
    op("ops_cumsum_of_integers", lambda x: ops.cumsum(x, axis=-1), integers(9, 6)),
)
SORTING = (
    op("ops_sort", lambda x: ops.sort(x, axis=-1), _GIVEN),
    op("ops_sort_axis_1", lambda x: ops.sort(x, axis=1), _GIVEN),
    op("ops_argsort", lambda x: ops.argsort(x, axis=-1), _GIVEN),
    op("ops_argpartition", lambda x: ops.argpartition(x, 2)[..., 2], floats(6)),
    op("ops_top_k", lambda x: ops.top_k(x, 3), floats(8)),
    op("ops_top_k_values", lambda x: ops.top_k(x, 3)[0], floats(4, 8)),
    op("ops_top_k_of_integers", lambda x: ops.top_k(x, 3)[0], integers(500, 8)),
    op("ops_in_top_k", lambda t, x: ops.in_top_k(t, x, 2), integers(5), floats(5)),
    op(
        "ops_searchsorted",
        lambda x: ops.searchsorted(ops.arange(-2.0, 2.0, 0.5), x[0]),
        floats(6),
        batch=2,
    ),
)
COUNTING = (
    op("ops_bincount", lambda x: ops.bincount(x, minlength=6), integers(6, 9), batch=2),
    op(
        "ops_bincount_weighted",
        lambda x, w: ops.bincount(x, w, 6),
        integers(6, 9),
        floats(9),
        batch=2,
    ),
    op("ops_digitize", lambda x: ops.digitize(x, [-1.0, 0.0, 0.5]), floats(6)),
    op(
        "ops_histogram",
        lambda x: ops.histogram(x[0], bins=5, range=(-1.0, 1.0))[0],
        *(floats(6),),
        batch=2,
    ),
    op("ops_unique", lambda x: ops.unique(x, size=4, fill_value=9), integers(4, 8), batch=2),
    op("ops_nonzero", lambda x: ops.nonzero(x)[0], integers(2, 8), batch=2),
    op("ops_corrcoef", ops.corrcoef, floats(6), batch=4),
    op("ops_correlate", lambda x: ops.correlate(x[0], x[1], mode="same"), floats(6), batch=2),
)
LOSSES = (
    each(
        "ops_crossentropies",
        (ops.binary_crossentropy, ops.categorical_crossentropy),
        *[between(0.1, 0.9, 5)] * 2,
    ),
    op(
        "ops_sparse_categorical_crossentropy",
        ops.sparse_categorical_crossentropy,
        *(integers(5), between(0.1, 0.9, 5)),
    ),
    op("ops_psnr", lambda x, y: ops.psnr(x, y, 1.0), *[between(0, 1, 5)] * 2, batch=2),
    op(
        "ops_ctc_decode",
        lambda x: ops.ctc_decode(x, ops.full((2,), 6), strategy="greedy")[0],
        floats(6, 4),
        batch=2,
    ),
)
CASES = (*REDUCTIONS, *SCANS, *SORTING, *COUNTING, *LOSSES)
