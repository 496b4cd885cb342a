"""The demonstration: what its quarters show, and that nobody came there by a way a person could not have gone."""

from datetime import UTC, date, datetime
from io import StringIO

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db.models import Count, F

from accounts import clock
from accounts.models import Delegation, Department, FormerName, Province, RoleGrant, User
from accounts.text import fold
from fieldvisits.demo import build, present, thai_nguyen
from fieldvisits.demo.people import PASSWORD
from fieldvisits.models import (
    Decision,
    DepartmentPlan,
    DepartmentReport,
    Event,
    Exemption,
    HostUnit,
    Officer,
    OfficerPlan,
    Quarter,
    UnitAssignment,
    Visit,
    VisitDay,
    YearRule,
    years_of,
)
from fieldvisits.models.base import papers
from fieldvisits.models.officers import places_in
from reports.models import AnnualReport

pytestmark = pytest.mark.xdist_group("demo")  # one worker plays it once, where groups are kept together

TODAY = "2026-11-22T09:00:00+07:00"
OFFICIALS = ["ngo the hoan", "doan quang duy", "tran ngoc tuan"]


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """The demonstration, played once for the whole module as on a Sunday in the middle of quarter IV/2026; what it said.

    It is undone at the end: the tests of the module only look, each inside it.
    """
    from django.db import transaction

    with (
        django_db_blocker.unblock(),
        time_machine.travel(TODAY, tick=False),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        patch.setattr(present, "EARLIER", present.EARLIER[1:2])  # one of the year's earlier quarters will do
        out = StringIO()
        call_command("demo", stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.fixture
def quarter(told):
    def found(slug, year, number):
        return Quarter.objects.select_related("province").get(province__slug=slug, year=year, number=number)

    return found


def states(model, **where):
    """{state: how many} of a kind of paper."""
    return dict(model.objects.filter(**where).values_list("state").annotate(Count("pk")))


def test_every_state_of_every_flow_can_be_seen(told):
    """Requests are made and sent in one go: nobody leaves one as a draft."""
    at_once = {("changes", "draft"), ("adhoc", "draft")}
    missing = {
        (kind, state.code)
        for kind, model in papers().items()
        for state in model.flow.states
        if state.code not in states(model)
    }
    assert missing == at_once


def test_thai_nguyens_year_2021_is_reported_and_sent(told):
    report = AnnualReport.objects.get(province__slug="thai-nguyen", year=2021, version="final")
    assert (report.state, report.sent_on, report.edition) == ("sent", date(2022, 1, 25), 1)
    assert report.compiled() == report.figures  # nothing has changed since
    assert not Visit.objects.owed().filter(quarter__year=2021).exists()
    assert states(DepartmentReport, quarter__year=2021) == {"noted": 24}


def test_vinh_phucs_year_2020_has_its_provisional_report(told):
    found = dict(AnnualReport.objects.filter(province__slug="vinh-phuc").values_list("version", "state"))
    assert found == {"provisional": "sent", "final": "submitted"}


def test_the_sixty_days_are_reached_by_most_and_not_by_all(told):
    for slug, year in (("thai-nguyen", 2021), ("vinh-phuc", 2020)):
        rule = YearRule.objects.get(province__slug=slug, year=year)
        officers = Officer.objects.filter(plans__quarter__year=year, province__slug=slug).distinct()
        reached = [y.pace.status in ("met", "exceeded") for y in years_of(rule, officers)]
        assert len(reached) / 2 < sum(reached) < len(reached), slug


def test_every_accepted_day_counts_or_says_why_not(told):
    days = VisitDay.objects.filter(visit__result__state="accepted", present=True)
    assert not days.filter(counted=False, not_counted="").exists()
    assert days.filter(not_counted="twice").exists()


def test_thai_nguyen_has_eighteen_officers_in_scope_and_three_outside(quarter):
    places = places_in(quarter("thai-nguyen", 2021, 4))
    assert len(places) == 18
    outside = User.objects.filter(province__slug="thai-nguyen", movement_work=False).exclude(memberships=None)
    assert set(outside.values_list("post", flat=True)) == {"Lái xe", "Kế toán", "Văn thư"}
    assert Department.objects.filter(province__slug="thai-nguyen").count() == 6


def test_the_coordinating_department_bore_the_other_name_of_the_source(told):
    department = Department.objects.get(name="Ban Xây dựng Đoàn")
    assert FormerName.objects.get(department=department).name == "Ban Tổ chức - Kiểm tra"
    assert department.name_on(date(2019, 4, 16)) == "Ban Tổ chức - Kiểm tra"
    assert set(department.duties.values_list("duty", flat=True)) == {"coordinating", "results"}


def test_the_districts_ended_and_have_successors(told):
    districts = HostUnit.objects.filter(province__slug="thai-nguyen", level="district")
    assert districts.count() == 9
    assert set(districts.values_list("valid_to", flat=True)) == {date(2025, 6, 30)}
    assert not districts.filter(successors=None).exists()
    assert HostUnit.objects.annotate(n=Count("predecessors")).filter(n__gt=1).exists()
    assert HostUnit.objects.filter(province__slug="vinh-phuc", level="district").count() == 9


def test_2021_is_registered_by_everybody_and_decided(quarter):
    counts = {n: states(OfficerPlan, quarter=quarter("thai-nguyen", 2021, n)) for n in (1, 2, 3, 4)}
    assert counts == {1: {"approved": 18}, 2: {"approved": 17}, 3: {"approved": 18}, 4: {"approved": 18}}
    assert Exemption.objects.get().officer.username == "tn.duong"
    assert [p.excused != "" for p in places_in(quarter("thai-nguyen", 2021, 2))].count(True) == 1
    late = OfficerPlan.objects.get(quarter=quarter("thai-nguyen", 2021, 2), late=True)
    assert late.late_reason.startswith("Tham gia đoàn công tác")
    late_department = DepartmentPlan.objects.get(quarter=quarter("thai-nguyen", 2021, 2), late=True)
    assert late_department.department.code == "dk"
    rule = YearRule.objects.get(province__slug="thai-nguyen", year=2021)
    assert "37-HD/TĐTN-TCKT ngày 16/4/2019" in rule.legal_basis
    assert rule.required_days == 60


def test_the_visits_the_sources_name_are_there(told):
    approved = Visit.objects.filter(quarter__year=2021, state="approved")
    assert approved.get(content__contains="tặng quà chốt kiểm dịch").unit.name == "Huyện đoàn Võ Nhai"
    assert approved.filter(content__contains="C-Thái Nguyên").count() == 1
    assert approved.get(content__contains="giao lưu văn hóa").unit.name == "Đoàn xã Bình Yên (Định Hóa)"


def test_a_quarter_of_an_officer_has_a_fortnight_to_three_weeks(told):
    """As registered; more where three quarters must do for the year, and fewer beside a maternity leave."""
    plans = OfficerPlan.objects.annotate(total=Count("lines__days")).exclude(officer__username="tn.duong")
    assert [p for p in plans if not 12 <= p.total <= 25] == []


def test_no_officer_is_in_two_places_on_one_day(told):
    """As planned; one ad-hoc visit falls on a day that counts already."""
    standing = VisitDay.objects.filter(visit__plan__isnull=False).exclude(
        visit__state__in=("struck", "refused", "cancelled", "not_done")
    )
    assert not standing.values("officer", "date").annotate(n=Count("pk")).filter(n__gt=1).exists()


def test_no_visit_goes_where_there_is_no_unit(told):
    assert not Visit.objects.filter(starts__lt=F("unit__valid_from")).exists()
    assert not Visit.objects.filter(ends__gt=F("unit__valid_to")).exists()


def test_vinh_phuc_suspended_its_first_quarter_and_registered_the_others_in_full(quarter):
    first = quarter("vinh-phuc", 2020, 1)
    assert first.is_suspended
    assert "Covid-19" in first.suspension_reason
    assert Event.objects.of(first).last().verb == "suspend"
    for number in (2, 3, 4):
        here = quarter("vinh-phuc", 2020, number)
        assert {p.officer.pk for p in places_in(here)} == set(
            here.officer_plans.values_list("officer", flat=True)
        )
    assert UnitAssignment.objects.filter(unit__province__slug="vinh-phuc").count() == 12
    assert Visit.objects.filter(unit__assignments__officer=F("officer")).count() >= 60


def test_the_running_quarter_waits_for_people_in_several_places(quarter):
    here = quarter("thai-nguyen", 2026, 4)
    assert here.is_current
    plans = {p.officer.username: p.state for p in here.officer_plans.select_related("officer")}
    assert sorted(plans.values()) == sorted(
        ["approved"] * 11
        + ["returned", "endorsed", "endorsed", "submitted", "sent", "forwarded", "forwarded"]
    )
    assert (plans["tn.yen"], plans["tn.canbo"]) == ("returned", "approved")
    late = DepartmentPlan.objects.get(quarter=here, department__code="dk")
    assert (late.state, late.is_overdue()) == ("draft", True)
    ahead = Officer.objects.with_days(here.rule).get(username="tn.canbo").ahead
    assert ahead >= 1
    assert states(Decision, quarter=here) == {"closed": 1, "draft": 1}


def test_the_next_quarter_has_just_opened(quarter):
    here = quarter("thai-nguyen", 2027, 1)
    assert (here.state, here.opens_on, here.officer_due) == ("open", date(2026, 11, 18), date(2027, 1, 5))
    plans = {p.officer.username: p.state for p in here.officer_plans.select_related("officer")}
    assert plans == {
        "tn.phoban": "submitted",
        "tn.daumoi": "submitted",
        "tn.yen": "endorsed",
        "tn.duong": "draft",
    }


def test_a_delegation_is_in_force_and_has_been_used(told):
    lent = Delegation.objects.in_force(clock.today()).get()
    assert lent.delegate.username == "tn.thinh"
    events = Event.objects.filter(on_behalf_of=lent.grant.user, at__year=2026)
    used = {(event.verb, event.actor, event.role) for event in events.select_related("actor")}
    assert used == {("endorse", lent.delegate, "head")}


def test_nobody_decided_on_their_own_paper(told):
    deciding = 0
    for event in Event.objects.select_related("content_type").prefetch_related("paper").order_by("pk"):
        rows = [t for t in event.flow.rows(event.verb) if event.from_state in t.sources]
        if any(row.decides for row in rows):
            deciding += 1
            assert event.paper.author_id not in (event.actor_id, event.on_behalf_of_id), event
    assert deciding > 1000


def test_every_paper_stands_where_its_last_move_took_it(told):
    for model in (Quarter, OfficerPlan, DepartmentPlan, Visit, Decision):
        moved = model.objects.exclude(last_event=None)
        assert not moved.exclude(state=F("last_event__to_state")).exists()
        assert set(states(model, last_event=None)) <= {model.flow.start}


def test_nothing_happened_in_the_future_or_before_registration_opened(told):
    assert Event.objects.order_by("at").last().at <= datetime(2026, 11, 22, 2, tzinfo=UTC)
    for plan in OfficerPlan.objects.exclude(submitted_on=None).select_related("quarter"):
        assert plan.quarter.opens_on <= plan.submitted_on


def test_no_name_of_an_official_appears(told):
    names = [fold(name) for name in User.objects.values_list("full_name", flat=True)]
    assert not set(names) & set(OFFICIALS)
    assert len(names) == len(set(names))
    texts = Visit.objects.values_list("content", flat=True).union(
        Event.objects.values_list("comment", flat=True)
    )
    assert not [text for text in texts if any(name in fold(text) for name in OFFICIALS)]


def test_figures_without_a_source_say_so(told):
    closed = Decision.objects.filter(state="closed")
    assert not closed.exclude(number__contains="(số liệu mẫu)", conclusion__contains="(số liệu mẫu)").exists()
    assert "(số liệu mẫu)" in Exemption.objects.get().decision
    assert "sample data, marked (số liệu mẫu)" in told


def test_a_second_run_changes_nothing_and_says_so(told):
    before = Event.objects.count(), Visit.objects.count(), User.history.count()
    out = StringIO()
    call_command("demo", stdout=out)
    assert out.getvalue() == "The demonstration data is there already; nothing was changed.\n"
    out = StringIO()
    call_command("demo", if_empty=True, stdout=out)
    assert out.getvalue() == ""
    assert (Event.objects.count(), Visit.objects.count(), User.history.count()) == before


def test_it_says_who_signs_in_and_they_can(told):
    out = StringIO()
    call_command("demo", who=True, stdout=out)
    lines = out.getvalue().splitlines()
    assert PASSWORD in lines[0]
    shown = [line.split()[0] for line in lines[1:]]
    assert shown == [
        "tn.canbo", "tn.truongban", "tn.phoban", "tn.daumoi", "tn.ketqua", "tn.thuongtruc", "tn.uyvien", "tn.quantri",
        "vp.canbo", "vp.truongban", "vp.phoban", "vp.daumoi", "vp.ketqua", "vp.thuongtruc", "vp.uyvien", "vp.quantri",
        "trunguong",
    ]  # fmt: skip
    for user in User.objects.filter(username__in=shown):
        validate_password(PASSWORD, user)
        assert user.check_password(PASSWORD)
    assert User.objects.values("password").distinct().count() == 1


def test_it_shows_its_progress(told):
    lines = told.splitlines()
    assert len([line for line in lines if "2021" in line]) == 4
    assert len([line for line in lines if "Vĩnh Phúc" in line]) == 5


# --- Where it is refused, and on other days -----------------------------------------------------------------------------


def test_it_refuses_where_there_is_other_data(db):
    Province.objects.create(name="Bắc Giang", slug="bac-giang", document_code="TĐBG")
    with pytest.raises(CommandError, match="holds other data"):
        call_command("demo")
    out = StringIO()
    call_command("demo", if_empty=True, stdout=out)
    assert (out.getvalue(), Province.objects.count(), User.objects.count()) == ("", 1, 0)


def test_force_adds_it_beside_other_provinces(db, monkeypatch):
    monkeypatch.setattr(build, "run_thai_nguyen", lambda people, say: None)
    monkeypatch.setattr(build, "run_vinh_phuc", lambda people, say: None)
    Province.objects.create(name="Bắc Giang", slug="bac-giang", document_code="TĐBG")
    call_command("demo", force=True, stdout=StringIO())
    assert Province.objects.count() == 3


def test_it_refuses_where_a_province_of_that_name_is_real(db):
    Province.objects.create(name="Thái Nguyên", slug="thai-nguyen", document_code="TĐTN")
    with pytest.raises(CommandError, match="thai-nguyen exists already"):
        call_command("demo", force=True)


def test_it_refuses_where_a_user_name_is_taken(db):
    User.objects.create_user("tn.canbo", "a@example.vn", full_name="Ai Đó")
    with pytest.raises(CommandError, match="already has a user name"):
        call_command("demo")


def test_who_on_an_empty_database_says_what_to_do(db):
    with pytest.raises(CommandError, match="There is nobody yet"):
        call_command("demo", who=True)


@pytest.mark.parametrize("today", ["2027-01-01", "2027-04-09", "2026-12-31"])
def test_the_present_can_be_any_day_of_a_year(db, today, monkeypatch):
    """Also the first and the last day of a quarter: one quarter runs, mostly decided, and the next is open."""
    monkeypatch.setattr(present, "EARLIER", ())
    with time_machine.travel(f"{today}T09:00:00+07:00", tick=False):
        people = build.make_province(thai_nguyen, "!")
        province = Province.objects.get()
        now_running, opened = present.run(province, people, build.rule, build.delegate)
        assert now_running.is_current
        assert states(OfficerPlan, quarter=now_running)["approved"] == 11
        assert DepartmentPlan.objects.get(quarter=now_running, state="draft").is_overdue()
        assert opened.opens_on < clock.today() < opened.starts
        assert Event.objects.order_by("at").last().at <= clock.now()
        assert RoleGrant.objects.filter(role="committee").count() == 3
        assert authenticate(None, username="tn.canbo", password="!") is None
