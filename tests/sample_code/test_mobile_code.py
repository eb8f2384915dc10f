"""The sample code in Kotlin and Swift: names, types and order, without their compilers.

All of it was compiled with Kotlin 2.4 against the sources of LiteRT's Kotlin package.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import litert_ir as lir
from tests.sample_code.sample_files import NAMES, sample_file

LANGUAGES = ("kotlin", "swift")


def code_of(name: str, language: str) -> str:
    return lir.sample_code(sample_file(name), language).code


def without_texts(code: str) -> str:
    """The code without its comments and its literals of text."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", code, flags=re.DOTALL)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', code)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_brackets_are_closed(name: str, language: str) -> None:
    code = without_texts(code_of(name, language))
    open_ones: list[str] = []
    for character in code:
        if character in "([{":
            open_ones.append(character)
        elif character in ")]}":
            assert open_ones.pop() + character in ("()", "[]", "{}")
    assert not open_ones


@pytest.mark.parametrize("name", NAMES)
def test_kotlin_imports_what_it_uses_and_defines_what_it_calls(name: str) -> None:
    code = code_of(name, "kotlin")
    body = without_texts(code)
    for imported in re.findall(r"^import (\S+)$", code, re.MULTILINE):
        assert re.search(rf"\b{imported.rpartition('.')[2]}\b", body.replace(imported, ""))
    defined = re.findall(r"private fun (\w+)\(", body)
    assert len(set(defined)) == len(defined)
    for function in defined:
        assert len(re.findall(rf"\b{function}\(", body)) > 1, f"{function} is not called"


def test_fixed_sizes_run_in_kotlins_compiled_model() -> None:
    code = code_of("fixed", "kotlin")
    assert 'model.createInputBuffer("images", "serving_default")' in code
    assert 'model.createOutputBuffer("scores", "serving_default")' in code
    assert "require(images.size == 192)" in code
    assert "imagesMean = floatArrayOf(123.675f, 116.28f, 103.53f)" in code
    assert 'inputs.getValue("images").writeFloat(normalized(images, imagesMean, imagesStd))' in code
    assert 'scores = outputs.getValue("scores").readFloat()' in code
    assert '      "größe",' in code


def test_dynamic_sizes_run_in_kotlins_interpreter_in_the_files_order() -> None:
    code = code_of("several", "kotlin")
    signature = code[code.index("fun run(") : code.index("): Results {")]
    assert re.findall(r"(\w+): (\w+),", signature) == [
        ("tokens1", "IntArray"),
        ("in2", "BooleanArray"),
        ("w", "FloatArray"),
        ("batch", "Int"),
        ("length", "Int"),
    ]
    assert "require(length in 4..64 && length % 4 == 0)" in code
    assert "require(tokens1.size == batch * length)" in code
    assert "require(w.size == batch * 2)" in code
    assert re.findall(r"resizeInput\((.*)\)", code) == [
        "0, intArrayOf(batch, length)",
        "1, intArrayOf(batch, length)",
        "2, intArrayOf(batch, 2)",
    ]
    assert re.findall(r"direct\((bytes\w+\(\w+\))\),", code) == [
        "bytesOfInts(tokens1)",
        "bytesOfBooleans(in2)",
        "bytesOfFloats(w)",
    ]
    assert re.findall(r"(\w+) = (\w+)\(bytesIn\(model.getOutputTensor\((\d)\)", code) == [
        ("sum", "floatsOf", "0"),
        ("let", "intsOf", "1"),
    ]


@pytest.mark.parametrize(
    ("name", "stored", "taken"),
    [
        ("uint8", "bytesOfInt8(quantized(", "dequantized(uint8sOf("),
        ("int16", "bytesOfInt16(quantized(", "dequantized(int16sOf("),
    ],
)
def test_kotlin_quantizes(name: str, stored: str, taken: str) -> None:
    code = code_of(name, "kotlin")
    assert stored in code
    assert taken in code
    low, high = (0, 255) if name == "uint8" else (-32768, 32767)
    assert f", {low}..{high})" in code


