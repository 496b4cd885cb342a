"""What waits for whom, what home shows to each, and what the search finds."""

from datetime import date, timedelta

import pytest

from accounts import clock
from accounts.models import Delegation, Department, Membership, Role, RoleGrant, User
from fieldvisits.models import Exemption, Nudge, Quarter, YearRule
from fieldvisits.pages.desk import desk_of, my_year
from fieldvisits.pages.finding import find
from fieldvisits.views.home import headline

from ..cast import SINCE
from ..factories import make_department_plan, make_line, make_meeting, make_plan, make_quarter, make_unit

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def waiting(user):
    """``[(group, what, hint, late)]`` of a person, read afresh."""
    desk = desk_of(User.objects.get(pk=user.pk))
    return [(group.key, task.what, task.hint, task.late) for group in desk.groups for task in group.tasks]


# --- The desk -------------------------------------------------------------------------------------------------------------


def test_an_officer_without_a_plan_is_asked_to_register(cast, quarter):
    assert waiting(cast.officer) == [("own", "My plan", "No plan yet", 0)]
    desk = desk_of(cast.officer)
    assert desk.primary == ("Register the plan of quarter I/2026", "/quarters/2026/1/plan/")


def test_an_officer_without_a_plan_is_late_after_the_due_date(cast, quarter, now):
    now.move_to("2026-01-09T09:00:00+07:00")
    assert waiting(cast.officer) == [("own", "My plan", "No plan yet", 4)]


def test_a_draft_waits_for_its_officer(cast, quarter):
    plan = make_plan(cast, quarter=quarter)
    assert waiting(cast.officer) == [("own", "My plan", "Draft, not sent yet", 0)]
    assert desk_of(cast.officer).tasks[0].url == f"/plans/{plan.pk}/"


def test_a_returned_plan_waits_with_what_the_head_said_and_is_not_late(cast, quarter, now):
    make_plan(cast, quarter=quarter, state="returned")
    now.move_to("2026-01-09T09:00:00+07:00")
    assert waiting(cast.officer) == [("returned", "My plan", "Bổ sung kết quả dự kiến", 0)]


def test_a_sent_plan_waits_for_nobody_but_its_leaders(cast, quarter):
    make_plan(cast, cast.head, quarter, "submitted")
    make_plan(cast, cast.deputy, quarter, "submitted")
    make_plan(cast, quarter=quarter, state="submitted")
    assert waiting(cast.officer) == []
    own_hint = "My own plan: a deputy agrees, or it is put up"
    assert waiting(cast.head) == [
        ("decide", "Lê Thị Chi", own_hint, 0),
        ("decide", "Nguyễn Văn An", "", 0),
        ("decide", "Phạm Văn Dũng", "", 0),
    ]
    # the deputy sees the head's plan, not their own
    assert [row[1] for row in waiting(cast.deputy)] == ["Lê Thị Chi", "Nguyễn Văn An"]
    assert [row[0] for row in waiting(cast.other_head)] == ["own"]


def test_agreed_plans_wait_to_be_sent_when_none_waits_for_agreement(cast, quarter, now):
    make_plan(cast, cast.head, quarter, "endorsed")
    make_plan(cast, quarter=quarter, state="endorsed")
    other = make_plan(cast, cast.colleague, quarter, "submitted")
    assert [row[0] for row in waiting(cast.head)] == ["decide"]
    other.perform("endorse", by=cast.head)
    now.move_to("2026-01-12T09:00:00+07:00")
    assert waiting(cast.head) == [("send", "Ban Phong trào", "3 plans agreed", 2)]
    assert desk_of(cast.head).primary == (
        "Send the department plan",
        f"/quarters/2026/1/departments/{cast.movement.pk}/",
    )


def test_a_returned_department_plan_waits_for_its_leaders(cast, quarter):
    make_department_plan(cast, "returned", [cast.officer, cast.head], quarter)
    assert waiting(cast.head) == [("send", "Ban Phong trào", "Thiếu đơn vị đến", 0)]


def test_a_sent_department_plan_waits_for_the_coordinator(cast, quarter, now):
    paper = make_department_plan(cast, "sent", [cast.officer], quarter)
    make_plan(cast, cast.coordinator, quarter, "submitted")
    now.move_to("2026-01-12T09:00:00+07:00")
    assert waiting(cast.coordinator) == [("check", "Ban Phong trào", "", 2)]
    task = desk_of(cast.coordinator).tasks[0]
    assert (task.url, task.verb, task.since) == (
        f"/department-plans/{paper.pk}/",
        "forward",
        date(2026, 1, 3),
    )
    assert [row[0] for row in waiting(cast.member)] == ["own"]


