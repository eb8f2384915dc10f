"""Name what callers set, on both surfaces: keywords of Python, and options of the command line."""

from __future__ import annotations

import attrs


@attrs.frozen
class Wording:
    """A phrase for readers of Python, and the same for readers of the command line."""

    python: str
    command_line: str

    def either(self, other: Wording) -> Wording:
        """Return the choice between this one and another."""
        return Wording(
            f"{self.python}, or {other.python}", f"{self.command_line}, or {other.command_line}"
        )


@attrs.frozen
class Setting:
    """A setting that both surfaces have.

    Attributes:
        keyword: Its name in Python: a keyword of the verbs, or an attribute such as
            ``Thresholds.top1``. Errors have it as their ``where``.
        option: Its option on the command line.
    """

    keyword: str
    option: str

    @property
    def alone(self) -> Wording:
        """Return its name, without a value."""
        return Wording(self.keyword, self.option)

    def to(self, value: object = "...", argument: object = None) -> Wording:
        """Return the setting with a value.

        Args:
            value: The value as Python code.
            argument: The value on the command line; None where it is written alike, and where it
                is left open.

        Example:
            >>> BATCH_SIZE.to(1)
            Wording(python='batch_size=1', command_line='--batch-size 1')
        """
        if argument is None:
            argument = "" if value == "..." else value
        return Wording(f"{self.keyword}={value}", f"{self.option} {argument}".rstrip())


BATCH_SIZE = Setting("batch_size", "--batch-size")
INPUT_SIGNATURE = Setting("input_signature", "--input")
MAX_SEQUENCE_LENGTH = Setting("max_sequence_length", "--max-sequence-length")
IMAGE_SIZE = Setting("image_size", "--image-size")
SIZES = Setting("sizes", "--size")
RECIPE = Setting("quantization", "--recipe")
INTEGER_ONLY = Setting("integer_only", "--integer-only")
INPUT_TYPE = Setting("inference_input_type", "--input-type")
OUTPUT_TYPE = Setting("inference_output_type", "--output-type")
SUPPORTED_TYPES = Setting("target_spec.supported_types", "--supported-type")
COMPILE_TARGETS = Setting("aot_compile_targets", "--aot-target")
STRATEGIES = Setting("strategies", "--strategy")
DATASET = Setting("representative_dataset", "--calibrate")
CALIBRATION = Setting("calibration", "--calibrate")
CALIBRATION_LIMIT = Setting("calibration_limit", "--calibration-limit")
SCALING = Setting("scaling", "--scale")
VERBOSE = Setting("verbose", "--verbose")
FILEPATH = Setting("filepath", "--output")
PLOT = Setting("plot", "--plot")
IMPORT_MODULES = Setting("import_modules", "--import")
TOP1 = Setting("Thresholds.top1", "--min-top1")
COMPARE = Setting("Verification.calibration_samples", "--compare")

SETTINGS = (
    BATCH_SIZE,
    INPUT_SIGNATURE,
    MAX_SEQUENCE_LENGTH,
    IMAGE_SIZE,
    SIZES,
    RECIPE,
    INTEGER_ONLY,
    INPUT_TYPE,
    OUTPUT_TYPE,
    SUPPORTED_TYPES,
    COMPILE_TARGETS,
    STRATEGIES,
    DATASET,
    CALIBRATION,
    CALIBRATION_LIMIT,
    SCALING,
    VERBOSE,
    FILEPATH,
    PLOT,
    IMPORT_MODULES,
    TOP1,
    COMPARE,
)
"""All settings of which both surfaces have a name."""

OTHER_STRATEGIES = Wording("pass other strategies", "name other strategies (--strategy)")
UNVERIFIED = Wording("verify=False", "--no-verify")
SAMPLES = Wording("verify=litert_ir.Verification(samples=[...])", "--samples DATA")
THRESHOLDS = Wording(
    "verify=litert_ir.Verification(thresholds=litert_ir.Thresholds(...))",
    "--min-top1, --min-cosine, --max-error or --max-mean-error",
)
TOLERANCE = Wording(
    "verify=litert_ir.Verification(tolerance=litert_ir.Tolerance(...))",
    "in Python, verify=litert_ir.Verification(tolerance=litert_ir.Tolerance(...))",
)
ONE_SPEC = INPUT_SIGNATURE.to(
    "[keras.InputSpec(shape=(None, ...), dtype='float32')]", "NAME=SHAPE:DTYPE"
)
MORE_TIME = Wording(
    "allow more time (time_limit_s of the strategy, or of litert_ir.ThroughFile)",
    "allow more time (in Python, time_limit_s of the strategy)",
)
VERIFY_TIMEOUT = Wording("verify=litert_ir.Verification(timeout=...)", "--verify-timeout SECONDS")
SELECT_TF_OPS = Wording(
    "litert_kwargs={'target_spec': {'supported_ops': ['TFLITE_BUILTINS', 'SELECT_TF_OPS']}}",
    "--select-tf-ops",
)


def option_of(where: str) -> str:
    """Return the option for the keyword that an error is about; anything else stays as it is.

    Example:
        >>> option_of("quantization"), option_of("inputs['a']")
        ('--recipe', "inputs['a']")
    """
    options = {setting.keyword: setting.option for setting in SETTINGS}
    return options.get(where, where)
