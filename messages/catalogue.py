"""The catalogues as gettext reads them, each when its first message is made."""

import functools
import gettext
import io
import os
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE_LANGUAGE = "en"  # what keys are written in
CHECKSUM = "x-source-crc32"  # of the .po, in the head of the .mo that was made of it


@functools.cache
def languages() -> tuple[str, ...]:
    """Vietnamese and English, then whatever other language has a catalogue here."""
    known = {name.removesuffix(".mo").removesuffix(".po") for name in os.listdir(FOLDER)
             if name.endswith((".mo", ".po"))}  # fmt: skip
    return ("vi", SOURCE_LANGUAGE, *sorted(known - {"vi", SOURCE_LANGUAGE}))


@functools.cache
def translation(language: str) -> gettext.NullTranslations:
    """The words of a language. English has no file: it is what the code says."""
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    source, compiled = FOLDER / f"{language}.po", FOLDER / f"{language}.mo"
    found = None
    if compiled.exists():
        found = gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    if not source.exists() and found is not None:
        return found  # installed: the source stayed at home
    content = source.read_bytes()
    if found is not None and found.info().get(CHECKSUM) == str(zlib.crc32(content)):
        return found
    from doisoat.messages.compile_po import compiled_po, write_beside

    made = compiled_po(content)
    write_beside(source, made)
    return gettext.GNUTranslations(io.BytesIO(made))
