"""Messages about a header that lacks columns of a mapping, so that a person sees why.

A name may look just like the one that the mapping reads and be other text: letters and marks apart
(NFD), a mark that nobody sees, a blank. Such a name is shown with its signs escaped.
"""

import json
import unicodedata
from collections.abc import Sequence

from doisoat.messages.text import Text, message
from doisoat.telephone import masked

SHOWN_COLUMNS = 30
SHOWN_LOOKALIKES = 3


def seen_of(names: Sequence[str], missing: Sequence[str], line: bytes) -> Text:
    """Which columns a header lacks, and which it has; anything like a number in it is masked.

    Args: names: of the header, none where it cannot be read; missing: that are not there once;
        line: the header.
    """
    twice = ", ".join(name for name in missing if name in names)
    lacks = ", ".join(name for name in missing if name not in names)
    shown = ", ".join(masked(name) for name in names[:SHOWN_COLUMNS])
    more = len(names) - SHOWN_COLUMNS
    parts = []
    if lacks:
        parts.append(message("missing {lacks}", lacks=lacks))
    if twice:
        parts.append(message("more than once {twice}", twice=twice))
    if not names:
        parts.append(_unreadable(line))
    elif more > 0:
        parts.append(message("found {shown} and {more} more", shown=shown, more=more))
    else:
        parts.append(message("found {shown}", shown=shown))
    parts += _lookalikes(names, [name for name in missing if name not in names])
    return Text("; ".join(part.vi for part in parts), "; ".join(part.en for part in parts))


def _unreadable(line: bytes) -> Text:
    if b"\0" in line:
        return message("the header has NUL bytes, as UTF-16 text has: save it as UTF-8")
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return message(
            "the header is no UTF-8: set encoding: windows-1258 in the mapping's layout if it is"
            " that, or save it as UTF-8 (TCVN3?)"
        )
    return message("found no readable header")


def _lookalikes(names: Sequence[str], missing: Sequence[str]) -> list[Text]:
    """Of missing names that a column only looks like: how that one is written."""
    looks = {_look(name): name for name in names}
    alike = [(name, looks[_look(name)]) for name in missing if _look(name) in looks]
    return [
        message(
            "{name} is there, written {column}: mend the header, or copy that name into"
            " the mapping",
            name=name,
            column=json.dumps(masked(column)),
        )
        for name, column in alike[:SHOWN_LOOKALIKES]
    ]


def _look(name: str) -> str:
    """What people see of a name, in small letters."""
    seen = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return " ".join(unicodedata.normalize("NFC", seen).casefold().split())
