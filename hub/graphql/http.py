"""GraphQL over HTTP: what a request has to look like, and how a response is written.

Follows the GraphQL-over-HTTP specification: `application/graphql-response+json` says by its status whether the
request was carried out; `application/json`, for older clients, answers 200 to whatever is a well-formed request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.request import MediaType, UnreadablePostError
from django.utils.cache import patch_vary_headers
from graphql import GraphQLError

from hub.graphql import trusted
from hub.graphql.documents import Asked
from hub.lib.api.codes import CODES
from hub.lib.api.errors import refused

GRAPHQL: Final = "application/graphql-response+json"
JSON: Final = "application/json"
HTML: Final = "text/html"


class NotARequest(Exception):
    """The request is no well-formed GraphQL request, or may not be made.

    Args:
        code: one of `CODES`.
        figures: facts beside the code, as `refused` takes them.
    """

    def __init__(self, code: str, message: str, *, headers: Mapping[str, str] | None = None, **figures: object) -> None:
        super().__init__(message)
        self.error = refused(code, message, **figures)
        self.headers = headers or {}


def negotiated(accept: str | None, offered: tuple[str, ...] = (GRAPHQL, JSON)) -> str | None:
    """The media type to answer with: of those the client wants most, the one offered first. None if it wants none.

    A type that is named goes before one that a wildcard only allows, and a client that names none gets plain JSON: it
    may have been written before GraphQL had a media type of its own.
    """
    ranges = [MediaType(each) for each in (accept or "").split(",") if each.strip()] or [MediaType("*/*")]
    wanted = []
    for place, media in enumerate(offered):
        # The most specific range that matches decides how much a type is wanted.
        matching = max((each for each in ranges if each.match(media)), key=lambda each: each.specificity, default=None)
        if matching and _quality(matching) > 0:
            is_named = matching.main_type != "*" and matching.sub_type != "*"
            rank = -place if is_named else media == JSON
            wanted.append((_quality(matching), is_named, rank, media))
    return max(wanted)[-1] if wanted else None


def _quality(media: MediaType) -> float:
    """How much a type is wanted, from 0 to 1. What is no such number, as `nan`, is as if it were not there."""
    return media.quality if 0 <= media.quality <= 1 else 1


def read(request: HttpRequest) -> Asked:
    """What the client asks for. Raises `NotARequest`."""
    if request.method in ("GET", "HEAD"):
        try:
            parameters: Any = dict(request.GET.items())
        except SuspiciousOperation:
            raise NotARequest("BAD_REQUEST", "The address has too many parameters.") from None
        for name in ("variables", "extensions"):
            if parameters.get(name):
                parameters[name] = _decoded(parameters[name].encode(), f"The parameter `{name}`")
            else:
                parameters.pop(name, None)
    else:
        parameters = _body(request)
    return asked_for(parameters)


def _body(request: HttpRequest) -> Any:
    if request.content_type != JSON:
        raise NotARequest("UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json.")
    charset = (request.content_params or {}).get("charset", "utf-8")
    if charset.lower().replace("_", "-") not in ("utf-8", "utf8"):
        raise NotARequest("UNSUPPORTED_MEDIA_TYPE", "Send the request in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise NotARequest("UNSUPPORTED_MEDIA_TYPE", "Send the request uncompressed.")
    try:
        body = request.body
    except RequestDataTooBig:
        raise _too_large(request) from None
    except UnreadablePostError:
        raise NotARequest("BAD_REQUEST", "The request broke off.") from None
    return _decoded(body, "The body")


def _too_large(request: HttpRequest) -> NotARequest:
    limit, length = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0, request.META.get("CONTENT_LENGTH") or ""
    # What comes in chunks does not say how long it is, and is not read to its end.
    found: dict[str, Any] = {"found": int(length)} if length.isdigit() else {}
    return NotARequest("TOO_LARGE", f"The request is larger than {limit // 1024} KiB.", limit=limit, **found)


def _decoded(text: bytes, noun: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        problem = str(error)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        problem = f"no character of UTF-8 begins at byte {error.start + 1}"
    raise NotARequest("BAD_REQUEST", f"{noun} is not JSON in UTF-8: {problem}.")


def asked_for(parameters: Any) -> Asked:
    """What a client asks for with these parameters, over whichever transport. Raises `NotARequest`."""
    if isinstance(parameters, list):
        raise NotARequest("BAD_REQUEST", "Send one operation a request: batches are not taken.")
    if not isinstance(parameters, dict):
        raise NotARequest("BAD_REQUEST", "The body has to be a JSON object.")
    name, variables = parameters.get("operationName"), parameters.get("variables")
    if not isinstance(name, str | None):
        raise NotARequest("BAD_REQUEST", "`operationName` has to be a text.")
    if not isinstance(variables, dict | None):
        raise NotARequest("BAD_REQUEST", "`variables` has to be an object.")
    extensions = parameters.get("extensions")
    if not isinstance(extensions, dict | None):
        raise NotARequest("BAD_REQUEST", "`extensions` has to be an object.")
    query = _document(parameters, extensions or {})
    return Asked(query, name or None, variables, counts_cost=(extensions or {}).get("cost") == "actual")


def _document(parameters: dict[str, Any], extensions: dict[str, Any]) -> str:
    """The text of the document: as it is sent, or of the trusted one that is named.

    A document is named by `documentId`, or in the form of Apollo's persisted queries by the extension `persistedQuery`.
    """
    query, identifier = parameters.get("query"), parameters.get("documentId")
    persisted = extensions.get("persistedQuery")
    if identifier is None and persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version", 1) != 1:
            raise NotARequest("BAD_REQUEST", "`persistedQuery` has to be an object of version 1.")
        identifier = persisted.get("sha256Hash", "")
    digest = None if identifier is None else _digest(identifier)
    if digest is not None and query is None:
        text = trusted.documents().get(digest)
        if text is None:
            # The words are those for which Apollo's clients look.
            raise NotARequest("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
        return text
    if not isinstance(query, str) or not query.strip():
        raise NotARequest("BAD_REQUEST", "`query` has to be the text of a GraphQL document.")
    if digest is not None and trusted.digest_of(query) != digest:
        raise NotARequest("BAD_REQUEST", "The document's SHA-256 is another one than it is sent with.")
    return query


def _digest(identifier: object) -> str:
    """The digest in a document's name, which may begin with `sha256:`."""
    digest = identifier.removeprefix("sha256:").lower() if isinstance(identifier, str) else ""
    if not trusted.DIGEST.fullmatch(digest):
        raise NotARequest("BAD_REQUEST", "A document is named by its SHA-256 in hexadecimal.")
    return digest


