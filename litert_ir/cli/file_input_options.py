"""Options that say what a LiteRT file runs on: values of its inputs, and sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import attrs
from cyclopts import Parameter, Token

from litert_ir.cli.option_groups import MODEL
from litert_ir.cli.size_options import size_in
from litert_ir.errors import OptionsError
from litert_ir.errors.shown import shown
from litert_ir.samples.image_inputs import PixelScaling

FileSizes = tuple[tuple[str, int | tuple[int, ...]], ...]
"""Each size of a dimension, or shape of an input, with its name."""

_VALUE_FORM = "[NAME=]VALUE"
_SIZE_FORM = "NAME=N[,N...]"


def convert_file_sizes(_type: object, tokens: Sequence[Token]) -> FileSizes:
    """Read all the ``--size`` options of a command line.

    Raises:
        OptionsError: When one is malformed, or two have the same name.
    """
    found: dict[str, int | tuple[int, ...]] = {}
    for token in tokens:
        name, _, text = token.value.rpartition("=")
        sizes = [size_in(part) for part in text.split(",")]
        if not name.strip() or name.strip() in found or None in sizes:
            raise OptionsError(
                "This is not a size.",
                where="--size",
                expected="a dimension with its size, such as length=128, or an input with its "
                "shape, such as x=1,128; each name once",
                received=shown(token.value),
            )
        known = tuple(size for size in sizes if size is not None)
        found[name.strip()] = known if len(known) > 1 else known[0]
    return tuple(found.items())


@Parameter(name="*", group=MODEL, negative=(), show_default=False)
@attrs.frozen(kw_only=True)
class FileInputOptions:
    """Options of what the file runs on.

    Attributes:
        inputs: The value of an input: an .npy file, a PNG or JPEG image, a number that fills the
            input, or a list in JSON such as [[1,2,3]]. Without NAME, an .npz with the values of all
            inputs by name, or the value of the only input. Repeatable.
        scale: The values of an image for the pixels 0 to 255; without it, those that the file's
            metadata say, or bytes where the input takes them.
        sizes: The size of a dynamic dimension by its name, such as length=128, or the shape of an
            input, such as x=1,128, for what the values do not decide. Repeatable.
        signature: The signature to run; without it, the first.
    """

    inputs: Annotated[tuple[str, ...], Parameter(name="--input", metavar=_VALUE_FORM)] = ()
    sizes: Annotated[
        FileSizes,
        Parameter(
            name="--size",
            converter=convert_file_sizes,
            n_tokens=1,
            accepts_keys=False,
            metavar=_SIZE_FORM,
        ),
    ] = ()
    signature: Annotated[str | None, Parameter(metavar="NAME")] = None
    scale: Annotated[str | None, Parameter(choices=[each.value for each in PixelScaling])] = None

    def values(self, in_order: Sequence[str] = ()) -> Any:
        """Return the values as `litert_ir.run_file` takes them; None where there are none.

        Args:
            in_order: Values that were given without ``--input``: in the file's order, or by name.

        Raises:
            OptionsError: When they are given in different ways, or a name twice.
        """
        texts = [*in_order, *self.inputs]
        named = [text for text in texts if _has_name(text)]
        unnamed = [text for text in texts if not _has_name(text)]
        if named and unnamed:
            raise OptionsError(
                "Values are given either all by name, or all in the file's order.",
                where="--input",
                expected=f"NAME= before {unnamed[0]}, too",
                received=", ".join([*named, *unnamed]),
            )
        if named:
            return _by_name(named)
        values = [value_of(text) for text in unnamed]
        if len(values) == 1:
            return values[0]
        return values or None


def value_of(text: str) -> Any:
    """Read a value: a number, true, false or a list in JSON; anything else is a path.

    Example:
        >>> value_of("-1.5"), value_of("[[1, 2]]"), value_of("x.npy").name
        (-1.5, [[1, 2]], 'x.npy')
    """
    try:
        value = json.loads(text)
    except ValueError:
        return Path(text)
    return value if isinstance(value, bool | int | float | list) else Path(text)


def _has_name(text: str) -> bool:
    """Tell whether a value has a name before it, and is not a file with such a name."""
    return "=" in text and not Path(text).exists()


def _by_name(named: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in named:
        name, _, value = text.partition("=")
        if name in found:
            raise OptionsError(
                "Each input has one value.", where="--input", received=f"more than one for {name}"
            )
        found[name] = value_of(value)
    return found
