"""Examples of patterns of complex numbers and Fourier transforms."""

from __future__ import annotations

import numpy as np

from tests.stablehlo.rewrites.example import Array, Example, function

_REAL, _COMPLEX = "tensor<2x8xf32>", "tensor<2x8xcomplex<f32>>"


def _on_complex(body: str, result: str = _REAL) -> str:
    """A function of the parts of a complex number ``%z``; ``%r`` is what it gives."""
    made = f"%z = stablehlo.complex %a, %b : {_COMPLEX}\n"
    return function(f"%a: {_REAL}, %b: {_REAL}", result, f"{made}{body}\nreturn %r : {result}")


def _transform(kind: str, shape: str, result: str, lengths: str) -> str:
    """A transform of complex numbers, of which the parts are added."""
    given = f"tensor<{shape}xcomplex<f32>>"
    made = f"tensor<{result}xcomplex<f32>>"
    real, parts = f"tensor<{result}xf32>", f"tensor<{shape}xf32>"
    body = f"""%z = stablehlo.complex %a, %b : {given}
    %t = stablehlo.fft %z, type = {kind}, length = [{lengths}] : ({given}) -> {made}
    %c = stablehlo.real %t : ({made}) -> {real}
    %d = stablehlo.imag %t : ({made}) -> {real}
    %r = stablehlo.add %c, %d : {real}
    return %r : {real}"""
    return function(f"%a: {parts}, %b: {parts}", real, body)


def _sum_of_parts(z: Array) -> Array:
    return np.asarray(z.real + z.imag, np.float32)


PARTS = (
    Example(
        name="a transposed complex number",
        patterns=("lower_each_part", "take_part"),
        before=_on_complex(
            f"""%t = stablehlo.transpose %z, dims = [1, 0] :
                ({_COMPLEX}) -> tensor<8x2xcomplex<f32>>
            %r = stablehlo.imag %t : (tensor<8x2xcomplex<f32>>) -> tensor<8x2xf32>""",
            "tensor<8x2xf32>",
        ),
        after={"stablehlo.transpose": 1},
    ),
    Example(
        name="a product of complex numbers",
        patterns=("multiply_parts", "take_part"),
        before=_on_complex(
            f"""%p = stablehlo.multiply %z, %z : {_COMPLEX}
            %r = stablehlo.imag %p : ({_COMPLEX}) -> {_REAL}"""
        ),
        after={"stablehlo.multiply": 2, "stablehlo.add": 1},
    ),
    Example(
        name="a quotient by a real number",
        patterns=("multiply_parts", "take_part"),
        before=_on_complex(
            f"""%w = stablehlo.convert %a : ({_REAL}) -> {_COMPLEX}
            %p = stablehlo.divide %z, %w : {_COMPLEX}
            %r = stablehlo.real %p : ({_COMPLEX}) -> {_REAL}"""
        ),
        after={"stablehlo.convert": 1, "stablehlo.divide": 1},
    ),
    Example(
        name="a product with a known complex number",
        patterns=("multiply_parts", "take_part"),
        before=_on_complex(
            f"""%w = stablehlo.constant dense<(2.0, 0.0)> : {_COMPLEX}
            %p = stablehlo.multiply %z, %w : {_COMPLEX}
            %r = stablehlo.real %p : ({_COMPLEX}) -> {_REAL}"""
        ),
        after={"stablehlo.multiply": 1},
    ),
    Example(
        name="the square of a complex input",
        patterns=("multiply_parts", "take_part"),
        before=function(
            f"%z: {_COMPLEX}",
            _REAL,
            f"""%p = stablehlo.multiply %z, %z : {_COMPLEX}
            %r = stablehlo.real %p : ({_COMPLEX}) -> {_REAL}
            return %r : {_REAL}""",
        ),
        after={
            "stablehlo.real": 2,
            "stablehlo.imag": 2,
            "stablehlo.multiply": 2,
            "stablehlo.subtract": 1,
        },
        reference=lambda z: np.real(z * z),
        inputs=(np.exp(1j * np.arange(16).reshape(2, 8)).astype(np.complex64),),
    ),
)
TRANSFORMS = (
    Example(
        name="a short Fourier transform",
        patterns=("transform", "take_part"),
        before=_transform("FFT", "2x8", "2x8", "8"),
        after={
            "stablehlo.concatenate": 1,
            "stablehlo.dot_general": 1,
            "stablehlo.slice": 2,
            "stablehlo.add": 1,
        },
        reference=lambda a, b: _sum_of_parts(np.fft.fft(a + 1j * b)),
    ),
    Example(
        name="a long inverse Fourier transform",
        patterns=("transform", "take_part"),
        before=_transform("IFFT", "2x600", "2x600", "600"),
        after={
            "stablehlo.reshape": 4,
            "stablehlo.transpose": 6,
            "stablehlo.concatenate": 2,
            "stablehlo.dot_general": 2,
            "stablehlo.slice": 4,
            "stablehlo.broadcast_in_dim": 4,
            "stablehlo.multiply": 4,
            "stablehlo.subtract": 1,
            "stablehlo.add": 2,
        },
        reference=lambda a, b: _sum_of_parts(np.fft.ifft(a + 1j * b)),
    ),
    Example(
        name="a Fourier transform in two dimensions",
        patterns=("transform", "take_part"),
        before=_transform("FFT", "4x8", "4x8", "4, 8"),
        after={
            "stablehlo.concatenate": 2,
            "stablehlo.dot_general": 2,
            "stablehlo.slice": 4,
            "stablehlo.transpose": 4,
            "stablehlo.add": 1,
        },
        reference=lambda a, b: _sum_of_parts(np.fft.fft2(a + 1j * b)),
    ),
    Example(
        name="a Fourier transform of real numbers",
        patterns=("transform", "measure_complex"),
        before=function(
            "%a: tensor<2x512xf32>",
            "tensor<2x257xf32>",
            """%t = stablehlo.fft %a, type = RFFT, length = [512] :
                (tensor<2x512xf32>) -> tensor<2x257xcomplex<f32>>
            %r = stablehlo.abs %t : (tensor<2x257xcomplex<f32>>) -> tensor<2x257xf32>
            return %r : tensor<2x257xf32>""",
        ),
        after={
            "stablehlo.reshape": 3,
            "stablehlo.transpose": 5,
            "stablehlo.dot_general": 2,
            "stablehlo.slice": 6,
            "stablehlo.broadcast_in_dim": 4,
            "stablehlo.multiply": 6,
            "stablehlo.subtract": 1,
            "stablehlo.add": 2,
            "stablehlo.concatenate": 1,
            "stablehlo.sqrt": 1,
        },
        reference=lambda a: np.abs(np.fft.rfft(a)).astype(np.float32),
    ),
    *(
        Example(
            name=f"an inverse Fourier transform to {length} real numbers",
            patterns=("transform",),
            before=_on_complex(
                f"""%r = stablehlo.fft %z, type = IRFFT, length = [{length}] :
                    ({_COMPLEX}) -> tensor<2x{length}xf32>""",
                f"tensor<2x{length}xf32>",
            ),
            after={
                "stablehlo.slice": 3,
                "stablehlo.reverse": 2,
                "stablehlo.negate": 1,
                "stablehlo.concatenate": 3,
                "stablehlo.dot_general": 1,
            },
            reference=lambda a, b, n=length: np.fft.irfft(a + 1j * b, n).astype(np.float32),
        )
        for length in (14, 15)
    ),
)
EXAMPLES = (*PARTS, *TRANSFORMS)
