"""Compiles a catalogue: `vi.po`, which people write, to `vi.mo`, which gettext reads.

    python messages/compile_po.py      compile every .po beside this file

Building does so, and so does the first command after somebody changed a .po in a checkout: no
process ever speaks by a .mo of another .po. Babel would do it, too, but is not there to install.
"""

import ast
import contextlib
import os
import struct
import zlib
from pathlib import Path

MAGIC = 0x950412DE
CONTEXT_END, PLURAL_END = "\x04", "\0"
HEAD_BYTES, PAIR_BYTES = 28, 8


def entries_of(content: bytes) -> dict[str, str]:
    """Messages of a .po by their keys as gettext has them; a fuzzy entry is none.

    Raises: ValueError with the line that is no line of a catalogue, or is there twice.
    """
    entries: dict[str, str] = {}
    fields: dict[str, str] = {}
    name, is_fuzzy = "", False

    def close() -> None:
        nonlocal fields, is_fuzzy
        if "msgid" in fields:
            key = fields["msgid"]
            if "msgctxt" in fields:
                key = fields["msgctxt"] + CONTEXT_END + key
            if "msgid_plural" in fields:
                key += PLURAL_END + fields["msgid_plural"]
            forms = [text for place, text in fields.items() if place.startswith("msgstr")]
            if key in entries:
                raise ValueError(f"{key!r} is there twice")
            if all(forms) and (not is_fuzzy or not key):
                entries[key] = PLURAL_END.join(forms)
        fields, is_fuzzy = {}, False

    for number, line in enumerate(content.decode("utf-8").split("\n"), start=1):
        line = line.strip()
        if line.startswith("#~"):
            continue
        if not line or line.startswith("#"):
            if any(place.startswith("msgstr") for place in fields):
                close()
            is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
            continue
        if not line.startswith('"'):
            name, _, line = line.partition(" ")
            if name in ("msgctxt", "msgid") and any(p.startswith("msgstr") for p in fields):
                close()
            if not name.startswith("msg") or name in fields:
                raise ValueError(f"line {number} is not of a catalogue")
            fields[name] = ""
        if not name or not line.endswith('"'):
            raise ValueError(f"line {number} is not of a catalogue")
        fields[name] += ast.literal_eval(line)
    close()
    return entries


def compiled_po(content: bytes) -> bytes:
    """The .mo of a .po; its head holds the checksum of the .po."""
    entries = entries_of(content)
    entries[""] = f"{entries.get('', '')}X-Source-CRC32: {zlib.crc32(content)}\n"
    pairs = sorted((key.encode(), text.encode()) for key, text in entries.items())
    keys_at, texts_at = HEAD_BYTES, HEAD_BYTES + PAIR_BYTES * len(pairs)
    place = texts_at + PAIR_BYTES * len(pairs)
    tables, body = b"", b""
    for side in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[side]), place)
            body += pair[side] + b"\0"
            place += len(pair[side]) + 1
    head = struct.pack("<7I", MAGIC, 0, len(pairs), keys_at, texts_at, 0, texts_at)
    return head + tables + body


def write_beside(source: Path, compiled: bytes) -> None:
    """Keep what was compiled, where whoever runs may write: else it is compiled each time."""
    target = source.with_suffix(".mo")
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(compiled)
        os.replace(beside, target)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


if __name__ == "__main__":
    for catalogue in sorted(Path(__file__).parent.glob("*.po")):
        write_beside(catalogue, compiled_po(catalogue.read_bytes()))
