"""Sets papers by typst: from templates and data to PDF/A-3b, the same bytes everywhere.

A template sees its data and the other templates of its folder, and nothing else: it is copied into
a folder of its own, which typst does not leave; and words by which one would fetch packages, run
code of others or text as code are refused. Fonts are our own files alone, held to their digests.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from doisoat.civil_time import zone_in_use
from doisoat.errors import CatalogueError, StoreError
from doisoat.messages.catalogue import translation
from doisoat.messages.text import Text, message, with_state

PACKAGE_FOLDER = Path(__file__).parent
BUNDLED = PACKAGE_FOLDER / "templates"
FONTS = PACKAGE_FOLDER / "vendor" / "tinos"
TEMPLATE_BYTES_MAX = 200_000
TEMPLATES_MAX = 50
KINDS = ("minutes", "summary")  # each is made by the template of its name
STANDARD: Final = "a-3b"
CONTEXT_END: Final = "\x04"  # as in a catalogue of gettext
# A word is refused wherever it stands, in a comment too: that is easy to see and to obey. By these,
# and by an import of `@name/…`, a template would reach beyond what lies in its folder.
REFUSED = re.compile(r"\b(eval|plugin)\b")
# A text that a template says by its English, `t("…")` or `filled("…", …)`, and what it is of.
TEXT = re.compile(
    r'(?<![\w-])(?:t|filled)\(\s*"((?:[^"\\]|\\.)*)"(?:,\s*of:\s*"([^"\\]*)")?(\s*,\s*")?'
)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
PLACE = re.compile(r"([\w-]+\.typ):(\d+:\d+)")
IMPORTED = re.compile(r"\b(?:import|include)\b(?!\s+\"[\w-]+\.typ\"(?!\w))")


class Template(NamedTuple):
    """The templates of papers: ours, or some of another folder in their place."""

    files: Mapping[str, str]  # name -> text
    paths: Mapping[str, Path]  # name -> where it was read, for whoever is to mend it

    @property
    def digest(self) -> str:
        """SHA-256 over names and texts, by name."""
        content = json.dumps(sorted(self.files.items()), ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()


class TextInTemplate(NamedTuple):
    """A text of a template."""

    key: str  # its English
    context: str | None
    line: int
    in_two: bool  # a template of a house's own has Vietnamese and English beside each other


def texts_in(source: str) -> Iterator[TextInTemplate]:
    """The texts that a template says by their English."""
    for found in TEXT.finditer(source):
        key = re.sub(r"\\(.)", lambda sign: ESCAPED.get(sign[1], sign[1]), found[1])
        line = source.count("\n", 0, found.start()) + 1
        yield TextInTemplate(key, found[2], line, found[3] is not None)


def words_of(template: Template, lang: str) -> dict[str, str]:
    """What a template's texts are in a language, by what they are of and their English."""
    words = {}
    for source in template.files.values():
        for said in texts_in(source):
            if said.in_two:
                continue
            if said.context is None:
                words[said.key] = translation(lang).gettext(said.key)
            else:
                place = f"{said.context}{CONTEXT_END}{said.key}"
                words[place] = translation(lang).pgettext(said.context, said.key)
    return {place: with_state(text, lang) for place, text in words.items()}


def read_templates(folder: Path | None = None) -> Template:
    """Our templates; each that the folder has under the same name takes the place of ours.

    Raises: CatalogueError for a folder without templates, or a template that reaches beyond it.
    """
    files = _texts(BUNDLED)
    paths = {name: BUNDLED / name for name in files}
    if folder is None:
        return Template(files, paths)
    if not folder.is_dir():
        raise CatalogueError(
            message("no folder"),
            str(folder),
            message("give a folder with .typ files"),
        )
    own_templates = _texts(folder)
    if not own_templates:
        raise CatalogueError(
            message("no template is in it"),
            str(folder),
            message(
                "put {kinds} there; copy ours from {bundled}",
                bundled=BUNDLED,
                kinds=Text(
                    ", ".join(f"{kind}.typ" for kind in KINDS),
                    " or ".join(f"{kind}.typ" for kind in KINDS),
                ),
            ),
        )
    return Template(
        {**files, **own_templates}, {**paths, **{name: folder / name for name in own_templates}}
    )


