"""What steps 4-7 leave on whose desk: every kind of task, for exactly the people of the cast who can do it."""

from datetime import date, timedelta

import pytest

from accounts import clock
from accounts.models import Delegation, Membership, Role, RoleGrant, User
from fieldvisits.models import HostUnit, Nudge, QuarterReport, Recommendation, VisitResult, YearRule
from fieldvisits.pages.desk import desk_of

from ..cast import SINCE
from ..factories import (
    make_adhoc,
    make_change,
    make_department_plan,
    make_department_report,
    make_notice,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def quarter(cast, now):
    """Quarter I/2026 on 20 February: plans are no longer asked for by anything these tests look at."""
    quarter = make_quarter(cast)
    now.move_to("2026-02-20T09:00:00+07:00")
    return quarter


def whose(cast, key):
    """Who of the cast has a task of the group ``key``: ``{name: [(what, hint, late, verb)]}``."""
    found = {}
    for name, person in cast.people.items():
        desk = desk_of(User.objects.get(pk=person.pk))
        tasks = [(t.what, t.hint, t.late, t.verb) for g in desk.groups if g.key == key for t in g.tasks]
        if tasks:
            found[name] = tasks
    return found


UNIT = "Huyện đoàn Định Hóa"
CONTENT = "Ad-hoc visit: Hỗ trợ khắc phục hậu quả mưa lũ"


# --- Step 4 -------------------------------------------------------------------------------------------------------------------


def test_an_ad_hoc_visit_waits_for_the_leaders_then_for_the_committee(cast, quarter):
    what = f"Nguyễn Văn An · {UNIT} · 21/02/2026"
    request = make_adhoc(cast)
    task = [(what, CONTENT, 0, "endorse")]
    assert whose(cast, "consent") == {"head": task, "deputy": task}
    request.perform("endorse", by=cast.head)
    task = [(what, CONTENT, 0, "consent")]
    assert whose(cast, "consent") == {"member": task, "second_member": task}
    request.perform("consent", by=cast.member)
    assert whose(cast, "consent") == {}


def test_nobody_is_asked_to_consent_to_their_own_visit(cast, quarter):
    own = make_adhoc(cast, cast.head)
    assert {name: tasks[0][3] for name, tasks in whose(cast, "consent").items()} == {
        "head": "put_up",
        "deputy": "endorse",
    }
    own.perform("put_up", by=cast.head)
    make_adhoc(cast, cast.member, state="submitted").perform("endorse", by=cast.other_head)
    assert {name: len(tasks) for name, tasks in whose(cast, "consent").items()} == {
        "member": 1,
        "second_member": 2,
    }


def test_a_consent_is_late_once_the_visit_has_begun(cast, quarter, now):
    make_adhoc(cast, state="endorsed")
    now.move_to("2026-02-23T09:00:00+07:00")
    assert whose(cast, "consent")["member"][0][2] == 2


def test_a_confirmation_waits_for_the_member_who_agreed_and_turns_red_after_three_days(cast, quarter, now):
    make_adhoc(cast, state="to_confirm")
    (name, tasks), *others = whose(cast, "consent").items()
    assert (name, others, tasks[0][2:]) == ("member", [], (0, "confirm"))
    assert tasks[0][1].startswith("Agreed by word of mouth, to be confirmed")
    now.move_to("2026-02-23T23:00:00+07:00")
    assert whose(cast, "consent")["member"][0][2] == 0
    now.move_to("2026-02-25T09:00:00+07:00")
    assert whose(cast, "consent")["member"][0][2] == 2


def test_a_stand_in_of_the_member_confirms(cast, quarter):
    make_adhoc(cast, state="to_confirm")
    Delegation.objects.create(
        grant=RoleGrant.objects.get(user=cast.member, role=Role.COMMITTEE),
        delegate=cast.coordinator,
        reason="Đi công tác",
        valid_from=date(2026, 2, 1),
        valid_to=date(2026, 2, 28),
    )
    assert set(whose(cast, "consent")) == {"member", "coordinator"}


def test_a_change_inside_the_quarter_is_the_heads_and_says_old_and_new(cast, quarter):
    make_change(cast, make_visit(cast, first=date(2026, 3, 3)))
    wish = f"Nguyễn Văn An · {UNIT} · 03/03/2026 – 04/03/2026 → 10/03/2026 – 11/03/2026"
    task = [(wish, "Change request", 0, "grant")]
    assert whose(cast, "consent") == {"head": task, "deputy": task}


@pytest.mark.parametrize(
    ("first", "wish"),
    [
        (date(2026, 3, 3), "03/03/2026 – 04/03/2026 · another unit: Huyện đoàn Võ Nhai"),
        (
            date(2026, 3, 9),
            "03/03/2026 – 04/03/2026 → 09/03/2026 – 10/03/2026 · another unit: Huyện đoàn Võ Nhai",
        ),
    ],
)
def test_a_change_of_the_unit_names_only_what_changes(cast, quarter, first, wish):
    visit = make_visit(cast, first=date(2026, 3, 3))
    days = {"starts": first, "ends": first + timedelta(days=1)}
    make_change(cast, visit, unit=make_unit(cast, "Huyện đoàn Võ Nhai"), **days)
    assert whose(cast, "consent")["head"][0][0] == f"Nguyễn Văn An · {wish}"


def test_a_change_of_the_unit_goes_on_to_the_committee(cast, quarter):
    visit = make_visit(cast, first=date(2026, 3, 3))
    change = make_change(cast, visit, unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    assert {n: t[0][3] for n, t in whose(cast, "consent").items()} == {"head": "endorse", "deputy": "endorse"}
    change.perform("endorse", by=cast.head)
    assert {n: t[0][3] for n, t in whose(cast, "consent").items()} == {
        "member": "grant",
        "second_member": "grant",
    }


def test_a_cancellation_says_so(cast, quarter):
    visit = make_visit(cast, first=date(2026, 3, 3))
    make_change(cast, visit, kind="cancel", starts=None, ends=None, unit=None)
    assert whose(cast, "consent")["head"][0][0].endswith("03/03/2026 – 04/03/2026 → cancelled")


def test_what_was_returned_waits_for_its_officer_with_the_reason(cast, quarter):
    make_adhoc(cast, state="returned")
    make_change(cast, make_visit(cast, first=date(2026, 3, 3)), "returned")
    make_result(cast, make_visit(cast, first=date(2026, 2, 3)), "returned")
    make_quarter_report(cast, state="returned")
    assert {name: sorted(t[1] for t in tasks) for name, tasks in whose(cast, "returned").items()} == {
        "officer": ["Bổ sung", "Bổ sung số liệu", "Chọn ngày khác", "Ghi rõ nội dung"]
    }


def test_a_refused_ad_hoc_visit_is_told_to_its_officer_with_the_reason_for_two_weeks(cast, quarter, now):
    make_adhoc(cast, state="refused")
    make_adhoc(cast, cast.colleague, "to_confirm").perform("deny", by=cast.member, comment="Tôi chưa đồng ý")
    told = {
        "officer": [(f"{UNIT} · 21/02/2026", "Đã có người đi", 0, "")],
        "colleague": [(f"{UNIT} · 20/02/2026", "Tôi chưa đồng ý", 0, "")],
    }
    assert whose(cast, "refused") == told
    now.move_to("2026-03-06T09:00:00+07:00")
    assert whose(cast, "refused") == told
    now.move_to("2026-03-06T09:00:01+07:00")
    assert whose(cast, "refused") == {}


# --- Step 5 -------------------------------------------------------------------------------------------------------------------


def test_units_to_tell_wait_for_the_leaders_until_they_are_told(cast, quarter):
    visit = make_visit(cast, first=date(2026, 3, 3))
    make_visit(cast, first=date(2026, 2, 10))  # over: nobody is told any more
    hint = f"Ban Phong trào; the next visit is on 03/03/2026 at {UNIT}"
    task = [("1 host unit to tell", hint, 0, "")]
    assert whose(cast, "contact") == {"head": task, "deputy": task}
    notice = make_notice(cast, visit)
    task = [(f"Send the notice: {UNIT}", "", 0, "")]
    assert whose(cast, "contact") == {"head": task, "deputy": task}
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    assert whose(cast, "contact") == {}


@pytest.mark.parametrize("answer", ["other_date", "refused"])
def test_a_unit_that_cannot_receive_a_visit_is_shown_to_officer_and_leaders(cast, quarter, answer):
    visit = make_visit(cast, first=date(2026, 3, 3))
    notice = make_notice(cast, visit)
    more = {"starts": date(2026, 3, 9)} if answer == "other_date" else {}
    notice.record_answer(notice.lines.get(), answer, by=cast.head.powers, how="phone", **more)
    assert set(whose(cast, "answered")) == {"officer", "head", "deputy"}
    make_change(cast, visit)
    assert whose(cast, "answered") == {}


# --- Step 6 -------------------------------------------------------------------------------------------------------------------


def test_results_owed_are_their_officers_and_late_after_ten_days(cast, quarter):
    late, fresh = make_visit(cast, first=date(2026, 2, 5)), make_visit(cast, first=date(2026, 2, 17))
    make_visit(cast, first=date(2026, 2, 20))  # still there
    owed = [
        (f"{UNIT} · 05/02/2026 – 06/02/2026", "", 4, "start"),
        (f"{UNIT} · 17/02/2026 – 18/02/2026", "", 0, "start"),
    ]
    assert whose(cast, "owed") == {"officer": owed}
    result = VisitResult.objects.start(late, by=cast.officer.powers)
    desk = desk_of(User.objects.get(pk=cast.officer.pk))
    (task, other) = next(g for g in desk.groups if g.key == "owed").tasks
    assert (task.url, task.hint, task.tap) == (f"/results/{result.pk}/", "Draft, not sent yet", None)
    assert other.tap.url == f"/visits/{fresh.pk}/result/"


def test_results_wait_for_the_leaders_and_a_heads_own_for_the_desk(cast, quarter):
    make_result(cast, make_visit(cast), "submitted")
    own = make_result(cast, make_visit(cast, cast.head), "submitted")
    people = whose(cast, "results")
    assert {name: [t[0] for t in tasks] for name, tasks in people.items()} == {
        "head": ["Nguyễn Văn An", "Lê Thị Chi"]
        if people["head"][0][0] == "Nguyễn Văn An"
        else ["Lê Thị Chi", "Nguyễn Văn An"],
        "deputy": [t[0] for t in people["deputy"]],
    }
    assert len(people["deputy"]) == 2
    own.perform("put_up", by=cast.head)
    assert [t[0] for t in whose(cast, "results")["results_desk"]] == ["Lê Thị Chi"]


def test_a_quarter_report_is_asked_for_from_the_quarters_last_day(cast, quarter, now):
    now.move_to("2026-03-30T09:00:00+07:00")
    assert whose(cast, "report") == {}
    now.move_to("2026-04-07T09:00:00+07:00")
    owing = {
        name
        for name, person in cast.people.items()
        if person.movement_work and person.province == cast.province
    }
    owing -= {"executive", "administrator"}
    assert whose(cast, "report") == {name: [("My report", "Not begun", 2, "")] for name in owing}
    make_quarter_report(cast)
    assert whose(cast, "report")["officer"] == [("My report", "Draft, not sent yet", 2, "")]
    QuarterReport.objects.get().perform("submit", by=cast.officer, comment="Gửi muộn")
    assert "officer" not in whose(cast, "report")
    assert set(whose(cast, "reports")) == {"head", "deputy"}


def test_a_department_report_is_asked_for_where_a_plan_was_approved_and_goes_its_way(cast, quarter, now):
    make_visit(cast)
    now.move_to("2026-04-07T09:00:00+07:00")
    task = [("Ban Phong trào", "Not begun", 2, "")]
    assert whose(cast, "department_report") == {"head": task, "deputy": task}
    report = make_department_report(cast, "sent")
    assert whose(cast, "department_report") == {}
    assert set(whose(cast, "forward")) == {"results_desk"}
    report.perform("forward", by=cast.results_desk)
    assert (whose(cast, "forward"), set(whose(cast, "note"))) == ({}, {"member", "second_member"})
    report.perform("return", by=cast.member, comment="Nêu rõ nguyên nhân")
    assert whose(cast, "department_report")["head"] == [("Ban Phong trào", "Nêu rõ nguyên nhân", 0, "")]


def test_overdue_recommendations_wait_for_whoever_is_in_charge(cast, quarter):
    made = make_recommendation(cast, state="open", due=date(2026, 2, 18))
    assert whose(cast, "recommendations") == {}
    Recommendation.objects.filter(pk=made.pk).update(owner=cast.colleague)
    assert whose(cast, "recommendations") == {
        "colleague": [(UNIT, "Bổ sung kinh phí tập huấn cán bộ chi đoàn", 2, "")]
    }


def test_nothing_of_a_suspended_quarter_waits(cast, quarter, now):
    make_visit(cast, first=date(2026, 2, 5))
    make_adhoc(cast)
    make_result(cast, make_visit(cast, cast.colleague), "submitted")
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    now.move_to("2026-04-07T09:00:00+07:00")
    for key in ("consent", "owed", "results", "report", "department_report", "contact"):
        assert whose(cast, key) == {}, key


def test_a_reminder_of_a_later_step_stands_with_those_who_hold_it(cast, quarter):
    make_result(cast, make_visit(cast), "submitted")
    make_visit(cast, cast.colleague, first=date(2026, 2, 5))
    Nudge.objects.create(
        quarter=quarter,
        department=cast.movement,
        step=6,
        day=date(2026, 2, 19),
        sender=cast.coordinator,
        text="Báo cáo sớm",
    )
    reminded = {
        name
        for name, person in cast.people.items()
        if [r.nudge.text for r in desk_of(User.objects.get(pk=person.pk)).reminders] == ["Báo cáo sớm"]
    }
    assert reminded == {"head", "deputy", "colleague"}


def test_every_address_of_a_desk_opens(cast, quarter, sign_in):
    make_adhoc(cast)
    make_change(cast, make_visit(cast, first=date(2026, 3, 3)), "forwarded")
    make_visit(cast, first=date(2026, 2, 5))
    make_result(cast, make_visit(cast, cast.colleague), "submitted")
    make_quarter_report(cast, state="submitted")
    make_department_report(cast, "sent")
    for person in cast.people.values():
        client = sign_in(person)
        for task in desk_of(User.objects.get(pk=person.pk)).tasks:
            assert client.get(task.url).status_code == 200, (person, task)


def test_consent_is_one_tap_on_home(cast, quarter, sign_in):
    request = make_adhoc(cast, state="endorsed")
    client = sign_in(cast.member)
    assert f'action="/adhoc/{request.pk}/consent/"' in client.get("/").content.decode()
    client.post(f"/adhoc/{request.pk}/consent/", {"seen": str(request.seen), "next": "/"})
    request.refresh_from_db()
    assert request.state == "consented"


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "sub-quotas, holidays do not count"])
@pytest.mark.parametrize("number", [1, 3])
def test_home_asks_as_often_for_one_of_each_as_for_three(
    cast, quarter, number, strict, sign_in, django_assert_num_queries
):
    if strict:
        quarter.rule.sub_quotas.create(level="district", days=30)
        YearRule.objects.update(holidays_count=False)
    make_visit(cast, cast.head, first=date(2026, 2, 5))
    for n in range(number):
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=cast.movement, valid_from=SINCE)
        RoleGrant.objects.create(user=user, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
        unit = HostUnit.objects.first()
        make_result(cast, make_visit(cast, user), "submitted")
        make_visit(cast, user, first=date(2026, 3, 3), unit=unit)
        make_adhoc(cast, user, first=date(2026, 2, 25) + timedelta(days=n))
        make_quarter_report(cast, user, state="submitted")
    make_department_report(cast)
    client = sign_in(cast.head)
    client.get("/")
    with django_assert_num_queries(22 if strict else 20):
        response = client.get("/")
    keys = {group.key: len(group.tasks) for group in response.context["desk"].groups}
    assert (keys["consent"], keys["results"], keys["reports"], keys["owed"]) == (number, number, number, 1)


def test_the_row_of_a_meeting_says_that_it_opens_the_meeting(cast, quarter, sign_in, english):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    page = sign_in(cast.member).get("/").content.decode()
    assert "Open the meeting<span" in page


def test_a_task_names_its_quarter_once(cast, quarter):
    make_quarter(cast, number=2, opened=False)
    (task,) = desk_of(User.objects.get(pk=cast.coordinator.pk)).ahead
    assert (task.what, task.about, task.named) == ("quarter II/2026", "", "quarter II/2026")


def test_ones_own_report_is_one_part_of_a_tasks_hint(cast, quarter, now):
    now.move_to("2026-04-02T09:00:00+07:00")
    make_quarter_report(cast, cast.head, state="submitted")
    hint = "my own: a deputy decides, or it is passed on"
    assert whose(cast, "reports")["head"] == [("Lê Thị Chi", hint, 0, "")]
