"""Read the keywords of Keras' export of the format ``litert`` as those of `litert_ir.export`.

On TensorFlow, Keras sets each further keyword as an attribute of `tf.lite.TFLiteConverter`; on
PyTorch, it passes them to `litert_torch.convert`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, cast, get_type_hints

import attrs

from litert_ir.backends import loaded
from litert_ir.conversion.options_request import DATASET_KEY
from litert_ir.conversion.verb_keywords import ExportArguments
from litert_ir.errors import OptionsError
from litert_ir.errors.caller_warnings import warn_caller
from litert_ir.errors.nearest_names import did_you_mean
from litert_ir.errors.shown import shown
from litert_ir.ir.options import OpSet
from litert_ir.ir.parse_options import option_names, parse_options


class IneffectiveOptionWarning(UserWarning):
    """An option says how another converter works, and has no effect on the file."""


SELECT_TF_OPS: Final = "enable_select_tf_ops"
CUSTOM_OPS: Final = "allow_custom_ops"

_WORKINGS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        # tf.lite.TFLiteConverter, of TensorFlow 2.21
        "canonicalizing_inf_as_min_max_float": True,
        "elide_elementsattrs_if_larger": None,
        "enable_timing": None,
        "exclude_conversion_metadata": False,
        "experimental_enable_resource_variables": True,
        "experimental_new_converter": True,
        "experimental_new_dynamic_range_quantizer": True,
        "ir_dump_dir": None,
        "ir_dump_func_regex": None,
        "ir_dump_pass_regex": None,
        "legalize_custom_tensor_list_ops": False,
        "print_ir_after": None,
        "print_ir_before": None,
        "print_ir_module_scope": None,
        "serialize_debug_metadata": False,
        "unfold_batchmatmul": False,
        "_experimental_default_to_single_batch_in_tensor_list_ops": False,
        "_experimental_enable_dynamic_update_slice": False,
        "_experimental_guarantee_all_funcs_one_use": False,
        "_experimental_lower_tensor_list_ops": True,
        "_experimental_use_buffer_offset": False,
        # litert_torch.convert
        "enable_x64": False,
        "lightweight_conversion": False,
        "runtime_constant_folding": False,
        "strict_export": False,
    }
)
"""Settings of how another converter goes about its work, each with its default there."""

_OWN: Final = frozenset(get_type_hints(ExportArguments))
_CONVERTER_OPTIONS: Final = frozenset(option_names()) - _OWN


def export_keywords(given: Mapping[str, Any]) -> ExportArguments:
    """The keywords of `litert_ir.export` that mean what keywords of Keras' export mean.

    Args:
        given: Those of `litert_ir.export`, and those that Keras takes for the format ``litert``.

    Raises:
        OptionsError: For a keyword that neither takes, for one that litert_ir has nothing like, or
            when an option is given twice.

    Warns:
        IneffectiveOptionWarning: For settings of another converter that are not its defaults.
    """
    _check_known(given)
    _warn_of_workings(given)
    options = {name: given[name] for name in _CONVERTER_OPTIONS & given.keys()}
    _check_custom_ops(given.get(CUSTOM_OPS, False))
    if given.get(SELECT_TF_OPS):
        options["target_spec"] = _with_select_tf_ops(options.get("target_spec"))
    own = {name: value for name, value in given.items() if name in _OWN}
    if DATASET_KEY in own:
        own[DATASET_KEY] = _plain_dataset(own[DATASET_KEY])
    if options:
        own["litert_kwargs"] = _merged(own, options)
    return cast(ExportArguments, own)


def _check_known(given: Iterable[str]) -> None:
    known = {*_OWN, *_CONVERTER_OPTIONS, *_WORKINGS, SELECT_TF_OPS, CUSTOM_OPS}
    for name in given:
        if name not in known:
            raise OptionsError(
                f"Unknown option {name!r}.{did_you_mean(name, known)}",
                where="model.export(format='litert')",
                expected="a keyword of litert_ir.export, or a converter option: "
                + ", ".join(sorted(_CONVERTER_OPTIONS)),
                received=name,
                advice="litert_ir.uninstall() gives Keras' own exporter back",
            )


def _warn_of_workings(given: Mapping[str, Any]) -> None:
    changed = [name for name in given if name in _WORKINGS and given[name] != _WORKINGS[name]]
    if changed:
        warn_caller(
            f"No effect on the file: {', '.join(changed)}, which say how another converter works.",
            IneffectiveOptionWarning,
        )


def _check_custom_ops(allowed: object) -> None:
    """Require a switch; it allows what no file needs, as all operators are LiteRT's own."""
    if not isinstance(allowed, bool):
        raise OptionsError(
            "This option is a switch.",
            where=CUSTOM_OPS,
            expected="True or False",
            received=shown(allowed),
        )


def _with_select_tf_ops(target_spec: Any) -> Any:
    spec = parse_options({} if target_spec is None else {"target_spec": target_spec}).target_spec
    return attrs.evolve(spec, supported_ops=(*spec.supported_ops, OpSet.SELECT_TF_OPS))


def _plain_dataset(dataset: Any) -> Any:
    """The function in a `tf.lite.RepresentativeDataset`; any other dataset as it is."""
    tf = loaded("tensorflow")
    if tf is not None and isinstance(dataset, tf.lite.RepresentativeDataset):
        return dataset.input_gen
    return dataset


def _merged(own: Mapping[str, Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The converter options together with those in ``litert_kwargs``."""
    others = own.get("litert_kwargs")
    if others is None:
        others = {}
    twice = sorted(options.keys() & others.keys()) if isinstance(others, Mapping) else ["options"]
    if own.get("options") is not None:
        twice = sorted(options)
    if twice:
        raise OptionsError(
            "The same options are given twice.",
            where=", ".join(twice),
            expected="them as keywords, or in litert_kwargs or options",
            received="both",
        )
    return {**others, **options}
