"""Seeded damage: of bytes, of text, and of JSON documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, MutableMapping, MutableSequence, Sequence
from random import Random
from typing import Any

Steps = tuple[str | int, ...]

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    2**70,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\ud800",
    "\0",
    "float32",
    "float99",
    "batch",
    "a" * 10_000,
    [],
    {},
    [[]],
    [None] * 5,
    {"": {}},
    {"dynamic": None},
    {"dynamic": "x", "minimum": 10**400},
    {"node": "tensor"},
    {"node": []},
    {"node": "list", "items": []},
    {"class_name": "x"},
    {"module": None},
)
"""What JSON can hold and hardly any reader expects."""

_PUNCTUATION = '{}[]",:0123456789e-\\tfn'
_STRUCTURES = (20, 100, 300, 900, 3000)


def mutated_bytes(random: Random, content: bytes, *, head: int = 200) -> bytes:
    """Some bytes of a file replaced, lost, doubled or cut off, most of them near its ends.

    Args:
        random: Decides.
        content: The file.
        head: How many bytes at the start, and at the end, hold what readers believe.
    """
    damaged = bytearray(content)
    if random.random() < 0.1:
        del damaged[random.randrange(len(damaged)) :]
    for _ in range(random.choice((1, 1, 2, 5))):
        if damaged:
            _damage_once(random, damaged, _place(random, len(damaged), head))
    return bytes(damaged)


def _place(random: Random, length: int, head: int) -> int:
    near = random.randrange(min(length, head))
    return random.choice((near, near, length - 1 - near, random.randrange(length)))


def _damage_once(random: Random, content: bytearray, place: int) -> None:
    kind = random.random()
    if kind < 0.6:
        content[place] = random.randrange(256)
    elif kind < 0.8:
        content[place] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
    elif kind < 0.9:
        del content[place : place + random.randrange(1, 9)]
    else:
        content[place:place] = content[place : place + random.randrange(1, 9)]


def mutated_text(random: Random, text: str) -> str:
    """Some characters of a text replaced, lost, inserted or cut out."""
    letters = list(text)
    for _ in range(random.choice((1, 1, 2, 5))):
        place, kind = random.randrange(len(letters)), random.random()
        if kind < 0.4:
            letters[place] = chr(random.randrange(1, 256))
        elif kind < 0.6:
            del letters[place]
        elif kind < 0.8:
            letters.insert(place, random.choice(_PUNCTUATION))
        else:
            letters[place : random.randrange(len(letters))] = []
        letters = letters or ["0"]
    return "".join(letters)


def mutated_document(random: Random, document: Any, values: Sequence[Any] = ODD_VALUES) -> Any:
    """A copy of a JSON document, of which some values are others, gone, doubled or swapped.

    Args:
        random: Decides.
        document: What ``json.loads`` gave.
        values: What stands in the place of others.
    """
    damaged = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        places = [steps for steps in _places(damaged) if steps]
        if places:
            _damage_value(random, damaged, places, values)
    return damaged


def _places(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    yield steps
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        yield from _places(item, (*steps, key))


def _at(document: Any, steps: Steps) -> Any:
    for step in steps:
        document = document[step]
    return document


def _damage_value(
    random: Random, document: Any, places: list[Steps], values: Sequence[Any]
) -> None:
    place = random.choice(places)
    parent, key = _at(document, place[:-1]), place[-1]
    kind = random.random()
    if kind < 0.5:
        parent[key] = copy.deepcopy(random.choice(values))
    elif kind < 0.65:
        parent.pop(key)
    elif kind < 0.8:
        parent[key] = copy.deepcopy(_at(document, random.choice(places)))
    elif kind < 0.9:
        _add(random, parent)
    else:
        parent[key] = _nearly(random, parent[key])


def _add(random: Random, parent: Any) -> None:
    if isinstance(parent, MutableSequence) and parent:
        parent.append(copy.deepcopy(random.choice(parent)))
    elif isinstance(parent, MutableMapping):
        parent[random.choice(("x", "node", ""))] = 1


def _nearly(random: Random, value: Any) -> Any:
    if isinstance(value, str):
        return random.choice((value[:-1], value + random.choice("x/\0:é ")))
    if isinstance(value, int):
        return random.choice((-int(value), value + 1))
    return value


def nested_text(random: Random, leaf: Any) -> str:
    """JSON of a list node in a list node, and so on, as deep as no reader should follow."""
    text = json.dumps(leaf)
    for _ in range(random.choice(_STRUCTURES)):
        text = f'{{"node":"list","items":[{text}]}}'
    return text
