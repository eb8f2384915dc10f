"""Boolean constants are the same in the texts of TensorFlow, JAX and LiteRT."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.backends import load_jax
from litert_ir.isolation.worker import shared_worker
from litert_ir.stablehlo.mlir.boolean_constants import packed, unpacked
from tests.stablehlo.mlir import reading

SHAPE = (11, 13)
call = shared_worker().call


def mask() -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Booleans without a pattern, of a number that does not fill its last byte."""
    return np.random.default_rng(3).random(SHAPE) > 0.5


def module_of(digits: str, kind: str = "11x13xi1") -> str:
    """A module with a constant that is printed in hexadecimal."""
    return (
        f"func.func @main() -> tensor<{kind}> {{\n"
        f'  %0 = stablehlo.constant dense<"0x{digits}"> : tensor<{kind}>\n'
        f"  return %0 : tensor<{kind}>\n}}"
    )


def test_tensorflows_booleans_are_read() -> None:
    bits = np.packbits(mask(), bitorder="little").tobytes()
    (found,) = call(reading.constants, module_of(bits.hex().upper()))
    np.testing.assert_array_equal(found, mask())


def test_tensorflows_booleans_are_printed() -> None:
    digits = np.packbits(mask(), bitorder="little").tobytes().hex().upper()
    assert f'dense<"0x{digits}"> : tensor<11x13xi1>' in call(reading.again, module_of(digits))


def test_the_booleans_of_jax_are_read() -> None:
    jax, held = load_jax(), mask()
    shape = jax.ShapeDtypeStruct(SHAPE, "bool")
    text = jax.jit(lambda x: x ^ held).lower(shape).as_text()
    found = call(reading.constants, text)
    assert any(np.array_equal(item, held) for item in found)


@pytest.mark.parametrize("kind", ["13xi8", "13xui1", "f32", "2x13xi16"])
def test_constants_of_other_types_stay(kind: str) -> None:
    text = module_of("0102FF", kind)
    assert (packed(text), unpacked(text)) == (text, text)


@given(
    st.lists(st.lists(st.booleans(), min_size=101, max_size=130), max_size=4), st.text(max_size=20)
)
def test_what_is_unpacked_is_packed_again(constants: list[list[bool]], between: str) -> None:
    lines = (
        module_of(np.packbits(items, bitorder="little").tobytes().hex().upper(), f"{len(items)}xi1")
        for items in constants
    )
    text = between.join(lines)
    assert packed(unpacked(text)) == text
