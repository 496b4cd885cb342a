"""The department plan as a paper and the coordinator's desk (step 2): who reads what, what is said, what may be done."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Delegation, RoleGrant, User
from fieldvisits.models import DepartmentPlan, Exemption, OfficerPlan, Quarter, Remark
from fieldvisits.pages.department_papers import desk_of_papers, paper_view
from tests.factories import make_department_plan, make_line, make_plan, make_quarter


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


LIST = reverse("department-plan-list", args=[2026, 1])


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def desk(cast, quarter, person):
    quarter = Quarter.objects.select_related("province").get(pk=quarter.pk)
    return desk_of_papers(quarter, User.objects.get(pk=person.pk))


def view(paper, person):
    paper = DepartmentPlan.objects.select_related("quarter__province", "department").get(pk=paper.pk)
    return paper_view(paper, User.objects.get(pk=person.pk))


# --- The list ---------------------------------------------------------------------------------------------------------------

SEES_THE_LIST = {
    "officer": 404,
    "colleague": 404,
    "head": 200,
    "deputy": 200,
    "other_officer": 404,
    "other_head": 200,
    "coordinator": 200,
    "results_desk": 200,
    "member": 200,
    "second_member": 200,
    "executive": 200,
    "administrator": 404,
    "driver": 404,
    "central": 404,
    "stranger": 404,
    "strange_head": 404,
    "strange_coordinator": 404,
    "strange_member": 404,
}


@pytest.mark.parametrize(("person", "status"), SEES_THE_LIST.items())
def test_the_list_opens_for_those_who_work_with_department_plans(cast, quarter, sign_in, person, status):
    make_department_plan(cast)
    assert sign_in(cast.people[person]).get(LIST).status_code == status


def test_every_person_of_the_cast_is_in_the_tables(cast):
    assert SEES_THE_LIST.keys() == SEES_A_SENT_PLAN.keys() == cast.people.keys()


def test_the_desk_lists_every_department_in_order_those_without_a_plan_too(cast, quarter):
    make_department_plan(cast)
    rows = desk(cast, quarter, cast.coordinator).rows
    assert [(r.name, [p.state for p, _days in r.papers], r.is_unsent) for r in rows] == [
        ("Ban Xây dựng Đoàn", [], True),
        ("Ban Phong trào", ["sent"], False),
    ]


def test_it_says_how_far_a_department_that_has_sent_nothing_has_come(cast, quarter):
    """Six officers in the building department: one endorsed, one submitted, one returned, one draft, two nothing."""
    make_plan(cast, cast.other_officer, state="endorsed")
    make_plan(cast, cast.coordinator, state="submitted")
    make_plan(cast, cast.results_desk, state="returned")
    make_plan(cast, cast.member, state="draft")
    row = desk(cast, quarter, cast.coordinator).rows[0]
    assert (row.expected, row.registered, row.agreed, row.inside, row.waits_for_agreement) == (6, 2, 1, 0, 1)


def test_days_and_plans_inside_each_paper(cast, quarter):
    """Two officers; one has two lines of two days that share a date, so three dates; the other one line, two."""
    plan = make_plan(cast, cast.officer, lines=0)
    unit = make_plan(cast, cast.colleague, state="endorsed").lines.get().unit
    make_line(plan, unit, date(2026, 1, 20), 2)
    make_line(plan, unit, date(2026, 1, 21), 2)
    plan.perform("submit", by=cast.officer)
    plan.perform("endorse", by=cast.head)
    paper = DepartmentPlan.objects.open_for(plan.quarter, plan.department)
    paper.save()
    paper.perform("send", by=cast.head, comment="Hai đồng chí đi học", met_on=date(2026, 1, 3))
    row = desk(cast, quarter, cast.coordinator).rows[1]
    assert [(p.plan_count, days) for p, days in row.papers] == [(2, 5)]
    assert (row.expected, row.inside) == (4, 2)


def test_leaders_see_their_own_department_only(cast, quarter):
    make_department_plan(cast)
    make_department_plan(cast, officers=[cast.other_officer])
    assert [r.name for r in desk(cast, quarter, cast.head).rows] == ["Ban Phong trào"]
    assert [r.name for r in desk(cast, quarter, cast.other_head).rows] == ["Ban Xây dựng Đoàn"]


def test_an_executive_member_sees_approved_plans_only(cast, quarter, sign_in):
    make_department_plan(cast, "sent", officers=[cast.other_officer])
    assert desk(cast, quarter, cast.executive).rows == ()
    assert 'class="empty"' in page(sign_in(cast.executive), LIST)
    make_department_plan(cast, "approved")
    (row,) = desk(cast, quarter, cast.executive).rows
    assert (row.name, [p.state for p, _days in row.papers], row.may_open) == (
        "Ban Phong trào",
        ["approved"],
        False,
    )
    html = page(sign_in(cast.executive), LIST)
    assert "Ban Phong trào" in html
    assert f"/departments/{cast.movement.pk}/" not in html


def test_a_draft_of_the_department_is_no_business_of_the_coordinator(cast, quarter):
    paper = make_department_plan(cast, "draft")
    assert [r.papers for r in desk(cast, quarter, cast.coordinator).rows] == [(), ()]
    assert [p for r in desk(cast, quarter, cast.head).rows for p, _days in r.papers] == [paper]


def test_lateness_of_those_who_have_not_sent_begins_after_the_tenth(cast, quarter, now):
    make_department_plan(cast)
    now.move_to("2026-01-10T23:30:00+07:00")
    assert [r.late for r in desk(cast, quarter, cast.coordinator).rows] == [0, 0]
    now.move_to("2026-01-13T08:00:00+07:00")
    assert [r.late for r in desk(cast, quarter, cast.coordinator).rows] == [3, 0]


def test_the_coordinator_submits_many_at_once_and_hears_of_each_refusal(cast, quarter, sign_in):
    one = make_department_plan(cast)
    two = make_department_plan(cast, officers=[cast.other_officer])
    client = sign_in(cast.coordinator)
    html = page(client, LIST)
    assert f'value="{one.pk}:{one.seen}"' in html
    assert desk(cast, quarter, cast.coordinator).to_forward == {one.pk, two.pk}
    answer = client.post(
        reverse("paper-transitions", args=["department-plans", "forward"]),
        {"paper": [f"{one.pk}:{one.seen}", f"{two.pk}:{two.seen - 1}"], "next": LIST},
        follow=True,
    )
    assert answer.redirect_chain == [(LIST, 302)]
    said = [str(m) for m in answer.context["messages"]]
    assert len(said) == 2
    assert any("Ban Xây dựng Đoàn" in text for text in said)
    assert dict(DepartmentPlan.objects.values_list("pk", "state")) == {one.pk: "forwarded", two.pk: "sent"}
    assert set(OfficerPlan.objects.filter(department_plan=one).values_list("state", flat=True)) == {
        "forwarded"
    }


@pytest.mark.parametrize("person", ["head", "results_desk", "member"])
def test_nobody_else_is_offered_to_submit(cast, quarter, sign_in, person):
    paper = make_department_plan(cast)
    html = page(sign_in(cast.people[person]), LIST)
    assert "forward-chosen" not in html
    assert f"/department-plans/{paper.pk}/return/" not in html


def test_a_stand_in_for_the_coordinator_sees_and_submits_until_the_last_day(cast, quarter, sign_in, now):
    grant = RoleGrant.objects.get(user=cast.coordinator, role="coordinator")
    Delegation.objects.create(
        grant=grant,
        delegate=cast.other_officer,
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 1, 4),
        reason="Đi cơ sở",
    )
    paper = make_department_plan(cast)
    client = sign_in(cast.other_officer)
    assert "forward-chosen" in page(client, LIST)
    now.move_to("2026-01-05T00:30:00+07:00")
    assert client.get(LIST).status_code == 404
    assert client.post(f"/department-plans/{paper.pk}/forward/", {"seen": paper.seen}).status_code == 404
    now.move_to("2026-01-04T23:30:00+07:00")
    client.post(f"/department-plans/{paper.pk}/forward/", {"seen": paper.seen})
    paper.refresh_from_db()
    assert (paper.state, paper.last_event.on_behalf_of) == ("forwarded", cast.coordinator)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_paper_as_for_three(
    cast, quarter, sign_in, count, django_assert_num_queries
):
    make_department_plan(cast, officers=[cast.officer])
    if count == 3:
        make_department_plan(cast, officers=[cast.other_officer, cast.results_desk])
        make_department_plan(cast, officers=[cast.colleague])
    client = sign_in(cast.coordinator)
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        html = page(client, LIST)
    assert html.count("data-choice") == count


LIST_QUERIES = 14


# --- The paper --------------------------------------------------------------------------------------------------------------

SEES_A_SENT_PLAN = {
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


@pytest.mark.parametrize(("person", "status"), SEES_A_SENT_PLAN.items())
def test_a_sent_plan_opens_for_its_leaders_and_those_above(cast, quarter, sign_in, person, status):
    paper = make_department_plan(cast)
    assert sign_in(cast.people[person]).get(paper.get_absolute_url()).status_code == status


def test_an_executive_member_reads_it_once_it_is_approved(cast, quarter, sign_in):
    paper = make_department_plan(cast, "approved")
    html = page(sign_in(cast.executive), paper.get_absolute_url())
    assert "Khảo sát, nắm tình hình chi đoàn" in html
    assert "/remarks/" not in html


def test_it_shows_the_lines_the_meeting_the_note_and_the_history(cast, quarter, sign_in):
    paper = make_department_plan(cast)
    html = page(sign_in(cast.coordinator), paper.get_absolute_url())
    for text in (
        "Nguyễn Văn An",
        "Huyện đoàn Định Hóa",
        "20/01/2026 – 21/01/2026",
        "Báo cáo khảo sát",
        "Ban đã họp thống nhất",
        "Lê Thị Chi",
        "03/01/2026",
    ):
        assert text in html
    for verb in ("forward", "return"):
        assert f"/department-plans/{paper.pk}/{verb}/" in html


def test_the_department_may_withdraw_it_and_the_coordinator_recall_it(cast, quarter, sign_in):
    paper = make_department_plan(cast)
    assert f"/department-plans/{paper.pk}/withdraw/" in page(sign_in(cast.head), paper.get_absolute_url())
    paper.perform("forward", by=cast.coordinator)
    html = page(sign_in(cast.coordinator), paper.get_absolute_url())
    assert f"/department-plans/{paper.pk}/recall/" in html
    assert f"/department-plans/{paper.pk}/forward/" not in html


def test_completeness_says_who_has_no_plan_who_is_relieved_what_is_the_heads_own_and_late(cast, quarter, now):
    Exemption.objects.create(
        officer=cast.deputy,
        kind="study",
        reason="Học cao cấp",
        decision="3-QĐ/TĐTN",
        valid_from=date(2025, 9, 1),
        valid_to=date(2026, 6, 30),
    )
    head = make_plan(cast, cast.head, state="submitted")
    head.perform("put_up", by=cast.head)
    now.move_to("2026-01-06T08:00:00+07:00")
    paper = make_department_plan(cast)
    seen = view(paper, cast.coordinator)
    assert [str(o) for o in seen.missing] == ["Trần Thị Bình"]
    assert [str(p.officer) for p in seen.excused] == ["Phạm Văn Dũng"]
    assert [str(v.plan.officer) for v in seen.heads_own] == ["Lê Thị Chi"]
    assert [str(v.plan.officer) for v in seen.late_plans] == ["Nguyễn Văn An"]
    assert (seen.expected, len(seen.plans), seen.lines, seen.days, seen.is_complete) == (3, 2, 2, 4, False)


def test_a_line_whose_unit_has_gone_in_the_meantime_is_a_problem(cast, quarter, sign_in):
    paper = make_department_plan(cast)
    unit = OfficerPlan.objects.get().lines.get().unit
    unit.valid_to = date(2026, 1, 20)
    unit.save()
    seen = view(paper, cast.coordinator)
    assert [(str(v.plan.officer), [n for n, _why in v.problems]) for v in seen.with_problems] == [
        ("Nguyễn Văn An", [1])
    ]
    assert "20/01/2026." in page(sign_in(cast.coordinator), paper.get_absolute_url())


def test_a_complete_paper_says_so(cast, quarter):
    paper = make_department_plan(cast, officers=[cast.officer, cast.colleague, cast.head, cast.deputy])
    assert view(paper, cast.coordinator).is_complete


def test_the_coordinator_returns_one_officers_plan_out_of_several(cast, quarter, sign_in):
    paper = make_department_plan(cast, officers=[cast.officer, cast.colleague])
    plan = OfficerPlan.objects.get(officer=cast.officer)
    client = sign_in(cast.coordinator)
    assert f"/plans/{plan.pk}/return/" in page(client, paper.get_absolute_url())
    client.post(
        f"/plans/{plan.pk}/return/",
        {"seen": plan.seen, "comment": "Ghi rõ chi đoàn", "next": paper.get_absolute_url()},
    )
    plan.refresh_from_db()
    assert (plan.state, plan.department_plan, plan.last_event.comment) == (
        "returned",
        None,
        "Ghi rõ chi đoàn",
    )
    html = page(client, paper.get_absolute_url())
    assert [str(o) for o in view(paper, cast.coordinator).missing] == [
        "Nguyễn Văn An",
        "Lê Thị Chi",
        "Phạm Văn Dũng",
    ]
    # the last one cannot leave alone
    assert f"/plans/{OfficerPlan.objects.get(officer=cast.colleague).pk}/return/" not in html


def test_a_comment_without_a_reason_to_return_is_asked_for_and_nothing_moves(cast, quarter, sign_in):
    paper = make_department_plan(cast)
    answer = sign_in(cast.coordinator).post(
        f"/department-plans/{paper.pk}/return/",
        {"seen": paper.seen, "comment": "  ", "next": paper.get_absolute_url()},
        follow=True,
    )
    assert answer.context["messages"]
    paper.refresh_from_db()
    assert paper.state == "sent"


def test_a_returned_paper_says_why_and_where_its_plans_went(cast, quarter, sign_in):
    paper = make_department_plan(cast, "returned")
    html = page(sign_in(cast.head), paper.get_absolute_url())
    assert "Thiếu đơn vị đến" in html
    assert 'class="empty"' in html
    assert reverse("department-board", args=[2026, 1, cast.movement.pk]) in html
    assert view(paper, cast.head).is_at_home


def test_a_head_who_sent_it_keeps_sight_of_it_after_leaving_the_post(cast, quarter, sign_in):
    paper = make_department_plan(cast)
    RoleGrant.objects.filter(user=cast.head, role="head").update(valid_to=date(2026, 1, 2))
    html = page(sign_in(cast.head), paper.get_absolute_url())
    assert "/withdraw/" not in html
    assert reverse("department-board", args=[2026, 1, cast.movement.pk]) not in html


def test_remarks_of_the_committee_stand_at_the_line(cast, quarter, sign_in):
    paper = make_department_plan(cast, "forwarded")
    line = OfficerPlan.objects.get().lines.get()
    client = sign_in(cast.member)
    client.post(
        reverse("remark-add", args=[line.pk]), {"text": "Kết hợp kiểm tra", "next": paper.get_absolute_url()}
    )
    assert Remark.objects.get().role == "committee"
    assert "Kết hợp kiểm tra" in page(client, paper.get_absolute_url())


@pytest.mark.parametrize("count", [1, 3])
def test_the_paper_asks_as_often_for_one_officer_as_for_three(
    cast, quarter, sign_in, count, django_assert_num_queries
):
    people = [cast.officer, cast.colleague, cast.deputy][:count]
    paper = make_department_plan(cast, officers=people, lines=count)
    for plan in OfficerPlan.objects.all():
        line = plan.lines.first()
        line.companions.add(cast.head)
        Remark.objects.create(
            visit=line, author=cast.head, role="head", text="Rõ hơn", at="2026-01-03T02:00Z"
        )
    client = sign_in(cast.coordinator)
    client.get(paper.get_absolute_url())
    with django_assert_num_queries(PAPER_QUERIES):
        html = page(client, paper.get_absolute_url())
    assert html.count("/remarks/") == count * count


PAPER_QUERIES = 21  # one of them for the versions registered, which its print holds


def test_there_is_no_such_paper(cast, quarter, sign_in):
    assert sign_in(cast.coordinator).get("/department-plans/999/").status_code == 404
    assert sign_in(cast.coordinator).get("/quarters/2031/1/department-plans/").status_code == 404
