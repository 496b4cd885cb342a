"""The year's report on the desks of those whose turn it is, and the ways that lead to it."""

from datetime import date

import pytest

from accounts.models import User
from fieldvisits.pages.desk import desk_of
from fieldvisits.pages.steps import seven_steps
from reports.models import SECTIONS, AnnualReport
from tests.factories import make_quarter

pytestmark = pytest.mark.usefixtures("in_english", "english")


@pytest.fixture
def year(cast, now):
    """The four quarters of 2026, whose cut-off is 30 November."""
    return make_quarter(cast)


def whose(cast):
    """Who of the cast has a task about the annual report: ``{name: [(group, what, about, hint, late, verb)]}``."""
    found = {}
    for name, person in cast.people.items():
        tasks = [
            (group.key, t.what, t.about, t.hint, t.late, t.verb)
            for group in desk_of(User.objects.get(pk=person.pk)).groups
            for t in group.tasks
            if group.key.startswith("annual")
        ]
        if tasks:
            found[name] = tasks
    return found


WRITERS = ("coordinator", "results_desk")
DECIDERS = ("member", "second_member")
PROVISIONAL = ("Provisional report", "year 2026")
FINAL = ("Final report", "year 2026")


def write(cast, version="provisional"):
    report = AnnualReport.objects.start(cast.province, 2026, version, by=cast.coordinator.powers)
    report.write(by=cast.coordinator.powers, **dict.fromkeys(SECTIONS, "Nội dung"))
    return report


def test_a_report_is_asked_for_from_its_day_on_and_late_after_it(cast, year, now):
    now.move_to("2026-11-29T09:00:00+07:00")
    assert whose(cast) == {}
    now.move_to("2026-11-30T09:00:00+07:00")
    assert whose(cast) == {key: [("annual", *PROVISIONAL, "Not begun", 0, "start")] for key in WRITERS}
    now.move_to("2026-12-31T09:00:00+07:00")
    (first, second) = whose(cast)["coordinator"]
    assert (first[4], second) == (31, ("annual", *FINAL, "Not begun", 0, "start"))


def test_a_report_goes_over_the_desks_of_those_whose_turn_it_is(cast, year, now):
    now.move_to("2026-12-02T09:00:00+07:00")
    report = write(cast)
    assert whose(cast) == {key: [("annual", *PROVISIONAL, "Draft, not sent yet", 2, "")] for key in WRITERS}
    report.perform("submit", by=cast.coordinator)
    assert whose(cast) == {key: [("annual_approve", *PROVISIONAL, "", 2, "")] for key in DECIDERS}
    report.perform("return", by=cast.member, comment="Bổ sung mục III")
    assert whose(cast) == {key: [("annual", *PROVISIONAL, "Bổ sung mục III", 2, "")] for key in WRITERS}
    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    assert whose(cast) == {
        key: [("annual_send", *PROVISIONAL, "Approved, not sent yet", 2, "")] for key in WRITERS
    }
    report.perform(
        "send", by=cast.coordinator, number="1", dated=date(2026, 12, 2), sent_on=date(2026, 12, 2)
    )
    assert whose(cast) == {}


def test_nobody_decides_on_the_report_they_submitted(cast, year, now):
    now.move_to("2026-12-02T09:00:00+07:00")
    report = write(cast)
    AnnualReport.objects.filter(pk=report.pk).update(state="submitted", submitted_by=cast.member)
    assert set(whose(cast)) == {"second_member"}


def test_nothing_of_the_year_waits_once_its_final_report_is_sent_or_long_after(cast, year, now):
    now.move_to("2027-01-04T09:00:00+07:00")
    report = write(cast, "final")
    assert [t[0:2] for t in whose(cast)["coordinator"]] == [("annual", "Final report")]
    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    report.perform("send", by=cast.coordinator, number="1", dated=date(2027, 1, 4), sent_on=date(2027, 1, 4))
    assert whose(cast) == {}
    AnnualReport.objects.all().delete()
    now.move_to(
        "2027-05-02T09:00:00+07:00"
    )  # of a year as of a quarter, the year then says that it is missing
    assert whose(cast) == {}


def test_a_report_is_begun_from_home_and_every_address_opens(cast, year, now, sign_in):
    now.move_to("2026-12-02T09:00:00+07:00")
    client = sign_in(cast.coordinator)
    page = client.get("/").content.decode()
    assert 'action="/years/2026/report/provisional/"' in page
    assert 'href="/years/2026/#reports-title"' in page
    assert 'id="reports-title"' in client.get("/years/2026/").content.decode()
    report = AnnualReport.objects.get(
        pk=client.post("/years/2026/report/provisional/").url.strip("/").split("/")[-1]
    )
    page = client.get("/").content.decode()
    assert f'href="{report.get_absolute_url()}"' in page
    assert "Write the annual report 2026" in page


def test_the_list_of_reports_leads_to_where_they_are_begun(cast, year, now, sign_in):
    for name in WRITERS:
        assert (
            'href="/years/2026/#reports-title"'
            in sign_in(cast.people[name]).get("/annual-reports/").content.decode()
        )
    assert "#reports-title" not in sign_in(cast.member).get("/annual-reports/").content.decode()
    write(cast)
    page = sign_in(cast.coordinator).get("/annual-reports/").content.decode()
    assert 'href="/years/2026/#reports-title"' in page


def test_box_seven_opens_the_report_for_its_readers_and_the_years_reports_for_others(cast, year, now):
    def leads(who):
        return seven_steps(year, User.objects.get(pk=cast.people[who].pk)).totals[6].url

    now.move_to("2026-12-02T09:00:00+07:00")
    block = "/years/2026/#reports-title"
    assert leads("coordinator") == leads("officer") == block
    report = write(cast)
    assert (leads("member"), leads("officer")) == (report.get_absolute_url(), block)
    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    assert leads("executive") == report.get_absolute_url()
    report.perform(
        "send", by=cast.coordinator, number="1", dated=date(2026, 12, 2), sent_on=date(2026, 12, 2)
    )
    assert leads("member") == block  # the final one is to be begun there
