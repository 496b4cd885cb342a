"""What the list of days tells of visits whose papers the reader may not read."""

from datetime import date

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models import Membership, User
from tests.factories import make_adhoc, make_plan, make_result, make_visit
from tests.reports.world import page_of, workbook_of

SECRET = "Chuẩn bị nhân sự đại hội"
DAYS = "/reports/days/?year=2026"


@pytest.fixture
def undecided(cast, now):
    """A plan handed in, with a line of two days (20-21 January), that nobody has decided on."""
    now.move_to("2026-01-03T09:00:00+07:00")
    return make_plan(cast, state="submitted", content=SECRET)


def test_an_executive_member_does_not_read_lines_that_are_not_approved(cast, undecided, sign_in):
    """Executive members read approved plans; the days are in the sum, and the list says that it leaves them out."""
    client = sign_in(cast.executive)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    url = f"{DAYS}&kind=registered"
    page = client.get(url)
    assert page.status_code == 200
    assert page_of(client, url).rows == []
    notes = " ".join(page.context["report"].notes())
    assert "2 more days are of visits that are not approved or no longer stand" in notes
    assert workbook_of(client, url).max_row == 4
    assert SECRET not in client.get(f"{url}&officer={cast.officer.pk}").content.decode()


@pytest.mark.parametrize("who", ["member", "coordinator", "head", "officer"])
def test_whoever_reads_the_plan_reads_its_days(cast, undecided, sign_in, who):
    client = sign_in(getattr(cast, who))
    rows = page_of(client, f"{DAYS}&kind=registered").rows
    assert [row[0] for row in rows] == ["20/01/2026", "21/01/2026"]
    assert all(SECRET in row for row in rows)


def test_a_head_does_not_read_what_a_former_member_does_elsewhere(cast, now, sign_in):
    """The officer moves on 1 April: the days of the whole year are known to the old head, not what the later ones were for."""
    now.move_to("2026-01-03T09:00:00+07:00")
    before = make_visit(cast, content="Dự đại hội chi đoàn")
    Membership.objects.filter(user=cast.officer).update(valid_to=date(2026, 3, 31))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 4, 1))
    make_result(cast, before, "accepted")
    now.move_to("2026-04-02T09:00:00+07:00")
    officer = User.objects.get(pk=cast.officer.pk)  # who knows of the move
    adhoc = make_adhoc(cast, officer, first=date(2026, 4, 5), content=SECRET).visit
    for step, by in (("endorse", cast.other_head), ("consent", cast.member)):
        adhoc.adhoc.perform(step, by=by)
    now.move_to("2026-04-12T09:00:00+07:00")
    url = f"{DAYS}&kind=approved"
    client = sign_in(cast.head)
    rows = page_of(client, url).rows
    assert [row[0] for row in rows] == ["20/01/2026", "21/01/2026", "05/04/2026"]
    assert ["Dự đại hội chi đoàn" in row for row in rows] == [True, True, False]
    assert SECRET not in client.get(url).content.decode()
    assert SECRET not in str(list(workbook_of(client, url).values))
    client = sign_in(cast.other_head)
    assert SECRET in client.get(url).content.decode()
    assert client.get(reverse("visit-detail", args=[adhoc.pk])).status_code == 200


def test_approved_days_that_were_given_up_are_in_the_sum_and_told_to_who_may_read_them(cast, now, sign_in):
    """The officer moves on 1 April and gives up a visit there: the old head only learns that there was a day."""
    now.move_to("2026-01-03T09:00:00+07:00")
    make_visit(cast, content="Dự đại hội chi đoàn")
    Membership.objects.filter(user=cast.officer).update(valid_to=date(2026, 3, 31))
    Membership.objects.create(user=cast.officer, department=cast.building, valid_from=date(2026, 4, 1))
    now.move_to("2026-04-02T09:00:00+07:00")
    officer = User.objects.get(pk=cast.officer.pk)  # who knows of the move
    visit = make_adhoc(cast, officer, first=date(2026, 4, 5), content=SECRET).visit
    for step, by in (("endorse", cast.other_head), ("consent", cast.member)):
        visit.adhoc.perform(step, by=by)
    now.move_to("2026-04-12T09:00:00+07:00")
    visit.refresh_from_db()
    visit.perform("close", by=officer, comment="Mưa lũ", variance="weather")
    url = f"{DAYS}&kind=approved"
    for who, days, told in (("head", 2, True), ("other_head", 3, False), ("executive", 3, False)):
        client = sign_in(getattr(cast, who))
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        notes = " ".join(client.get(url).context["report"].notes())
        rows = page_of(client, url).rows
        assert (who, len(rows), "1 more day is of a visit that" in notes) == (who, days, told)
