"""Pictures of the largest errors by layer."""

from __future__ import annotations

import math
import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest

import litert_ir as lir
from litert_ir.errors import LiteRTIRError, MissingDependencyError, OptionsError, TargetError
from litert_ir.runtime.tensor_table import TensorKind
from litert_ir.verification.error_plot import check_plot_target
from litert_ir.verification.layer_errors import LayerErrors, TensorError
from litert_ir.verification.plotted_layers import (
    PlottedErrors,
    PlottedLayer,
    layers_of,
    plotted_errors,
)


def row(
    layer: str, error: float, kind: TensorKind = TensorKind.ACTIVATION, place: int = 0
) -> TensorError:
    return TensorError(
        name=f"{layer}/{kind.value}",
        layer=layer,
        kind=kind,
        dtype="int8",
        size_bytes=1,
        relative_error=error,
        place=place,
    )


def errors_of(count: int) -> LayerErrors:
    return LayerErrors(
        rows=tuple(row(f"layer_{number}", 0.1 / (number + 1)) for number in range(count)), samples=1
    )


def layer(label: str, *values: float, departs: bool = False) -> PlottedLayer:
    return PlottedLayer(label=label, values=values, departs=departs)


class Report:
    """Another report that can be drawn."""

    def __init__(self, *layers: PlottedLayer) -> None:
        self._layers = layers

    def plotted(self) -> PlottedErrors:
        return PlottedErrors(
            layers=self._layers, series=("added", "accumulated"), title="of m", unit="the unit"
        )


def test_a_layer_has_its_largest_errors_and_lossless_ones_are_left_out() -> None:
    found = layers_of(
        [
            row("scores", 0.5, TensorKind.OUTPUT, place=3),
            row("conv", 0.3, place=1),
            row("conv", 0.2, place=1),
            row("conv", 0.004, TensorKind.WEIGHT, place=1),
            row("input", 0.0, TensorKind.INPUT),
            row("head", 0.01, TensorKind.WEIGHT, place=2),
        ]
    )
    assert found == (layer("conv", 0.3, 0.004), layer("head", 0.0, 0.01), layer("scores", 0.5, 0.0))


def test_layers_are_drawn_in_the_order_of_the_file_whatever_their_error() -> None:
    rows = tuple(row(f"layer_{place}", 0.1 / (place + 1), place=-place) for place in range(3))
    found = plotted_errors(LayerErrors(rows=rows, samples=1))
    assert [each.label for each in found.layers] == ["layer_2", "layer_1", "layer_0"]


def test_another_report_has_its_own_series_and_the_worst_layers_in_its_order(
    tmp_path: Path,
) -> None:
    report = Report(
        layer("model/a_1/first", 1e-7, 1e-7),
        layer("model/a_1/culprit", 0.2, 0.2, departs=True),
        layer("model/a_1/left_out", 1e-8, 1e-8),
        layer("model/a_1/last", 2e-7, 0.19),
    )
    path = lir.plot_layer_errors(report, tmp_path / "e.svg", most=3)
    text = path.read_text(encoding="utf-8")
    places = [text.index(f"<!-- {name} -->") for name in ("first", "culprit", "last")]
    assert places == sorted(places)
    for words in ("of m (the worst 3 of 4)", "added", "accumulated", "20.00%", "0.01%"):
        assert f"<!-- {words} -->" in text
    assert "left_out" not in text


@pytest.mark.parametrize(
    ("name", "start"), [("e.png", b"\x89PNG"), ("e.svg", b"<?xml"), ("e.pdf", b"%PDF")]
)
def test_a_picture_of_each_kind(name: str, start: bytes, tmp_path: Path) -> None:
    path = lir.plot_layer_errors(errors_of(3), tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)


def height(path: Path) -> int:
    (found,) = struct.unpack(">I", path.read_bytes()[20:24])
    return int(found)


def test_more_layers_make_a_taller_picture_up_to_a_limit(tmp_path: Path) -> None:
    few, many, all_ = (
        height(lir.plot_layer_errors(errors_of(count), tmp_path / f"{count}.png", most=12))
        for count in (3, 12, 40)
    )
    assert few < many == all_


def test_layers_and_title_are_written_out(tmp_path: Path) -> None:
    path = lir.plot_layer_errors(errors_of(4), tmp_path / "e.svg", title="a and b", most=3)
    text = path.read_text(encoding="utf-8")
    for words in ("a and b (the worst 3 of 4)", "layer_0", "layer_2", "activations", "10.00%"):
        assert f"<!-- {words} -->" in text
    assert "<!-- layer_3 -->" not in text


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (row("same", 0.0),),
        (row("wild", math.inf), row("tame", 0.1)),
        (row("wild", math.inf),),
        (row("a_layer_with_a_very_long_name/" * 9, 0.1),),
        tuple(row(f"outer/block_{n}/inner/with_quite_a_long_name", 0.1) for n in range(150)),
    ],
    ids=["none", "lossless", "infinite", "only-infinite", "long-name", "many"],
)
def test_there_is_always_a_picture(rows: tuple[TensorError, ...], tmp_path: Path) -> None:
    path = lir.plot_layer_errors(LayerErrors(rows=rows, samples=1), tmp_path / "e.png")
    assert height(path) > 100


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("e.jpg", OptionsError, "not the name of a picture"),
        ("picture", OptionsError, "not the name of a picture"),
        ("missing/e.png", TargetError, "cannot be written"),
        ("folder.png", TargetError, "cannot be written"),
    ],
)
def test_a_picture_that_cannot_be_written_is_refused(
    name: str, kind: type[LiteRTIRError], message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(kind, match=message):
        check_plot_target(tmp_path / name)


def test_a_pipe_is_no_place_for_a_picture(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(TargetError, match="cannot be written"):
        check_plot_target(tmp_path / "pipe.png")


def test_matplotlib_is_asked_for_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Any = None  # what makes Python's import fail
    monkeypatch.setitem(sys.modules, "matplotlib.figure", missing)
    monkeypatch.setitem(sys.modules, "matplotlib", missing)
    with pytest.raises(MissingDependencyError, match="'matplotlib' is not installed") as caught:
        check_plot_target(tmp_path / "e.png")
    assert caught.value.advice == "pip install 'matplotlib>=3.10'"
