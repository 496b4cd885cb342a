"""On a slow connection a person types before the scripts are there: that text is saved like any other."""

import pytest

from accounts import clock
from fieldvisits.models import OfficerPlan, QuarterReport, Visit
from tests.factories import make_quarter

pytestmark = pytest.mark.browser


@pytest.fixture
def slow(enter):
    """``slow(person, script)``: hold the script back; call what it returns to let it come."""

    def held(person, script):
        waiting = []
        person.page.route(f"**/js/{script}", lambda route: waiting.append(route))
        return lambda: waiting.pop().continue_()

    return held


def test_text_typed_before_the_script_into_a_report_is_saved(world, enter, slow):
    today = clock.today()
    quarter = make_quarter(world, today.year, (today.month + 2) // 3)
    report = QuarterReport.objects.start(world.officer, quarter)
    officer = enter(world.officer)
    come = slow(officer, "autosave.js")
    officer.page.goto(report.get_absolute_url(), wait_until="commit")
    officer.page.locator("textarea[name=self_assessment]").fill("Hoàn thành kế hoạch quý")
    come()
    officer.page.locator("[data-autosave-status]").filter(has_text="Đã lưu lúc").wait_for()
    report.refresh_from_db()
    assert (report.self_assessment, report.revision) == ("Hoàn thành kế hoạch quý", 1)
    officer.leave()


def test_text_typed_before_the_script_into_a_plan_is_saved(world, enter, slow):
    officer = enter(world.officer, phone=True)
    officer.page.goto(world.quarter.url("plan-mine"))
    officer.page.get_by_role("button", name="Lập kế hoạch của tôi").click()
    officer.page.get_by_role("button", name="Thêm nội dung").click()
    officer.page.locator("[data-line]").wait_for()
    plan = OfficerPlan.objects.get()
    come = slow(officer, "plan.js")
    officer.page.goto(plan.get_absolute_url(), wait_until="commit")
    officer.page.locator("textarea[name=content]").first.fill("Khảo sát đoàn viên")
    come()
    officer.page.get_by_text("Đã lưu").first.wait_for()
    assert list(Visit.objects.values_list("content", flat=True)) == ["Khảo sát đoàn viên"]
    officer.leave()
