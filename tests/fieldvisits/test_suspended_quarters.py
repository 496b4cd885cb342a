"""A quarter is suspended while its visits are carried out: nobody is late in it, and what has taken place is still confirmed."""

from datetime import date

import pytest

from fieldvisits.models import Quarter, Visit
from fieldvisits.pages.visits import stage_of, with_stages

from ..factories import make_adhoc, make_visit

pytestmark = pytest.mark.usefixtures("in_english")


def suspend():
    Quarter.objects.filter(year=2026, number=1).update(state="suspended", suspension_reason="Dịch bệnh")


def stage(visit):
    found = stage_of(with_stages(Visit.objects.select_related("quarter__province")).get(pk=visit.pk))
    return found.code, found.note, found.is_late


def test_a_result_is_owed_and_nobody_is_late(cast, now):
    visit = make_visit(cast)
    now.move_to("2026-03-01T09:00:00+07:00")
    assert stage(visit) == ("owed", "due 31/01/2026, 29 days late", True)
    suspend()
    assert stage(visit) == ("owed", "due 31/01/2026", False)


def test_what_was_agreed_by_phone_is_not_overdue_and_can_still_be_confirmed(cast, now):
    request = make_adhoc(cast, state="to_confirm")
    suspend()
    now.move_to("2026-03-01T09:00:00+07:00")
    request.refresh_from_db()
    assert not request.is_overdue
    assert stage(request.visit) == ("asked", "due 06/01/2026", False)
    request.perform("confirm", by=cast.member)
    assert Visit.objects.get().state == "approved"


def test_a_consent_that_is_missing_is_not_red(cast, now):
    request = make_adhoc(cast, first=date(2026, 1, 4))
    now.move_to("2026-01-05T09:00:00+07:00")
    assert request.is_overdue
    suspend()
    request.refresh_from_db()
    assert not request.is_overdue
