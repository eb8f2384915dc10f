"""Finding the operators of kernels by the order of both."""

from __future__ import annotations

from litert_ir.backends.litert.runtime_profiler import KernelRun
from litert_ir.measurement.kernel_operators import StoredOperator, operators_of


def kernel(name: str, operator: int | None = None, subgraph: int = 0) -> KernelRun:
    return KernelRun(name=name, operator=operator, subgraph=subgraph, microseconds=1)


def operators(*types: str) -> list[StoredOperator]:
    return [StoredOperator(type=each, result=each) for each in types]


GEMM, CONVERT = "Fully Connected (NC, F32) GEMM", "Convert (NC, F32, QD8)"
MEAN, RESHAPE = "Mean (ND) Reduce2", "Static Reshape (NC)"


def test_kernels_follow_the_operators() -> None:
    kernels = [kernel("Convolution (NHWC, F32) IGEMM"), kernel(GEMM), kernel("Softmax (NC, F32)")]
    found = operators_of(kernels, operators("CONV_2D", "FULLY_CONNECTED", "SOFTMAX"), 0)
    assert found.operators == (0, 1, 2)
    assert all(found.matched)


def test_a_second_kernel_of_an_operator_belongs_to_the_one_before() -> None:
    kernels = [kernel(MEAN), kernel(RESHAPE), kernel(GEMM)]
    found = operators_of(kernels, operators("MEAN", "FULLY_CONNECTED"), 0)
    assert found.operators == (0, 0, 1)
    assert found.matched == (True, False, True)


def test_a_conversion_belongs_to_what_takes_its_result() -> None:
    kernels = [kernel(GEMM), kernel(CONVERT), kernel(GEMM)]
    found = operators_of(kernels, operators("FULLY_CONNECTED", "CONV_2D"), 0)
    assert found.operators == (0, 1, 1)


def test_operators_without_a_kernel_are_passed_over() -> None:
    kernels = [kernel(GEMM), kernel("Add (ND)")]
    found = operators_of(kernels, operators("FULLY_CONNECTED", "RESHAPE", "ADD"), 0)
    assert found.operators == (0, 2)


def test_the_runtimes_own_kernels_name_their_operators() -> None:
    kernels = [kernel(GEMM), kernel("SELECT_V2", 2), kernel("Add (ND)"), kernel("LESS", 3, 1)]
    found = operators_of(kernels, operators("FULLY_CONNECTED", "ADD", "SELECT_V2", "ADD"), 0)
    assert found.operators == (0, 2, 1, None)
    assert found.matched == (True, True, True, False)


def test_kernels_before_all_operators_have_none() -> None:
    assert operators_of([kernel(RESHAPE)], [], 0).operators == (None,)


def test_kernels_of_a_loops_body_belong_to_the_loop() -> None:
    body = KernelRun(name=GEMM, operator=None, subgraph=0, microseconds=1, within=1)
    step = KernelRun(name="ADD", operator=7, subgraph=2, microseconds=1, within=1)
    kernels = [kernel(GEMM), kernel("WHILE", 1), step, body, kernel(GEMM)]
    found = operators_of(kernels, operators("FULLY_CONNECTED", "WHILE", "FULLY_CONNECTED"), 0)
    assert found.operators == (0, 1, 1, 1, 2)
    assert all(found.matched)
