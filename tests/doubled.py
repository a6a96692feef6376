"""Words that stand twice, as "ngày ngày" where a phrase met what ends in its word."""

import re

# Words that are said twice on purpose, and what is no prose.
MEANT = {"luôn luôn", "tỷ tỷ"}
_TWICE = re.compile(r"(?<![\w.\-])([^\W\d_]+)(?:[ \u00a0]+|[ ]*\n[ ]*)\1(?![\w\-])")


def doubled(text: str) -> list[str]:
    """The words that stand twice in a row in a text, as they are written."""
    found = (re.sub(r"\s+", " ", match.group()) for match in _TWICE.finditer(text))
    return [one for one in found if one.lower() not in MEANT]
