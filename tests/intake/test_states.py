"""Usage of other states: civil time with daylight saving, and numbers in one form each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from doisoat import civil_time, cli
from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.plan_in_use import plan_of, plan_of_home
from doisoat.engine.keys.number_plan import RegionPlan, canonical_numbers, networks
from doisoat.engine.store.civil_columns import civil_of, on_a_clock, utc_of
from doisoat.errors import CatalogueError
from doisoat.state import STATE
from doisoat.tariffs.load.jurisdiction import state_of
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.telephone import masked

from ..tariffs.clean import PRICES

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
    "Pacific/Honolulu",
)  # fmt: skip
STATES = {"US": ("1", "1"), "NG": ("234", "0"), "IN": ("91", "0"), "DE": ("49", "0")}
EPOCH = datetime(1970, 1, 1)
HEAD = "id,a,b,t,s"


def prices(region="US", zone="America/New_York", code=None, trunk=None):
    known = STATES.get(region, ("", ""))
    return PRICES.replace(
        "currency: {code: VND, decimals: 0}",
        f"""currency: {{code: USD, decimals: 2}}
jurisdiction:
  id: {region}
  name: state
  name_en: state
  amounts: {{sign: $, sign_first: true, name: dollar, name_en: dollar, plural_en: dollars, minor: cent, minor_plural: cents, group: ",", point: "."}}
  tax: {{name: tax, name_en: tax, rates: [{{percent: "0", valid_from: 2000-01-01, source: page 1, mark: stated}}]}}
  zone: {zone}
  zone_name: somewhere
  zone_name_en: somewhere
  numbers: {{region: {region}, country_code: "{code or known[0]}", trunk: "{known[1] if trunk is None else trunk}"}}
  papers: {{language: en, title: STATE, title_en: STATE, motto: "", motto_en: ""}}
  source: page 1
  mark: stated""",  # noqa: E501
    )


@pytest.fixture
def catalogue(tmp_path):
    def of(*state, **words):
        path = tmp_path / "catalogue.yaml"
        path.write_text(prices(*state, **words))
        return load_catalogue(path)

    return of


@pytest.fixture
def state(catalogue, home, tmp_path):
    """A home whose settings name a catalogue of a state."""

    def settled_by(region="US", zone="America/New_York"):
        catalogue(region, zone)
        (home / "doisoat.toml").write_text(f'catalogue = "{tmp_path / "catalogue.yaml"}"\n')

    home.mkdir(exist_ok=True)
    return settled_by


def mapping(tmp_path, started):
    path = tmp_path / "mine.yaml"
    path.write_text(f"""\
name: mine
title: mine
source_system: mine
usage:
  - name: calls
    delimiter: ","
    key: {{columns: [id]}}
    destination: plan
    fields:
      carrier: {{constant: x}}
      kind: {{constant: voice}}
      subscriber: {{column: a}}
      other: {{column: b}}
      started: {{column: t, {started}}}
      duration: {{column: s}}
""")
    return str(path)


def events(home):
    parts = (home / "usage").glob("part=*")
    return pl.concat(pl.read_parquet(file) for part in parts for file in part.glob("bucket=*"))


def ms(text):
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("form", ["iso", "epoch_s"])
@pytest.mark.parametrize("is_named", [True, False])
def test_an_evening_at_the_end_of_a_month_stays_in_it(zone, form, is_named, state, take, write,
                                                      home, tmp_path):  # fmt: skip
    """The clock is the mapping's where it names one, else that of the state."""
    local = datetime(2021, 8, 31, 21, 30, tzinfo=ZoneInfo(zone))
    utc = local.astimezone(UTC)
    assert utc.month == 9
    written = f"{utc:%Y-%m-%dT%H:%M:%SZ}" if form == "iso" else str(int(utc.timestamp()))
    state(zone="America/New_York" if is_named else zone)
    words = f"form: {form}" + (f", zone: {zone}" if is_named else "")
    accounting = take(write(f"1,2125550123,(212) 555-0199,{written},60", header=HEAD),
                      mapping=mapping(tmp_path, words))  # fmt: skip
    assert accounting.files[0].taken == 1
    assert events(home)["start_ms"].to_list() == [ms("2021-08-31 21:30:00")]


