"""Mappings: how a source's files are read, as YAML data, with errors by line."""

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from doisoat.civil_time import zone_in_use
from doisoat.engine.files.near_duplicates import NEAR_SECONDS
from doisoat.engine.intake.mapping.field_sources import (
    Characters,
    Column,
    DurationSource,
    Model,
    NumberSource,
    Source,
    TimeSource,
)
from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.file_kinds import FILE_KINDS, FileKind
from doisoat.engine.store.model_faults import said_of_model
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, TextError, alternatives, counted_message, message
from doisoat.telephone import has_number

PAYMENTS = ("prepaid", "postpaid")  # as plans, packs and measures of a catalogue name them
BALANCES = ("volume", "bonus", "grant", "cap")  # sorts of balances that a carrier may state
DataUnit = Literal["bytes", "KB", "MB", "GB"]
Format = Literal["columns", "tap", "ts32298"]  # text and Parquet; the others name what they have
Encoding = Literal["utf-8", "windows-1258", "utf-16"]  # of text; UTF-16 with its byte order mark

NEAR_SECONDS_MAX = 3_600
TEXT_BYTES_MAX = 1 << 18
NODES_MAX = 5_000
DEPTH_MAX = 16
ZONE_OF_BEFORE, OFFSET_OF_BEFORE = "Asia/Ho_Chi_Minh", "+07:00"
CORRECT_YAML = message("correct the YAML; docs/intake.md has an example")


class Rule(Model):
    """A filter: records whose column says one of these values are counted and not taken."""

    name: str = Field(pattern=r"^[a-z][a-z_]{0,31}$")
    column: Column
    values: tuple[str, ...] = Field(min_length=1)


class SourceKey(Model):
    """What makes a record itself; with `content` the canonical fields count as well."""

    columns: tuple[Column, ...] = Field(min_length=1)
    content: Literal["yes", "no"] = "no"


class UsageFields(Model):
    carrier: Source
    kind: Source
    subscriber: Source
    account: Source | None = None
    other: Source | None = None
    direction: Source | None = None
    started: TimeSource
    duration: DurationSource | None = None
    units: NumberSource | None = None  # data volume or messages; voice takes its duration
    host: Source | None = None
    locality: Source | None = None
    pack: Source | None = None
    action: Source | None = None
    session: Source | None = None
    partial: Source | None = None
    charged: NumberSource | None = None


class PaymentSource(Source):
    """Where a subscription's way of paying comes from: it must come out as one of PAYMENTS."""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        words = (*self.values.values(), self.otherwise) if self.values else (self.constant,)
        for word in words:
            if word is not None and word not in PAYMENTS:
                raise TextError(
                    message(
                        "payment {word}: expected {payments}",
                        word=repr(word),
                        payments=alternatives(PAYMENTS),
                    )
                )
        return self


class DatedFields(Model):
    """Fields of master data. `issued`: when the row was said; a later one takes its place."""

    # Left out of digests where it says nothing.
    issued: TimeSource | None = Field(default=None, exclude_if=lambda source: source is None)


class SubscriptionFields(DatedFields):
    number: Source
    account: Source
    carrier: Source
    plan: Source
    segment: Source
    payment: PaymentSource
    home_locality: Source
    valid_from: TimeSource
    valid_until: TimeSource


class PortFields(DatedFields):
    number: Source
    carrier: Source
    valid_from: TimeSource
    valid_until: TimeSource


class PackFields(DatedFields):
    number: Source
    account: Source
    pack: Source
    bought: TimeSource
    price_paid: NumberSource
    left: Source


class BalanceSource(Source):
    """Where the sort of a balance comes from: it must come out as one of BALANCES."""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        words = (*self.values.values(), self.otherwise) if self.values else (self.constant,)
        for word in words:
            if word is not None and word not in BALANCES:
                raise TextError(
                    message(
                        "balance {word}: expected one of {balances}",
                        word=repr(word),
                        balances=", ".join(BALANCES),
                    )
                )
        return self


class BalanceFields(DatedFields):
    """What is left of one balance of an owner when a month begins."""

    number: Source
    account: Source
    as_of: TimeSource  # the first moment of a month
    balance: BalanceSource
    pack: Source
    volume: Source  # its place among the pack's volumes, from 1
    bought: TimeSource
    measure: Source
    began: TimeSource  # of a grant or bonus: when it was given
    expires: TimeSource  # of a grant
    given: Source
    left: Source