def test_a_forwarded_department_plan_waits_for_the_standing_committee(cast, quarter, now):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    for member in (cast.member, cast.second_member):
        make_plan(cast, member, quarter, "submitted")
        assert waiting(member) == [("meeting", "Ban Phong trào", "", 0)]
        assert desk_of(member).primary == ("Go to the meeting", "/quarters/2026/1/meeting/")
    now.move_to("2026-01-20T09:00:00+07:00")
    assert waiting(cast.member) == [("meeting", "Ban Phong trào", "", 5)]


def test_a_meeting_in_progress_waits_even_with_nothing_on_the_table(cast, quarter):
    make_meeting(cast, quarter)
    assert waiting(cast.member)[-1] == ("meeting", "Meeting in progress", "", 0)


def test_the_coordinator_opens_a_quarter_whose_day_has_come_and_sees_the_next(cast, quarter, now):
    assert [(t.what, t.due) for t in desk_of(cast.coordinator).ahead] == [
        ("quarter II/2026", date(2026, 3, 12))
    ]
    now.move_to("2026-03-14T09:00:00+07:00")
    coordinator = User.objects.get(pk=cast.coordinator.pk)
    desk = desk_of(coordinator)
    assert [(g.key, t.what, t.late, t.verb) for g in desk.groups for t in g.tasks if g.key == "open"] == [
        ("open", "quarter II/2026", 2, "open")
    ]
    assert [row[0] for row in waiting(cast.head)] == ["own"]


def test_every_open_quarter_counts_and_a_quarter_that_is_over_does_not(cast, quarter, now):
    now.move_to("2026-03-20T09:00:00+07:00")
    coming = make_quarter(cast, 2026, 2)
    make_plan(cast, quarter=coming)
    assert [row[2] for row in waiting(cast.officer)] == ["No plan yet", "Draft, not sent yet"]
    now.move_to(
        "2026-04-02T09:00:00+07:00"
    )  # quarter I is over: no plan is asked for any more, its report is
    assert [row[:3] for row in waiting(cast.officer)] == [
        ("own", "My plan", "Draft, not sent yet"),
        ("report", "My report", "Not begun"),
    ]


def test_what_is_overdue_comes_first_as_the_one_thing_to_do(cast, quarter, now):
    make_plan(cast, cast.member, quarter, "submitted")
    now.move_to("2026-03-20T09:00:00+07:00")
    coming = make_quarter(cast, 2026, 2)
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    assert [row[0] for row in waiting(cast.member)] == ["own", "meeting"]
    assert desk_of(cast.member).primary == ("Go to the meeting", quarter.url("meeting"))
    assert coming.state == "open"


def test_nothing_waits_in_a_suspended_quarter(cast, quarter):
    make_plan(cast, quarter=quarter, state="submitted")
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    for who in ("officer", "colleague", "head", "member"):
        assert waiting(getattr(cast, who)) == []


def test_nobody_without_a_duty_is_asked_for_anything(cast, quarter):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    Exemption.objects.create(
        officer=cast.colleague,
        kind="maternity",
        reason="Nghỉ thai sản",
        decision="7",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 3, 31),
    )
    for who in ("colleague", "driver", "executive", "administrator", "central", "stranger"):
        assert waiting(getattr(cast, who)) == [], who


