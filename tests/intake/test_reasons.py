"""Why a record is suspended, in words for who has to mend it."""

import pytest

from doisoat.engine.intake.records.suspense_reasons import WHY, Reason, SubReason, why_of


@pytest.mark.parametrize("reason", SubReason)
def test_each_sub_reason_has_words_of_its_own_by_whichever_name(reason):
    why = why_of(reason)
    assert all(text.strip() for text in why)
    assert [one for one, told in WHY.items() if told == why] == [reason]
    if reason:
        assert why_of(f"{Reason.MALFORMED}/{reason}") == why


def test_what_has_no_sub_reason_is_contradicted():
    assert why_of(Reason.CONFLICTING) == why_of("") == WHY[SubReason.NONE]


@pytest.mark.parametrize("what", ["malformed", "bad_tyme", "malformed/bad_tyme", "no_tariff"])
def test_nothing_else_is_taken_for_a_contradiction(what):
    with pytest.raises(ValueError, match=what.rpartition("/")[2]):
        why_of(what)