def test_swift_resizes_in_the_files_order() -> None:
    code = code_of("several", "swift")
    signature = code[code.index("func run(") : code.index(") throws -> Results {")]
    assert re.findall(r"(\w+): ([\w\[\]]+)", signature) == [
        ("tokens1", "[Int32]"),
        ("in2", "[Bool]"),
        ("w", "[Float]"),
        ("batch", "Int"),
        ("length", "Int"),
    ]
    assert 'precondition((4...64).contains(length) && length % 4 == 0, "length")' in code
    assert re.findall(r"inputIndex: (\d), dimensions: \[(.*)\]", code) == [
        ("0", "batch, length"),
        ("1", "batch, length"),
        ("2", "batch, 2"),
    ]
    assert re.findall(r"inputs\[(\d)\]\.write\((\w+)\)", code) == [
        ("0", "tokens1"),
        ("1", "in2"),
        ("2", "w"),
    ]
    assert re.findall(r"let (\w+): (\S+) = try outputs\[(\d)\]", code) == [
        ("sum", "[Float]", "0"),
        ("let2", "[Int32]", "1"),
    ]


def test_swift_quantizes() -> None:
    code = code_of("uint8", "swift")
    assert "normalized(images, mean: imagesMean, std: imagesStd)" in code
    assert "as [UInt8]" in code
    assert "scores: dequantized(scores, scale: " in code
    assert "resizeInputTensor(inputIndex: 0, dimensions: [batch, 8, 8, 3])" in code


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_others_stay_texts(language: str, tmp_path: Path) -> None:
    path = tmp_path / "x.tflite"
    labels = ('"quoted"', "back\\slash", "$money", "\ttab")
    metadata = lir.Metadata(
        name="*/ odd /* 3",
        inputs=lir.InputMetadata("images", description="a\n*/ b"),
        outputs=lir.OutputMetadata("scores", labels=labels[:3]),
    )
    lir.write_metadata(sample_file("fixed"), path, metadata)
    code = lir.sample_code(path, language).code
    body = without_texts(code)
    assert "odd" not in body.lower().replace("class odd3", "")
    assert '"\\"quoted\\""' in code
    assert '"back\\\\slash"' in code
    assert ('"\\$money"' if language == "kotlin" else '"$money"') in code


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_labels_are_read_from_a_file(language: str, tmp_path: Path) -> None:
    from litert_ir.backends import load_keras

    keras = load_keras()
    x = keras.Input((2,), name="x")
    model = keras.Model(x, keras.layers.Dense(101, name="y")(x))
    path = tmp_path / "x.tflite"
    labels = [f"class {number}" for number in range(101)]
    lir.export(model, path, metadata=lir.Metadata(outputs=lir.OutputMetadata(labels=labels)))
    code = lir.sample_code(path, language).code
    assert "class 100" not in code
    assert "unzip x.tflite labels.txt" in code
    assert "yLabels" in code


def test_the_languages_are_named() -> None:
    with pytest.raises(lir.errors.OptionsError, match="Did you mean 'swift'") as caught:
        lir.sample_code(sample_file("fixed"), "swif")
    assert caught.value.expected == "python, kotlin, swift"
    found = lir.sample_code(sample_file("fixed"), lir.Language.SWIFT)
    assert str(found) == found.code
    assert found.to_data()["language"] == "swift"


def test_texts_as_inputs_have_no_sample_code(tmp_path: Path) -> None:
    from litert_ir.backends.litert.files import packed, unpacked
    from litert_ir.backends.litert.schema import type_number

    model = unpacked(sample_file("fixed").read_bytes())
    model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].type = type_number("string")
    path = tmp_path / "x.tflite"
    path.write_bytes(packed(model))
    with pytest.raises(lir.errors.FileRejectedError, match="no sample code") as caught:
        lir.sample_code(path, "python")
    assert caught.value.received == "string"
