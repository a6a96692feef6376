"""The house style of papers: parties, signers, logo, words; read from a TOML file, checked whole.

Nothing in it changes an amount. What it leaves out has its default, so an empty file is one too.
"""

import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from doisoat.errors import CatalogueError, system_text
from doisoat.messages.text import Text, TextError, message
from doisoat.settlement.figures.toml_file import validated_toml
from doisoat.words import WordStyle

LOGO_BYTES_MAX = 500_000
STYLE_BYTES_MAX = 100_000
SIGNERS_MAX = 4
RECIPIENTS_MAX = 20
NUMBER_FIELDS = {"period", "carrier", "run"}
PNG = b"\x89PNG\r\n\x1a\n"
# An SVG is drawn, never run, and shows nothing but itself.
REFUSED_IN_SVG = re.compile(
    rb"<!DOCTYPE|<!ENTITY|<script|<foreignObject|<image|<use[^>]*href\s*=\s*[\"'](?!#)|@import"
    rb"|url\(\s*[\"']?(?!#)",
    re.I,
)
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Words(_Model):
    """How amounts are said: each choice is correct Vietnamese."""

    zero_tens: Literal["linh", "lẻ"] = "linh"
    four: Literal["tư", "bốn"] = "tư"
    thousand: Literal["nghìn", "ngàn"] = "nghìn"

    @property
    def style(self) -> WordStyle:
        return WordStyle(self.zero_tens, self.four, self.thousand)


class Signer(_Model):
    title: ShortText
    title_en: ShortText
    name: ShortText | None = None  # None: left blank, to be written by hand


SIGNERS = tuple(
    Signer(title=title.vi, title_en=title.en)
    for title in (message("Chief accountant"), message("Authorised signatory"))
)


