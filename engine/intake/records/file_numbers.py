"""Numbers that senders give their files: gaps between them, and numbers that came twice.

A finding informs; it takes nothing away. The numbers lie in the parts' manifests, so a gap is seen
whichever intake the file before it came with.
"""

from collections.abc import Sequence

from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.store.home import Part
from doisoat.messages.text import message


def note_series(accounts: Sequence[FileAccount], parts: Sequence[Part]) -> None:
    """Add notes to the accounts of new files whose number does not follow on those of its series.

    Args: accounts: of the files that this intake adds; parts: those the home has.
    """
    known: dict[str, set[int]] = {}
    for part in parts:
        for source in part.manifest["sources"]:
            if "series" in source:
                known.setdefault(source["series"], set()).add(source["number"])
    numbered = [account for account in accounts if account.series is not None]
    for account in sorted(numbered, key=lambda account: account.series or ("", 0)):
        assert account.series is not None
        name, number = account.series
        before = known.setdefault(name, set())
        if number in before:
            account.notes.append(
                message(
                    "series: number {number} of {name} came before, in another file",
                    number=number,
                    name=name,
                )
            )
        elif before and number > max(before) + 1:
            first, last = max(before) + 1, number - 1
            missing = message("numbers {first} to {last} are", first=first, last=last)
            if first == last:
                missing = message("number {first} is", first=first)
            account.notes.append(
                message("series: {missing} missing of {name}", name=name, missing=missing)
            )
        before.add(number)
