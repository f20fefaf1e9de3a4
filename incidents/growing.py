"""A mapping of which each change makes a new one, in microseconds however many keys it has."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

_RATIO = 4
"""A layer holds at least so many times what the next one holds: few to look through."""


class Growing(Mapping[K, V]):
    """Layers of dictionaries, the newest last and smallest; what an earlier one says is covered.

    A change is a layer of its own, joined with those before it that are not much larger: each
    key is copied some tens of times in all, where a dictionary would be copied at every change.
    The order is that of a dictionary: a key stays where it first was.
    """

    __slots__ = ("_layers", "_size")

    def __init__(self, given: Mapping[K, V]) -> None:
        """Begin with what is given."""
        self._layers: tuple[dict[K, V], ...] = (dict(given),)
        self._size = len(given)

    @staticmethod
    def of(given: Mapping[K, V]) -> Growing[K, V]:
        """The same mapping as one that grows cheaply."""
        return given if isinstance(given, Growing) else Growing(given)

    def having(self, key: K, value: V) -> Growing[K, V]:
        """The mapping with one key more, or another value for it."""
        layers, newest = list(self._layers), {key: value}
        while layers and len(layers[-1]) < _RATIO * len(newest):
            newest = layers.pop() | newest
        after: Growing[K, V] = Growing.__new__(Growing)
        after._layers = (*layers, newest)
        after._size = self._size + (key not in self)
        return after

    def __getitem__(self, key: K) -> V:
        for layer in reversed(self._layers):
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self._layers)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[K]:
        return iter(self._whole())

    def items(self) -> ItemsView[K, V]:
        """Keys with their values, in order."""
        return self._whole().items()

    def values(self) -> ValuesView[V]:
        """The values, in order."""
        return self._whole().values()

    def __repr__(self) -> str:
        return f"Growing({self._whole()!r})"

    def _whole(self) -> dict[K, V]:
        """All of it in one layer, which it stays in from then on."""
        if len(self._layers) > 1:
            whole: dict[K, V] = {}
            for layer in self._layers:
                whole |= layer
            self._layers = (whole,)
        return self._layers[0]