class Party(_Model):
    """One of the two parties; names that are left out are the catalogue's."""

    name: ShortText | None = None
    name_en: ShortText | None = None
    address: ShortText | None = None
    tax_code: ShortText | None = None
    contract: ShortText | None = None  # number and date of the contract with this carrier
    contract_en: ShortText | None = None
    signers: tuple[Signer, ...] = SIGNERS

    @field_validator("signers", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _signers_fit(self) -> Self:
        if not 1 <= len(self.signers) <= SIGNERS_MAX:
            raise TextError(
                message("a party signs by 1 to {signers_max} persons", signers_max=SIGNERS_MAX)
            )
        return self


class Paper(_Model):
    number: ShortText = "{period}/{carrier}/{run}"
    place: ShortText | None = None  # of signing
    place_en: ShortText | None = None
    copies: int = Field(default=4, ge=1, le=20)
    logo: ShortText | None = None  # a file beside the style file, .svg or .png

    @field_validator("number")
    @classmethod
    def _fields_are_known(cls, number: str) -> str:
        try:
            parts = list(Formatter().parse(number))
        except ValueError as error:
            shown = f"{number!r}: {error}"
            raise TextError(Text(shown, shown)) from error
        for _, field, form, conversion in parts:
            if field is not None and (field not in NUMBER_FIELDS or form or conversion):
                raise TextError(
                    message(
                        "{{{field}}} is none of {number_fields}, bare in braces",
                        field=field,
                        number_fields=", ".join(sorted(NUMBER_FIELDS)),
                    )
                )
        return number


# Abbreviations of an agency and of the unit that drafts, as Decree 30/2020/NĐ-CP has them: BTC-QLG.
Notation = Annotated[str, StringConstraints(pattern=r"^[A-ZĐ0-9]+(-[A-ZĐ0-9]+)*$", max_length=40)]
# For, on behalf of, by order of, by proxy of, acting: whoever signs under another's power says so.
Power = Annotated[
    str, StringConstraints(pattern=r"^(TM|KT|TL|TUQ|Q)\. [^a-z]+$", min_length=5, max_length=80)
]


class LetterSigner(Signer):
    power: Power | None = None  # the line above the title: "TL. BỘ TRƯỞNG"
    power_en: ShortText | None = None

    @model_validator(mode="after")
    def _power_is_in_both_languages(self) -> Self:
        if (self.power is None) != (self.power_en is None):
            raise TextError(message("power and power_en come together, or neither"))
        return self


class Recipient(_Model):
    name: ShortText
    name_en: ShortText


class Letter(_Model):
    """Of an official letter (công văn); what is left out is a dotted line, filled in by hand."""

    agency: ShortText | None = None
    agency_en: ShortText | None = None
    superior: ShortText | None = None  # None: the agency has no superior that stands above its name
    superior_en: ShortText | None = None
    number: int | None = Field(default=None, ge=1, le=999_999)  # of the agency's register
    notation: Notation | None = None
    place: ShortText | None = None
    place_en: ShortText | None = None
    dated: date | None = None  # None: when the carrier was asked; of a draft, by hand
    basis: ShortText | None = None  # what the agency acts upon, as in "Thực hiện Chỉ thị số …"
    basis_en: ShortText | None = None
    reply_to: ShortText | None = None  # to whom, and where, the answer goes
    reply_to_en: ShortText | None = None
    contact: ShortText | None = None  # at the foot of the first page: address, telephone
    contact_en: ShortText | None = None
    signer: LetterSigner | None = None
    recipients: tuple[Recipient, ...] = ()  # besides the carrier and the files
    filed: Notation | None = None  # the unit that keeps a copy, beside the clerks' (VT)

    @field_validator("recipients", mode="before")
    @classmethod
    def _as_tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _is_in_both_languages(self) -> Self:
        for name in ("agency", "superior", "place", "basis", "reply_to", "contact"):
            if (getattr(self, name) is None) != (getattr(self, f"{name}_en") is None):
                raise TextError(
                    message(
                        "{name} and {name}_en come together, or neither: each letter is in"
                        " one language alone",
                        name=name,
                    )
                )
        if self.superior is not None and self.agency is None:
            raise TextError(message("superior stands above an agency: give agency too"))
        if len(self.recipients) > RECIPIENTS_MAX:
            raise TextError(
                message(
                    "a letter goes to {recipients_max} recipients at most",
                    recipients_max=RECIPIENTS_MAX,
                )
            )
        return self


class Logo(NamedTuple):
    kind: Literal["svg", "png"]
    content: bytes


class House(_Model):
    words: Words = Words()
    paper: Paper = Paper()
    authority: Party = Party()  # party B
    carriers: dict[str, Party] = Field(default_factory=dict)  # party A, by carrier id
    letter: Letter = Letter()


class Style(NamedTuple):
    """A house style with its logo read."""

    house: House
    logo: Logo | None
    where: str  # of whoever is to mend it


DEFAULT_STYLE = Style(House(), None, "the default style")


def read_style(path: Path) -> Style:
    """The style of a TOML file, and the logo beside it.

    Raises: CatalogueError, which names the file and the key, for whatever is not as it must be.
    """
    text = _read(path, STYLE_BYTES_MAX, message("a style file"))
    house = validated_toml(House, text, path, "papers.md")
    logo = _logo(path, house.paper.logo) if house.paper.logo else None
    return Style(house, logo, str(path))


def _read(path: Path, most: int, subject: Text) -> bytes:
    try:
        if path.stat().st_size > most:
            raise CatalogueError(
                message(
                    "{st_size} bytes are too many for {subject}",
                    st_size=path.stat().st_size,
                    subject=subject,
                ),
                str(path),
                message("keep it within {most} bytes", most=most),
            )
        return path.read_bytes()
    except OSError as error:
        raise CatalogueError(
            message("not readable ({error})", error=system_text(error)),
            str(path),
            message("give the path of {subject}", subject=subject),
        ) from error


def _logo(style: Path, name: str) -> Logo:
    path = style.parent / name
    where = f"{style}: paper.logo"
    if Path(name).name != name or path.is_symlink():
        raise CatalogueError(
            message("{name} is not the name of a file beside the style file", name=repr(name)),
            where,
            message("put the logo into the same folder, and write its name alone"),
        )
    content = _read(path, LOGO_BYTES_MAX, message("a logo"))
    if path.suffix == ".png" and content.startswith(PNG):
        return Logo("png", content)
    if path.suffix == ".svg" and b"<svg" in content:
        match = REFUSED_IN_SVG.search(content)
        if match is not None:
            raise CatalogueError(
                message(
                    "it holds {value}, which may reach beyond it",
                    value=repr(match[0].decode("ascii", "replace")),
                ),
                str(path),
                message("save it as a plain SVG: shapes and text alone"),
            )
        return Logo("svg", content)
    raise CatalogueError(
        message("no SVG or PNG image"),
        str(path),
        message("give a .svg or a .png file"),
    )
