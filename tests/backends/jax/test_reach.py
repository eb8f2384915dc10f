"""JAX programs that read where nothing is are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litert_ir.backends import load_jax
from litert_ir.backends.jax.reach import require_reach

jax = load_jax()
jnp = jax.numpy
TABLE = jnp.ones((10, 2))
Program = Callable[[Any], Any]


def check(program: Program, size: int) -> None:
    require_reach(jax.make_jaxpr(program)(jax.ShapeDtypeStruct((1, size, 2), "float32")))


READS: dict[str, tuple[Program, int]] = {
    "taken": (lambda x: x + jnp.take(TABLE, jnp.arange(x.shape[1]), axis=0), 10),
    "indexed": (lambda x: x + TABLE[jnp.arange(x.shape[1])], 10),
    "offset": (lambda x: x + jnp.take(TABLE, jnp.arange(x.shape[1]) + 2, axis=0), 8),
    "doubled": (lambda x: x + jnp.take(TABLE, 2 * jnp.arange(x.shape[1]), axis=0), 5),
    "backwards": (lambda x: x + jnp.take(TABLE, jnp.arange(x.shape[1])[::-1], axis=0), 10),
}


@pytest.mark.parametrize("name", READS)
@given(size=st.integers(1, 30))
def test_rows_beyond_a_table_are_refused(name: str, size: int) -> None:
    program, most = READS[name]
    if size <= most:
        check(program, size)
    else:
        with pytest.raises(IndexError, match="beyond the 10 rows of a table"):
            check(program, size)


@given(size=st.integers(1, 30))
def test_rows_that_are_kept_within_a_table_are_fine(size: int) -> None:
    check(lambda x: jnp.take(TABLE, jnp.minimum(jnp.arange(x.shape[1]), 9), axis=0), size)
    check(lambda x: jnp.take(TABLE, x[0, :, 0].astype("int32"), axis=0), size)


@given(size=st.integers(1, 30))
def test_windows_have_to_fit(size: int) -> None:
    def pooled(x: Any) -> Any:
        return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 7, 1), (1, 3, 1), "VALID")

    if size >= 7:
        check(pooled, size)
    else:
        with pytest.raises(ValueError, match="larger than what it slides over"):
            check(pooled, size)
