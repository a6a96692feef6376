"""A renewal that failed, in a home of one person: what a letter says of it."""

import shutil

import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.integration.conftest import done, rows

from .small_home import USED, SmallHome, pack_sold

AUGUST = "2021-08"
PACK = "  - id: viettel.VX3\n    carrier: viettel\n"
AFTER = {"continues": "", "ends": "kết thúc từ lúc đó", "suspends": "tạm dừng cho đến khi"}


@pytest.mark.parametrize("rule", AFTER)
def test_a_letter_says_that_it_cost_nothing_and_what_became_of_the_pack(rule, key, tmp_path):
    """The pack of three days is still valid then, and the source took its price all the same."""
    folder = tmp_path / "catalogue"
    shutil.copytree(bundled_catalogue(), folder)
    packs = folder / "packs.yaml"
    text = packs.read_text("utf-8")
    assert text.count(PACK) == 1
    packs.write_text(text.replace(PACK, f"{PACK}    renewal: {{failed: {rule}}}\n"), "utf-8")
    small = SmallHome(tmp_path, key, "--catalogue", folder)
    failed = pack_sold("p2", "08-12 10:00:00").replace("registration", "renewal_failed")
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00"), failed)
    assert small.settle(AUGUST)["list_value"] == "20000"
    ((event,),) = rows(
        small.home, "SELECT event_id FROM usage.event WHERE destination = 'renewal_failed'"
    )
    said = str(done("explain", event, "--letter", "--home", small.home))
    assert "Quý khách gia hạn không thành công gói cước VX3" in said
    assert "Gói không được gia hạn, nên lần này không mất tiền." in said
    assert "Số đã thu còn cao hơn giá theo biểu giá 20.000 đ" in said
    assert [other for other, after in AFTER.items() if after and after in said] == (
        [rule] if AFTER[rule] else []
    )
