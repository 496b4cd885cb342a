"""The large database to measure on, at a small size: what it holds, and that every rule of the database holds in it."""

from collections import Counter
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Province, Role, RoleGrant, User
from fieldvisits.models import (
    Decision,
    Event,
    OfficerPlan,
    Quarter,
    Visit,
    VisitDay,
    VisitResult,
    YearRule,
)
from fieldvisits.models.base import papers
from reports.bench.fill import ORDER, quarters_until
from reports.bench.people import PASSWORD, SIGN_IN, make_place
from reports.bench.quarters import QuarterRun
from reports.bench.writing import Writer
from reports.models import AnnualReport
from tests.bench import limits

TODAY = "2026-02-20T09:00:00+07:00"


def fill(**more):
    out = StringIO()
    size = {"provinces": 2, "years": 1, "officers": 13, "visits": 2}
    call_command("bench_data", stdout=out, **size | more)
    return out.getvalue()


@pytest.fixture
def filled(db):
    with time_machine.travel(TODAY, tick=False):
        yield fill()


def test_two_provinces_with_a_year_of_quarters_up_to_the_one_that_follows(filled):
    assert [p.slug for p in Province.objects.order_by("pk")] == ["tinh-mau-01", "tinh-mau-02"]
    quarters = [(2025, 2), (2025, 3), (2025, 4), (2026, 1), (2026, 2)]
    found = Quarter.objects.order_by("province", "year", "number").values_list("year", "number")
    assert list(found) == quarters * 2
    assert OfficerPlan.objects.count() == 2 * 5 * 13
    assert "63/" not in filled
    assert "2/2" in filled


def test_the_ten_years_of_the_full_size():
    quarters = list(quarters_until(date(2026, 11, 22), 40))
    assert (quarters[0], quarters[39], quarters[-1]) == ((2017, 1), (2026, 4), (2027, 1))
    assert len(quarters) == 41


def test_one_person_for_each_role_signs_in_with_the_password_printed(filled, client):
    assert PASSWORD in filled
    for role, username in SIGN_IN.items():
        assert username in filled
        person = User.objects.get(username=username)
        assert person.check_password(PASSWORD)
        assert role in RoleGrant.objects.filter(user=person).values_list("role", flat=True)
    others = User.objects.exclude(username__in=SIGN_IN.values())
    assert not any(person.has_usable_password() for person in others)
    client.post("/accounts/login/", {"login": SIGN_IN[Role.COMMITTEE], "password": PASSWORD})
    assert client.get("/years/2026/").status_code == 200


def test_every_row_is_what_its_model_allows(filled):
    """The database has checked its own rules already; here the models' constraints are tried once more, one row of ten."""
    for model in ORDER:
        if model is Event or not model._meta.constraints:
            continue
        for row in model._base_manager.order_by("pk")[::10]:
            row.validate_constraints()
    connection.check_constraints()


def test_no_officer_has_two_counted_days_on_a_date(filled):
    counted = Counter(VisitDay.objects.filter(counted=True).values_list("officer", "date"))
    assert counted
    assert set(counted.values()) == {1}
    assert not VisitDay.objects.filter(counted=True).exclude(visit__result__state="accepted").exists()
    assert not VisitDay.objects.filter(visit__state="refused", counted=True).exists()


def test_days_lie_in_their_visits_and_visits_in_their_quarters(filled):
    for visit in Visit.objects.select_related("quarter__province").prefetch_related("days"):
        assert visit.quarter.starts <= visit.starts <= visit.ends <= visit.quarter.ends
        days = sorted(day.date for day in visit.days.all())
        assert (days[0], days[-1], len(days)) == (visit.starts, visit.ends, visit.day_count)


def test_papers_that_have_moved_know_their_last_event(filled):
    for model in papers().values():
        for paper in model._base_manager.select_related("last_event")[:50]:
            if paper.last_event is None:
                assert paper.state in (model.flow.start, "draft")
                continue
            last = Event.objects.of(paper).last()
            assert (last.pk, last.to_state) == (paper.last_event_id, paper.state)
            assert last.transition is not None, f"{model.__name__}: {last.verb}"


def test_the_history_stays_append_only(filled):
    with pytest.raises(Exception, match="append-only"):
        Event.objects.filter(pk=Event.objects.first().pk).update(comment="x")


def test_the_next_row_gets_a_key_of_its_own(filled):
    rule = YearRule.draft(Province.objects.first(), 2030)
    rule.save()
    assert rule.pk == YearRule.objects.order_by("-pk").first().pk