def test_a_stand_in_has_the_heads_desk_and_not_their_own_paper(cast, quarter):
    grant = RoleGrant.objects.get(user=cast.other_head, role=Role.HEAD)
    Delegation.objects.create(
        grant=grant,
        delegate=cast.other_officer,
        reason="Đi cơ sở",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 10),
    )
    make_plan(cast, cast.other_officer, quarter, "submitted")
    make_plan(cast, cast.results_desk, quarter, "submitted")
    assert waiting(cast.other_officer) == [("decide", "Bùi Văn Lâm", "", 0)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_desk_asks_as_often_for_one_paper_as_for_three(cast, quarter, number, django_assert_num_queries):
    head = User.objects.get(pk=cast.head.pk)
    assert head.powers.holdings
    make_plan(cast, head, quarter, "submitted")
    for officer in (cast.officer, cast.colleague, cast.deputy)[:number]:
        make_plan(cast, officer, quarter, "submitted")
    for number_of in range(number):
        day = date(2026, 1, 3) - timedelta(days=number_of)
        Nudge.objects.create(
            quarter=quarter, department=cast.movement, step=2, day=day, sender=cast.coordinator
        )
    with django_assert_num_queries(3):
        desk = desk_of(head)
        assert len(desk.tasks) == number + 1
        assert len(desk.reminders) == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_coordinators_desk_asks_as_often_for_one_paper_as_for_three(
    cast, quarter, number, django_assert_num_queries
):
    coordinator = User.objects.get(pk=cast.coordinator.pk)
    assert coordinator.powers.holdings
    make_plan(cast, coordinator, quarter, "submitted")
    for officer in (cast.officer, cast.colleague, cast.deputy)[:number]:
        make_department_plan(cast, "sent", [officer], quarter)
    with django_assert_num_queries(3):
        assert len(desk_of(coordinator).tasks) == number


# --- Reminders ------------------------------------------------------------------------------------------------------------


def remind(cast, quarter, department, step, text=""):
    return Nudge.objects.create(
        quarter=quarter,
        department=department,
        step=step,
        day=clock.today(),
        sender=cast.coordinator,
        text=text,
    )


def reminded(user):
    return [r.nudge.text for r in desk_of(User.objects.get(pk=user.pk)).reminders]


def test_those_who_hold_the_step_see_the_reminder_until_it_is_done(cast, quarter):
    remind(cast, quarter, cast.movement, 1, "Đề nghị đăng ký trước 05/01")
    make_plan(cast, cast.colleague, quarter, "submitted")
    assert reminded(cast.officer) == ["Đề nghị đăng ký trước 05/01"]
    for who in ("colleague", "driver", "other_officer", "coordinator", "stranger"):
        assert reminded(getattr(cast, who)) == [], who
    make_plan(cast, quarter=quarter, state="submitted")
    assert reminded(cast.officer) == []


def test_leaders_and_the_committee_are_reminded_of_their_own_steps(cast, quarter):
    for person in (cast.head, cast.deputy):
        make_plan(cast, person, quarter, "endorsed" if person == cast.head else "submitted")
    remind(cast, quarter, cast.movement, 2, "Ban gửi sớm")
    assert reminded(cast.head) == ["Ban gửi sớm"]
    assert reminded(cast.other_head) == []
    make_department_plan(cast, "forwarded", [cast.other_officer], quarter)
    remind(cast, quarter, cast.building, 3, "Xin ý kiến Thường trực")
    assert reminded(cast.member) == ["Xin ý kiến Thường trực"]


def test_the_latest_reminder_stands_for_the_earlier_ones(cast, quarter, now):
    remind(cast, quarter, cast.movement, 1, "Lần một")
    now.move_to("2026-01-04T09:00:00+07:00")
    remind(cast, quarter, cast.movement, 1, "Lần hai")
    assert reminded(cast.officer) == ["Lần hai"]


# --- My days ----------------------------------------------------------------------------------------------------------------


def test_my_days_count_approved_days_ahead_and_what_is_expected(cast, quarter, now):
    now.move_to("2026-01-20T09:00:00+07:00")
    make_department_plan(cast, "approved", [cast.officer], quarter, lines=2)  # 20-21 and 27-28 January
    now.move_to("2026-01-21T09:00:00+07:00")
    days = my_year(cast.officer, YearRule.objects.get(province=cast.province))
    # 21 of 365 days have passed: 60 × 21 ÷ 365 = 3.4; the 20th is over, the 21st, 27th and 28th lie ahead
    # the 20th waits for its result
    assert (days.accepted, days.waiting, days.ahead, days.missing) == (0, 1, 3, 56)
    assert (days.standing.pace.expected, days.owed) == (3, 60)
    assert days.scale == 60


# --- The headline ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        ("2026-01-03", "registration is due in 2 days (05/01/2026)"),
        ("2026-01-04", "registration is due in 1 day (05/01/2026)"),
        ("2026-01-05", "registration is due today (05/01/2026)"),
        ("2026-01-06", "department plans are due in 4 days (10/01/2026)"),
        ("2026-01-11", "the decision is due in 4 days (15/01/2026)"),
        ("2026-01-16", "the quarter ends in 74 days (31/03/2026)"),
        ("2026-04-01", "the quarter has ended (31/03/2026)"),
    ],
)
def test_the_headline_says_what_comes_next(cast, quarter, now, moment, sentence):
    now.move_to(f"{moment}T09:00:00+07:00")
    assert headline(quarter).sentence == sentence


