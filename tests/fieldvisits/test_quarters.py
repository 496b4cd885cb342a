"""The pages of a quarter: the board for whoever works in the province, its dates, reminders, the calendar."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from accounts import clock
from accounts.models import Department, Membership, Role, RoleGrant, User
from fieldvisits.forms.quarters import NudgeForm, QuarterDatesForm
from fieldvisits.models import Nudge, OfficerPlan, Quarter
from fieldvisits.pages.steps import seven_steps

from ..cast import SINCE
from ..factories import make_department_plan, make_plan, make_quarter

BOARD = "/quarters/2026/1/"
DATES = BOARD + "dates/"
NUDGE = BOARD + "nudge/"
CALENDAR = BOARD + "calendar/"

WORKING = {
    "officer", "colleague", "head", "deputy", "other_officer", "other_head", "coordinator", "results_desk",
    "member", "second_member", "executive", "driver",
}  # fmt: skip


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


# --- The board --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [BOARD, CALENDAR, BOARD + "visits/"])
def test_everybody_who_works_in_the_province_sees_the_quarters_pages_and_nobody_else(
    cast, quarter, sign_in, url
):
    for name, person in cast.people.items():
        assert sign_in(person).get(url).status_code == (200 if name in WORKING else 404), name


def test_another_provinces_quarter_is_not_there(cast, quarter, sign_in):
    make_quarter(cast, 2027, 1, there=True)
    assert sign_in(cast.coordinator).get("/quarters/2027/1/").status_code == 404
    assert sign_in(cast.stranger).get("/quarters/2027/1/").status_code == 200


@pytest.mark.parametrize("address", ["/quarters/2026/5/", "/quarters/0/0/", f"/quarters/{10**30}/1/"])
def test_a_quarter_that_does_not_exist_is_not_there(cast, quarter, sign_in, address):
    assert sign_in(cast.officer).get(address).status_code == 404


def test_a_suspended_quarter_says_why_and_that_nobody_is_late(cast, quarter, now, sign_in):
    quarter.perform("suspend", by=cast.coordinator, comment="Phòng, chống dịch Covid-19")
    now.move_to("2026-03-01T09:00:00+07:00")
    page = sign_in(cast.officer).get(BOARD).content.decode()
    assert "Phòng, chống dịch Covid-19" in page
    assert 'class="late"' not in page


def test_the_coordinator_opens_suspends_and_resumes_from_the_board(cast, sign_in):
    quarter = make_quarter(cast, opened=False)
    client = sign_in(cast.coordinator)
    for verb, state in (("open", "open"), ("suspend", "suspended"), ("resume", "open")):
        assert f'action="/quarters/{quarter.pk}/{verb}/"' in client.get(BOARD).content.decode()
        client.post(
            f"/quarters/{quarter.pk}/{verb}/", {"seen": quarter.seen, "comment": "Bão lũ", "next": BOARD}
        )
        quarter.refresh_from_db()
        assert quarter.state == state
    assert f"/quarters/{quarter.pk}/" not in sign_in(cast.officer).get(BOARD).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_boards_page_asks_as_often_for_one_department_as_for_three(
    cast, quarter, number, sign_in, django_assert_num_queries
):
    make_department_plan(cast, "approved", [cast.officer], quarter)
    for n in range(number):
        department = Department.objects.create(
            province=cast.province, code=f"b{n}", name=f"Ban {n}", valid_from=SINCE
        )
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=department, valid_from=SINCE)
        RoleGrant.objects.create(user=user, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
        make_plan(cast, user, quarter, state="submitted")
    client = sign_in(cast.coordinator)
    client.get(BOARD)
    with django_assert_num_queries(16):
        assert len(client.get(BOARD).context["board"].rows) == 2 + number


# --- Its dates ----------------------------------------------------------------------------------------------------------------

GOOD = {
    "opens_on": "01/12/2025",
    "officer_due": "07/01/2026",
    "department_due": "12/01/2026",
    "committee_due": "20/01/2026",
}


def test_only_coordinator_and_administrator_change_the_dates(cast, quarter, sign_in):
    allowed = {"coordinator", "administrator"}
    others = {"stranger", "strange_head", "strange_coordinator", "strange_member", "central"}
    for name, person in cast.people.items():
        expected = 200 if name in allowed else 404 if name in others else 403
        client = sign_in(person)
        assert client.get(DATES).status_code == expected, name
        if name not in allowed:
            assert client.post(DATES, GOOD).status_code == expected, name
    quarter.refresh_from_db()
    assert quarter.officer_due == date(2026, 1, 5)


@pytest.mark.parametrize(("who", "back"), [("coordinator", BOARD), ("administrator", "/manage/quarters/")])
def test_the_dates_are_saved_and_nothing_else(cast, quarter, sign_in, who, back):
    client = sign_in(getattr(cast, who))
    form = QuarterDatesForm(GOOD, instance=Quarter.objects.get(pk=quarter.pk))
    response = client.post(DATES, GOOD)
    assert (response.status_code, response.url) == (302, back)
    quarter.refresh_from_db()
    assert (quarter.opens_on, quarter.officer_due) == (date(2025, 12, 1), date(2026, 1, 7))
    assert (quarter.department_due, quarter.committee_due) == (date(2026, 1, 12), date(2026, 1, 20))
    # somebody suspends the quarter while the form is open elsewhere: saving the dates does not undo it
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    assert form.is_valid()
    form.save()
    quarter.refresh_from_db()
    assert (quarter.state, quarter.suspension_reason) == ("suspended", "Covid-19")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"officer_due": "13/01/2026"}, "__all__"),  # after the departments
        ({"committee_due": "11/01/2026"}, "__all__"),
        ({"opens_on": "08/01/2026"}, "__all__"),
        ({"opens_on": "02/10/2025"}, "opens_on"),  # 91 days before the quarter
        ({"committee_due": "01/04/2026"}, "committee_due"),  # after the quarter
        ({"officer_due": "31/02/2026"}, "officer_due"),
        ({"officer_due": ""}, "officer_due"),
        ({"officer_due": "x" * 10_240}, "officer_due"),
        ({"officer_due": "\x00"}, "officer_due"),
    ],
)
def test_dates_that_make_no_sense_are_refused_and_stay_typed(cast, quarter, sign_in, change, field):
    response = sign_in(cast.coordinator).post(DATES, GOOD | change)
    assert response.status_code == 200
    assert field in response.context["form"].errors
    for name, text in (GOOD | change).items():
        assert response.context["form"][name].value() == text
    quarter.refresh_from_db()
    assert quarter.officer_due == date(2026, 1, 5)


def test_the_refusal_says_in_which_order_dates_go(cast, quarter):
    with translation.override("en"):
        form = QuarterDatesForm(GOOD | {"officer_due": "13/01/2026"}, instance=quarter)
        assert form.non_field_errors() == [
            "Put the dates in order: opening, officers, departments, Standing Committee."
        ]


def test_the_dates_of_a_suspended_quarter_stay(cast, quarter, sign_in):
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    client = sign_in(cast.coordinator)
    response = client.post(DATES, GOOD, follow=True)
    assert response.redirect_chain == [(BOARD, 302)]
    assert "Covid-19" in str(next(iter(response.context["messages"])))
    assert DATES not in response.content.decode()
    quarter.refresh_from_db()
    assert quarter.officer_due == date(2026, 1, 5)


# --- Reminders ------------------------------------------------------------------------------------------------------------------


def ask(cast, step=1, **more):
    return {"department": cast.movement.pk, "step": step, "text": "Đề nghị sớm đăng ký"} | more


def test_the_coordinator_reminds_the_holders_once_a_day(cast, quarter, now, sign_in):
    client = sign_in(cast.coordinator)
    assert client.post(NUDGE, ask(cast)).status_code == 302
    nudge = Nudge.objects.get()
    assert (nudge.department, nudge.step, nudge.day, nudge.sender, nudge.text) == (
        cast.movement,
        1,
        date(2026, 1, 3),
        cast.coordinator,
        "Đề nghị sớm đăng ký",
    )
    again = client.post(NUDGE, ask(cast, text="Lần nữa"))
    assert again.status_code == 422
    assert Nudge.objects.count() == 1
    now.move_to("2026-01-04T09:00:00+07:00")
    assert sign_in(cast.coordinator).post(NUDGE, ask(cast, text="")).status_code == 302
    assert Nudge.objects.count() == 2


def test_the_database_knows_that_once_a_day_is_enough(cast, quarter):
    row = {"quarter": quarter, "department": cast.movement, "step": 1, "day": clock.today()}
    Nudge.objects.create(sender=cast.coordinator, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Nudge.objects.create(sender=cast.head, **row)


def test_a_second_reminder_at_the_same_moment_is_told_so(cast, quarter):
    board = seven_steps(quarter, cast.coordinator)
    first, second = (NudgeForm(ask(cast), board=board, sender=cast.coordinator) for _ in range(2))
    assert first.is_valid()
    assert second.is_valid()
    assert first.save() is not None
    assert second.save() is None
    assert Nudge.objects.count() == 1


def test_nobody_but_the_coordinator_reminds(cast, quarter, sign_in):
    for name, person in cast.people.items():
        if name == "coordinator":
            continue
        expected = 403 if name in WORKING else 404
        assert sign_in(person).post(NUDGE, ask(cast)).status_code == expected, name
    assert not Nudge.objects.exists()


def test_a_reminder_is_no_address_to_open(cast, quarter, sign_in):
    assert sign_in(cast.coordinator).get(NUDGE).status_code == 405


@pytest.mark.parametrize(
    "change",
    [
        {"step": 2},  # nothing has been registered: the leaders hold nothing
        {"step": 3},
        {"step": 4},
        {"step": 99},
        {"step": "x"},
        {"step": ""},
        {"department": 10**30},
        {"department": "\x00"},
        {"department": ""},
        {"text": "x" * 501},
    ],
)
def test_a_reminder_that_makes_no_sense_is_refused(cast, quarter, sign_in, change):
    response = sign_in(cast.coordinator).post(NUDGE, ask(cast) | change)
    assert response.status_code == 422
    assert not Nudge.objects.exists()


def test_a_reminder_to_another_provinces_department_is_refused(cast, quarter, sign_in):
    response = sign_in(cast.coordinator).post(NUDGE, ask(cast, department=cast.other_department.pk))
    assert response.status_code == 422
    assert not Nudge.objects.exists()


def test_a_reminder_too_long_comes_back_as_typed(cast, quarter, sign_in):
    text = "Đăng ký " * 1200
    response = sign_in(cast.coordinator).post(NUDGE, ask(cast, text=text))
    assert text in response.content.decode()


def test_leaders_and_committee_are_reminded_when_they_hold_it_and_the_coordinator_is_not(
    cast, quarter, sign_in
):
    client = sign_in(cast.coordinator)
    make_plan(cast, cast.colleague, quarter, state="submitted")
    assert client.post(NUDGE, ask(cast, 2)).status_code == 302
    make_department_plan(cast, "sent", [cast.other_officer], quarter)
    at_coordinator = ask(cast, 2, department=cast.building.pk)
    assert client.post(NUDGE, at_coordinator).status_code == 422
    quarter.department_plans.get(department=cast.building).perform("forward", by=cast.coordinator)
    assert client.post(NUDGE, ask(cast, 3, department=cast.building.pk)).status_code == 302
    assert list(Nudge.objects.order_by("pk").values_list("step", flat=True)) == [2, 3]


@pytest.mark.parametrize("state", ["scheduled", "suspended"])
def test_nobody_is_reminded_while_the_quarter_does_not_run(cast, sign_in, state):
    quarter = make_quarter(cast, opened=False)
    if state == "suspended":
        quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    assert sign_in(cast.coordinator).post(NUDGE, ask(cast)).status_code == 422
    assert not Nudge.objects.exists()


# --- The calendar -------------------------------------------------------------------------------------------------------------


def rows_of(response):
    return {
        str(row.person): [(c.first, c.last) for c in row.cells if c.tone]
        for row in response.context["calendar"].rows
    }


def test_the_calendar_shows_approved_visits_of_everybody_and_others_only_to_those_who_may_know(
    cast, quarter, sign_in
):
    make_department_plan(cast, "approved", [cast.colleague], quarter)
    make_plan(cast, cast.other_officer, quarter, state="submitted")
    days = [(date(2026, 1, 20), date(2026, 1, 21))]
    seen = rows_of(sign_in(cast.officer).get(CALENDAR))
    assert seen["Trần Thị Bình"] == days
    assert seen["Đỗ Thị Giang"] == []
    assert "Mai Văn Quý" not in seen  # the driver owes nothing
    assert rows_of(sign_in(cast.other_head).get(CALENDAR))["Đỗ Thị Giang"] == days


def test_the_calendar_is_narrowed_to_a_department_and_a_month(cast, quarter, sign_in):
    make_department_plan(cast, "approved", [cast.colleague], quarter, lines=3)
    client = sign_in(cast.officer)
    response = client.get(CALENDAR, {"department": cast.movement.pk, "month": 2})
    assert set(rows_of(response)) == {"Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"}
    assert rows_of(response)["Trần Thị Bình"] == [(date(2026, 2, 3), date(2026, 2, 4))]
    calendar = response.context["calendar"]
    assert (len(calendar.days), [m.days for m in calendar.months]) == (28, [28])


@pytest.mark.parametrize(
    "filters",
    [
        {"month": 5},
        {"month": "x" * 10_240},
        {"department": 10**30},
        {"department": "\x00"},
    ],
)
def test_nonsense_in_the_calendars_address_shows_everything(cast, quarter, sign_in, filters):
    response = sign_in(cast.officer).get(CALENDAR, filters)
    assert response.status_code == 200
    assert len(response.context["calendar"].days) == 90
    assert len(rows_of(response)) == 10


def test_another_provinces_department_is_no_choice(cast, quarter, sign_in):
    response = sign_in(cast.officer).get(CALENDAR, {"department": cast.other_department.pk})
    assert len(rows_of(response)) == 10
    assert "Vĩnh Phúc" not in response.content.decode()


def test_the_drivers_own_plan_page_is_not_promised_by_the_board(cast, quarter):
    assert not OfficerPlan.objects.filter(officer=cast.driver).exists()
    assert all(
        not cell.url for row in seven_steps(quarter, cast.driver).rows for cell in row.cells if cell.step < 7
    )
