"""Refusals of the page, by name: a status of HTTP, what is wrong, and how to mend it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from doisoat.errors import DoisoatError, without_numbers
from doisoat.messages.text import Text, composed, in_language, message


class Words(NamedTuple):
    """A refusal's status, then what is wrong and how to mend it."""

    status: int
    what: Text
    mend: Text


NAMED: Mapping[str, Words] = MappingProxyType({
    # --- requests
    "malformed": Words(
        400, message("the request is not of the agreed form"),
        message("see docs/web-api.md"),
    ),
    "not_json": Words(
        415, message("the body is not JSON"),
        message("send Content-Type: application/json"),
    ),
    "bad_value": Words(
        400, message("a value that cannot be used"),
        message("use one of those in docs/web-api.md"),
    ),
    "has_number": Words(
        400,
        message(
            "the reason holds what looks like a telephone number, and the log keeps it for "
            "ever"
        ),
        message("leave it out"),
    ),
    "number_searched": Words(
        400,
        message("what looks like a telephone number is not searched for, and was kept nowhere"),
        message("type an event's whole id or its first 8 characters, a file's name, or a code"),
    ),
    "not_found": Words(
        404, message("there is no such thing here"),
        message("choose again from the overview"),
    ),
    "wrong_method": Words(405, message("this cannot be done here"), message("see docs/web-api.md")),
    "too_large": Words(413, message("the body is too large"), message("send less")),
    "head_too_large": Words(
        431, message("the head of the request is too large"),
        message("send fewer fields, or shorter ones"),
    ),
    "wrong_version": Words(
        505, message("the server does not speak this version of HTTP"),
        message("send it in one of those named"),
    ),
    "wrong_host": Words(
        421, message("this server does not go by that name"),
        message("use the address that doisoat serve printed"),
    ),
    "cross_site": Words(
        403, message("the request comes from another site"),
        message("act on the page itself"),
    ),
    "no_csrf": Words(
        403, message("the token against forged requests is missing"),
        message("reload the page, then try again"),
    ),
    "too_slow": Words(408, message("the request came too slowly"), message("send it again")),
    "too_many_requests": Words(429, message("too many requests"), message("wait, then try again")),
    "broken": Words(
        500, message("a fault of the server; its operator was told"),
        message("try again, or tell the operator"),
    ),
    "unpublished": Words(
        503, message("nothing was published in this home"),
        message("settle a period first: doisoat settle"),
    ),
    "damaged_sample": Words(
        409, message("a sample in this home is no longer as it was written"),
        message("tell the operator; doisoat store check names it"),
    ),
    # --- who is asking
    "not_logged_in": Words(
        401, message("not logged in, or the session has ended"),
        message("log in again"),
    ),
    "wrong_login": Words(
        401, message("the name or the password is wrong"),
        message("try again, or ask the operator"),
    ),
    "too_many_logins": Words(
        429, message("too many wrong logins"),
        message("wait, then try again"),
    ),
    "not_allowed": Words(403, message("this role may not see that"), message("ask the operator")),
    # --- the console
    "console_closed": Words(
        403, message("the console is closed: this machine cannot keep a query off the network"),
        message("the operator sees docs/serve.md"),
    ),
    "empty_query": Words(400, message("there is no query"), message("write one SELECT")),
    "query_too_long": Words(400, message("the query is too long"), message("write less")),
    "not_sql": Words(400, message("it is not SQL"), message("mend the query")),
    "one_statement": Words(
        400, message("one statement at a time"),
        message("send them one by one"),
    ),
    "only_select": Words(400, message("only SELECT is allowed"), message("write one SELECT")),
    "no_parameters": Words(
        400, message("the query has parameters"),
        message("write the values into it"),
    ),
    "function_refused": Words(
        400, message("a function that may not be used here"),
        message("use another"),
    ),
    "table_refused": Words(
        400, message("a table that may not be used here"),
        message("choose one in the table browser"),
    ),
    "unknown_name": Words(
        400, message("a name that is not in this file"),
        message("see the table browser"),
    ),
    "wrong_types": Words(
        400, message("the types do not fit"),
        message("see the types of the columns"),
    ),
    "wrong_value": Words(
        400, message("a value that cannot be computed with"),
        message("filter or cast first"),
    ),
    "read_only": Words(400, message("the file is only to be read"), message("write one SELECT")),
    "out_of_memory": Words(
        422, message("the query needs too much memory"),
        message("filter or aggregate more"),
    ),
    "too_long": Words(
        422, message("the query takes too long"),
        message("filter or aggregate more"),
    ),
    "output_too_large": Words(
        422, message("the result is too large"),
        message("choose fewer rows or columns: filter, or ask for parts"),
    ),
    "query_failed": Words(
        422, message("the query could not be run"),
        message("write it another way"),
    ),
    "query_cancelled": Words(
        409, message("the query was cancelled"),
        message("send it again if you need it"),
    ),
    "queue_full": Words(
        429, message("the queue is full"),
        message("wait until earlier queries are done"),
    ),
    # --- files
    "export_running": Words(
        429, message("another file of this account is being made or sent"),
        message("wait for it, then try again"),
    ),
    "export_left": Words(
        409, message("nobody waits for this file any more"),
        message("ask for it again if you need it"),
    ),
    # --- jobs
    "job_failed": Words(
        422, message("the job could not be done"),
        message("look at what was asked again"),
    ),
})  # fmt: skip


class Refusal(DoisoatError):
    """What was asked is not given. Args: a name of NAMED, where, and what it is about.

    place: of a query, where the fault begins and how long it is, in characters.
    """

    def __init__(
        self,
        name: str,
        where: str,
        about: str | Text = "",
        retry_after: int = 0,
        place: list[int] | None = None,
    ) -> None:
        words = NAMED[name]
        english = in_language(about, "en")
        super().__init__(f"{words.what.en}{': ' if english else ''}{english}", where, words.mend.en)
        self.args = (name, where, about, retry_after, place)
        self.name, self.retry_after, self.place = name, retry_after, place
        self.about = without_numbers(about)
        self.status = words.status

    def body(self, language: str) -> dict[str, dict[str, Any]]:
        """The body of the answer, in a language of the catalogue."""
        words = NAMED[self.name]
        what = composed("{}: {}", words.what, self.about) if self.about else words.what
        text, mend = in_language(what, language), in_language(words.mend, language)
        place = {} if self.place is None else {"place": self.place}
        error = {"name": self.name, "what": text, "where": self.where, "mend": mend, **place}
        return {"error": error}
