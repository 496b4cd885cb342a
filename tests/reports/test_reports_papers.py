"""Timeliness of every step and the register of recommendations, by small cases counted by hand."""

from datetime import date

import pytest

from fieldvisits.models import Quarter, YearRule
from reports.annual import compile_figures
from tests.factories import (
    close_meeting,
    leader_for,
    make_adhoc,
    make_department_plan,
    make_meeting,
    make_notice,
    make_plan,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)


def report_of(client, slug, query=""):
    response = client.get(f"/reports/{slug}/?year=2026{query}")
    assert response.status_code == 200
    return response.context["report"]


def steps_of(client, query=""):
    """{(department, step): (in time, late, missing, mean days late)}"""
    report = report_of(client, "timeliness", query)
    return {
        (row.department.name, row.step): (
            row.papers.in_time,
            row.papers.late,
            row.papers.missing,
            row.papers.mean_delay,
        )
        for row in report.page()
    }


@pytest.fixture
def papers(cast, now):
    """Quarter I of 2026, in which Ban Phong trào has four officers (the driver is outside the quota). Its plans were due on 5
    January: An and Bình in time, the head three days late, the deputy never."""
    make_quarter(cast)
    make_unit(cast)
    make_plan(cast, cast.colleague, state="submitted")
    make_plan(cast, cast.officer, state="endorsed")
    now.move_to("2026-01-08T09:00:00+07:00")
    make_plan(cast, cast.head, state="submitted")
    return cast


def test_plans_in_time_late_and_missing(papers, now, sign_in):
    now.move_to("2026-02-15T09:00:00+07:00")
    found = steps_of(sign_in(papers.member))
    assert found["Ban Phong trào", "plans"] == (2, 1, 1, 3.0)
    assert found["Ban Phong trào", "department_plans"] == (0, 0, 1, None)
    # Giang, Hải, Khánh, Lâm, Minh and Nam have sent nothing
    assert found["Ban Xây dựng Đoàn", "plans"] == (0, 0, 6, None)
    assert ("Ban Phong trào", "quarter_reports") not in found  # not due before 5 April
    now.move_to("2026-04-06T09:00:00+07:00")
    found = steps_of(sign_in(papers.member), "&quarter=1")
    assert found["Ban Phong trào", "quarter_reports"] == (0, 0, 4, None)
    assert found["Ban Phong trào", "department_reports"] == (0, 0, 1, None)
    assert steps_of(sign_in(papers.member), "&quarter=2") == {}  # never opened


def test_nothing_is_late_before_its_time_nor_in_a_suspended_quarter(papers, now, sign_in):
    now.move_to("2026-01-05T20:00:00+07:00")  # the due date itself
    assert steps_of(sign_in(papers.member))["Ban Phong trào", "plans"][2] == 0
    now.move_to("2026-02-15T09:00:00+07:00")
    Quarter.objects.get(province=papers.province, number=1, year=2026).perform(
        "suspend", by=papers.member, comment="Dịch bệnh"
    )
    found = steps_of(sign_in(papers.member))
    assert {step: row[2] for (_name, step), row in found.items()} == {"plans": 0}


def test_department_plans_and_the_decision(cast, now, sign_in):
    """Sent on 12 January, two days late; decided on 20 January, five days late."""
    now.move_to("2026-01-12T09:00:00+07:00")
    make_unit(cast)
    paper = make_department_plan(cast, "forwarded")
    now.move_to("2026-01-16T09:00:00+07:00")
    found = steps_of(sign_in(cast.member))
    assert found["Ban Phong trào", "department_plans"] == (0, 1, 0, 2.0)
    assert found["Ban Phong trào", "decisions"] == (0, 0, 1, None)
    now.move_to("2026-01-20T09:00:00+07:00")
    decision = make_meeting(cast, paper.quarter)
    for member in (cast.member, cast.second_member):
        decision.agree_to_rest(paper, by=member.powers)
    close_meeting(decision, cast.member)
    assert steps_of(sign_in(cast.member))["Ban Phong trào", "decisions"] == (0, 1, 0, 5.0)


