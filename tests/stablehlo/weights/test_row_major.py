from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp
from numpy.typing import NDArray

from litert_ir.stablehlo.weights.row_major import row_major


@given(
    stnp.arrays(
        st.sampled_from(["int8", "float32", "float64"]), stnp.array_shapes(min_dims=0, max_dims=4)
    ),
    st.data(),
)
def test_the_elements_keep_their_places(array: NDArray[Any], data: st.DataObject) -> None:
    view = np.atleast_1d(array.transpose(data.draw(st.permutations(range(array.ndim)))))
    view = view[..., ::2][::-1]
    copy = row_major(view)
    assert copy.flags.c_contiguous
    assert (copy.shape, copy.dtype, copy.tobytes()) == (view.shape, view.dtype, view.tobytes())


@pytest.mark.parametrize("shape", [(3, 5000), (5000, 3), (100, 170), (7, 3, 3, 40), (0, 20)])
def test_transposes_of_all_proportions(shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    assert row_major(array.T).tobytes() == array.T.tobytes()


def test_what_is_in_order_is_not_copied() -> None:
    array = np.zeros((4, 4), np.float32)
    assert row_major(array) is array
