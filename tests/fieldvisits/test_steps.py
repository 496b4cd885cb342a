"""The seven-step board, stated a second time: what a cell says in each situation, and to whom."""

from datetime import date

import pytest

from accounts.models import Department, Membership, Role, RoleGrant, User
from fieldvisits.models import DepartmentPlan, Exemption, Nudge, OfficerPlan
from fieldvisits.pages.steps import seven_steps

from ..cast import SINCE
from ..factories import close_meeting, make_department_plan, make_meeting, make_plan, make_quarter

pytestmark = pytest.mark.usefixtures("in_english")

BOARD = "/quarters/2026/1/"


@pytest.fixture
def quarter(cast):
    """Quarter I/2026, opened on 3 January, with three officers in scope in the movement department: the deputy is excused."""
    quarter = make_quarter(cast)
    Exemption.objects.create(
        officer=cast.deputy,
        kind="study",
        reason="Học lớp cao cấp lý luận chính trị",
        decision="12-QĐ/TĐTN",
        valid_from=date(2025, 9, 1),
        valid_to=date(2026, 6, 30),
    )
    return quarter


def cells_of(cast, quarter, who=None):
    board = seven_steps(quarter, who or cast.coordinator)
    row = next(r for r in board.rows if r.department == cast.movement)
    return row.cells


def facts(cell):
    return cell.status, cell.word, cell.count, cell.late, cell.with_whom, cell.holder, cell.since, cell.due


OPENED = date(2026, 1, 3)
DUE = (date(2026, 1, 5), date(2026, 1, 10), date(2026, 1, 15))
REPORTS_DUE = date(2026, 4, 5)


def not_started(due=None, late=0):
    return ("none", "Not started", "", late, "", "", None, due)


def test_nothing_yet(cast, quarter):
    one, two, three, *later = cells_of(cast, quarter)
    names = "Nguyễn Văn An, Trần Thị Bình, Lê Thị Chi"
    assert facts(one) == ("current", "Nothing yet", "0/3 registered", 0, "officers", names, OPENED, DUE[0])
    assert facts(two) == not_started(DUE[1])
    assert facts(three) == not_started(DUE[2])
    assert [facts(cell) for cell in later[:3]] == [not_started(), not_started(), not_started(REPORTS_DUE)]
    assert not any(cell.url for cell in later[:3])
    assert (later[3].status, later[3].count, later[3].url) == ("none", "2026", "/years/2026/#reports-title")


def test_the_row_counts_who_is_in_scope_and_who_is_excused(cast, quarter):
    row = next(r for r in seven_steps(quarter, cast.coordinator).rows if r.department == cast.movement)
    assert (row.officers, row.excused) == (3, 1)


def test_one_of_three_registered(cast, quarter, now):
    now.move_to("2026-01-04T09:00:00+07:00")
    make_plan(cast, quarter=quarter, state="submitted")
    make_plan(cast, cast.colleague, quarter, state="draft")
    now.move_to("2026-01-05T23:00:00+07:00")
    one, two, three, *_later = cells_of(cast, quarter)
    names = "Trần Thị Bình, Lê Thị Chi"
    assert facts(one) == ("current", "Registering", "1/3 registered", 0, "officers", names, OPENED, DUE[0])
    assert facts(two) == (
        "current",
        "Being consolidated",
        "0/3 agreed",
        0,
        "leaders",
        "Department leaders",
        date(2026, 1, 4),
        DUE[1],
    )
    assert facts(three) == not_started(DUE[2])


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        ("2026-01-05T23:59:00+07:00", (0, 0, 0)),
        ("2026-01-06T00:01:00+07:00", (1, 0, 0)),
        ("2026-01-12T09:00:00+07:00", (7, 2, 0)),
        # nothing has reached the committee: step 2 is late, not step 3
        ("2026-01-16T09:00:00+07:00", (11, 6, 0)),
    ],
)
def test_a_step_is_late_from_the_day_after_its_due_date(cast, quarter, now, moment, late):
    make_plan(cast, quarter=quarter, state="submitted")
    now.move_to(moment)
    assert tuple(cell.late for cell in cells_of(cast, quarter)[:3]) == late


def test_a_returned_plan_is_shown_with_who_has_to_complete_it(cast, quarter, now):
    for officer in (cast.colleague, cast.head):
        make_plan(cast, officer, quarter, state="submitted")
    now.move_to("2026-01-04T09:00:00+07:00")
    make_plan(cast, quarter=quarter, state="returned")
    now.move_to("2026-01-08T09:00:00+07:00")
    one = cells_of(cast, quarter)[0]
    assert facts(one) == (
        "returned",
        "Returned for completion",
        "2/3 registered",
        0,  # everybody had sent in time
        "officers",
        "Nguyễn Văn An",
        date(2026, 1, 4),
        DUE[0],
    )