def test_results_answers_and_consents(cast, now, sign_in):
    """Four visits: answered on the day before and reported in time; answered on the first day and reported on the 15th day (due on
    the 10th); never answered nor reported; and one of the other department. An ad-hoc visit consented to a day after departure."""
    unit = make_unit(cast)
    first, second, _third, _other = (
        make_visit(cast, officer, date(2026, 1, 20), 2, unit=unit)
        for officer in (cast.officer, cast.colleague, cast.head, cast.other_officer)
    )
    notice = make_notice(cast, first)
    head = leader_for(cast, first).powers
    lines = {line.visit_id: line for line in notice.lines.all()}
    now.move_to("2026-01-19T21:00:00+07:00")
    notice.record_answer(lines[first.pk], "agreed", by=head, how="phone", contact_name="Chị Sen")
    now.move_to("2026-01-20T07:00:00+07:00")
    notice.record_answer(lines[second.pk], "agreed", by=head, how="phone", contact_name="Chị Sen")
    make_result(cast, first, "submitted", on=date(2026, 1, 31))  # ten days after 21 January: the last day
    make_result(cast, second, "submitted", on=date(2026, 2, 5))
    now.move_to("2026-02-02T09:00:00+07:00")
    sudden = make_adhoc(cast, cast.deputy, "submitted", first=date(2026, 2, 3), unit=unit)
    now.move_to("2026-02-04T09:00:00+07:00")
    before = steps_of(sign_in(cast.member))["Ban Phong trào", "consents"]
    sudden.perform("endorse", by=cast.head)
    sudden.perform("consent", by=cast.member)
    now.move_to("2026-02-15T09:00:00+07:00")
    client = sign_in(cast.member)
    found = steps_of(client)
    assert before == (0, 0, 1, None)
    assert found["Ban Phong trào", "consents"] == (0, 1, 0, 1.0)
    assert found["Ban Phong trào", "answers"] == (1, 1, 1, 1.0)
    assert found["Ban Phong trào", "results"] == (1, 1, 2, 5.0)  # the head's, and the sudden visit
    assert found["Ban Xây dựng Đoàn", "results"] == (0, 0, 1, None)
    report = report_of(client, "timeliness", f"&department={cast.movement.pk}")
    for row in report.page():
        for cell in report.cells(row):
            if cell.url:
                assert client.get(cell.url).context["page"].paginator.count == cell.value, cell


def papers_of(client, query):
    """[(whose, about, due, came, status, days late, whether it can be opened)], as the page lists them."""
    report = report_of(client, "papers", query)
    columns = ("officer", "about", "due", "came", "status", "delay")
    cells = [{c.column.name: c for c in report.cells(row)} for row in report.page()]
    return [(*(row[name].text for name in columns), bool(row["about"].url)) for row in cells]


def test_plans_one_by_one(papers, now, sign_in, in_english, english):
    now.move_to("2026-02-15T09:00:00+07:00")
    about, due = "quarter I/2026", "05/01/2026"
    query = f"&step=plans&department={papers.movement.pk}"
    expected = {
        ("Nguyễn Văn An", about, due, "03/01/2026", "In time", "", True),
        ("Trần Thị Bình", about, due, "03/01/2026", "In time", "", True),
        ("Lê Thị Chi", about, due, "08/01/2026", "Late", "3", True),
        ("Phạm Văn Dũng", about, due, "", "Missing", "", False),
    }
    assert set(papers_of(sign_in(papers.member), query)) == expected
    assert papers_of(sign_in(papers.member), query + "&status=late") == [
        row for row in expected if row[4] == "Late"
    ]
    # who only reads approved plans is told who was late, and does not get in
    assert {row[:6] for row in papers_of(sign_in(papers.executive), query)} == {row[:6] for row in expected}
    assert not any(row[6] for row in papers_of(sign_in(papers.executive), query))
    assert [row[0] for row in papers_of(sign_in(papers.officer), "&step=plans")] == ["Nguyễn Văn An"]
    make_quarter(papers, there=True)
    theirs = papers_of(sign_in(papers.strange_member), "&step=plans")
    assert len(theirs) == 4
    assert not {row[0] for row in theirs} & {row[0] for row in expected}
    # the department's own paper is nobody's in particular
    assert papers_of(sign_in(papers.member), f"&step=department_plans&department={papers.movement.pk}") == [
        ("", about, "10/01/2026", "", "Missing", "", False)
    ]


def test_of_a_visit_not_approved_yet_an_executive_is_told_nothing_but_that_a_consent_is_missing(
    cast, now, sign_in, in_english, english
):
    now.move_to("2026-02-02T09:00:00+07:00")
    make_adhoc(cast, cast.deputy, "submitted", first=date(2026, 2, 3), unit=make_unit(cast))
    now.move_to("2026-02-05T09:00:00+07:00")
    whole = ("Phạm Văn Dũng", "Huyện đoàn Định Hóa, 03/02/2026", "03/02/2026", "", "Missing", "", True)
    for who in ("member", "coordinator", "head", "deputy"):
        assert papers_of(sign_in(getattr(cast, who)), "&step=consents") == [whole], who
    told = ("", "a visit not approved yet", "", "", "Missing", "", False)
    assert papers_of(sign_in(cast.executive), "&step=consents") == [told]
    assert papers_of(sign_in(cast.colleague), "&step=consents") == []
    page = sign_in(cast.executive).get("/reports/papers/?year=2026&step=consents").content.decode()
    assert "03/02/2026" not in page
    assert "Phạm Văn Dũng" not in page


def test_papers_stand_in_the_same_order_every_time_by_given_name(papers, now, sign_in):
    now.move_to("2026-02-15T09:00:00+07:00")
    found = papers_of(sign_in(papers.member), f"&step=plans&department={papers.movement.pk}")
    assert [row[0] for row in found] == ["Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"]
    back = papers_of(sign_in(papers.member), f"&step=plans&department={papers.movement.pk}&sort=-officer")
    assert back == found[::-1]


