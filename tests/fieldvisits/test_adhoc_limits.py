"""What an ad-hoc request may not say, whoever builds the form: below every page."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import clock
from accounts.models import Role, RoleGrant
from fieldvisits.models import AdHocRequest, NotNow, Quarter, Visit, VisitDay

from ..factories import make_adhoc, make_quarter, make_unit

pytestmark = pytest.mark.usefixtures("in_english")


def ask(cast, **changed):
    make_quarter(cast)
    values = {
        "starts": date(2026, 1, 5),
        "ends": date(2026, 1, 5),
        "unit": changed.pop("unit", None) or make_unit(cast),
        "group": 2,
        "content": "Khắc phục mưa lũ",
    } | changed
    return AdHocRequest.objects.ask(cast.officer, by=cast.officer.powers, **values)


@pytest.mark.parametrize("last", [date(2026, 4, 1), date(9999, 12, 31)])
def test_days_outside_the_quarter_are_refused_before_a_single_day_is_written(cast, last):
    with pytest.raises((NotNow, ValidationError)):
        ask(cast, ends=last)
    assert not Visit.objects.exists()


def test_an_ad_hoc_visit_is_no_longer_than_a_change_may_make_it(cast):
    for last, allowed in [(date(2026, 2, 5), False), (date(2026, 2, 4), True)]:
        if allowed:
            assert ask(cast, starts=date(2026, 1, 5), ends=last).visit.day_count == 31
        else:
            with pytest.raises(NotNow, match="at most 31 days"):
                ask(cast, starts=date(2026, 1, 5), ends=last)
            assert not Visit.objects.exists()


def test_a_unit_of_the_other_province_is_refused(cast):
    with pytest.raises(ValidationError) as told:
        ask(cast, unit=make_unit(cast, there=True))
    assert "unit" in told.value.message_dict
    assert not Visit.objects.exists()


@pytest.mark.parametrize("who", ["head", "executive", "strange_member", "officer"])
def test_only_another_member_of_the_standing_committee_can_have_agreed(cast, who):
    """Anybody else could never confirm it."""
    with pytest.raises(ValidationError) as told:
        ask(
            cast,
            starts=date(2026, 1, 3),
            ends=date(2026, 1, 3),
            agreed_by=cast.people[who],
            agreed_at=clock.now() - timedelta(hours=1),
            agreed_how="phone",
        )
    assert "agreed_by" in told.value.message_dict


def test_a_companion_of_the_other_province_is_refused(cast):
    with pytest.raises(ValidationError) as told:
        ask(cast, companions=[cast.stranger])
    assert "companions" in told.value.message_dict


@pytest.mark.parametrize("last", [date(2026, 4, 1), date(9999, 12, 31)])
def test_a_correction_is_held_to_the_same(cast, last):
    request = make_adhoc(cast, state="returned")
    with pytest.raises((NotNow, ValidationError)):
        request.correct(by=cast.officer.powers, starts=date(2026, 1, 5), ends=last)
    assert VisitDay.objects.count() == 1
    with pytest.raises(ValidationError):
        request.correct(by=cast.officer.powers, unit=make_unit(cast, there=True))
    assert AdHocRequest.objects.get().state == "returned"


def test_what_the_committee_returned_is_no_longer_the_heads_own(cast):
    """Corrected and sent again it is the deputy's to agree to; the mark of the first time is gone."""
    request = make_adhoc(cast, cast.head)
    request.perform("put_up", by=cast.head)
    assert request.heads_own
    request.perform("return", by=cast.member, comment="Ghi rõ nội dung")
    request.perform("submit", by=cast.head)
    assert not request.heads_own


@pytest.mark.parametrize("state", ["submitted", "consented"])
def test_who_asks_on_the_day_of_departure_is_not_late(cast, state):
    assert make_adhoc(cast, state=state, first=date(2026, 1, 3)).late is False


def test_who_agreed_was_a_member_on_the_day_of_agreeing(cast):
    """Elected on 3 January, said to have agreed on the 1st."""
    RoleGrant.objects.filter(user=cast.member, role=Role.COMMITTEE).update(valid_from=date(2026, 1, 3))
    agreed = {"agreed_at": timezone.make_aware(datetime(2026, 1, 1, 19)), "agreed_how": "phone"}
    with pytest.raises(ValidationError):
        make_adhoc(cast, first=date(2026, 1, 2), agreed_by=cast.member, **agreed)
    assert not Visit.objects.exists()


def test_what_was_agreed_before_the_quarter_was_suspended_is_confirmed(cast):
    request = make_adhoc(cast, state="to_confirm")
    Quarter.objects.update(state="suspended", suspension_reason="Dịch bệnh")
    request.perform("confirm", by=cast.member)
    assert request.state == "consented"


def test_a_correction_into_the_next_quarter_takes_the_visit_there(cast):
    make_quarter(cast, 2026, 2)
    request = make_adhoc(cast, state="returned")
    request.correct(by=cast.officer.powers, starts=date(2026, 4, 2), ends=date(2026, 4, 2))
    assert Visit.objects.get().quarter.number == 2
