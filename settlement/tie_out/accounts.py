"""A carrier's accounts and names of services, as data: a TOML file, checked whole."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from doisoat.errors import CatalogueError, system_text
from doisoat.messages.text import TextError, message
from doisoat.settlement.figures.toml_file import validated_toml

MAPS = Path(__file__).with_name("maps")
MAP_BYTES_MAX = 100_000
Kind = Literal["voice", "sms", "data", "pack", "fee"]
# It goes into CSV, which spreadsheets open: what begins like a formula is none of it.
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^=+\-@\s\x00-\x1f][^\x00-\x1f]*$"),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Account(_Model):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{3,8}(\.[0-9A-Za-z]{1,8})*$")]
    name: ShortText
    party: ShortText | None = None  # code of whom it is kept by, where the program asks for one


class Accounts(_Model):
    receivable: Account
    vat_out: Account
    discount: Account
    refund_payable: Account
    contribution_expense: Account
    contribution_payable: Account
    cash: Account | None = None  # asked for once refunds were paid


class Revenue(_Model):
    voice: Account
    sms: Account
    data: Account
    pack: Account
    fee: Account


class AccountMap(_Model):
    """The accounts that entries go to, and what the ledger calls its services."""

    title: ShortText
    valid_from: date | None = None  # the first day of entries that it is for; None: whichever
    valid_until: date | None = None  # the first day that is no longer one
    mark: Literal["stated", "assumed"]  # whether somebody vouches for it, or it is an example
    source: ShortText
    accounts: Accounts
    revenue: Revenue
    services: Mapping[ShortText, Kind] = Field(default_factory=dict)

    def is_in_force(self, day: date) -> bool:
        """May entries of a day go to these accounts?"""
        begins, ends = self.valid_from, self.valid_until
        return (begins is None or begins <= day) and (ends is None or day < ends)

    @model_validator(mode="after")
    def _holds_a_day(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise TextError(message("valid_until: no day lies between it and valid_from"))
        return self

    @model_validator(mode="after")
    def _services_differ(self) -> Self:
        names = [" ".join(name.casefold().split()) for name in self.services]
        for name in names:
            if names.count(name) > 1:
                raise TextError(
                    message("services: {name} stands twice but for case or spaces", name=repr(name))
                )
        return self


def map_on(day: date, name: str | None = None) -> AccountMap:
    """The map that entries of a day go by: the one that is named, else the bundled one of the day.

    Raises: CatalogueError as `read_map`, and for a map that is not in force on the day.
    """
    if name is None:
        for bundled in sorted(path.stem for path in MAPS.glob("*.toml")):
            accounts = read_map(bundled)
            if accounts.is_in_force(day):
                return accounts
        raise CatalogueError(
            message("no bundled map of accounts is in force on {day}", day=f"{day:%d/%m/%Y}"),
            "--map",
            message("give a map of your own: --map FILE.toml"),
        )
    accounts = read_map(name)
    if not accounts.is_in_force(day):
        raise CatalogueError(
            message(
                "{title} is not in force on {day}, the day of the entries",
                title=accounts.title, day=f"{day:%d/%m/%Y}",
            ),
            name,
            message("leave --map out for the accounts of that day, or give a map of your own"),
        )  # fmt: skip
    return accounts


def read_map(name: str) -> AccountMap:
    """A bundled map by its name, or one from a file.

    Raises: CatalogueError, which names the file and the key, for whatever is not as it must be.
    """
    bundled = sorted(path.stem for path in MAPS.glob("*.toml"))
    path = MAPS / f"{name}.toml" if name in bundled else Path(name)
    try:
        if path.stat().st_size > MAP_BYTES_MAX:
            size = path.stat().st_size
            raise CatalogueError(
                message("{size} bytes are too many for a map of accounts", size=size),
                str(path),
                message("keep it within {map_bytes_max} bytes", map_bytes_max=MAP_BYTES_MAX),
            )
        raw = path.read_bytes()
    except OSError as error:
        known = ", ".join(bundled)
        raise CatalogueError(
            message("not readable ({error})", error=system_text(error)),
            str(path),
            message("give a .toml file, or a bundled map: {known}", known=known),
        ) from error
    return validated_toml(AccountMap, raw, path, "tie-out.md")