def _texts(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.iterdir() if path.suffix == ".typ")
    if len(files) > TEMPLATES_MAX:
        raise CatalogueError(
            message("{count} templates are too many", count=len(files)),
            str(folder),
            message("keep {templates_max} at most", templates_max=TEMPLATES_MAX),
        )
    return {path.name: _text(path) for path in files}


def _text(path: Path) -> str:
    mend = message("give a plain file of UTF-8 text")
    if path.is_symlink() or not path.is_file() or path.stat().st_size > TEMPLATE_BYTES_MAX:
        raise CatalogueError(
            message("a link, no file, or too long for a template"),
            str(path),
            mend,
        )
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(
            message("not readable ({error})", error=error), str(path), mend
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if match := REFUSED.search(line):
            raise CatalogueError(
                message(
                    "the word {match} is refused: a template has its data and nothing else",
                    match=repr(match[0]),
                ),
                f"{path}:{number}",
                message("take what is needed from `data`, or say it by other words"),
            )
        if IMPORTED.search(line):
            raise CatalogueError(
                message("only a template of the same folder is imported"),
                f"{path}:{number}",
                message('write import "name.typ", or say it by other words'),
            )
    return text


def pdf_of(kind: str, template: Template, data: Mapping[str, Any], issued_at: datetime) -> bytes:
    """The PDF that the template of a kind makes of data.

    Args: issued_at: civil time, which the file states as when it was made.
    Raises: CatalogueError where the template fails; StoreError where our fonts were changed.
    """
    import typst

    main = f"{kind}.typ"
    with tempfile.TemporaryDirectory(prefix="doisoat-papers-") as name:
        root, fonts = Path(name) / "root", Path(name) / "fonts"
        root.mkdir()
        fonts.mkdir()
        for file, text in template.files.items():
            (root / file).write_text(text, "utf-8", newline="")
        for file, content in _fonts().items():
            (fonts / file).write_bytes(content)
        try:
            pdf, warnings = typst.compile_with_warnings(
                root / main,
                root=root,
                font_paths=typst.Fonts(
                    include_system_fonts=False,
                    include_embedded_fonts=False,
                    font_paths=[fonts],
                ),
                sys_inputs={
                    name: json.dumps(content, ensure_ascii=False, sort_keys=True)
                    for name, content in (
                        ("data", data),
                        ("words", words_of(template, data.get("lang", "en"))),
                    )
                },
                pdf_standards=[STANDARD],
                timestamp=zone_in_use().with_offset(issued_at),
                package_path=fonts,  # neither has packages
                package_cache_path=fonts,
            )
        except typst.TypstError as error:
            raise _failure(error, template, main, root) from error
    if warnings:  # a missing font or letter is no paper
        raise _failure(warnings[0], template, main, root)
    return bytes(pdf)


def _failure(error: Any, template: Template, main: str, root: Path) -> CatalogueError:
    """A diagnostic of typst as ours: its message, its place in the template, its hints."""
    match = PLACE.search(error.diagnostic or "")
    name = match[1] if match and match[1] in template.paths else main
    where = str(template.paths.get(name, name)) + (f":{match[2]}" if match else "")
    hints = [hint for hint in error.hints if "--root" not in hint]
    complaint = error.message.replace(f"{root}/", "")  # it is gone when this is read
    return CatalogueError(
        message("typst says: {complaint}", complaint=complaint),
        where,
        "; ".join(hints) or message("mend it there"),
    )


def _fonts() -> dict[str, bytes]:
    """Our fonts by file name; StoreError if one is not the file that it was shipped as."""
    fonts = {}
    for line in (FONTS / "SHA256SUMS").read_text("ascii").splitlines():
        digest, name = line.split()
        path = FONTS / name
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(
                message("the font is not the file that was shipped (SHA-256)"),
                str(path),
                message("install doisoat again"),
            )
        fonts[name] = content
    return fonts
