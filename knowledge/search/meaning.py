"""What texts mean, as vectors: near each other where they speak of the same thing in other words.

The model is a table of one vector a word-piece (wordllama's, 256 dimensions), and a text is the sum of its pieces: no
neural network runs, so a query costs microseconds and a review milliseconds. The package is there for its files alone;
loaded in full it would fetch what it does not find, and take over the process' log.

Vectors are kept as whole numbers of one byte a dimension. The angle between two of them is off by less than a
hundredth, which is less than the model knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from knowledge.search.documents import Content, Field

Vector: TypeAlias = NDArray[np.float32]

DIMENSIONS: Final = 256
WEIGHTS: Final = "weights/l2_supercat_256.safetensors"
TOKENIZER: Final = "tokenizers/l2_supercat_tokenizer_config.json"
STRETCH: Final = 500
"""Characters of a stretch, about: paragraphs are put together until they have so many."""
MOST_STRETCHES: Final = 40
NEAREST_STRETCHES: Final = 2
"""So many are compared by their mean: one may be near by chance, two hardly."""
_LONGEST: Final = 20_000
"""Characters of a text that are looked at."""
_COMMON: Final = 1_000
"""The model's pieces stand in the order of their frequency, letters and the commonest syllables and words first. What
is rarer says more of a text: a piece counts the more the later it stands, and one of the first by so much less."""
_COMMON_LESS: Final = 0.35


@dataclass(frozen=True)
class Likeness:
    """How near a document is to a query, by its title, its whole text and its nearest stretches: cosines."""

    title: float
    text: float
    stretch: float

    @property
    def mean(self) -> float:
        return (self.title + self.text + self.stretch) / 3


def embed(texts: Sequence[str]) -> Vector:
    """A unit vector for each text, in rows; zeros for one without any word."""
    tokenizer, table, weights = _model()
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    encoded = tokenizer.encode_batch([text[:_LONGEST] for text in texts], add_special_tokens=False)
    for row, each in enumerate(encoded):
        if each.ids:
            pieces = np.asarray(each.ids)
            vectors[row] = weights[pieces] @ table[pieces]
    return units(vectors)


def pack(content: Content, encode: Callable[[Sequence[str]], Vector] = embed) -> bytes:
    """A document's vectors: of its title, of its text as a whole, and of each stretch of it.

    Args:
        encode: what makes vectors of texts.
    """
    title = next((passage.text for passage in content.passages if passage.field is Field.TITLE), "")
    stretches = _stretches(content)
    vectors = encode([title, *stretches])
    whole = units(vectors.mean(axis=0, keepdims=True))
    return np.rint(np.vstack([vectors[:1], whole, vectors[1:]]) * 127).astype(np.int8).tobytes()


def signature(vector: Vector) -> str:
    """The signs of a vector, as PostgreSQL writes bits: texts that mean the same agree in most of them."""
    return "".join("1" if each > 0 else "0" for each in vector)


def signature_of(packed: bytes) -> str:
    """The signature of a document's whole text."""
    return signature(_unpacked(packed, DIMENSIONS)[1])


def likeness(query: Vector, packed: bytes) -> Likeness:
    """How near a document is to a query whose vector the same model made as the document's."""
    return likenesses(query, [packed])[0]


def likenesses(query: Vector, packed: Sequence[bytes]) -> list[Likeness]:
    """The same for several documents: all at once, which is several times faster than one by one."""
    width = len(query)
    vectors = _unpacked(b"".join(packed), width)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    cosines = np.divide(vectors @ query, lengths, out=np.zeros_like(lengths), where=lengths > 0).tolist()
    found = []
    start = 0
    for each in packed:
        title, text, *stretches = cosines[start : start + len(each) // width]
        start += len(each) // width
        nearest = sorted(stretches)[-NEAREST_STRETCHES:]
        found.append(Likeness(title, text, sum(nearest) / len(nearest) if nearest else -1.0))
    return found


def _stretches(content: Content) -> list[str]:
    stretches = [""]
    for passage in content.passages:
        if passage.field is Field.REFERENCE:
            continue
        stretches[-1] = f"{stretches[-1]} {passage.text}".strip()
        if len(stretches[-1]) >= STRETCH and len(stretches) < MOST_STRETCHES:
            stretches.append("")
    return [each for each in stretches if each]


def _unpacked(packed: bytes, width: int) -> Vector:
    return np.frombuffer(packed, np.int8).reshape(-1, width).astype(np.float32)


def units(vectors: Vector) -> Vector:
    """The vectors at length 1; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vector = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return found


@cache
def _model() -> tuple[Tokenizer, Vector, Vector]:
    spec = find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(spec.submodule_search_locations[0])
    (table,) = load_file(package / WEIGHTS).values()
    tokenizer = Tokenizer.from_file(str(package / TOKENIZER))
    return tokenizer, np.ascontiguousarray(table, np.float32), _weights(len(table))


def _weights(pieces: int) -> Vector:
    """What each of the model's pieces counts for."""
    places = np.arange(pieces)
    rarity = np.log1p(places) / np.log(pieces)
    weights: Vector = ((1 + rarity) / 2 - np.where(places < _COMMON, _COMMON_LESS, 0)).astype(np.float32)
    return weights