@pytest.mark.parametrize(("words", "written", "civil"), [
    ('form: civil', "2021-08-31 21:30:00", "2021-08-31 21:30:00"),
    ('form: civil, zone: "-05:00"', "2021-08-31 20:30:00", "2021-08-31 21:30:00"),
    ('form: civil, zone: "+00:00"', "2021-09-01 01:30:00", "2021-08-31 21:30:00"),
    ('form: civil, zone: America/Denver', "2021-08-31 21:30:00", "2021-08-31 21:30:00"),
    ('form: iso', "2021-12-31T22:30:00-05:00", "2021-12-31 22:30:00"),
    ('form: iso', "2021-07-01T22:30:00-05:00", "2021-07-01 23:30:00"),
    ('form: iso, zone: "-05:00"', "2021-07-01T22:30:00-05:00", "2021-07-01 23:30:00"),
    ('form: civil', "2021-11-07 01:30:00", "2021-11-07 01:30:00"),
    ('form: iso', "2021-11-07T05:30:00Z", "2021-11-07 01:30:00"),
    ('form: iso', "2021-11-07T06:30:00Z", "2021-11-07 01:30:00"),
    ('form: iso', "2021-03-14T06:59:59Z", "2021-03-14 01:59:59"),
    ('form: iso', "2021-03-14T07:00:00Z", "2021-03-14 03:00:00"),
    ('form: civil, zone: America/Phoenix', "2021-03-14 02:30:00", "2021-03-14 02:30:00"),
])  # fmt: skip
def test_a_moment_becomes_civil_time(words, written, civil, state, take, write, home, tmp_path):
    state()
    take(write(f"1,2125550123,2125550199,{written},60", header=HEAD),
         mapping=mapping(tmp_path, words))  # fmt: skip
    assert events(home)["start_ms"].to_list() == [ms(civil)]


def test_a_time_that_daylight_saving_skips_is_suspended(state, take, write, home, tmp_path):
    state()
    times = ["01:59:59", "02:00:00", "02:30:00", "02:59:59", "03:00:00"]
    records = [f"{at},2125550123,2125550199,2021-03-14 {time},60" for at, time in enumerate(times)]
    accounting = take(write(*records, header=HEAD), mapping=mapping(tmp_path, "form: civil"))
    (account,) = accounting.files
    assert (account.rows, account.taken) == (5, 2)
    assert account.reasons == {("malformed", "bad_time"): 3}
    assert events(home)["start_ms"].sort().to_list() == [
        ms("2021-03-14 01:59:59"), ms("2021-03-14 03:00:00")
    ]  # fmt: skip


