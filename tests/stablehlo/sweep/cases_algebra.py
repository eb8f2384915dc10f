"""Cases of products, decompositions and transforms."""

from __future__ import annotations

from typing import Any

from keras import ops

from tests.stablehlo.sweep.case import Case, op
from tests.stablehlo.sweep.drawing import Drawn, floats

_LEFT, _RIGHT = floats(4, 5), floats(5, 6)


def _einsum(name: str, equation: str, *inputs: Drawn, **options: Any) -> Case:
    return op(f"einsum_{name}", lambda *tensors: ops.einsum(equation, *tensors), *inputs, **options)


def _definite(x: Any) -> Any:
    """A symmetric, positive definite matrix."""
    return x @ ops.transpose(x, (0, 2, 1)) + 3.0 * ops.eye(3)


def _decomposed(name: str, function: Any, **options: Any) -> Case:
    return op(f"linalg_{name}", lambda x: function(_definite(x)), floats(3, 3), **options)


def _solved(x: Any, y: Any) -> Any:
    return ops.solve(_definite(x), y)


def _solved_triangular(x: Any, y: Any) -> Any:
    return ops.solve_triangular(ops.tril(_definite(x)), y, lower=True)


def _spectrum(x: Any) -> Any:
    real, imaginary = ops.fft((x, x * 0.5))
    return ops.stack([real, imaginary], axis=1)


def _spectrum_2d(x: Any) -> Any:
    return ops.ifft2(ops.fft2((x, x * 0.5)))[0] * 2.0 + ops.fft2((x, x))[0]


def _real_spectrum(x: Any) -> Any:
    return ops.stack(list(ops.rfft(x)), axis=1)


def _short_time(x: Any) -> Any:
    return ops.stft(x, 8, 4, 8)[0]


def _short_time_and_back(x: Any) -> Any:
    return ops.istft(ops.stft(x, 8, 4, 8), 8, 4, 8)


def _complex(x: Any) -> Any:
    return ops.view_as_real(ops.view_as_complex(x) * 2.0)


PRODUCTS = (
    op("ops_matmul", ops.matmul, _LEFT, _RIGHT),
    op("ops_matmul_broadcasts", ops.matmul, floats(3, 4, 5), floats(1, 5, 6)),
    op("ops_matmul_of_vector", lambda x, y: ops.matmul(x, y[..., None])[..., 0], _LEFT, floats(5)),
    op("ops_matmul_of_constant", lambda x: ops.matmul(x, ops.tri(5)), _LEFT),
    op("ops_matmul_constant_first", lambda x: ops.matmul(ops.tri(4), x), _LEFT),
    op("ops_matmul_transposed", lambda x, y: x @ ops.swapaxes(y, 1, 2), _LEFT, floats(6, 5)),
    op("ops_matmul_transposed_first", lambda x, y: ops.swapaxes(x, 1, 2) @ y, floats(5, 4), _RIGHT),
    op("ops_matmul_across_batch", lambda x, y: x @ ops.transpose(y), floats(5), floats(5), batch=3),
    op("ops_tensordot", lambda x: ops.tensordot(x, ops.tri(5, 6), axes=1), _LEFT),
    op("ops_tensordot_axes", lambda x: ops.tensordot(x, ops.tri(4, 6), axes=[[1], [0]]), _LEFT),
    op("ops_outer", lambda x: ops.outer(x[0], x[1]), floats(4), batch=2),
    op("ops_inner", lambda x: ops.inner(x[0], x[1]), floats(5), batch=2),
    op("ops_dot", lambda x: ops.dot(x, ops.tri(5)), _LEFT),
    op("ops_vdot", lambda x: ops.vdot(x[0], x[1]), floats(5), batch=2),
    op("ops_kron", lambda x: ops.kron(x, ops.tri(2)), floats(3), batch=2),
    op("ops_cross", ops.cross, floats(4, 3), floats(4, 3)),
    op("ops_trace", lambda x: ops.trace(x, axis1=1, axis2=2), floats(4, 4)),
    op("ops_cdist", ops.cdist, _LEFT, floats(6, 5)),
    _einsum("heads", "bqhd,bkhd->bhqk", floats(4, 2, 3), floats(5, 2, 3)),
    _einsum("values", "bhqk,bkhd->bqhd", floats(2, 4, 5), floats(5, 2, 3)),
    _einsum("outer", "bi,bj->bij", floats(4), floats(5)),
    _einsum("inner", "bij,bij->b", _LEFT, _LEFT),
    _einsum("diagonal_scaling", "bij,bj->bij", _LEFT, floats(5)),
    _einsum("transposed", "bij->bji", _LEFT),
    _einsum("summed", "bij->bj", _LEFT),
    _einsum("of_three", "bij,bjk,bk->bi", _LEFT, _RIGHT, floats(6)),
    _einsum("ellipsis", "...ij,...jk->...ik", floats(2, 4, 5), floats(2, 5, 3)),
    _einsum("over_batch", "bi,bj->ij", floats(4), floats(5), batch=3),
)
DECOMPOSITIONS = (
    _decomposed("cholesky", ops.cholesky),
    _decomposed("cholesky_inverse", lambda x: ops.cholesky_inverse(x[0]), batch=2),
    _decomposed("inv", ops.inv),
    _decomposed("det", ops.det),
    _decomposed("logdet", ops.logdet),
    _decomposed("slogdet", lambda x: ops.slogdet(x)[1]),
    _decomposed("qr", lambda x: ops.abs(ops.qr(x)[1])),
    _decomposed("svd", lambda x: ops.svd(x, compute_uv=False)),
    _decomposed("eigh", lambda x: ops.eigh(x)[0]),
    _decomposed("eig", lambda x: ops.real(ops.eig(x)[0])),
    _decomposed("pinv", ops.pinv),
    _decomposed("lu_factor", lambda x: ops.lu_factor(x)[0]),
    _decomposed("matrix_rank", ops.matrix_rank, telling=False),
    _decomposed("lstsq", lambda x: ops.lstsq(x[0], x[1]), batch=2),
    op("linalg_solve", _solved, floats(3, 3), floats(3, 2)),
    op("linalg_solve_triangular", _solved_triangular, floats(3, 3), floats(3, 2)),
)
TRANSFORMS = (
    op("ops_fft", _spectrum, floats(8)),
    op("ops_fft2", _spectrum_2d, floats(4, 8)),
    op("ops_rfft", _real_spectrum, floats(8)),
    op("ops_irfft", lambda x: ops.irfft(ops.rfft(x)), floats(8)),
    op("ops_stft", _short_time, floats(32)),
    op("ops_istft", _short_time_and_back, floats(32)),
    op("ops_view_as_complex", _complex, floats(4, 2)),
)
CASES = (*PRODUCTS, *DECOMPOSITIONS, *TRANSFORMS)
