"""The codes of the API's errors: what each means, and the HTTP status where nothing was executed.

A code is a promise: programs branch on it. It is never renamed and never gets another meaning; `deploy/api.md` lists
them for clients, from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Code:
    """One code.

    Attributes:
        meaning: what happened, for whoever writes a client.
        status: the HTTP status of a response for which nothing was executed.
        figures: what `extensions` says beside the code, by name.
    """

    meaning: str
    status: int = 400
    figures: tuple[str, ...] = ()


_LIMIT: Final = ("limit", "found")

CODES: Final[Mapping[str, Code]] = {
    # What is no request.
    "BAD_REQUEST": Code(
        "The request is not well formed: not JSON in UTF-8, no object, a parameter of another type, a foreign host."
    ),
    "METHOD_NOT_ALLOWED": Code("Queries come by GET or POST, mutations by POST alone.", 405),
    "NOT_ACCEPTABLE": Code("The `Accept` header names no media type that the hub answers in.", 406),
    "UNSUPPORTED_MEDIA_TYPE": Code("The body is not sent as `application/json` in UTF-8.", 415),
    "TOO_LARGE": Code("The body has more bytes than the limit.", 413, _LIMIT),
    "UNAUTHENTICATED": Code("Nobody is signed in, or the token is unknown, expired or revoked.", 401),
    "CSRF_FAILED": Code("A request with the session's cookie lacks the token that proves it is no forgery.", 403),
    # Which documents are carried out.
    "PERSISTED_QUERY_NOT_FOUND": Code("No trusted document has this digest; send the text with it, where that is let."),
    "DOCUMENT_NOT_TRUSTED": Code("The hub carries out trusted documents only, and this is none of them.", 403),
    "DOCUMENT_NOT_ALLOWED": Code("The token is bound to documents, and this is none of them.", 403),
    # What is no operation.
    "GRAPHQL_PARSE_FAILED": Code("The document is not GraphQL."),
    "GRAPHQL_VALIDATION_FAILED": Code("The document does not fit the schema."),
    "BAD_USER_INPUT": Code("An argument or a variable cannot be accepted.", figures=("argument", *_LIMIT)),
    # What is more than one operation may ask.
    "TOO_MANY_TOKENS": Code("The document has more tokens than the limit; counting stopped there.", figures=_LIMIT),
    "TOO_DEEP": Code("The selection, or a value, is nested deeper than the limit.", figures=_LIMIT),
    "TOO_BROAD": Code("One level of the selection has more fields than the limit.", figures=_LIMIT),
    "TOO_MANY_FIELDS": Code("The operation has more fields than the limit, fragments put in.", figures=_LIMIT),
    "TOO_MANY_ALIASES": Code("The operation has more aliases than the limit.", figures=_LIMIT),
    "TOO_MANY_DIRECTIVES": Code("The operation has more directives than the limit.", figures=_LIMIT),
    "TOO_COSTLY": Code("The operation's estimated cost is above the limit: ask for smaller pages.", figures=_LIMIT),
    "TOO_MANY_SUBSCRIPTIONS": Code("The socket has as many operations as it may.", figures=_LIMIT),
    "TIMEOUT": Code("The operation took longer than the limit, in seconds; nothing was changed.", 503, ("limit",)),
    # What an operation is told while it runs.
    "FORBIDDEN": Code("You see the object, but may not do this to it.", 403),
    "NOT_FOUND": Code("There is no such object, or you may not see it: deliberately the same answer."),
    "CONFLICT": Code("The object is not in a state that allows this; somebody else may have been faster."),
    "INVALID_CURSOR": Code(
        "The cursor of a feed is none that the hub gave out; begin without one.", figures=("argument",)
    ),
    "TOO_MANY": Code("A limit was reached: try again later, or with less."),
    # What is not the client's fault.
    "UNAVAILABLE": Code("The database does not answer; try again in a moment.", 503),
    "INTERNAL": Code("A fault of the hub. `id` is all there is to see; the log has the rest under it.", 500, ("id",)),
}
"""Every code that `extensions.code` may hold, with its meaning."""