def test_days_of_23_and_25_hours_lose_nothing(state, take, write, home, tmp_path):
    """A call each minute of UTC over both days: each is an event, on one of their days."""
    state()
    begin = {"2021-03-14": datetime(2021, 3, 14, 5), "2021-11-07": datetime(2021, 11, 7, 4)}
    hours = {"2021-03-14": 23, "2021-11-07": 25}
    records = [
        f"{day}-{minute},2125550123,2125550199,"
        f"{first + timedelta(minutes=minute):%Y-%m-%dT%H:%M:00Z},60"
        for day, first in begin.items()
        for minute in range(hours[day] * 60)
    ]  # fmt: skip
    accounting = take(write(*records, header=HEAD), mapping=mapping(tmp_path, "form: iso"))
    assert accounting.files[0].taken == 48 * 60
    days = events(home).group_by(pl.col("start_ms") // 86_400_000).len()
    assert dict(days.iter_rows()) == {
        ms(f"{day} 00:00:00") // 86_400_000: hours[day] * 60 for day in begin
    }


def test_a_length_between_two_moments_has_the_hours_that_passed(state, take, write, home,
                                                                tmp_path):  # fmt: skip
    state()
    path = Path(mapping(tmp_path, "form: civil"))
    text = path.read_text().replace("{column: s}", "{between: {begin: t, end: s, form: civil}}")
    path.write_text(text)
    take(write("1,2125550123,2125550199,2021-03-14 01:50:00,2021-03-14 03:10:00",
               "2,2125550123,2125550199,2021-11-07 00:50:00,2021-11-07 02:10:00", header=HEAD),
         mapping=str(path))  # fmt: skip
    lengths = events(home).sort("start_ms")["duration_ms"].to_list()
    assert lengths == [20 * 60_000, 140 * 60_000]


@pytest.mark.parametrize("zone", [*ZONES, "Asia/Ho_Chi_Minh", "Africa/Lagos", "Asia/Kolkata",
                                  "Europe/Berlin", "Australia/Lord_Howe"])  # fmt: skip
def test_columns_say_what_the_zone_says(zone):
    """Against zoneinfo, each 17 minutes of two years and some of others."""
    first = datetime(2020, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(minutes=17 * n) for n in range(62_000)]
    moments += [datetime(year, 7, 1, tzinfo=UTC) for year in range(2000, 2100)]
    utc = pl.Series([int(moment.timestamp()) * 1_000 for moment in moments])
    clock = civil_time.zone(zone)
    frame = utc.to_frame("utc").with_columns(civil=civil_of(pl.col("utc"), clock))
    info = ZoneInfo(zone)
    expected = [moment.astimezone(info).replace(tzinfo=None) for moment in moments]
    assert frame["civil"].to_list() == [(each - EPOCH) // timedelta(milliseconds=1)
                                        for each in expected]  # fmt: skip
    back = frame.select(utc_of(pl.col("civil"), clock), shown=on_a_clock(pl.col("civil"), clock))
    first_of = [(each.replace(tzinfo=info, fold=0).astimezone(UTC)).timestamp() * 1_000
                for each in expected]  # fmt: skip
    assert back["civil"].to_list() == [int(each) for each in first_of]
    assert back["shown"].to_list() == frame["civil"].to_list()


@pytest.mark.parametrize("name", ["Mars/Olympus", "EST5EDT,M3", "../etc/passwd", "+7", "America"])
def test_a_zone_that_is_none_is_refused(name, catalogue, tmp_path):
    with pytest.raises(CatalogueError):
        catalogue("US", f'"{name}"')
    with pytest.raises(Exception, match="no time zone"):
        load_mapping(mapping(tmp_path, f'form: civil, zone: "{name}"'))


@pytest.mark.parametrize(("region", "canonical", "texts"), [
    ("US", "12125550123", ["2125550123", "(212) 555-0123", "212.555.0123", "12125550123",
                           "1 212 555 0123", "+1 212-555-0123", "+12125550123", "0012125550123",
                           "01112125550123"]),
    ("US", "442079460000", ["+44 20 7946 0000", "011442079460000", "00442079460000"]),
    ("NG", "2348031234567", ["08031234567", "8031234567", "2348031234567", "+234 803 123 4567",
                             "+234 (0)803 123 4567", "0092348031234567", "002348031234567"]),
    ("IN", "919876543210", ["9876543210", "09876543210", "919876543210", "+91 98765 43210",
                            "00919876543210"]),
    ("DE", "4915123456789", ["0151 23456789", "4915123456789", "+49 (0)151 23456789",
                             "004915123456789", "0151-2345 6789"]),
    ("DE", "49301234567", ["030 1234567", "+49 30 1234567", "0049301234567", "49301234567"]),
])  # fmt: skip
def test_a_number_has_one_form_however_it_is_written(region, canonical, texts, catalogue):
    plan = plan_of(catalogue(region))
    assert isinstance(plan, RegionPlan)
    assert canonical_numbers(pl.Series(texts), plan)["canonical"].to_list() == [canonical] * len(
        texts
    )


@pytest.mark.parametrize(("region", "text"), [
    ("US", "5550123"), ("US", "212555012"), ("US", "21255501234567"), ("US", "2125550123x"),
    ("US", "2125550123.0"), ("US", "+999123456789"), ("US", "212555O123"), ("US", "1-800-FLOWERS"),
    ("US", "٢١٢٥٥٥٠١٢٣"), ("NG", "0803123"), ("IN", "98765"*4), ("DE", "+49 1"),
    ("DE", ""), ("US", "+"), ("US", "0"),
])  # fmt: skip
def test_what_can_be_no_number_is_none(region, text, catalogue):
    numbers = canonical_numbers(pl.Series([text]), plan_of(catalogue(region)))
    assert numbers.row(0) == (None, None, False, False)


def test_networks_are_the_catalogues_and_short_codes_too(catalogue):
    texts = pl.Series(["999", "911", "32155", "+1 321 555 0123", "2125550123", "+14165550199",
                       "+442079460000", "MYBANK"])  # fmt: skip
    plan = plan_of(catalogue())
    numbers = canonical_numbers(texts, plan)
    assert numbers["canonical"].to_list() == [
        "short:999", "short:911", "short:32155", "13215550123", "12125550123", "14165550199",
        "442079460000", "name:MYBANK",
    ]  # fmt: skip
    assert networks(numbers, plan).to_list() == [
        "service:999", "unknown", "unknown", "unknown", "unknown", "international",
        "international", "unknown",
    ]  # fmt: skip


def test_two_forms_of_a_number_are_one_subscriber(state, take, write, home, tmp_path):
    state("IN", "Asia/Kolkata")
    accounting = take(write("1,09876543210,+919876500000,2021-08-31 21:30:00,60",
                            "2,+91 98765 43210,9876500000,2021-08-31 21:31:00,60",
                            "3,987,9876500000,2021-08-31 21:31:00,60",
                            "4,98765432101234,9876500000,2021-08-31 21:31:00,60", header=HEAD),
                      mapping=mapping(tmp_path, "form: civil"))  # fmt: skip
    assert accounting.files[0].reasons == {("malformed", "bad_number:subscriber"): 2}
    people = events(home).select("subscriber_hi", "subscriber_lo").unique()
    assert people.height == 1
    assert events(home).select("counterparty_hi", "counterparty_lo").unique().height == 1


@pytest.mark.parametrize(("words", "says"), [
    ({"code": "44"}, "not those of US"), ({"trunk": "0"}, "not those of US"),
])  # fmt: skip
def test_codes_that_are_not_the_regions_are_refused(words, says, catalogue):
    with pytest.raises(CatalogueError, match=says):
        catalogue(**words)


@pytest.mark.parametrize("key", ["zone", "numbers"])
def test_a_state_that_says_no_zone_or_numbers_is_refused(key, tmp_path):
    path = tmp_path / "lacking.yaml"
    lines = prices().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(f"  {key}: ")))
    with pytest.raises(CatalogueError, match=key):
        load_catalogue(path)


