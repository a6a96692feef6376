"""What `catalogue check` finds in a catalogue: each fault where it stands, and nothing else."""

import re

import pytest

from doisoat.tariffs.check.check import check
from doisoat.tariffs.check.findings import hours_text
from doisoat.tariffs.compile.price_tables import NUMERATOR_MAX, compile_table
from doisoat.tariffs.load.tariffs import load_catalogue
from tests.tariffs.clean import HOST, PLAN, PRICES, TERMINATION, VOICE, put, swapped

MOVED = """  renumberings:
    - {{old: "169", digits: 10, new: "{}", new_from: 2018-09-15, old_until: 2018-11-15,
       source: s, mark: stated}}
    - {{old: "168", digits: 10, new: "{}", new_from: 2018-09-15, old_until: 2018-12-15,
       source: s, mark: stated}}
"""
LATER = PLAN.replace("valid_from: 2021-01-01", "valid_from: 2021-06-01")
EARLIER = PLAN.replace(
    "    valid_from: 2021-01-01\n", "    valid_from: 2021-01-01\n    valid_until: 2021-05-01\n"
)


@pytest.mark.parametrize(
    ("old", "new", "severity", "code", "at", "en"),
    [
        pytest.param(
            PLAN,
            EARLIER + LATER,
            "warning",
            "validity-gap",
            "  - id: p\n    carrier: x\n",
            "p: no version holds in [2021-05-01, 2021-06-01)",
            id="a gap between versions of a plan",
        ),
        pytest.param(
            HOST,
            HOST + HOST.replace("2021-01", "2021-06"),
            "warning",
            "validity-overlap",
            HOST.replace("2021-01", "2021-06"),
            "a.vn (l): two versions hold together",
            id="a host listed twice at one time",
        ),
        pytest.param(
            PLAN,
            PLAN + LATER,
            "error",
            "refused",
            "plans:\n",
            "p: the version from 2021-01-01 00:00:00 still holds",
            id="versions that overlap",
        ),
        pytest.param(
            "numbering:",
            '  - {id: o2, directive: 16, localities: ["02", "01"], valid_from: 2021-08-31,'
            " valid_until: 2021-09-02, source: page 1, mark: stated}\nnumbering:",
            "warning",
            "order-overlap",
            "  - {id: o2",
            "orders o and o2 both cover 01 from 2021-08-31",
            id="two orders over one place",
        ),
        pytest.param(
            "interconnect:\n",
            'interconnect:\n  - {price: "400", per: 1 min, from_service: mobile,'
            " to_service: mobile, valid_from: 2018-05-01, valid_until: 2020-05-02,"
            " source: page 1, mark: stated}\n",
            "error",
            "interconnect-overlap",
            TERMINATION,
            "mobile → mobile, x: two prices, 400 and 270, hold at one time",
            id="two prices of interconnection",
        ),
        pytest.param(
            "interconnect:\n",
            'interconnect:\n  - {price: "400", per: 1 min, from_service: mobile,'
            " to_service: mobile, valid_from: 2018-05-01, valid_until: 2020-04-01,"
            " source: page 1, mark: stated}\n",
            "warning",
            "interconnect-gap",
            TERMINATION,
            "no price holds in [2020-04-01, 2020-05-01)",
            id="a month without interconnection",
        ),
        pytest.param(
            "to_service: mobile",
            "to_service: fixed",
            "warning",
            "interconnect-missing",
            TERMINATION,
            "no interconnection price mobile → mobile (to x)",
            id="a pair without a price",
        ),
        pytest.param(
            '    - {prefix: "32"',
            '    - {prefix: "32", network: "mobile:x", digits: 9, source: s, mark: stated}\n'
            '    - {prefix: "32"',
            "error",
            "number-twice",
            '    - {prefix: "32", network: "mobile:x", digits: 9, source: p',
            "the number range 32 stands twice",
            id="a range with two owners",
        ),
        pytest.param(
            "  short_codes:\n",
            MOVED.format("32", "35") + "  short_codes:\n",
            "error",
            "renumbered-nowhere",
            '    - {old: "168"',
            "168 becomes 35, which is in no range of 9 digits",
            id="numbers that move to where nobody is",
        ),
        pytest.param(
            "  short_codes:\n",
            MOVED.format("32", "32").replace('"169"', '"168"') + "  short_codes:\n",
            "error",
            "number-twice",
            '    - {old: "168", digits: 10, new: "32", new_from: 2018-09-15, old_until: 2018-12',
            "the number range 168 (10) stands twice",
            id="numbers that move twice",
        ),
        pytest.param(
            '[on_net, off_net, service_999], price: "1180"',
            '[on_net, off_net], price: "1180"',
            "warning",
            "class-unpriced",
            "  - id: p\n",
            "voice to service_999: no live plan has a price",
            id="a class that no plan prices",
        ),
        pytest.param(
            "packs:\n",
            PLAN.replace("id: p\n", "id: q\n").replace("[data, zero_rated]", "data") + "packs:\n",
            "warning",
            "class-missing",
            "RATES OF Q",
            "q: data to zero_rated has no price, as other",
            id="a class that one plan leaves out",
        ),
        pytest.param(
            'price: "1180", per: 1 min, block: 6 s + 1 s',
            'price: "1180", per: 1 min, block: 6 s + 1 s, hours: 6-23',
            "error",
            "hours-gap",
            VOICE,
            "p: voice to on_net has no price in mon, tue, wed, thu, fri, sat, sun: 0-6, 23-24",
            id="hours without a price",
        ),
        pytest.param(
            'price: "1180", per: 1 min, block: 6 s + 1 s',
            'price: "1180", per: 1 min, block: 6 s + 1 s, days: mon-fri',
            "error",
            "hours-gap",
            VOICE,
            "p: voice to off_net has no price in sat, sun: 0-24",
            id="days without a price",
        ),
        pytest.param(
            "      - {kind: data, rule: stop}\n",
            "      - {kind: data, rule: stop}\n"
            "holidays:\n  - {day: 2021-09-02, name: Quốc khánh, source: '…', mark: stated}\n",
            "warning",
            "source-blank",
            "  - {day: 2021-09-02",
            "holidays 2021-09-02: source '…' says nothing",
            id="a holiday by no law",
        ),
        pytest.param(
            "      - {kind: sms,",
            '      - {kind: voice, destination: on_net, price: "1", per: 1 min, block: 1 s}\n'
            "      - {kind: sms,",
            "error",
            "refused-together",
            None,
            "plan p, voice to on_net has two prices at one time",
            id="two prices at one time",
        ),
        pytest.param(
            'price: "75", per: 50 KB, block: 50 KB',
            'steps: [{start: 0 B, price: "75", per: 50 KB, block: 50 KB},'
            ' {start: 50 TB, price: "1", per: 50 KB, block: 50 KB}]',
            "warning",
            "step-unreachable",
            "      - {kind: data, destination:",
            "no event reaches the step from 50 TB",
            id="a step past every event",
        ),
        pytest.param(
            'price: "75", per: 50 KB, block: 50 KB',
            'steps: [{start: 50 KB, price: "75", per: 50 KB, block: 50 KB}]',
            "error",
            "refused",
            "      - {kind: data, destination:",
            "the first step starts at 0",
            id="steps that don't begin at 0",
        ),
        pytest.param(
            'price: "75", per: 50 KB, block: 50 KB',
            'steps: [{start: 0 KB, price: "75", per: 50 KB, block: 50 KB},'
            ' {start: 70 KB, price: "1", per: 50 KB, block: 50 KB}]',
            "error",
            "refused",
            "      - {kind: data, destination:",
            "not a positive multiple of its block",
            id="steps that leave half a block",
        ),
        pytest.param(
            'price: "290", per: 1 msg',
            'price: "290", per: 0 msg',
            "error",
            "refused",
            "      - {kind: sms",
            "'0 msg' is nothing, which no price can be for",
            id="a price for nothing",
        ),
        pytest.param(
            'price: "75", per: 50 KB, block: 50 KB',
            'steps: [{start: 0 B, price: "75", per: 50 KB, block: 0 KB},'
            ' {start: 50 KB, price: "1", per: 0 KB, block: 50 KB}]',
            "error",
            "refused",
            "      - {kind: data, destination:",
            "'0 KB' is nothing",
            id="a step priced for nothing",
        ),
        pytest.param(
            'price: "75", per: 50 KB, block: 50 KB',
            'steps: [{start: 0 B, price: "75", per: 50 KB, block: 0 KB},'
            ' {start: 50 KB, price: "1", per: 1 KB, block: 50 KB}]',
            "error",
            "refused",
            "      - {kind: data, destination:",
            "a block is at least 1 unit",
            id="a step without a block",
        ),
        pytest.param(
            'price: "270", per: 1 min',
            'price: "270", per: 1 GB',
            "error",
            "refused",
            TERMINATION[:5],
            "'1 GB' is not a quantity in ms, s, min, h, d",
            id="interconnection for a volume",
        ),
        pytest.param(
            "block: 50 KB}",
            "block: 50 KB, beyond: refuse at 9 TB}",
            "warning",
            "limit-idle",
            "      - {kind: data, destination:",
            "lies past the general limit",
            id="a limit that never bites",
        ),
        pytest.param(
            'price: "290"',
            'price: "999999999999999"',
            "error",
            "bound-refused",
            "      - {kind: sms",
            "does not fit in 64 bits",
            id="a price that does not fit",
        ),
        pytest.param(
            'price: "290"',
            'price: "2000000000000"',
            "warning",
            "bound-near",
            "      - {kind: sms",
            "above half of the bound",
            id="a price that fits just so",
        ),
        pytest.param(
            "      - {kind: data, rule: stop}",
            '      - {kind: data, rule: overage, price: "999999999999999", per: 1 B, block: 1 B}',
            "error",
            "bound-refused",
            "      - {kind: data, rule",
            "does not fit in 64 bits",
            id="an overage that does not fit",
        ),
        pytest.param(
            "amount: 6 GB",
            "amount: 900 TB",
            "warning",
            "bound-near",
            "  - id: k\n",
            "k, 900 TB: above half",
            id="a volume that fits just so",
        ),
        pytest.param(
            'price: "20000"',
            'price: "900000000000"',
            "warning",
            "bound-near",
            'rice: "900',
            "k, 900000000000: above half",
            id="a pack at nearly the highest price",
        ),
        pytest.param(
            "    volumes:\n      - {kind: data, destinations: [data, zero_rated], amount: 6 GB}\n"
            "    after:\n      - {kind: data, rule: stop}\n",
            "",
            "warning",
            "pack-empty",
            "  - id: k\n",
            "k: it has no volume and changes no price",
            id="a pack of nothing",
        ),
        pytest.param(
            "validity: {days: 3}",
            "validity: {days: 400}",
            "warning",
            "allowance-long",
            "{days: 400}",
            "k: an allowance of 400 d is as good as one without expiry",
            id="a pack that never ends",
        ),
        pytest.param(
            "destinations: [data, zero_rated]",
            "destinations: [data, exchange]",
            "warning",
            "volume-unpriced",
            "      - {kind: data, destinations",
            "k: data to exchange has no price in any plan",
            id="a volume that nothing draws",
        ),
        pytest.param(
            "    after:\n      - {kind: data, rule: stop}\n",
            "",
            "warning",
            "after-missing",
            "      - {kind: data, destinations",
            "k: what follows the data volume is not said",
            id="nothing said of the end of a volume",
        ),
        pytest.param(
            '"75", per: 50 KB, block: 50 KB',
            '"75", per: 50 KB, block: 50 KB, mark: assumed',
            "warning",
            "note-half",
            "      - {kind: data, destination:",
            "source and mark go together",
            id="a mark without a source",
        ),
        pytest.param(
            "source: page 1, mark: stated}\nnumbering",
            "source: '-', mark: stated}\nnumbering",
            "warning",
            "source-blank",
            "  - {id: o,",
            "orders o: source '-' says nothing",
            id="a source that is a dash",
        ),
        pytest.param(
            "carrier: x\n    payment: prepaid",
            "carrier: x\n    payment: postpaid",
            "warning",
            "pack-unsellable",
            "  - id: k\n",
            "k: no plan of its carrier and payment",
            id="a pack that nobody can buy",
        ),
        pytest.param(
            "currency:",
            "curency:",
            "error",
            "refused",
            None,
            "the key 'currency' is missing",
            id="what the loader refuses",
        ),
    ],
)
def test_a_fault_of_a_catalogue_is_found_where_it_stands(
    tmp_path, old, new, severity, code, at, en
):
    text = swapped(PRICES, old, new)
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    found = check(tmp_path / "c.yaml").findings
    assert {(f.severity, f.code) for f in found} == {(severity, code)}, [f.fault.en for f in found]
    first = next(f for f in found if en in f.fault.en)
    assert first.fault.vi != first.fault.en and first.mend.vi and first.mend.en
    if at is None:
        return
    where = re.fullmatch(rf"{re.escape(str(tmp_path))}/c\.yaml:(\d+):\d+", first.where)
    assert where, first.where
    start = text.rindex(at) if at != "RATES OF Q" else text.index("rates:", text.index("id: q"))
    line = text.count("\n", 0, start) + 1
    assert int(where[1]) in (line, line + 1), (first.where, line)


