"""A tariff and a package without a fault, which tests break in one place at a time."""

from doisoat.tariffs.check.check import Report, check

PRICES = """\
id: c
currency: {code: VND, decimals: 0}
carriers:
  - {id: x, name: X, name_en: X, mobile: true, fixed: false, source: page 1, mark: stated}
localities:
  - {code: "01", name: Hà Nội, name_en: Hanoi, source: page 1, mark: stated}
  - {code: "02", name: Hà Giang, name_en: Ha Giang, source: page 1, mark: stated}
orders:
  - {id: o, directive: 16, localities: ["01"], valid_from: 2021-08-01, valid_until: 2021-09-01, source: page 1, mark: stated}
numbering:
  prefixes:
    - {prefix: "32", network: "mobile:x", digits: 9, source: page 1, mark: stated}
  short_codes:
    - {code: "999", network: "service:999", source: page 1, mark: stated}
zero_rated_hosts:
  - {host: a.vn, list: l, valid_from: 2021-01-01, source: page 1, mark: stated}
plans:
  - id: p
    carrier: x
    payment: prepaid
    monthly_fee: "1000"
    valid_from: 2021-01-01
    source: page 1
    mark: stated
    rates:
      - {kind: voice, destination: [on_net, off_net, service_999], price: "1180", per: 1 min, block: 6 s + 1 s}
      - {kind: sms, destination: [on_net, off_net, service_999], price: "290", per: 1 msg, block: 1 msg}
      - {kind: data, destination: [data, zero_rated], price: "75", per: 50 KB, block: 50 KB}
packs:
  - id: k
    carrier: x
    price: "20000"
    payments: [prepaid]
    validity: {days: 3}
    valid_from: 2021-01-01
    source: page 1
    mark: stated
    volumes:
      - {kind: data, destinations: [data, zero_rated], amount: 6 GB}
    after:
      - {kind: data, rule: stop}
interconnect:
  - {price: "270", per: 1 min, from_service: mobile, to_service: mobile, valid_from: 2020-05-01, source: page 1, mark: stated}
"""  # noqa: E501
MEASURE = (
    "title: T, title_en: T, document: D, carriers: [x], valid_from: 2021-08-05,"
    " valid_until: 2021-11-05, source: page 1, mark: stated"
)
RELIEF = f"""\
id: r
title: T
title_en: T
author: A
reference: R
baseline: c
envelope:
  amount: "1000"
  natures: [discount]
  carriers: [x]
  measures: [Z, B, C, G, S, F]
  source: page 1
  mark: stated
measures:
  - id: Z
    order: 1
    scope: {{kinds: [data], host_lists: [l]}}
    effect: {{type: zero_rating, in_kind_value: zero}}
    {MEASURE.replace(", ", chr(10) + "    ")}
  - id: B
    order: 2
    scope: {{kinds: [data]}}
    effect: {{type: bonus_volume, share: "50", kinds: [data], pack_in_use: full, in_kind_value: zero}}
    {MEASURE.replace(", ", chr(10) + "    ")}
  - id: C
    order: 3
    scope: {{kinds: [pack]}}
    effect: {{type: price_cut, new_price: {{k: "10000"}}}}
    {MEASURE.replace(", ", chr(10) + "    ")}
  - id: G
    order: 4
    scope: {{kinds: [voice], destinations: [on_net]}}
    where: {{directive: 16, place: home_at_use, localities: ["01"]}}
    effect: {{type: grant, amount: 50 min, lasts: 30 d, trigger: begin, place_in_order: last, in_kind_value: zero}}
    {MEASURE.replace(", ", chr(10) + "    ")}
  - id: S
    order: 5
    scope: {{kinds: [sms], destinations: [on_net]}}
    effect: {{type: grant, amount: 9 msg, lasts: 30 d, trigger: opt_in, opt_in_destination: service_999, place_in_order: last, in_kind_value: zero}}
    {MEASURE.replace(", ", chr(10) + "    ")}
  - id: F
    order: {{reading: f.order}}
    scope: {{kinds: [fee], payments: [prepaid]}}
    effect: {{type: price_cut, minus: "500"}}
    {MEASURE.replace(", ", chr(10) + "    ")}
readings:
  - name: f.order
    question: Q
    question_en: Q
    default: last
    alternatives:
      last: {{value: 6, means: last}}
      seventh: {{value: 7, means: later}}
    source: page 1
"""  # noqa: E501
OF_X = MEASURE[MEASURE.index("carriers") :].replace(", ", "\n    ") + "\n"
PLAN = PRICES[PRICES.index("  - id: p\n") : PRICES.index("packs:")]
VOICE = '      - {kind: voice, destination: [on_net, off_net, service_999], price: "1180",'
HOST = "  - {host: a.vn, list: l, valid_from: 2021-01-01, source: page 1, mark: stated}\n"
TERMINATION = '  - {price: "270", per: 1 min, from_service: mobile'


def put(tmp_path, prices=PRICES, relief=RELIEF) -> Report:
    (tmp_path / "c.yaml").write_text(prices, "utf-8")
    (tmp_path / "r.yaml").write_text(relief, "utf-8")
    return check(tmp_path / "c.yaml", tmp_path / "r.yaml")


def swapped(text, old, new):
    assert text.count(old) == 1, (text.count(old), old)
    return text.replace(old, new)