def test_the_state_of_a_process_outlasts_the_bundled_plan(state, home):
    state()
    STATE.use_of(lambda: None)
    assert isinstance(plan_of_home(home), RegionPlan)
    assert civil_time.zone_in_use().name == "America/New_York"
    assert civil_time.civil_of_utc("2021-09-01T01:30:00") == datetime(2021, 8, 31, 21, 30)
    assert civil_time.civil_of_utc("2021-12-01T01:30:00") == datetime(2021, 11, 30, 20, 30)


def test_where_no_state_is_known_nobody_guesses_a_clock():
    STATE.use_of(lambda: None)
    with pytest.raises(CatalogueError, match="no catalogue says of which state"):
        civil_time.civil_now()


@pytest.mark.parametrize(("region", "text", "shown"), [
    ("US", "called 2125550123 twice", "called # twice"),
    ("US", "called (212) 555-0123", "called (#"),
    ("US", "12125550123", "#"),
    ("US", "1112223333 bytes", "1112223333 bytes"),
    ("US", "+442079460000", "#"),
    ("IN", "9876543210", "#"), ("IN", "919876543210", "#"),
    ("NG", "08031234567", "#"), ("NG", "2348031234567", "#"),
    ("DE", "015123456789", "#"), ("DE", "4915123456789", "#"),
])  # fmt: skip
def test_messages_mask_the_numbers_of_the_state(region, text, shown, catalogue):
    STATE.use(state_of(catalogue(region)))
    assert masked(text, bare=False) == shown


@pytest.mark.parametrize("numbers", [
    ["2125550123", "2125550124"], ["(212) 555-0123", "+1 212 555 0124"],
])  # fmt: skip
def test_a_draft_reads_the_numbers_of_the_state(numbers, state, home, tmp_path, capsys):
    state()
    calls, out = tmp_path / "calls.csv", tmp_path / "drafted.yaml"
    rows = [f"k{at},{number},2125550199,2021-08-{at + 13} 21:30:00,61"
            for at, number in enumerate(numbers * 2)]  # fmt: skip
    calls.write_text("\n".join(["id,A_NUMBER,B_NUMBER,START_TIME,DURATION", *rows, ""]))
    status = cli.run(["mapping", "new", str(calls), "--out", str(out), "--carrier", "x",
                      "--kind", "usage", "--home", str(home)])  # fmt: skip
    text = out.read_text()
    assert status == 0 and "numbers: names" not in text
    assert "holds telephone numbers" not in text and "lack their first" not in text
