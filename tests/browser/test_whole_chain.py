"""One quarter from the approved plan to the department report the Standing Committee has taken note of, by the people whose turn
it is, in a real browser; then each of the seven steps' boxes on the board is opened and shows its papers.

What steps 1-3 walk elsewhere is made by the factories. The server's days are those of the quarter.
"""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from fieldvisits.models import DepartmentReport, QuarterReport, VisitDay, VisitResult
from tests.cast import make_cast
from tests.factories import (
    make_annual_report,
    make_notice,
    make_quarter_report,
    make_result,
    make_unit,
    make_visit,
)

from .test_year import press, typed, vi

pytestmark = pytest.mark.browser


@pytest.fixture
def travel(transactional_db):
    """``travel(day)``: the server's clock goes to the morning of that day and on from there."""
    import time_machine

    travellers = []

    def to(day):
        while travellers:
            travellers.pop().stop()
        traveller = time_machine.travel(f"{day:%Y-%m-%d}T08:00:00+07:00", tick=True)
        traveller.start()
        travellers.append(traveller)

    yield to
    while travellers:
        travellers.pop().stop()


def shows(person, text):
    expect(person.page.get_by_role("main").get_by_text(text).filter(visible=True).first).to_be_visible()


def back(enter, *people):
    """The same people, signed in anew."""
    for person in people:
        person.leave()
    return [enter(person.user) for person in people]


def test_a_quarter_from_the_approved_plan_to_the_noted_report(travel, enter):
    travel(date(2026, 1, 5))
    cast = make_cast()
    unit = make_unit(cast, "Huyện đoàn Định Hóa")
    visit = make_visit(cast, first=date(2026, 1, 20), unit=unit)
    quarter = visit.quarter
    for person in (cast.colleague, cast.head, cast.deputy):
        make_visit(cast, person, first=date(2026, 2, 9))

    # step 4: two days later, within the quarter: the head alone decides
    officer, head = enter(cast.officer), enter(cast.head)
    page = officer.page
    page.goto(visit.get_absolute_url())
    page.get_by_role("link", name=vi("Ask for a change")).click()
    for label, day in (("From", date(2026, 1, 22)), ("Until", date(2026, 1, 23))):
        page.get_by_label(vi(label), exact=True).fill("")
        page.get_by_label(vi(label), exact=True).press_sequentially(typed(day))
        page.keyboard.press("Tab")
        expect(page.get_by_label(vi(label), exact=True)).to_have_value(typed(day))
    page.get_by_label(vi("Reason")).fill("Đơn vị bận đại hội")
    page.get_by_role("button", name=vi("Send to the head of department")).click()
    shows(officer, vi("Change proposed"))
    head.page.goto(visit.get_absolute_url())
    press(head, vi("Agree"))
    shows(head, vi("Change agreed"))
    visit.refresh_from_db()
    assert (visit.starts, visit.ends) == (date(2026, 1, 22), date(2026, 1, 23))

    # step 5: the unit is told and agrees
    notice = make_notice(cast, visit)
    notice.record_answer(notice.lines.get(visit=visit), "agreed", by=cast.head.powers, how="phone")

    # step 6: the result of the visit; whoever stayed away that long signs in again
    travel(date(2026, 1, 24))
    officer, head = back(enter, officer, head)
    page = officer.page
    page.goto(visit.get_absolute_url())
    page.get_by_role("main").get_by_role("button", name=vi("Write the result")).first.click()
    page.wait_for_url(re.compile(r"/results/\d+/$"))
    page.locator("#activity textarea").fill("Khảo sát 6 chi đoàn, tập huấn 48 đoàn viên")
    press(officer, vi("Report the result"))
    shows(officer, vi("Reported"))
    result = VisitResult.objects.get(visit=visit)
    head.page.goto(result.get_absolute_url())
    press(head, vi("Accept"))
    expect(head.page.locator(".result-counts")).to_have_count(2)
    assert VisitDay.objects.filter(officer=cast.officer, counted=True).count() == 2

    # the quarter is over: the officer's report, the department's, the note
    travel(date(2026, 4, 2))
    for person in (cast.colleague, cast.head, cast.deputy):
        make_result(cast, person.visits.get(), "accepted")
        make_quarter_report(cast, person, quarter, "accepted")
    officer, head = back(enter, officer, head)
    page = officer.page
    page.goto(quarter.url("quarter-report-mine"))
    page.get_by_role("button", name=vi("Begin the report")).click()
    page.wait_for_url(re.compile(r"/quarter-reports/\d+/$"))
    page.locator("textarea[name=self_assessment]").fill("Hoàn thành kế hoạch quý")
    expect(page.get_by_role("status").filter(has_text=vi("Saved at")).first).to_be_visible()
    press(officer, vi("Send to the head of department"))
    shows(officer, vi("Reported"))
    report = QuarterReport.objects.get(officer=cast.officer)
    head.page.goto(report.get_absolute_url())
    press(head, vi("Accept"))
    shows(head, vi("Accepted"))

    head.page.goto(quarter.url("quarter-report-list"))
    head.page.get_by_role(
        "link", name=re.compile(f"{vi('Write the report')}.*Ban Phong trào", re.DOTALL)
    ).click()
    begin = head.page.get_by_role("button", name=vi("Begin the report"))
    if begin.is_visible():
        begin.click()
    head.page.wait_for_url(re.compile(r"/department-reports/\d+/$"))
    for field in head.page.locator("form[data-autosave] textarea").all():
        field.fill("Ban đi đúng kế hoạch đã duyệt")
    expect(head.page.get_by_role("status").filter(has_text=vi("Saved at")).first).to_be_visible()
    press(head, vi("Send to the results desk"))
    shows(head, vi("Sent to the results desk"))
    paper = DepartmentReport.objects.get()
    desk, member = enter(cast.results_desk), enter(cast.member)
    desk.page.goto(paper.get_absolute_url())
    press(desk, vi("Submit to the Standing Committee"))
    shows(desk, vi("Submitted to the Standing Committee"))
    member.page.goto(paper.get_absolute_url())
    press(member, vi("Take note"))
    shows(member, vi("Taken note of"))
    member.look("bao-cao-ban-da-ghi-nhan")
    paper.refresh_from_db()
    assert (report.quarter, paper.state) == (quarter, "noted")

    # step 7, and the board: each box opens and shows its papers
    annual = make_annual_report(cast, "draft")
    coordinator = enter(cast.coordinator)
    board = coordinator.page
    shown = {1: "Nguyễn Văn An", 2: "Ban Phong trào", 3: "15-KL/TĐTN", 4: "Huyện đoàn Định Hóa"}
    shown |= {5: "Huyện đoàn Định Hóa", 6: "Hoàn thành kế hoạch quý", 7: vi("Provisional")}
    shown[6] = "Ban đi đúng kế hoạch đã duyệt"
    for step, text in shown.items():
        board.goto(quarter.url("quarter-board"))
        if step == 1:
            coordinator.look("bay-buoc")
        box = (
            board.get_by_role("row", name=re.compile("Ban Phong trào")).get_by_role("cell").nth(step - 1)
            if step < 7
            else board.locator(".board-year")
        )
        box.get_by_role("link").first.click()
        board.wait_for_url(lambda address: not address.endswith("/quarters/2026/1/"))
        shows(coordinator, text)
        coordinator.look(f"buoc-{step}")
    assert board.url.endswith(annual.get_absolute_url())
    for person in (officer, head, desk, member, coordinator):
        person.leave()