def test_without_a_step_it_says_which_papers_it_holds(papers, now, sign_in, in_english, english):
    now.move_to("2026-02-15T09:00:00+07:00")
    answer = sign_in(papers.member).get("/reports/papers/?year=2026")
    assert answer.context["words"] == "Year 2026 · Step: plans, results and reports"
    assert {row.paper.step for row in answer.context["report"].page()} == {"plans", "department_plans"}


def test_head_and_officer_see_their_own_papers_alone(papers, now, sign_in):
    now.move_to("2026-02-15T09:00:00+07:00")
    head = steps_of(sign_in(papers.head))
    assert {name for name, _step in head} == {"Ban Phong trào"}
    assert head["Ban Phong trào", "plans"] == (2, 1, 1, 3.0)
    assert steps_of(sign_in(papers.officer)) == {("Ban Phong trào", "plans"): (1, 0, 0, None)}
    assert steps_of(sign_in(papers.executive)) == steps_of(sign_in(papers.member))
    make_quarter(papers, there=True)  # four officers there
    assert steps_of(sign_in(papers.strange_member)) == {
        ("Ban Phong trào", "plans"): (0, 0, 4, None),
        ("Ban Phong trào", "department_plans"): (0, 0, 1, None),
    }


def test_quarter_reports_are_the_annual_reports(papers, now, sign_in):
    now.move_to("2026-04-03T09:00:00+07:00")
    make_quarter_report(papers, papers.officer, state="submitted")
    now.move_to("2026-04-09T09:00:00+07:00")
    make_quarter_report(papers, papers.colleague, state="submitted")
    found = steps_of(sign_in(papers.member))
    assert found["Ban Phong trào", "quarter_reports"] == (1, 1, 2, 4.0)
    rule = YearRule.objects.get(province=papers.province, year=2026)
    kinds = {
        r["kind"]: (r["in_time"], r["late"]) for r in compile_figures(rule, rule.window_to)["timeliness"]
    }
    assert kinds["quarter_reports"] == (1, 1)
    assert kinds["plans"] == (2, 1)


# -- recommendations --------------------------------------------------------------------------------------------------------


@pytest.fixture
def register(cast, now):
    """Visits of An on 20-21 January and of Giang on 10-11 March: open and overdue, settled, noted only; today is 1 May."""
    first = make_result(cast, make_visit(cast, unit=make_unit(cast)))
    make_recommendation(cast, first, "open", text="Mở lớp tập huấn", due=date(2026, 4, 11), owner=cast.head)
    later = make_result(
        cast, make_visit(cast, cast.other_officer, date(2026, 3, 10), unit=make_unit(cast, "Xã đoàn"))
    )
    make_recommendation(
        cast, later, "settled", text="Bổ sung kinh phí", addressee="outside", addressee_name="Sở Nội vụ"
    )
    make_recommendation(cast, make_result(cast, make_visit(cast, cast.colleague)), text="Chưa báo cáo")
    there = make_visit(cast, cast.stranger, unit=make_unit(cast, "Lập Thạch", there=True))
    make_recommendation(cast, make_result(cast, there), "open", text="Việc của tỉnh bạn")
    now.move_to("2026-05-01T09:00:00+07:00")
    return cast


def test_recommendations_by_state_age_and_owner(register, sign_in, in_english, english):
    report = report_of(sign_in(register.member), "recommendations")
    columns = ("recommendation", "state", "made", "age", "due", "overdue", "addressee", "owner", "department")
    rows = [{c.column.name: c.value for c in report.cells(row)} for row in report.page()]
    assert [tuple(row[name] for name in columns) for row in rows] == [
        # 10 days of January, 28, 31, 30 and 1 of May; overdue since 11 April
        (
            "Mở lớp tập huấn",
            "Open",
            date(2026, 1, 21),
            100,
            date(2026, 4, 11),
            20,
            "The provincial Union",
            "Lê Thị Chi",
            "Ban Phong trào",
        ),
        (
            "Bổ sung kinh phí",
            "Settled",
            date(2026, 3, 11),
            2,
            None,
            None,
            "A body outside the Union: Sở Nội vụ",
            "",
            "Ban Xây dựng Đoàn",
        ),
    ]
    assert next(iter(report.notes())) == "2 recommendations: Open 1, Settled 1; 1 overdue."


def test_recommendations_can_be_narrowed(register, sign_in):
    client = sign_in(register.member)
    expected = {
        "&status=pending": ["Mở lớp tập huấn"],
        "&status=overdue": ["Mở lớp tập huấn"],
        "&status=settled": ["Bổ sung kinh phí"],
        "&status=dropped": [],
        f"&department={register.building.pk}": ["Bổ sung kinh phí"],
        "&quarter=2": [],
    }
    for query, texts in expected.items():
        assert [r.text for r in report_of(client, "recommendations", query).page()] == texts, query
    assert [r.text for r in report_of(sign_in(register.strange_member), "recommendations").page()] == [
        "Việc của tỉnh bạn"
    ]
