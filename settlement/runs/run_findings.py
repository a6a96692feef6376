"""The findings of old manifests, in English alone there, in both languages for readers.

The manifest's bytes are evidence and stay; what was found later is in both languages there already.
"""

from doisoat.messages.text import VI, Text, halves_of, template

FIELDS = {"carrier": "[^ ]+", "assumed": ".+", "count": r"\d+", "named": r"(?: \(.+\))?"}
FINDINGS = tuple(
    (finding.pattern(FIELDS), finding.texts[VI])
    for finding in (
        template("the usage is synthetic: of no carrier"),
        template("{carrier}: assumed plans or packs in use: {assumed}"),
        template(
            "{count} suspended events are of no carrier that the package names{named}: they are in"
            " no statement, only in usage.suspense"
        ),
    )
)


def in_both(finding: str) -> Text:
    """A finding of a manifest in its languages."""
    for pattern, vi in FINDINGS:
        if match := pattern.fullmatch(finding):
            return Text(vi.format_map(match.groupdict()), finding)
    return halves_of(finding)