def test_the_headline_of_a_quarter_that_is_not_open(cast, quarter, now):
    second = Quarter.objects.get(province=cast.province, year=2026, number=2)
    assert headline(second).sentence == "registration opens in 68 days (12/03/2026)"
    now.move_to("2026-03-14T09:00:00+07:00")
    assert headline(second).sentence == "registration should have opened (12/03/2026)"
    second.perform("suspend", by=cast.coordinator, comment="Bão lũ")
    assert headline(second).sentence == "The quarter is suspended: Bão lũ"


# --- The page ------------------------------------------------------------------------------------------------------------------


def test_everybody_has_a_home_and_it_is_closed_to_strangers(cast, quarter, client, sign_in):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    response = client.get("/")
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    for name, person in cast.people.items():
        assert sign_in(person).get("/").status_code == 200, name


def test_home_in_a_province_without_rules_says_what_to_do(cast, sign_in):
    response = sign_in(cast.officer).get("/")
    assert "home_other.html" in [t.name for t in response.templates]
    assert "Lý Văn Phúc" in response.content.decode()  # the administrator, whom to ask
    assert sign_in(cast.administrator).get("/").context["has_rule"] is False


def test_home_without_a_role_says_whom_to_ask(cast, quarter, sign_in):
    nobody = User.objects.create_user("khong", full_name="Lê Văn Không", province=cast.province)
    page = sign_in(nobody).get("/").content.decode()
    assert "Lý Văn Phúc" in page
    assert "phuc@example.vn" in page


def test_home_shows_no_paper_to_administrator_and_central_reviewer(cast, quarter, sign_in):
    make_department_plan(cast, "approved", [cast.officer], quarter)
    for person in (cast.administrator, cast.central):
        response = sign_in(person).get("/")
        assert "board" not in response.context
        assert 'href="/quarters/' not in response.content.decode()
        assert "Nguyễn Văn An" not in response.content.decode()


def test_home_shows_coming_visits_and_delegations(cast, quarter, sign_in):
    make_department_plan(cast, "approved", [cast.officer], quarter)
    Delegation.objects.create(
        grant=RoleGrant.objects.get(user=cast.head, role=Role.HEAD),
        delegate=cast.officer,
        reason="Đi cơ sở",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 10),
    )
    response = sign_in(cast.officer).get("/")
    assert [v.dates_text for v in response.context["upcoming"]] == ["20/01/2026 – 21/01/2026"]
    assert "10/01/2026" in response.content.decode()
    assert list(sign_in(cast.head).get("/").context["delegations"]) == list(response.context["delegations"])
    assert not sign_in(cast.colleague).get("/").context["delegations"]


def test_a_quarter_is_opened_from_home_with_one_tap(cast, quarter, now, sign_in):
    now.move_to("2026-03-14T09:00:00+07:00")
    second = Quarter.objects.get(province=cast.province, year=2026, number=2)
    client = sign_in(cast.coordinator)
    assert f'action="/quarters/{second.pk}/open/"' in client.get("/").content.decode()
    client.post(f"/quarters/{second.pk}/open/", {"seen": "0", "next": "/"})
    second.refresh_from_db()
    assert second.state == "open"


def test_the_reminder_stands_on_the_holders_home_with_its_text_escaped(cast, quarter, sign_in):
    remind(cast, quarter, cast.movement, 1, "Đăng ký <b>sớm</b>")
    page = sign_in(cast.officer).get("/").content.decode()
    assert "Đăng ký &lt;b&gt;sớm&lt;/b&gt;" in page


@pytest.mark.parametrize("number", [1, 3])
def test_home_asks_as_often_for_one_row_as_for_three(
    cast, quarter, number, sign_in, django_assert_num_queries
):
    make_department_plan(cast, "approved", [cast.coordinator], quarter, lines=number)
    for n in range(number):
        department = Department.objects.create(
            province=cast.province, code=f"b{n}", name=f"Ban {n}", valid_from=SINCE
        )
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=department, valid_from=SINCE)
        for role in (Role.OFFICER, Role.HEAD):
            place = {"department": department} if role == Role.HEAD else {}
            RoleGrant.objects.create(user=user, role=role, province=cast.province, valid_from=SINCE, **place)
        plan = make_plan(cast, user, quarter, state="submitted")
        plan.perform("put_up", by=user)
        paper = plan.quarter.department_plans.model.objects.open_for(quarter, department)
        paper.save()
        paper.perform("send", by=user, comment="Ban đã họp", met_on=clock.today())
    client = sign_in(cast.coordinator)
    client.get("/")
    with django_assert_num_queries(HOME_QUERIES):
        response = client.get("/")
    assert len(response.context["desk"].tasks) == number