def test_of_a_year_that_is_over_the_final_report_is_sent_with_its_figures(filled):
    report = AnnualReport.objects.filter(province__slug="tinh-mau-01", year=2025).get()
    accepted = VisitDay.objects.filter(
        counted=True, date__year=2025, visit__quarter__province=report.province
    ).count()
    assert report.state == "sent"
    assert report.figures["totals"]["accepted"] == accepted > 0
    assert report.is_intact
    assert report.figures == report.compiled()


def test_the_next_quarter_is_on_its_way_through_the_departments(filled):
    following = Quarter.objects.filter(province__slug="tinh-mau-01").latest("year", "number")
    states = set(OfficerPlan.objects.filter(quarter=following).values_list("state", flat=True))
    assert states == {"forwarded", "endorsed", "submitted", "draft"}
    assert Decision.objects.get(quarter=following).state == "draft"
    assert (
        VisitResult.objects.filter(state="accepted").count()
        > VisitResult.objects.exclude(state="accepted").count()
    )


def test_the_same_again_makes_the_same(filled):
    once = list(
        Visit.objects.order_by("pk").values_list("officer__username", "starts", "unit__code", "group")
    )
    with time_machine.travel(TODAY, tick=False):
        write = Writer(*ORDER)
        place = make_place(write, 0, 13, date(2025, 1, 1), "x")
        quarter = Quarter.objects.get(province__slug="tinh-mau-01", year=2025, number=2)
        run = QuarterRun(write, place, quarter, date(2026, 2, 20), 2)
        run.run()
        twice = [(v.officer.username, v.starts, v.unit.code, v.group) for v in run.visits]
    assert twice == once[: len(twice)]


@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        (
            Role.COMMITTEE,
            [
                "/",
                "/years/2025/",
                "/reports/officers/?year=2025",
                "/reports/visits/?year=2025",
                "/quarters/2026/2/meeting/",
            ],
        ),
        (Role.HEAD, ["/", "/years/2026/", "/quarters/2026/1/results/"]),
        (Role.OFFICER, ["/", "/quarters/2026/1/visits/", "/recommendations/"]),
        (Role.COORDINATOR, ["/", "/quarters/2026/2/department-plans/"]),
        (Role.CENTRAL, ["/", "/annual-reports/"]),
    ],
)
def test_pages_of_it_open(filled, sign_in, role, addresses):
    client = sign_in(User.objects.get(username=SIGN_IN[role]))
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(
        addresses, 200
    )


def test_it_does_not_mix_with_real_provinces(cast):
    before = Province.objects.count()
    with pytest.raises(CommandError, match="holds provinces or people already"):
        fill()
    assert Province.objects.count() == before


def test_an_administrator_alone_is_somebody_too(db):
    User.objects.create(username="quantri", full_name="Nguyễn Văn Quản")
    with pytest.raises(CommandError, match="people already"):
        fill()


def test_it_is_filled_once(filled):
    with pytest.raises(CommandError, match="already"):
        fill()


def test_a_size_that_makes_no_sense_is_refused(db):
    with pytest.raises(CommandError, match="Choose 1-99 provinces"):
        fill(officers=2)


def test_every_kind_of_paper_is_in_it(filled):
    empty = [name for name, model in papers().items() if not model._base_manager.exists()]
    assert empty == ["changes"]


@pytest.mark.django_db
def test_every_page_of_the_bench_has_a_title_of_its_own():
    from tests.bench.pages import PAGES, unmeasured

    titles = Counter(page.title for page in PAGES)
    assert [title for title, n in titles.items() if n > 1] == []
    assert unmeasured() == []


@pytest.mark.parametrize(
    ("limit", "grows", "short", "long", "broken"),
    [
        (None, "", 100, 130, False),
        (None, "", 100, 131, True),
        (None, "", 10, 14, False),  # by chance
        (None, "", 10, 14.1, True),
        (None, "a row a year", 100, 300, False),
        (150, "", 149, 150, False),
        (150, "", 150, 151, True),
        (150, "a row a year", 149, 151, True),
        (None, "", None, 900, False),
        (150, "", None, 151, True),
    ],
)
def test_when_a_page_breaks_a_limit(limit, grows, short, long, broken):
    times = {name: {"median": value} for name, value in (("short", short), ("long", long)) if value}
    assert limits.seems_broken({"limit": limit, "grows": grows}, times) is broken
