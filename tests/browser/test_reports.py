"""A quarter report in the browser: written, saved by itself, kept through a reload, sent, accepted on a phone."""

import pytest

from accounts import clock
from fieldvisits.models import QuarterReport
from tests.factories import make_quarter

pytestmark = pytest.mark.browser


def test_a_quarter_report_saves_itself_and_is_accepted(world, enter):
    today = clock.today()
    quarter = make_quarter(world, today.year, (today.month + 2) // 3)
    officer = enter(world.officer)
    page = officer.page
    page.goto(quarter.url("quarter-report-mine"))
    officer.look("bat-dau")
    page.locator("main form button[type=submit]").click()
    page.locator("textarea[name=self_assessment]").fill("Hoàn thành kế hoạch quý")
    page.locator("[data-autosave-status]").filter(has_text="Đã lưu lúc").wait_for()
    officer.look("dang-viet")
    report = QuarterReport.objects.get()
    assert (report.self_assessment, report.revision) == ("Hoàn thành kế hoạch quý", 1)

    # another window saves: nothing typed is lost, and one chooses which text stands
    report.write(by=world.officer.powers, self_assessment="Cửa sổ khác")
    page.locator("textarea[name=self_assessment]").fill("Văn bản của tôi")
    conflict = page.locator("[data-autosave-conflict]")
    conflict.wait_for()
    assert page.locator("textarea[name=self_assessment]").input_value() == "Văn bản của tôi"
    officer.errors.clear()  # the console repeats the refusal
    officer.look("hai-cua-so")
    conflict.locator("button").first.click()
    page.locator("[data-autosave-status]").filter(has_text="Đã lưu lúc").wait_for()
    report.refresh_from_db()
    assert report.self_assessment == "Văn bản của tôi"

    page.locator(f'form[action="/quarter-reports/{report.pk}/submit/"] button[type=submit]').last.click()
    page.wait_for_load_state()
    report.refresh_from_db()
    assert report.state == "submitted"
    officer.look("da-gui")
    officer.leave()

    head = enter(world.head, phone=True)
    head.page.goto(quarter.url("quarter-report-list"))
    head.look("danh-sach")
    head.page.goto(report.get_absolute_url())
    head.look("trang-giay")
    head.page.locator(
        f'form[action="/quarter-reports/{report.pk}/accept/"] button[type=submit]'
    ).first.click()
    head.page.wait_for_load_state()
    report.refresh_from_db()
    assert report.state == "accepted"
    head.leave()