#: The session and its device (3), powers (3), quarters, rules, desk, days (4), board (6), delegations.
HOME_QUERIES = 20


# --- Search --------------------------------------------------------------------------------------------------------------------


def test_the_search_finds_people_units_and_plans_without_accents(cast, quarter):
    make_unit(cast, "Huyện đoàn Định Hóa")
    plan = make_plan(cast, quarter=quarter, state="submitted")
    found = find(cast.head, "nguyen van AN")
    assert [str(p) for p in found.people] == ["Nguyễn Văn An"]
    assert list(found.plans) == [plan]
    assert [str(u) for u in find(cast.head, "dinh hoa").units] == ["Huyện đoàn Định Hóa"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an i/2026", True),
        ("An quý I/2026", True),
        ("an 1/2026", True),
        ("an 2026", True),
        ("an q1", True),
        ("an iv/2026", False),
        ("an 2025", False),
        ("binh i/2026", False),
    ],
)
def test_the_search_understands_a_quarter(cast, quarter, text, found):
    make_plan(cast, quarter=quarter)
    assert bool(find(cast.officer, text).plans) is found


def test_the_search_finds_staff_codes_and_decomposed_letters(cast, quarter):
    cast.colleague.code = "CB-07"
    cast.colleague.save()
    assert [str(p) for p in find(cast.officer, "cb-07").people] == ["Trần Thị Bình"]
    assert [str(p) for p in find(cast.officer, "Bi\u0300nh\x00").people] == ["Trần Thị Bình"]


def test_the_search_shows_no_plan_one_may_not_read_and_nothing_of_another_province(cast, quarter):
    make_unit(cast, "Thành đoàn Vĩnh Yên", there=True)
    make_plan(cast, cast.colleague, quarter, "submitted")
    make_plan(cast, quarter=quarter)  # a draft
    assert not find(cast.officer, "binh").plans
    assert not find(cast.head, "nguyen van an").plans
    assert not find(cast.officer, "vinh yen").units
    assert not find(cast.officer, "son").people
    for person in (cast.administrator, cast.stranger):
        assert not find(person, "an i/2026").plans


def test_the_search_stops_at_twenty_of_a_kind(cast, quarter):
    for n in range(23):
        make_unit(cast, f"Xã đoàn Số {n}")
    assert len(find(cast.officer, "xa doan").units) == 20


@pytest.mark.parametrize("text", ["", "   ", "\x00", "a" * 10_240, "%_'\"\\;--", "<script>", "ộ" * 5000])
def test_whatever_is_typed_the_search_page_stands(cast, quarter, sign_in, text):
    response = sign_in(cast.officer).get("/search/", {"q": text})
    assert response.status_code == 200
    assert "<script>" not in response.context["found"].text or "&lt;script&gt;" in response.content.decode()


def test_the_search_is_closed_to_strangers_and_to_people_without_a_province(cast, client, sign_in):
    assert client.get("/search/", {"q": "an"}).status_code == 302
    assert sign_in(cast.central).get("/search/", {"q": "an"}).status_code == 404


def test_every_result_of_the_search_opens(cast, quarter, sign_in):
    make_plan(cast, quarter=quarter)
    make_unit(cast, "Xã đoàn An Khánh")
    client = sign_in(cast.officer)
    found = find(cast.officer, "an")
    for thing in (*found.people, *found.units, *found.plans):
        assert client.get(thing.get_absolute_url()).status_code == 200, thing


def test_my_days_of_a_part_of_the_year_are_explained(cast, quarter):
    Membership.objects.filter(user=cast.officer).update(valid_from=date(2026, 7, 2))
    days = my_year(cast.officer, YearRule.objects.get(province=cast.province))
    # 2 July to 31 December are 183 days: 60 × 183 ÷ 365 = 30.1, rounded up
    assert days.owed == 31
    assert any("183" in line for line in days.standing.target.explanation)


def test_only_approved_visits_are_coming_visits(cast, quarter, sign_in):
    plan = make_plan(cast, quarter=quarter)
    make_line(plan, plan.lines.first().unit, date(2026, 2, 3))
    assert not sign_in(cast.officer).get("/").context["upcoming"]
