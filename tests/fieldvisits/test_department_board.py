"""The head's board (step 2): who sees it, what stands on it, what may be done from it."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Delegation, Membership, Role, RoleGrant, User
from fieldvisits.models import DepartmentPlan, Exemption, Officer, OfficerPlan, Quarter, Remark
from fieldvisits.pages.department_board import board_of
from tests.cast import SINCE
from tests.factories import make_department_plan, make_line, make_plan, make_quarter


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def board_url(department, quarter=None):
    return reverse("department-board", args=[2026, 1, department.pk])


def send_url(department):
    return reverse("department-send", args=[2026, 1, department.pk])


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def rows_of(cast, quarter, reader):
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    return {
        m.officer.username: m
        for m in board_of(quarter, cast.movement, User.objects.get(pk=reader.pk)).members
    }


def lend(grant_of, role, to, first=date(2026, 1, 1), last=date(2026, 1, 5)):
    grant = RoleGrant.objects.get(user=grant_of, role=role)
    lent = Delegation(grant=grant, delegate=to, valid_from=first, valid_to=last, reason="Đi cơ sở")
    lent.full_clean()
    lent.save()
    return lent


# --- Who sees it ------------------------------------------------------------------------------------------------------------

SEES_MOVEMENT = {
    "officer": 404,
    "colleague": 404,
    "head": 200,
    "deputy": 200,
    "other_officer": 404,
    "other_head": 404,
    "coordinator": 200,
    "results_desk": 200,
    "member": 200,
    "second_member": 200,
    "executive": 404,
    "administrator": 404,
    "driver": 404,
    "central": 404,
    "stranger": 404,
    "strange_head": 404,
    "strange_coordinator": 404,
    "strange_member": 404,
}


def test_every_person_of_the_cast_is_in_the_table(cast):
    assert SEES_MOVEMENT.keys() == cast.people.keys()


@pytest.mark.parametrize(("person", "status"), SEES_MOVEMENT.items())
def test_the_board_opens_for_leaders_and_the_desks_of_the_province(cast, quarter, sign_in, person, status):
    make_plan(cast, state="submitted")
    make_quarter(cast, there=True)
    assert sign_in(cast.people[person]).get(board_url(cast.movement)).status_code == status


@pytest.mark.parametrize("person", SEES_MOVEMENT)
def test_nobody_but_its_leaders_sends_the_plan_up(cast, quarter, sign_in, person):
    make_plan(cast, state="endorsed")
    make_quarter(cast, there=True)
    answer = sign_in(cast.people[person]).post(
        send_url(cast.movement),
        {"met_on": "03/01/2026", "note": "Ba đồng chí đi học", "seen": "0", "sequence": "0"},
    )
    leads = person in ("head", "deputy")
    expected = 302 if leads else 403 if SEES_MOVEMENT[person] == 200 else 404
    assert answer.status_code == expected
    assert DepartmentPlan.objects.count() == leads


def test_sending_takes_a_post(cast, quarter, sign_in):
    assert sign_in(cast.head).get(send_url(cast.movement)).status_code == 405


@pytest.mark.parametrize("person", ["coordinator", "results_desk", "member"])
def test_the_desks_read_it_without_buttons_of_the_department(cast, quarter, sign_in, person):
    make_plan(cast, state="submitted")
    html = page(sign_in(cast.people[person]), board_url(cast.movement))
    assert "Nguyễn Văn An" in html
    assert "/endorse/" not in html
    assert "/strike/" not in html
    assert send_url(cast.movement) not in html


# --- What stands on it --------------------------------------------------------------------------------------------------------


def test_it_lists_everybody_in_scope_by_given_name_with_the_state_of_their_plan(cast, quarter):
    make_plan(cast, cast.officer, state="submitted")
    make_plan(cast, cast.colleague, state="draft")
    make_plan(cast, cast.deputy, state="returned")
    members = rows_of(cast, quarter, cast.head)
    assert [(name, m.plan and m.plan.state) for name, m in members.items()] == [
        ("an", "submitted"),
        ("binh", "draft"),
        ("chi", None),
        ("dung", "returned"),
    ]


def test_of_a_draft_it_says_only_that_it_exists(cast, quarter, sign_in):
    plan = make_plan(cast, cast.colleague, content="Việc còn bí mật", days=7)
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert "Trần Thị Bình" in html
    assert "Việc còn bí mật" not in html
    assert plan.get_absolute_url() not in html
    member = rows_of(cast, quarter, cast.head)["binh"]
    assert (member.view, member.balance.this_quarter) == (None, 0)


def test_it_counts_days_of_the_quarter_and_what_is_missing_of_the_year(cast, quarter):
    """Two lines of two days, one date shared: three dates. Sixty are owed."""
    plan = make_plan(cast, cast.officer, lines=0)
    unit = make_plan(cast, cast.colleague, state="submitted").lines.get().unit
    make_line(plan, unit, date(2026, 1, 20), 2)
    make_line(plan, unit, date(2026, 1, 21), 2)
    plan.perform("submit", by=cast.officer)
    member = rows_of(cast, quarter, cast.head)["an"]
    assert (member.balance.this_quarter, member.reached, member.balance.required, member.balance.missing) == (
        3,
        3,
        60,
        57,
    )


def test_it_agrees_with_the_officers_own_running_total(cast, quarter):
    plan = make_plan(cast, cast.officer, state="submitted", lines=2)
    member = rows_of(cast, quarter, cast.head)["an"]
    assert member.balance == Officer.objects.get(pk=cast.officer.pk).balance(quarter.rule, plan)


def test_two_of_four_away_leave_the_department_under_strength(cast, quarter):
    """An: 20-21 January; Bình: 21-22 January. Four in scope, 50 %: under strength on the 21st only."""
    plan = make_plan(cast, cast.officer, state="draft", lines=0)
    other = make_plan(cast, cast.colleague, state="draft", lines=0)
    unit = make_plan(cast, cast.other_officer).lines.get().unit
    make_line(plan, unit, date(2026, 1, 20), 2)
    make_line(other, unit, date(2026, 1, 21), 2)
    plan.perform("submit", by=cast.officer)
    assert {name: m.under for name, m in rows_of(cast, quarter, cast.head).items()} == {
        "an": 0,
        "binh": 0,
        "chi": 0,
        "dung": 0,
    }
    other.perform("submit", by=cast.colleague)
    assert {name: m.under for name, m in rows_of(cast, quarter, cast.head).items()} == {
        "an": 1,
        "binh": 1,
        "chi": 0,
        "dung": 0,
    }


def test_an_excused_officer_stands_there_with_the_reason_and_is_not_expected(cast, quarter, sign_in):
    Exemption.objects.create(
        officer=cast.colleague,
        kind="maternity",
        reason="Nghỉ thai sản",
        decision="12-QĐ/TĐTN",
        valid_from=date(2025, 12, 1),
        valid_to=date(2026, 5, 31),
    )
    make_plan(cast, state="submitted")
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    board = board_of(quarter, cast.movement, cast.head)
    assert [(m.officer.username, bool(m.excused)) for m in board.members] == [
        ("an", False),
        ("binh", True),
        ("chi", False),
        ("dung", False),
    ]
    assert (board.registered, len(board.expected)) == (1, 3)
    assert "Trần Thị Bình" in page(sign_in(cast.head), board_url(cast.movement))


def test_its_counters(cast, quarter):
    make_plan(cast, cast.officer, state="endorsed")
    make_plan(cast, cast.colleague, state="submitted")
    make_plan(cast, cast.deputy, state="returned")
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    board = board_of(quarter, cast.movement, cast.head)
    assert (board.registered, board.agreed, board.waiting, board.returned, board.days) == (2, 1, 1, 1, 4)
    assert (board.late, board.days_left) == (0, 7)


def test_lateness_begins_on_the_day_after_the_due_date(cast, quarter, now):
    """Officers are due on 5 January, departments on the 10th."""
    now.move_to("2026-01-05T23:00:00+07:00")
    assert rows_of(cast, quarter, cast.head)["an"].overdue == 0
    now.move_to("2026-01-06T00:30:00+07:00")
    assert rows_of(cast, quarter, cast.head)["an"].overdue == 1
    now.move_to("2026-01-10T23:00:00+07:00")
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    assert board_of(quarter, cast.movement, User.objects.get(pk=cast.head.pk)).late == 0
    now.move_to("2026-01-12T08:00:00+07:00")
    assert board_of(quarter, cast.movement, User.objects.get(pk=cast.head.pk)).late == 2


def test_nobody_is_late_in_a_suspended_quarter(cast, quarter, now, sign_in):
    quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    now.move_to("2026-01-20T08:00:00+07:00")
    assert rows_of(cast, quarter, cast.head)["an"].overdue == 0
    assert "Dịch bệnh" in page(sign_in(cast.head), board_url(cast.movement))


def test_a_plan_of_somebody_who_has_left_stays_on_the_board(cast, quarter):
    make_plan(cast, cast.officer, state="submitted")
    User.objects.filter(pk=cast.officer.pk).update(is_active=False)
    assert "an" in rows_of(cast, quarter, cast.head)


def test_a_department_without_anybody_says_so(cast, quarter, sign_in):
    Membership.objects.filter(department=cast.movement).update(valid_to=date(2025, 12, 31))
    assert page(sign_in(cast.head), board_url(cast.movement)).count('class="empty"') == 2


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_as_often_for_one_plan_as_for_three(cast, quarter, sign_in, count, django_assert_num_queries):
    for person in [cast.officer, cast.colleague, cast.deputy][:count]:
        plan = make_plan(cast, person, state="submitted", lines=count)
        line = plan.lines.first()
        line.companions.add(cast.head)
        Remark.objects.create(
            visit=line, author=cast.head, role="head", text="Rõ hơn", at="2026-01-03T02:00Z"
        )
    make_department_plan(cast, officers=[cast.other_officer])
    client = sign_in(cast.head)
    client.get(board_url(cast.movement))
    with django_assert_num_queries(BOARD_QUERIES):
        html = page(client, board_url(cast.movement))
    assert html.count("/strike/") == count * count


BOARD_QUERIES = 24


# --- What may be done from it ------------------------------------------------------------------------------------------------


def test_the_head_agrees_returns_strikes_and_comments_from_the_row(cast, quarter, sign_in):
    plan = make_plan(cast, state="submitted")
    line = plan.lines.get()
    html = page(sign_in(cast.head), board_url(cast.movement))
    for address in (
        f"/plans/{plan.pk}/endorse/",
        f"/plans/{plan.pk}/return/",
        f"/visits/{line.pk}/strike/",
        f"/lines/{line.pk}/remarks/",
    ):
        assert address in html


def test_what_is_agreed_can_be_taken_back_but_its_lines_are_settled(cast, quarter, sign_in):
    plan = make_plan(cast, state="endorsed")
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert f"/plans/{plan.pk}/reopen/" in html
    assert "/strike/" not in html


def test_the_head_sees_why_their_own_plan_waits_for_somebody_else(cast, quarter, sign_in):
    plan = make_plan(cast, cast.head, state="submitted")
    member = rows_of(cast, quarter, cast.head)["chi"]
    assert "deputy" in member.barred or "phó" in member.barred.lower()
    assert not member.may_agree
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert f"/plans/{plan.pk}/endorse/" not in html
    assert f"/plans/{plan.pk}/put_up/" in html
    assert f"/lines/{plan.lines.get().pk}/remarks/" not in html


def test_the_deputy_decides_on_the_heads_plan_and_not_on_their_own(cast, quarter, sign_in):
    heads = make_plan(cast, cast.head, state="submitted")
    own = make_plan(cast, cast.deputy, state="submitted")
    html = page(sign_in(cast.deputy), board_url(cast.movement))
    assert f"/plans/{heads.pk}/endorse/" in html
    assert f"/plans/{own.pk}/endorse/" not in html
    assert f"/plans/{own.pk}/put_up/" not in html
    assert rows_of(cast, quarter, cast.deputy)["dung"].barred


def test_a_stand_in_sees_the_board_and_acts_until_the_last_day(cast, quarter, sign_in, now):
    lend(cast.head, Role.HEAD, cast.colleague)
    plan = make_plan(cast, cast.officer, state="submitted")
    other = make_plan(cast, cast.deputy, state="submitted")
    client = sign_in(cast.colleague)
    assert f"/plans/{plan.pk}/endorse/" in page(client, board_url(cast.movement))
    now.move_to("2026-01-05T23:30:00+07:00")
    client.post(f"/plans/{plan.pk}/endorse/", {"seen": plan.seen})
    plan.refresh_from_db()
    assert (plan.state, plan.last_event.actor, plan.last_event.on_behalf_of) == (
        "endorsed",
        cast.colleague,
        cast.head,
    )
    now.move_to("2026-01-06T00:30:00+07:00")
    assert client.get(board_url(cast.movement)).status_code == 404
    assert client.post(f"/plans/{other.pk}/endorse/", {"seen": other.seen}).status_code == 404
    other.refresh_from_db()
    assert other.state == "submitted"


def test_a_stand_in_does_not_decide_on_the_plan_of_whom_they_stand_in_for(cast, quarter, sign_in):
    lend(cast.head, Role.HEAD, cast.colleague)
    plan = make_plan(cast, cast.head, state="submitted")
    client = sign_in(cast.colleague)
    html = page(client, board_url(cast.movement))
    assert f"/plans/{plan.pk}/endorse/" not in html
    assert f"/plans/{plan.pk}/put_up/" not in html
    assert "Lê Thị Chi" in rows_of(cast, quarter, cast.colleague)["chi"].barred
    assert client.post(f"/plans/{plan.pk}/endorse/", {"seen": plan.seen}).status_code == 403
    plan.refresh_from_db()
    assert plan.state == "submitted"


def test_many_at_once_agrees_with_each_and_reports_each_refusal(cast, quarter, sign_in):
    good = make_plan(cast, cast.officer, state="submitted")
    stale = make_plan(cast, cast.colleague, state="submitted")
    own = make_plan(cast, cast.head, state="submitted")
    client = sign_in(cast.head)
    html = page(client, board_url(cast.movement))
    assert f'value="{good.pk}:{good.seen}"' in html
    assert f'value="{own.pk}:{own.seen}"' not in html
    answer = client.post(
        reverse("paper-transitions", args=["plans", "endorse"]),
        {
            "paper": [f"{good.pk}:{good.seen}", f"{stale.pk}:{stale.seen - 1}", f"{own.pk}:{own.seen}"],
            "next": board_url(cast.movement),
        },
        follow=True,
    )
    assert answer.redirect_chain == [(board_url(cast.movement), 302)]
    said = [str(m) for m in answer.context["messages"]]
    assert len(said) == 3
    assert any("Trần Thị Bình" in text for text in said)
    assert any("Lê Thị Chi" in text for text in said)
    assert {p.officer.username: p.state for p in OfficerPlan.objects.select_related("officer")} == {
        "an": "endorsed",
        "binh": "submitted",
        "chi": "submitted",
    }


def test_one_plan_alone_needs_no_choosing(cast, quarter, sign_in):
    make_plan(cast, state="submitted")
    assert "agree-chosen" not in page(sign_in(cast.head), board_url(cast.movement))


def test_a_struck_line_shows_its_officer_why(cast, quarter, sign_in):
    plan = make_plan(cast, state="submitted", lines=2)
    line = plan.lines.in_order().first()
    client = sign_in(cast.head)
    client.post(
        f"/visits/{line.pk}/strike/",
        {"seen": line.seen, "comment": "Trùng hội nghị", "next": board_url(cast.movement)},
    )
    line.refresh_from_db()
    assert line.state == "struck"
    assert "Trùng hội nghị" in page(client, board_url(cast.movement))
    assert f"/visits/{line.pk}/restore/" in page(client, board_url(cast.movement))
    answer = sign_in(cast.officer).get(plan.get_absolute_url())
    assert "Trùng hội nghị" in answer.content.decode()


def test_a_head_who_took_over_a_merged_department_has_its_board(cast, quarter, sign_in):
    make_plan(cast, state="submitted")
    cast.movement.valid_to, cast.movement.successor = date(2026, 1, 2), cast.building
    cast.movement.save()
    assert "/endorse/" in page(sign_in(cast.other_head), board_url(cast.movement))


def test_the_print_bears_the_old_name_and_the_official_form(cast, quarter, sign_in):
    make_plan(cast, state="endorsed")
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in html
    assert "BAN PHONG TRÀO" in html
    assert "TRƯỞNG BAN" in html
    cast.movement.rename("Ban Phong trào - Trường học", first_day=date(2026, 4, 1))
    assert "BAN PHONG TRÀO<" in page(sign_in(cast.head), board_url(cast.movement))


def test_an_office_signs_by_its_chief(cast, quarter, sign_in):
    make_plan(cast, state="endorsed")
    cast.movement.name = "Văn phòng"
    cast.movement.save()
    html = page(sign_in(cast.head), board_url(cast.movement))
    assert "CHÁNH VĂN PHÒNG" in html
    assert "TRƯỞNG BAN" not in html


def test_somebody_new_is_in_scope_from_the_department_of_their_first_day(cast, quarter):
    new = User.objects.create_user("moi", "moi@example.vn", full_name="Cao Văn Mới", province=cast.province)
    Membership.objects.create(user=new, department=cast.movement, valid_from=date(2026, 3, 1))
    RoleGrant.objects.create(user=new, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
    assert "moi" in rows_of(cast, quarter, cast.head)
