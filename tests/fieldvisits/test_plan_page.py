"""Step 1 in the browser's terms: starting a plan, its page while it is typed, and the paper it becomes."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Membership, Role, RoleGrant
from fieldvisits.models import (
    Event,
    LineDecision,
    OfficerPlan,
    Remark,
    UnitAssignment,
    Verdict,
)

from ..factories import (
    close_meeting,
    make_department_plan,
    make_line,
    make_meeting,
    make_plan,
    make_quarter,
    make_unit,
)
from .typing_plans import HTMX, page, save, typed


@pytest.fixture
def me(cast, sign_in, english):
    return sign_in(cast.officer)


@pytest.fixture
def plan(cast):
    return make_plan(cast)


@pytest.fixture
def line(plan):
    return plan.lines.get()


def test_one_is_invited_to_start(cast, me):
    quarter = make_quarter(cast)
    response = me.get(quarter.url("plan-mine"))
    assert "Start my plan" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


def test_starting_twice_is_starting_once(cast, me):
    quarter = make_quarter(cast)
    first, second = me.post(quarter.url("plan-mine")), me.post(quarter.url("plan-mine"))
    plan = OfficerPlan.objects.get()
    assert (plan.officer, plan.state) == (cast.officer, "draft")
    assert first.url == second.url == me.get(quarter.url("plan-mine")).url == plan.get_absolute_url()


def test_who_has_no_plan_is_told_why(cast, sign_in, english):
    quarter = make_quarter(cast)
    client = sign_in(cast.driver)
    assert "Start my plan" not in client.get(quarter.url("plan-mine")).content.decode()
    response = client.post(quarter.url("plan-mine"), follow=True)
    assert "outside the quota" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


def test_a_quarter_that_is_not_open_says_so(cast, me):
    quarter = make_quarter(cast, number=2, opened=False)
    response = me.post(quarter.url("plan-mine"), follow=True)
    assert "not open yet" in response.content.decode()
    assert OfficerPlan.objects.count() == 0


def test_totals_and_calendar_follow_the_lines(cast, me, plan, line):
    text = save(me, line, ends="24/01/2026").content.decode()
    assert "This quarter <b>5</b> days" in text
    assert "still missing <b>55</b> of 60" in text
    assert text.count('class="line-1"') == 5


def test_hints_come_from_what_the_officer_may_know(cast, me, plan, line):
    make_plan(cast, cast.colleague)  # a draft: nobody may know of it
    assert "Trần Thị Bình (" not in page(me, plan)
    paper = make_department_plan(cast, "approved", [cast.colleague])
    assert paper.state == "approved"
    assert "Also going there: Trần Thị Bình (20/01 – 21/01)" in page(me, plan)
    UnitAssignment.objects.create(unit=line.unit, officer=cast.officer, valid_from=date(2026, 1, 1))
    assert "A unit assigned to you." in page(me, plan)


def test_the_department_that_is_away_is_counted_without_names(cast, me, plan, line):
    Membership.objects.filter(department=cast.movement, user__in=[cast.head, cast.deputy]).delete()
    assert "Up to 1 of the department&#x27;s 2 officers are away" in page(me, plan)
    make_plan(cast, cast.colleague, state="submitted")
    text = page(me, plan)
    assert "Up to 2 of the department&#x27;s 2 officers are away" in text
    assert "Trần Thị Bình (" not in text


def test_an_empty_plan_says_why_it_cannot_be_sent(cast, me):
    plan = make_plan(cast, lines=0)
    text = page(me, plan)
    assert "No line yet" in text
    assert "The plan has no line yet. Add at least one visit." in text


def test_what_is_missing_is_named_with_a_link(me, plan, line):
    make_line(plan, None, date(2026, 2, 3))
    other = plan.lines.latest("pk")
    text = page(me, plan)
    assert f'<a class="problem" href="#line-{other.pk}">Choose the host unit.</a>' in text
    assert "Complete the lines named above first." in text


def test_it_is_sent_from_its_page(cast, me, plan):
    text = page(me, plan)
    assert "Reason of the delay" not in text
    me.post(
        reverse("paper-transition", args=["plans", plan.pk, "submit"]),
        {"seen": re.search(r'name="seen" value="(\d+)"', text)[1], "next": plan.get_absolute_url()},
    )
    plan.refresh_from_db()
    assert (plan.state, plan.late, plan.submitted_on) == ("submitted", False, date(2026, 1, 3))


def test_after_the_due_date_a_reason_is_asked_for(cast, me, plan, now):
    now.move_to("2026-01-06T09:00:00+07:00")
    assert "The due date 05/01/2026 has passed: give the reason of the delay." in page(me, plan)
    url = reverse("paper-transition", args=["plans", plan.pk, "submit"])
    me.post(url, {"seen": 0})
    plan.refresh_from_db()
    assert plan.state == "draft"
    me.post(url, {"seen": 0, "comment": "Đi học"})
    plan.refresh_from_db()
    assert (plan.state, plan.late, plan.late_reason) == ("submitted", True, "Đi học")
    assert "Reason: Đi học" in page(me, plan)


def test_a_returned_plan_shows_what_was_said_where(cast, me, plan, line):
    make_line(plan, line.unit, date(2026, 2, 3))
    plan.perform("submit", by=cast.officer)
    line.refresh_from_db()
    line.perform("strike", by=cast.head, comment="Trùng với ban khác")
    Remark.objects.create(visit=line, author=cast.head, role="head", text="Nêu rõ xã", at="2026-01-03T09:00Z")
    plan.refresh_from_db()
    plan.perform("return", by=cast.head, comment="Bổ sung kết quả dự kiến")
    text = page(me, plan)
    assert "Bổ sung kết quả dự kiến" in text
    assert "Trùng với ban khác" in text
    assert "Nêu rõ xã" in text
    assert f'id="form-{line.pk}"' not in text
    assert "each date counts once" not in text
    me.post(reverse("paper-transition", args=["visits", line.pk, "propose_again"]), {"seen": 0})
    line.refresh_from_db()
    assert line.state == "struck"  # the page was stale: it did not show the strike
    me.post(reverse("paper-transition", args=["visits", line.pk, "propose_again"]), {"seen": line.seen})
    line.refresh_from_db()
    assert line.state == "planned"
    assert f'id="form-{line.pk}"' in page(me, plan)


def test_a_struck_line_is_not_typed_over(cast, me, plan, line):
    plan.perform("submit", by=cast.officer)
    line.perform("strike", by=cast.head, comment="Trùng")
    plan.refresh_from_db()
    plan.perform("return", by=cast.head, comment="Bổ sung")
    assert save(me, line, content="Khác").status_code == 409
    line.refresh_from_db()
    assert line.content == "Khảo sát, nắm tình hình chi đoàn"
    me.post(reverse("line-remove", args=[line.pk]))
    assert plan.lines.count() == 0


def test_in_a_suspended_quarter_the_draft_is_read_only(cast, me, plan, line):
    plan.quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    text = page(me, plan)
    assert "Dịch bệnh" in text
    assert "line-form" not in text
    assert save(me, line, content="x").status_code == 409


def test_after_sending_it_is_the_paper(cast, me):
    plan = make_plan(cast, state="submitted")
    text = page(me, plan)
    assert "line-form" not in text
    assert "Leaders of Ban Phong trào" in text
    assert "Khảo sát, nắm tình hình chi đoàn" in text
    assert "Withdraw" in text
    assert "remark-" not in text


def test_leaders_find_what_they_may_do_and_where_to_comment(cast, sign_in, english):
    plan = make_plan(cast, state="submitted")
    line = plan.lines.get()
    for person, comments, strikes in [
        (cast.head, True, True),
        (cast.coordinator, True, False),
        (cast.member, True, False),
        (cast.results_desk, False, False),
    ]:
        sign_in(person)
        text = page(english, plan)
        assert (reverse("remark-add", args=[line.pk]) in text) == comments, person
        assert (reverse("paper-transition", args=["visits", line.pk, "strike"]) in text) == strikes, person


@pytest.mark.parametrize(
    ("who", "state", "expected"),
    [
        ("colleague", "draft", 404),
        ("head", "draft", 404),
        ("officer", "draft", 200),
        ("head", "submitted", 200),
        ("colleague", "submitted", 404),
        ("executive", "submitted", 404),
        ("strange_head", "submitted", 404),
        ("administrator", "submitted", 404),
        ("central", "submitted", 404),
    ],
)
def test_who_reads_a_plan(cast, sign_in, who, state, expected):
    plan = make_plan(cast, state=state)
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("plan-detail", args=[plan.pk])).status_code == expected


def test_an_approved_plan_reads_as_registered_and_as_approved(cast, me):
    paper = make_department_plan(cast, "forwarded", lines=3)
    plan = OfficerPlan.objects.get(department_plan=paper)
    other = make_unit(cast, "Huyện đoàn Đại Từ")
    meeting = make_meeting(cast, paper.quarter)
    first, second, third = plan.lines.in_order()
    meeting.decide_line(first, Verdict.AGREE, by=cast.member.powers)
    meeting.decide_line(
        second,
        Verdict.AMEND,
        by=cast.member.powers,
        reason="Trùng hội nghị",
        starts=date(2026, 2, 9),
        ends=date(2026, 2, 10),
        unit=other,
    )
    meeting.decide_line(third, Verdict.STRIKE, by=cast.member.powers, reason="Chưa cần thiết")
    close_meeting(meeting, cast.member)
    text = page(me, plan)
    assert (
        "registered: 27/01/2026 – 28/01/2026, Huyện đoàn Định Hóa → "
        "approved: 09/02/2026 – 10/02/2026, Huyện đoàn Đại Từ" in text
    )
    assert "Chưa cần thiết" in text
    assert "As registered" in text
    assert "As approved" in text
    assert Event.objects.of(plan).filter(verb="approve").get().copy[2]["unit_name"] == "Huyện đoàn Đại Từ"
    assert LineDecision.objects.count() == 3


def test_the_printed_form_is_vietnamese_in_any_language(cast, me):
    text = page(me, make_plan(cast, state="submitted"))
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in text
    assert "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN" in text
    assert "NGƯỜI ĐĂNG KÝ" in text


def count(client, url, method="get", **post):
    with CaptureQueriesContext(connection) as queries:
        response = client.post(url, post, headers=HTMX) if method == "post" else client.get(url)
    assert response.status_code == 200
    return len(queries)


def fill(cast, plan, unit, lines):
    for n in range(plan.lines.count(), lines):
        line = make_line(plan, unit, date(2026, 1, 12 + 7 * n))
        line.companions.add(cast.other_officer)
        Remark.objects.create(
            visit=line, author=cast.head, role="head", text="Rõ hơn", at="2026-01-03T09:00Z"
        )


def test_the_page_and_a_save_cost_the_same_for_one_and_three_lines(cast, me):
    unit = make_unit(cast)
    plan = make_plan(cast, lines=0)
    url = reverse("plan-detail", args=[plan.pk])
    costs = []
    for lines in (1, 3):
        fill(cast, plan, unit, lines)
        line = plan.lines.earliest("pk")
        me.get(url)
        post = typed(line, content=f"Lần {lines}")
        costs.append((count(me, url), count(me, reverse("line-save", args=[line.pk]), "post", **post)))
    assert costs[0] == costs[1] == (25, 29)


def test_lines_at_units_that_have_ended_cost_no_more_each(cast, me):
    unit = make_unit(cast, "Huyện đoàn cũ", valid_to=date(2026, 1, 5))
    unit.successors.add(make_unit(cast, "Xã đoàn mới"))
    plan = make_plan(cast, lines=0)
    costs = []
    for lines in (1, 3):
        fill(cast, plan, unit, lines)
        page(me, plan)
        costs.append(count(me, reverse("plan-detail", args=[plan.pk])))
    assert costs[0] == costs[1] == 25
    assert page(me, plan).count('href="#line-') == 3


def test_the_paper_costs_the_same_for_one_and_three_lines(cast, sign_in, english):
    costs = []
    for officer, lines in [(cast.officer, 1), (cast.colleague, 3)]:
        plan = make_plan(cast, officer, lines=0)
        fill(cast, plan, make_unit(cast), lines)
        plan.perform("submit", by=officer)
        url = reverse("plan-detail", args=[plan.pk])
        sign_in(cast.head)
        english.get(url)
        costs.append(count(english, url))
    assert costs[0] == costs[1] == 18


def test_the_list_costs_the_same_for_one_and_three_plans(cast, sign_in, english):
    url = make_quarter(cast).url("plan-list")
    make_plan(cast, cast.officer, state="submitted")
    client = sign_in(cast.coordinator)
    client.get(url)
    one = count(client, url)
    make_plan(cast, cast.colleague, state="submitted", lines=3)
    make_plan(cast, cast.other_officer, state="endorsed")
    assert count(client, url) == one


def test_a_role_that_has_ended_ends_the_typing(cast, me, plan, line):
    RoleGrant.objects.filter(user=cast.officer, role=Role.OFFICER).update(valid_to=date(2026, 1, 2))
    assert save(me, line, content="x").status_code == 403
    assert "line-form" not in page(me, plan)