def test_a_returned_plan_beside_missing_ones_is_mentioned(cast, quarter):
    make_plan(cast, quarter=quarter, state="returned")
    one = cells_of(cast, quarter)[0]
    assert (one.status, one.count, one.note) == ("current", "0/3 registered", "1 returned")


def test_sent_to_the_coordinator(cast, quarter):
    paper = make_department_plan(cast, "sent", [cast.officer, cast.colleague, cast.head], quarter)
    one, two, three, *_later = cells_of(cast, quarter)
    assert facts(one) == ("done", "All registered", "3/3 registered", 0, "", "", OPENED, None)
    assert facts(two) == (
        "current",
        "Sent to the coordinator",
        "3/3 agreed",
        0,
        "coordinator",
        "Coordinator",
        OPENED,
        DUE[1],
    )
    assert two.url == f"/department-plans/{paper.pk}/"
    assert not two.may_be_reminded
    assert facts(three) == not_started(DUE[2])


def test_a_returned_department_plan(cast, quarter, now):
    make_department_plan(cast, "returned", [cast.officer, cast.colleague, cast.head], quarter)
    now.move_to("2026-01-11T09:00:00+07:00")
    two = cells_of(cast, quarter)[1]
    assert facts(two) == (
        "returned",
        "Returned for completion",
        "3/3 agreed",
        1,
        "leaders",
        "Department leaders",
        OPENED,
        DUE[1],
    )


def test_forwarded_to_the_standing_committee(cast, quarter, now):
    make_department_plan(cast, "forwarded", [cast.officer, cast.colleague, cast.head], quarter)
    now.move_to("2026-01-17T09:00:00+07:00")
    one, two, three, *_later = cells_of(cast, quarter)
    assert (one.status, two.status, two.late) == ("done", "done", 0)
    assert facts(three) == (
        "current",
        "Awaiting decision",
        "0/3 approved",
        2,
        "committee",
        "Standing Committee",
        OPENED,
        DUE[2],
    )


def test_approved_leads_to_the_decision(cast, quarter):
    make_department_plan(cast, "approved", [cast.officer, cast.colleague, cast.head], quarter)
    decision = quarter.decisions.get()
    for who in (cast.officer, cast.head, cast.coordinator, cast.member, cast.executive):
        three = cells_of(cast, quarter, who)[2]
        assert facts(three) == ("done", "Approved", "3/3 approved", 0, "", "", OPENED, None)
        assert three.url == f"/decisions/{decision.pk}/"


def test_a_supplement_is_mentioned_and_does_not_take_the_place_of_the_plan(cast, quarter):
    make_department_plan(cast, "approved", [cast.officer], quarter)
    supplement = make_department_plan(cast, "sent", [cast.colleague], quarter)
    assert supplement.sequence == 1
    one, two, three, *_later = cells_of(cast, quarter)
    assert (one.count, two.status, three.status) == ("2/3 registered", "done", "done")
    assert two.note == "Supplement 1: Sent to the coordinator"


def test_nobody_is_late_in_a_suspended_quarter(cast, quarter, now):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    quarter.perform("suspend", by=cast.coordinator, comment="Phòng, chống dịch Covid-19")
    now.move_to("2026-03-01T09:00:00+07:00")
    one, two, three, *_later = cells_of(cast, quarter)
    assert facts(one) == ("suspended", "Suspended", "1/3 registered", 0, "", "", None, None)
    assert two.status == "done"
    assert facts(three) == ("suspended", "Suspended", "0/3 approved", 0, "", "", None, None)
    assert not any(cell.may_be_reminded for cell in (one, two, three))
    assert [total.late for total in seven_steps(quarter, cast.coordinator).totals] == [0] * 7


def test_nobody_is_late_before_registration_opens(cast, now):
    quarter = make_quarter(cast, opened=False)
    now.move_to("2026-02-01T09:00:00+07:00")
    one, *_others = cells_of(cast, quarter)
    assert (one.status, one.word, one.late, one.due) == ("none", "Not open yet", 0, DUE[0])


