"""Check what a caller asks for before any work is done on it."""

from __future__ import annotations

import sys
from typing import Any

from litert_ir.backends.model_failures import failures_as
from litert_ir.conversion.protocol import ConversionStrategy
from litert_ir.errors import OptionsError
from litert_ir.errors.foreign import elements
from litert_ir.errors.shown import shown
from litert_ir.ir.tensor import is_size
from litert_ir.verification.verify import Verification

FORMAT = "litert"


def check_strategies(strategies: Any) -> tuple[ConversionStrategy, ...]:
    """The strategies, if each is an object that implements the protocol.

    Raises:
        OptionsError: For an empty sequence, a class in place of its instance, or other objects.
    """
    error = OptionsError(
        "strategies is a sequence of strategy objects.",
        where="strategies",
        expected="such as (litert_ir.ConcreteFunction(), litert_ir.SavedModel())",
        received=shown(strategies),
    )
    found = elements(strategies) or ()
    # A protocol looks at the attributes of an object, which may be properties that fail.
    with failures_as(lambda _: error):
        sound = [
            item
            for item in found
            if isinstance(item, ConversionStrategy) and not isinstance(item, type)
        ]
    if not sound or len(sound) != len(found):
        raise error
    return tuple(sound)


def check_verify(verify: object) -> None:
    """Require a switch or a `Verification`.

    Raises:
        OptionsError: For anything else.
    """
    if not isinstance(verify, bool | Verification):
        raise OptionsError(
            "verify says whether and how to compare the file with the model.",
            where="verify",
            expected="True, False or a litert_ir.Verification",
            received=shown(verify),
        )


def check_arguments(format_name: object, limit: object, verify: object) -> None:
    """Check the arguments of an export that are checked by themselves.

    Raises:
        OptionsError: For another format than the one that there is, a calibration limit that is
            no number of samples, or a ``verify`` that is neither a switch nor a `Verification`.
    """
    if not isinstance(format_name, str) or format_name != FORMAT:
        raise OptionsError(
            "Unknown format.", where="format", expected=repr(FORMAT), received=shown(format_name)
        )
    check_limit(limit)
    check_verify(verify)


def check_limit(limit: object) -> None:
    """Require a number of samples.

    Raises:
        OptionsError: When it is none, or below 1.
    """
    if not is_size(limit, sys.maxsize):
        raise OptionsError(
            "The calibration limit is a number of samples.",
            where="calibration_limit",
            expected=f"a whole number, 1 or more, up to {sys.maxsize}",
            received=shown(limit),
        )
