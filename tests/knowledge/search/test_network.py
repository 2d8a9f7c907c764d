"""A neural network puts the best in order where it is switched on, and only once it knows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from knowledge.search import meaning, minilm
from knowledge.search.models import Document
from tests.conftest import seeding
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import index, publish, write

WIDTH, LAYERS, HEADS = 24, 2, 3
VOCABULARY = {word: key for key, word in enumerate(("[UNK]", "pool", "full", "key", "gone", "night"))}


def network() -> minilm.Network:
    """A small one that has learnt nothing."""
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(VOCABULARY), WIDTH),
        "embeddings.position_embeddings.weight": (16, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
    }
    parts = {
        "attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (4 * WIDTH, WIDTH), "output.dense": (WIDTH, 4 * WIDTH),
    }  # fmt: skip
    names = ["embeddings.LayerNorm"]
    for layer in (f"encoder.layer.{number}" for number in range(LAYERS)):
        for part, shape in parts.items():
            shapes |= {f"{layer}.{part}.weight": shape, f"{layer}.{part}.bias": shape[:1]}
        names += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    shapes |= {f"{name}.{kind}": (WIDTH,) for name in names for kind in ("weight", "bias")}
    return minilm.Network(
        {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}, heads=HEADS
    )


def words() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def test_a_text_means_the_same_alone_and_among_longer_ones() -> None:
    texts = ["pool full", "key gone night key gone pool", "night"]

    together = network().embed(words(), texts)

    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert np.allclose(network().embed(words(), [text])[0], vector, atol=1e-4)
    assert not np.allclose(network().embed(words(), ["full pool"])[0], together[0], atol=1e-2), "order says something"


def test_it_says_what_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HUB_SEARCH_MINILM = True
    monkeypatch.setattr(minilm, "PACKAGE", "a_model_that_nobody_installed")
    minilm._model.cache_clear()

    with pytest.raises(ImproperlyConfigured, match="uv pip install"):
        minilm.embed(["pool"])


@pytest.mark.django_db
def test_it_puts_in_order_what_it_knows(search: Search, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reviews = [
        write(title=f"Quokkas {place}", text="Quokkas chewed through the fibre.") for place in ("by day", "asleep")
    ]
    for review in reviews:
        publish(review)
        index(review)

    def order() -> list[int]:
        return [hit.record.pk for hit in search("quokkas").hits]

    def fine() -> list[bool]:
        with seeding():
            rows = Document.objects.filter(postmortem__in=reviews).order_by("postmortem_id")
            return [each is not None for each in rows.values_list("fine_vectors", flat=True)]

    def embed(texts: Sequence[str]) -> meaning.Vector:
        """Likes what the table puts last."""
        return np.array([[1, 0] if first[1] in text or text == "quokkas" else [0, 1] for text in texts], np.float32)

    by_table = order()
    first = ["by day" if each == reviews[0].pk else "asleep" for each in by_table]
    settings.HUB_SEARCH_MINILM = True
    monkeypatch.setattr(minilm, "embed", embed)

    assert (len(by_table), fine(), order()) == (2, [False, False], by_table)
    index(reviews[0])
    assert (fine(), order()) == ([True, False], by_table), "it does not know both"
    index(reviews[1])
    by_network = order()
    settings.HUB_SEARCH_MINILM = False
    again = order()
    index(reviews[0])

    assert (by_network, again) == (by_table[::-1], by_table)
    assert fine() == [False, True]
