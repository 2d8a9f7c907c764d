"""German, French and Spanish beside English, in which most reviews are written. Pure.

What a text says in one of them can be found by the stems of that language as well: each counts as a part of its word,
beside the English stem that every word has, and carries a mark, so that no English word meets it. So nothing changes
for who writes and asks in English.

Which language it is, is told by the small words that no text can do without, and in a query, which can, by groups of
three letters.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

import snowballstemmer

SHORTEST: Final = 4
"""Letters of a word that has a stem: shorter ones have no endings worth taking off."""
MARKS: Final[Mapping[str, str]] = {"german": "ꟷg", "french": "ꟷf", "spanish": "ꟷs"}
"""What a stem of each language begins with: a letter that no text has."""
MARK: Final = "ꟷ"
_SMALL: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "english": "the and of to was were is that for with on by from it this be are not at which had has been have",
        "german": (
            "der die das und ist sind nicht wurde wurden mit von fur auf dem den des ein eine einer einen einem"
            " im zu zum zur sich bei nach durch werden war waren kein keine auch uber aus noch aber oder wir hat"
            " haben als wie nur konnte konnten weil da dass fuer ueber"
        ),
        "french": (
            "le la les des du de une un est sont dans pour sur par avec qui que pas ete aux ce cette nous et ou"
            " il elle en au se ne plus mais leur etait etaient ont"
        ),
        "spanish": (
            "el la los las del de una un por para con fue fueron que se en y al lo como mas pero sus es su ha han"
            " cuando sin esta este"
        ),
    }.items()
}
# Words of operations, by whose letters a query is told that has none of the small ones.
_SAMPLES: Final[Mapping[str, str]] = {
    "english": (
        "server database connection pool exhausted expired certificate timeout network failure outage error"
        " memory leak disk full replication queue backlog deploy release rollback config wrong users cannot"
        " log in payment failed twice slow requests cache stampede storm power cooling cluster node crashed"
        " restarted lost data wiped backup restore alerts paged nobody noticed missing duplicate orders kernel"
        " panic traffic load balancer health check key rotation login broken while because after before during"
        " could would thread deadlock lock overflow number integer clock drift leap second security breach"
        " attack password leaked email delayed messages stuck consumer running out threshold throughput whole"
        " weather through should switch watch which batch launch fetch patch stretch"
    ),
    "german": (
        "zertifikat zertifikate abgelaufen ausgefallen datenbank datenbanken verbindung verbindungen"
        " erschopft voll speicher festplatte kuhlung kuehlung ausfall ausfalle storung storungen stromausfall"
        " netzwerk fehler fehlgeschlagen langsam anmeldung kunden konnten bezahlung zahlung doppelt abgebucht"
        " rechner neustart gestoppt geloscht gesperrt wiederherstellung sicherung warteschlange nachrichten"
        " verzogert verspatet falsch berechnung uberlastet auslastung grenzwert schwellwert schlussel wechsel"
        " zeitumstellung sommerzeit rechnung auftrag lieferung lager bestellung leitung bagger durchtrennt"
        " unterbrochen erreichbar benutzer kennwort abgesturzt eingespielt aktualisierung veraltet beschadigt"
        " vergessen niemand bemerkt bereitschaft schicht ursache wartung umstellung verlust uhrzeit"
    ),
    "french": (
        "certificat expire panne coupure reseau base donnees connexion connexions epuisees serveur serveurs"
        " lenteur sauvegarde restauration memoire disque plein file attente messages perdus paiement paiements"
        " double refuses utilisateurs commandes erreur echec deploiement retour arriere configuration mauvaise"
        " horloge cle chiffrement refroidissement courant surcharge redemarrage interrompu indisponible"
        " application cause alerte astreinte personne"
    ),
    "spanish": (
        "certificado caducado vencido caida corte red base datos conexion conexiones agotadas servidor"
        " servidores lentitud copia seguridad restauracion memoria disco lleno cola mensajes perdidos pago"
        " pagos duplicado duplicados rechazado usuarios pedidos error fallo despliegue reversion configuracion"
        " equivocada reloj clave cifrado refrigeracion corriente sobrecarga reinicio interrumpido indisponible"
        " aplicacion causa alerta guardia nadie noto borrado"
    ),
}
_WRITTEN_OUT: Final = re.compile(r"(?<![aeiouq])([aou])e")
_LEAST_SURE: Final = 0.35
"""By how much more likely each group of letters has to be than in English, as a logarithm."""


def language_of(words: Iterable[str]) -> str:
    """The language of a text by its plain words: one of `MARKS`, or "" for English and what cannot be told."""
    counted = Counter(words)
    hits = {language: sum(counted[word] for word in small) for language, small in _SMALL.items()}
    best = max(MARKS, key=lambda language: hits[language])
    return best if hits[best] > hits["english"] else ""


def language_asked(words: Iterable[str]) -> str:
    """The language of a query, which may be too short for small words."""
    said = [*words]
    if any(word in small for small in _SMALL.values() for word in said):
        return language_of(said)
    letters = [word for word in said if word.isalpha() and word.isascii() and len(word) >= SHORTEST]
    if not letters:
        return ""
    sure = {language: _likelihood(letters, language) for language in _SAMPLES}
    best = max(MARKS, key=lambda language: sure[language])
    return best if sure[best] - sure["english"] > _LEAST_SURE else ""


def small_words(language: str) -> frozenset[str]:
    """The words of a language that say nothing by themselves."""
    return _SMALL[language] if language else frozenset()


@lru_cache(maxsize=100_000)
def stem_in(word: str, language: str) -> str:
    """What a folded word is found by in that language, with the language's mark; empty for one without endings."""
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()) or word in _SMALL[language]:
        return ""
    # ä is written ae as well, and folded to a.
    plain = _WRITTEN_OUT.sub(r"\1", word) if language == "german" else word
    return f"{MARKS[language]}{snowballstemmer.stemmer(language).stemWord(plain)}"


def stems_of(word: str) -> tuple[str, ...]:
    """What a folded word is found by in each of the languages."""
    return tuple(stem for language in MARKS if (stem := stem_in(word, language)))


def is_stem(word: str) -> bool:
    """Whether a word of the index is such a stem, which nobody has written."""
    return word.startswith(MARK)


def looks(word: str) -> str:
    """What is seen in a folded text, as a pattern, where `word` of the index has been found."""
    if not is_stem(word):
        return re.escape(word)
    stem = re.escape(word[len(MARK) + 1 :])
    return re.sub("([aou])", r"\1e?", stem) if word.startswith(MARKS["german"]) else stem


def told(word: str) -> str:
    """A word of the index as people are told it."""
    return f"{word[len(MARK) + 1 :]}…" if is_stem(word) else word


def _likelihood(words: Iterable[str], language: str) -> float:
    counted, total = _groups(language)
    found = [math.log((counted[group] + 0.2) / (total + 0.2 * 26**3)) for word in words for group in _threes(word)]
    return sum(found) / len(found)


@cache
def _groups(language: str) -> tuple[Counter[str], int]:
    counted = Counter(group for word in _SAMPLES[language].split() for group in _threes(word))
    return counted, counted.total()


def _threes(word: str) -> list[str]:
    framed = f" {word} "
    return [framed[start : start + 3] for start in range(len(framed) - 2)]