class AllowListFields(DatedFields):
    """A subscriber on a list: while he is, he counts as of the segment that the list names.

    household: whose the benefit is, where a package gives one for each household: the row is an
    enrolment.
    """

    number: Source
    account: Source
    list: Source
    valid_from: TimeSource
    valid_until: TimeSource
    document: Source
    # Left out of digests where it says nothing.
    household: Source | None = Field(default=None, exclude_if=lambda source: source is None)


class OrderFields(DatedFields):
    """A distancing order over one locality."""

    order: Source
    locality: Source
    directive: Source
    valid_from: TimeSource
    valid_until: TimeSource
    document: Source


class Layout(Model):
    """One form of a source's files. Columns and keys by name are as those of a header."""

    name: str = Field(pattern=r"^[a-z][a-z_]{0,31}$")
    format: Format = Field(default="columns", exclude_if=lambda name: name == "columns")
    delimiter: str = Field(default=",", pattern=r"^[^\w\s\"]$|^\t$")
    header: Literal["yes", "no"] = "yes"
    columns: Annotated[int, Field(ge=1, le=1_000)] | None = None  # without a header: how many
    # Of an SQLite file, and then of no other. Left out of digests where there is none.
    table: str | None = Field(
        default=None, pattern=r"^[^\x00-\x1f]{1,64}$", exclude_if=lambda name: name is None
    )
    # Of a workbook, and then of no other file. Left out of digests where there is none.
    sheet: str | None = Field(
        default=None, pattern=r"^[^\x00-\x1f]{1,31}$", exclude_if=lambda name: name is None
    )
    encoding: Encoding = Field(default="utf-8", exclude_if=lambda name: name == "utf-8")
    # Of text of fixed width: each column's characters, from the first to the last, counted from 1.
    characters: dict[Column, Characters] | None = Field(
        default=None, min_length=1, exclude_if=lambda columns: columns is None
    )
    strip: Literal["yes", "no"] = "no"  # blanks around a field are no part of it
    numbers: Literal["vietnam", "names"] = "vietnam"

    @model_validator(mode="after")
    def _one_sort_of_file(self) -> Self:
        own = [
            word
            for word, is_there in (
                ("table", self.table is not None),
                ("sheet", self.sheet is not None),
                ("characters", self.characters is not None),
                ("format", self.format != "columns"),
            )
            if is_there
        ]
        if len(own) > 1:
            raise TextError(
                message("{words} are words for different files: keep one", words=", ".join(own))
            )
        if self.encoding != "utf-8" and own and own != ["characters"]:
            raise TextError(message("encoding is of text: {word} has none", word=own[0]))
        return self

    @model_validator(mode="after")
    def _characters_in_order(self) -> Self:
        if self.characters is None:
            return self
        if self.columns is not None:
            raise TextError(message("characters name the columns: leave columns (how many) out"))
        end = 0
        for name, (first, last) in sorted(self.spans.items(), key=lambda item: item[1]):
            if first > last or first <= end:
                raise TextError(
                    message(
                        "characters of {name}: give the first and the last, as 1-8, and none that"
                        " another column has",
                        name=name,
                    )
                )
            end = last
        unknown = [name for name in self.used_columns if name not in self.characters]
        if unknown:
            raise TextError(
                message(
                    "characters do not have the column {name}, which a field reads", name=unknown[0]
                )
            )
        return self

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """The first and the last character of each column of fixed width."""
        return {
            name: (int(places.partition("-")[0]), int(places.partition("-")[2]))
            for name, places in (self.characters or {}).items()
        }

    @model_validator(mode="after")
    def _counts_or_names(self) -> Self:
        if (self.header == "no" and self.characters is None) != (self.columns is not None):
            raise TextError(message("give columns (how many) where header is no, and only there"))
        if self.table is not None and self.columns is not None:
            raise TextError(message("a table has names of columns: leave header and columns out"))
        for field, column in self.columns_of_fields():
            if self.columns is not None and not (
                column.isdecimal() and int(column) <= self.columns
            ):
                raise TextError(
                    message(
                        "{field} reads column {column}: without a header a column is its"
                        " place, from 1 to {columns}",
                        field=field,
                        column=repr(column),
                        columns=self.columns,
                    )
                )
        return self

    def columns_of_fields(self) -> list[tuple[str, str]]:
        fields: BaseModel = getattr(self, "fields", None) or UsageFields.model_construct()
        return [
            (name, column)
            for name, source in fields
            if isinstance(source, Source)
            for column in source.columns
        ]

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        readers: dict[str, str] = {}
        parts = self.divided_columns()
        for field, column in self.columns_of_fields():
            if column in parts:
                continue
            if readers.setdefault(column, field) != field:
                raise TextError(
                    message(
                        "column {column} is read twice, as {readers_column} and as {field}: a"
                        " column means one thing",
                        column=repr(column),
                        readers_column=readers[column],
                        field=field,
                    )
                )
        return self

    def divided_columns(self) -> set[str]:
        """Columns of which fields take parts; and the moments between which a length lies."""
        fields: BaseModel = getattr(self, "fields", None) or UsageFields.model_construct()
        divided = {
            source.column
            for _, source in fields
            if isinstance(source, Source) and source.part is not None and source.column is not None
        }
        duration = getattr(fields, "duration", None)
        if duration is not None and duration.between is not None:
            divided |= {duration.between.begin, duration.between.end}
        return divided

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Every column that must be there, in the order of the fields."""
        return tuple(dict.fromkeys(column for _, column in self.columns_of_fields()))


class UsageLayout(Layout):
    fields: UsageFields
    key: SourceKey | None = None  # None: the source has none, so content and occurrence count
    destination: str | dict[str, str] = "plan"  # or a class, or a class by direction
    data_destination: str | dict[str, str] = Field(  # or a class, or one of them by direction
        default="data", exclude_if=lambda name: name == "data"
    )
    data_unit: DataUnit = "bytes"
    # What a KB is; an MB is so many of them. Left out of digests where it says nothing new.
    data_base: Literal["1024", "1000"] = Field(
        default="1024", exclude_if=lambda base: base == "1024"
    )
    # How far apart the starts of two calls may be that are one recorded twice. Left out of digests
    # where it says nothing new.
    near_seconds: Annotated[int, Field(ge=0, le=NEAR_SECONDS_MAX)] = Field(
        default=NEAR_SECONDS, exclude_if=lambda seconds: seconds == NEAR_SECONDS
    )
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _destinations_are_classes(self) -> Self:
        for destination, plain in ((self.destination, "plan"), (self.data_destination, "data")):
            if isinstance(destination, dict) and self.fields.direction is None:
                raise TextError(message("a destination by direction needs the field direction"))
            for name in destination.values() if isinstance(destination, dict) else (destination,):
                if name != plain and re.fullmatch(r"class:[a-z][a-z_]{0,31}", name) is None:
                    raise TextError(
                        message(
                            "destination {name}: expected {plain} or class:<name>",
                            name=repr(name),
                            plain=plain,
                        )
                    )
        if self.numbers == "names" and self.destination == "plan":
            raise TextError(message("names have no number plan: give destination a class"))
        return self

    @property
    def used_columns(self) -> tuple[str, ...]:
        more = list(super().used_columns)
        if self.fields.duration and self.fields.duration.at_most:
            more.append(self.fields.duration.at_most)
        more += self.key.columns if self.key else ()
        more += [rule.column for rule in self.rules]
        return tuple(dict.fromkeys(more))


class MasterLayout(Layout):
    fields: DatedFields


def fields_of(layout: Layout) -> UsageFields | DatedFields:
    """The fields of a layout, whatever it holds."""
    assert isinstance(layout, UsageLayout | MasterLayout), type(layout)
    return layout.fields


class SubscriptionLayout(MasterLayout):
    fields: SubscriptionFields


class PortLayout(MasterLayout):
    fields: PortFields


class PackLayout(MasterLayout):
    fields: PackFields


class BalanceLayout(MasterLayout):
    fields: BalanceFields


class AllowListLayout(MasterLayout):
    fields: AllowListFields


class OrderLayout(MasterLayout):
    fields: OrderFields


class Mapping(Model):
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    title: str
    source_system: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    usage: tuple[UsageLayout, ...] = ()
    subscriptions: tuple[SubscriptionLayout, ...] = ()
    ports: tuple[PortLayout, ...] = ()
    packs: tuple[PackLayout, ...] = ()
    # Left out of digests where there are none: mappings that came before have none.
    balances: tuple[BalanceLayout, ...] = Field(default=(), exclude_if=lambda layouts: not layouts)
    allow_list: tuple[AllowListLayout, ...] = Field(
        default=(), alias="allow-list", exclude_if=lambda layouts: not layouts
    )
    orders: tuple[OrderLayout, ...] = Field(default=(), exclude_if=lambda layouts: not layouts)
    # What a draft leaves to people; of no meaning for a record, so of no digest.
    open: tuple[str, ...] = Field(default=(), exclude=True)

    def of_kind(self, kind: FileKind) -> tuple[Layout, ...]:
        """The layouts of a kind of files, which may be none."""
        layouts: tuple[Layout, ...] = getattr(self, kind.replace("-", "_"))
        return layouts

    @model_validator(mode="after")
    def _names_nobody(self) -> Self:
        for word, text in (("name", self.name), ("source_system", self.source_system)):
            if has_number(text):  # both are kept in the home, and shown
                raise TextError(message("{word} has a telephone number in it", word=word))
        return self

    @model_validator(mode="after")
    def _forms_stand_alone(self) -> Self:
        for kind in FILE_KINDS:
            formats = [layout.format for layout in self.of_kind(kind)]
            if len(formats) > 1 and set(formats) != {"columns"}:
                raise TextError(
                    message("{kind}: a layout with a format of its own stands alone", kind=kind)
                )
        return self

    def layouts(self, kind: FileKind) -> tuple[Layout, ...]:
        layouts = self.of_kind(kind)
        if not layouts:
            kinds = ", ".join(name for name in FILE_KINDS if self.of_kind(name))
            raise IntakeError(
                message("it describes no files of kind {kind}", kind=kind),
                f"mapping {self.name}",
                message("give --kind one of: {kinds}", kinds=kinds),
            )
        return layouts

    def check_answered(self) -> None:
        """Refuse to take records in by a draft with questions that nobody has answered."""
        if self.open:
            raise _open_questions(self.open, f"mapping {self.name}")

    def check_amounts(self, kind: FileKind, decimals: int) -> None:
        """Refuse amounts of which nobody can know whether they are dollars or cents."""
        for layout in self.of_kind(kind):
            for name in ("charged", "price_paid"):
                source = getattr(fields_of(layout), name, None)
                if source is None or source.decimals in (0, decimals):
                    continue
                raise IntakeError(
                    message(
                        "amounts of the home have {decimals} decimals, and {field} does not say"
                        " whether it has them",
                        decimals=decimals, field=name,
                    ),
                    f"mapping {self.name}, {layout.name}, {name}",
                    message(
                        "write decimals: {decimals} and the sign before them (decimal), or"
                        " decimals: 0 where they are whole minor units",
                        decimals=decimals,
                    ),
                )  # fmt: skip

    @property
    def sha256(self) -> str:
        return digest_of(_with_zones(self.model_dump(mode="json")))


def _with_zones(content: object) -> object:
    """In Viet Nam a time without a zone is written as one of +07:00: so digests ever had it."""
    if zone_in_use().name != ZONE_OF_BEFORE:
        return content
    if isinstance(content, dict):
        return {
            name: OFFSET_OF_BEFORE if name == "zone" and value is None else _with_zones(value)
            for name, value in content.items()
        }
    return [_with_zones(value) for value in content] if isinstance(content, list) else content


def _open_questions(questions: tuple[str, ...], where: str) -> IntakeError:
    return IntakeError(
        counted_message(
            "{count} question of the draft is open: {first}",
            "{count} questions of the draft are open; the first: {first}",
            count=len(questions), first=questions[0],
        ),
        where,
        message("answer each in the mapping, and take its line out of `open`"),
    )  # fmt: skip


def carriers_of(mapping: Mapping, kind: FileKind) -> list[set[str]]:
    """Of each layout that names whose its records are: all carriers that it can come out as."""
    named = []
    for layout in mapping.of_kind(kind):
        source = getattr(fields_of(layout), "carrier", None) if kind != "ports" else None
        if source is not None and source.constant is not None:
            named.append({source.constant})
        elif source is not None and source.values:
            otherwise = {source.otherwise} if source.otherwise is not None else set()
            named.append({*source.values.values(), *otherwise})
    return named


def known_mappings() -> list[str]:
    folder = resources.files("doisoat.engine.intake.mapping") / "mappings"
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    )


def load_mapping(name: str) -> Mapping:
    """A mapping of ours by its name, or the mapping file at a path that ends in .yaml."""
    if name.endswith((".yaml", ".yml")):
        return parse_mapping(mapping_text(name), name)
    if name not in known_mappings():
        raise IntakeError(
            message("no mapping has this name"),
            f"mapping {name!r}",
            _known(),
        )
    return _own_mapping(name)


@cache
def _own_mapping(name: str) -> Mapping:
    file = resources.files("doisoat.engine.intake.mapping") / "mappings" / f"{name}.yaml"
    return parse_mapping(file.read_text("utf-8"), f"{name}.yaml")


def _known() -> Text:
    names = ", ".join(known_mappings())
    return message("take one of: {names}; or give the path of a .yaml file", names=names)


def mapping_text(name: str) -> str:
    """The YAML of a mapping file at a path; IntakeError if it cannot be read."""
    path = Path(name)
    try:
        if not path.is_file():
            raise FileNotFoundError
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise IntakeError(message("no mapping file is here"), name, _known()) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError(
            message("not readable: {error}", error=error),
            name,
            message("give a UTF-8 file"),
        ) from error


def parse_mapping(text: str, where: str) -> Mapping:
    """Check a mapping's YAML; the complaint names file, line and column.

    What a draft lacks, its open questions say.
    """
    checked = MappingText(text, where)
    if checked.mapping is None and checked.questions:
        raise _open_questions(checked.questions, where)
    if checked.mapping is None:
        raise checked.complaints[0]
    return checked.mapping


class MappingText:
    """A mapping as it is written: what it says, or all that is wrong with it, and where.

    Raises: IntakeError where it is not even YAML of words and values.
    """

    def __init__(self, text: str, where: str) -> None:
        self.where, self._node = where, _compose(text, where)
        self.mapping: Mapping | None = None
        self.complaints: list[IntakeError] = []
        content = yaml.CBaseLoader("").construct_document(self._node)
        questions = content.get("open")
        self.questions: tuple[str, ...] = ()  # of what its fields lack
        try:
            self.mapping = Mapping.model_validate(content)
        except ValidationError as error:
            for error_details in error.errors(include_url=False):
                left_out = {"fields", "data_unit"} & set(error_details["loc"])
                if left_out and isinstance(questions, list):
                    self.questions = tuple(questions)
                path, fault = (
                    ".".join(str(step) for step in error_details["loc"]),
                    said_of_model(error_details),
                )
                self.complaints.append(
                    IntakeError(
                        message("{path}: {fault}", path=path, fault=fault),
                        self.place(error_details["loc"]),
                        message("correct the mapping; docs/intake.md describes each word of it"),
                    )
                )

    def place(self, path: tuple[Any, ...]) -> str:
        """FILE:LINE:COLUMN of a value, or of the nearest that is there."""
        at = _position(self._node, path)
        return f"{self.where}:{at.line + 1}:{at.column + 1}"


def _compose(text: str, where: str) -> yaml.Node:
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise IntakeError(
            message("longer than {text_bytes_max} bytes", text_bytes_max=TEXT_BYTES_MAX),
            where,
            CORRECT_YAML,
        )
    nodes = depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):  # Streaming: nothing is built.
            mark = event.start_mark
            line = f"{where}:{mark.line + 1}" if mark else where
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise IntakeError(
                    message("an anchor or alias"),
                    line,
                    message("write the value out where it holds"),
                )
            depth += isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
            depth -= isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
            nodes += 1
            if nodes > NODES_MAX or depth > DEPTH_MAX:
                raise IntakeError(
                    message("larger or deeper than any mapping needs to be"),
                    line,
                    CORRECT_YAML,
                )
        node = yaml.CBaseLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise _no_yaml(str(error.problem), at) from None
    except yaml.YAMLError as error:
        raise _no_yaml(str(error), where) from None
    if not isinstance(node, yaml.MappingNode):
        raise IntakeError(
            message("not a mapping of words to values"),
            f"{where}:1",
            CORRECT_YAML,
        )
    _refuse_repeated_words(node, where)
    return node


def _no_yaml(complaint: str, at: str) -> IntakeError:
    first = next(iter(complaint.splitlines()), "")
    return IntakeError(message("not YAML: {first}", first=first), at, CORRECT_YAML)


def _refuse_repeated_words(node: yaml.Node, where: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for word, value in node.value:
            if word.value in seen:
                mark = word.start_mark
                raise IntakeError(
                    message("{word} is written twice", word=repr(word.value)),
                    f"{where}:{mark.line + 1}:{mark.column + 1}",
                    message("keep one of the two"),
                )
            seen.add(str(word.value))
            _refuse_repeated_words(value, where)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_words(value, where)


def _position(node: yaml.Node, path: tuple[Any, ...]) -> yaml.Mark:
    """The mark of the value that an error names, or of the nearest that is there."""
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            child = next((value for word, value in node.value if word.value == step), None)
            if child is None:
                break
            node = child
    return node.start_mark