def allowed(methods: Iterable[str]) -> HttpResponse:
    """The answer to OPTIONS: nothing but which methods there are. Other origins are given no leave here."""
    return HttpResponse(status=204, headers={"Allow": ", ".join(methods)})


def executed(data: Any, errors: list[GraphQLError], extensions: dict[str, Any], media: str) -> HttpResponse:
    """The response to an operation that was executed; parts of it may have failed."""
    return _response(content(data, errors, extensions), 200, media)


def content(data: Any, errors: list[GraphQLError], extensions: dict[str, Any]) -> bytes:
    """The body of the response to an operation that was executed."""
    payload: dict[str, Any] = {"data": data}
    if errors:
        payload["errors"] = [error.formatted for error in errors]
    payload["extensions"] = extensions
    return orjson.dumps(payload)


def not_executed(errors: list[GraphQLError], media: str) -> HttpResponse:
    """The response to a well-formed request for which nothing was executed."""
    status = max(status_of(error) for error in errors)
    if media == JSON and status == 400:
        status = 200
    return _response({"errors": [error.formatted for error in errors]}, status, media)


def not_a_request(problem: NotARequest, media: str) -> HttpResponse:
    """The response to what is no well-formed request, or may not be made."""
    response = _response({"errors": [problem.error.formatted]}, status_of(problem.error), media)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def status_of(error: GraphQLError) -> int:
    """The status that an error means when nothing was executed."""
    known = CODES.get((error.extensions or {}).get("code", ""))
    return known.status if known else 400


def _response(payload: dict[str, Any] | bytes, status: int, media: str) -> HttpResponse:
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    response = HttpResponse(body, status=status, content_type=f"{media}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept", "Authorization", "Cookie"])
    return response
