"""Searches for float files whose model is not at hand, from Python and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import litert_ir as lir
from litert_ir.cli.app import main
from litert_ir.errors import OptionsError, ParityError
from litert_ir.recipe_search.search_report import Verdict
from tests.recipe_search.networks import feature_samples, random_network

METADATA = 1024
"""More bytes than the metadata takes, which the chosen file alone gets."""

CLOSE = lir.Verification(thresholds=lir.Thresholds(cosine=0.9999))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float file of a random network."""
    path = tmp_path_factory.mktemp("files") / "float.tflite"
    lir.export(random_network(4), path, verify=False)
    return path


def test_the_smallest_file_that_is_close_to_the_float_one(source: Path, tmp_path: Path) -> None:
    found = lir.quantize_file(
        source,
        tmp_path / "small.tflite",
        quantization="auto",
        calibration=feature_samples(),
        verify=CLOSE,
    )
    assert found.search is not None
    assert found.parity is not None
    assert found.parity.reference == "the float file"
    assert found.quantization == found.search.chosen.recipe
    assert found.size_bytes == (tmp_path / "small.tflite").stat().st_size
    meeting = [each for each in found.search.tries if each.meets and each.label != "float"]
    smallest = min(each.size_bytes or 0 for each in meeting)
    assert found.search.chosen.size_bytes == smallest
    assert 0 <= found.size_bytes - smallest < METADATA
    assert found.search.samples == 32


def test_the_float_file_itself_is_no_result(source: Path, tmp_path: Path) -> None:
    impossible = lir.Verification(thresholds=lir.Thresholds(max_abs_error=0))
    with pytest.raises(ParityError, match="No quantized file") as caught:
        lir.quantize_file(
            source,
            tmp_path / "small.tflite",
            quantization=lir.Quantization.auto(candidates=("int8", "dynamic"), tries=12),
            calibration=feature_samples(),
            verify=impossible,
        )
    assert caught.value.expected == "max |difference| of at most 0"
    assert "int8: " in caught.value.received
    assert not list(tmp_path.iterdir())


def test_a_search_needs_samples(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match="random inputs show too little") as caught:
        lir.quantize_file(source, tmp_path / "small.tflite", quantization="auto")
    assert caught.value.where == "calibration"


def test_the_command_prints_the_trace(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "samples.npy", np.concatenate(feature_samples()))
    target = tmp_path / "small.tflite"
    arguments = [
        *("quantize", str(source), "-o", str(target), "--recipe", "auto", "--tries", "20"),
        *("--calibrate", str(tmp_path / "samples.npy"), "--min-cosine", "0.9999"),
    ]
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "Recipes tried" in printed
    assert "cosine similarity of at least 0.9999, on 32 input(s)" in printed
    assert main([*arguments, "--json"]) == 0
    search = json.loads(capsys.readouterr().out)["search"]
    assert search["objective"] == "size"
    assert 0 <= target.stat().st_size - search["chosen"]["size_bytes"] < METADATA
    verdicts = {each["verdict"] for each in search["tries"]}
    assert verdicts <= {verdict.value for verdict in Verdict}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--recipe", "int8", "--tries", "3"), "--tries"),
        (("--objective", "size"), "--objective"),
        (("--recipe", "auto", "--input-type", "int8"), "--input-type"),
        (("--recipe", "auto", "--no-verify"), "A search compares"),
    ],
)
def test_options_without_effect_are_refused(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    assert main(["quantize", str(source), "-o", str(tmp_path / "s.tflite"), *options]) != 0
    assert not list(tmp_path.iterdir())
    assert message in capsys.readouterr().err