def test_assumed_values_are_counted_and_named(tmp_path):
    text = swapped(
        PRICES,
        '"75", per: 50 KB, block: 50 KB',
        '"75", per: 50 KB, block: 50 KB, source: ours, mark: assumed',
    )
    text = swapped(
        text,
        "    volumes:\n",
        "    sources: {price: {source: a guess, mark: assumed}}\n    volumes:\n",
    )
    text = text.replace(
        'network: "service:999", source: page 1, mark: stated',
        'network: "service:999", source: known, mark: assumed',
    )
    report = put(tmp_path, text)
    assert report.findings == ()
    assert [(a.item, a.fields, a.source) for a in report.assumed] == [
        ("plans p", ("data data+zero_rated",), "ours"),
        ("packs k", ("price",), "a guess"),
        ("short code 999", ("*",), "known"),
    ]
    price = text[: text.index('price: "20000"')].count("\n") + 1
    assert f"c.yaml:{price}:12" in report.assumed[1].where
    assert report.as_object()["counts"]["assumed"] == 3


def test_what_is_near_a_bound_is_still_accepted(tmp_path):
    (tmp_path / "c.yaml").write_text(
        swapped(PRICES, 'price: "290"', 'price: "2000000000000"'), "utf-8"
    )
    catalogue = load_catalogue(tmp_path / "c.yaml")
    table = compile_table(catalogue.plans[0].rates[1], 0, "-")
    assert NUMERATOR_MAX // 2 < table.highest <= NUMERATOR_MAX


@pytest.mark.parametrize(
    ("mask", "text"), [(0, ""), (1, "0-1"), (0b111, "0-3"), (1 << 23 | 0b10, "1-2, 23-24")]
)
def test_hours_are_said_as_spans(mask, text):
    assert hours_text(mask) == text


def test_a_holiday_is_a_day_of_its_own_where_there_are_holidays(tmp_path):
    text = swapped(
        PRICES, "per: 1 min, block: 6 s + 1 s", "per: 1 min, block: 6 s + 1 s, days: mon-sun"
    )
    assert put(tmp_path, text).findings == ()
    day = "holidays:\n  - {day: 2021-09-02, name: Quốc khánh, source: law, mark: stated}\n"
    found = put(tmp_path, text + day).findings
    assert {f.code for f in found} == {"hours-gap"}
    assert found[0].fault.en == "p: voice to on_net has no price in holiday: 0-24"
