"""A home of one person and a few records, signed and then corrected: quickly made and followed."""

from doisoat.engine.store.commit import sha256_of
from tests.integration.conftest import done, passphrase_in

OWNED = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
USED = (
    "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
    "action,session,partial,charged"
)
PERSON = "0322718281,,viettel,viettel.Tomato,standard,prepaid,25,2020-01-01 00:00:00.000,"


def pack_sold(record, started, name="viettel.VX3", price=20_000):
    """A row of USED: a pack is bought by PERSON at a moment of 2021, written MM-DD HH:MM:SS."""
    return (
        f"{record},viettel,pack,0322718281,,,2021-{started}.000,,1,,25,{name},registration,,,"
        f"{price}"
    )


class SmallHome:
    """A home in a folder, with a signing key that signs it."""

    def __init__(self, folder, key, *settling, person=PERSON):
        self.folder, self.home, self.settling = folder, folder / "out", settling
        self.key = key
        self.signing = ("--key", folder / "s.key", "--passphrase-file", passphrase_in(folder))
        self.take("people.csv", OWNED, person, kind="subscriptions")

    def take(self, name, head, *rows, kind="usage"):
        path = self.folder / name
        path.write_text("\n".join((head, *rows, "")), "utf-8")
        done("intake", path, "--mapping", "world", "--key", self.key, "--home", self.home,
             "--kind", kind)  # fmt: skip
        return path

    def settle(self, period):
        return done("settle", "--period", period, *self.settling, "--home", self.home)

    def sign(self, period):
        """Signs a settled month; the signer is made and made known before the first."""
        if not (self.folder / "s.key").exists():
            done("signer", "new", "ke-toan", *self.signing)
            done("signer", "add", *self.signing[:2], "--home", self.home)
        done("sign", period, "--no-pack", *self.signing, "--home", self.home)

    def settle_and_sign(self, *periods):
        for period in periods:
            self.settle(period)
            self.sign(period)

    def correct(self, name, *rows):
        """Takes in records of keys that are there already, and chooses them as the right ones."""
        file = sha256_of(self.take(name, USED, *rows))[:12]
        done("suspense", "choose", "--file", file, "--who", "Lan", "--why", "công văn", "--apply",
             "--home", self.home)  # fmt: skip

    def settle_again(self, period):
        done("period", "supersede", period, "--why", "công văn", "--home", self.home)
        return self.settle(period)

    def move_a_pack(self, started, right):
        """Adjusts August, signed with a pack of one moment (MM-DD HH:MM:SS) that was of another."""
        self.take("first.csv", USED, pack_sold("p1", started))
        self.settle_and_sign("2021-08")
        self.correct("corrected.csv", pack_sold("p1", right))
        self.settle_again("2021-08")
        return done("adjust", "2021-08", "--home", self.home)