def test_a_department_without_anybody_in_scope_owes_nothing(cast, quarter, now):
    lone = Department.objects.create(province=cast.province, code="vp", name="Văn phòng", valid_from=SINCE)
    away = User.objects.create_user("xa", full_name="Lê Văn Xa", province=cast.province)
    Membership.objects.create(user=away, department=lone, valid_from=SINCE)
    RoleGrant.objects.create(user=away, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
    Exemption.objects.create(
        officer=away, kind="illness", reason="Ốm", decision="1", valid_from=SINCE, valid_to=date(2026, 12, 31)
    )
    now.move_to("2026-02-01T09:00:00+07:00")
    board = seven_steps(quarter, cast.coordinator)
    row = next(r for r in board.rows if r.department == lone)
    assert (row.officers, row.excused) == (0, 1)
    assert [(c.status, c.late) for c in row.cells] == [("none", 0)] * 7
    assert (board.totals[1].of, board.totals[1].count) == (2, "0/2 departments")


def test_the_totals_of_the_province(cast, quarter, now):
    make_department_plan(cast, "forwarded", [cast.officer, cast.colleague, cast.head], quarter)
    make_plan(cast, cast.other_officer, quarter, state="submitted")
    now.move_to("2026-01-11T09:00:00+07:00")
    one, two, three, *later = seven_steps(quarter, cast.coordinator).totals
    assert (one.count, one.status, one.late, one.word) == ("4/9", "late", 5, "5 overdue")
    assert (two.count, two.status, two.late) == ("1/2 departments", "late", 1)
    assert (three.count, three.status, three.late) == ("0/2 departments", "current", 0)
    assert [(t.count, t.word) for t in later] == [("", "Not started")] * 4


def test_departments_stand_in_the_provinces_order(cast, quarter):
    names = [str(row.department) for row in seven_steps(quarter, cast.coordinator).rows]
    assert names == ["Ban Xây dựng Đoàn", "Ban Phong trào"]


@pytest.mark.parametrize(
    ("who", "holder"),
    [
        ("officer", "2 officers"),
        ("other_head", "2 officers"),
        ("executive", "2 officers"),
        ("head", "Trần Thị Bình, Lê Thị Chi"),
        ("deputy", "Trần Thị Bình, Lê Thị Chi"),
        ("coordinator", "Trần Thị Bình, Lê Thị Chi"),
        ("results_desk", "Trần Thị Bình, Lê Thị Chi"),
        ("member", "Trần Thị Bình, Lê Thị Chi"),
    ],
)
def test_who_has_not_registered_is_named_only_to_those_who_may_know(cast, quarter, who, holder):
    make_plan(cast, quarter=quarter, state="submitted")
    assert cells_of(cast, quarter, getattr(cast, who))[0].holder == holder


def test_cells_lead_only_to_what_the_person_may_open(cast, quarter):
    paper = make_department_plan(cast, "forwarded", [cast.officer], quarter)
    own = OfficerPlan.objects.get(officer=cast.officer)
    board = f"{BOARD}departments/{cast.movement.pk}/"
    plan = f"/department-plans/{paper.pk}/"
    expected = {
        "officer": (f"/plans/{own.pk}/", "", ""),
        "colleague": ("", "", ""),
        "other_officer": ("", "", ""),
        "other_head": ("", "", ""),
        "executive": ("", "", ""),
        "head": (board, plan, plan),
        "coordinator": (board, plan, plan),
        "results_desk": (board, plan, plan),
        "member": (board, plan, f"{BOARD}meeting/"),
    }
    for who, urls in expected.items():
        assert tuple(c.url for c in cells_of(cast, quarter, getattr(cast, who))[:3]) == urls, who


def test_every_link_of_the_board_opens(cast, quarter, sign_in):
    make_department_plan(cast, "forwarded", [cast.officer], quarter)
    make_department_plan(cast, "sent", [cast.other_officer], quarter)
    for who in ("officer", "head", "other_head", "coordinator", "results_desk", "member", "executive"):
        person = getattr(cast, who)
        client = sign_in(person)
        for row in seven_steps(quarter, User.objects.get(pk=person.pk)).rows:
            for url in {cell.url for cell in row.cells if cell.url}:
                assert client.get(url).status_code == 200, (who, url)


def add_departments(cast, quarter, number):
    """More departments, each with one officer, a plan submitted and a department plan begun."""
    for n in range(number):
        department = Department.objects.create(
            province=cast.province, code=f"b{n}", name=f"Ban {n}", valid_from=SINCE
        )
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=department, valid_from=SINCE)
        RoleGrant.objects.create(user=user, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
        make_plan(cast, user, quarter, state="submitted")
        DepartmentPlan.objects.create(quarter=quarter, department=department)
        Nudge.objects.create(
            quarter=quarter, department=department, step=1, day=date(2026, 1, 3), sender=cast.coordinator
        )


@pytest.mark.parametrize("number", [1, 3])
def test_the_board_asks_the_database_seven_times(cast, quarter, number, django_assert_num_queries):
    make_department_plan(cast, "approved", [cast.officer], quarter)
    add_departments(cast, quarter, number)
    reader = User.objects.get(pk=cast.coordinator.pk)
    assert reader.powers.holdings
    with django_assert_num_queries(7):
        board = seven_steps(quarter, reader)
        assert len(board.rows) == 2 + number


def test_a_decision_on_one_of_two_departments_shows_only_there(cast, quarter):
    make_department_plan(cast, "forwarded", [cast.officer, cast.colleague, cast.head], quarter)
    other = make_department_plan(cast, "forwarded", [cast.other_officer], quarter)
    decision = make_meeting(cast, quarter)
    decision.agree_to_rest(other, by=cast.member.powers)
    close_meeting(decision, cast.member)
    board = seven_steps(quarter, cast.member)
    assert [row.cells[2].status for row in board.rows] == ["done", "current"]
