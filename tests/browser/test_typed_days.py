"""A day that was typed is the day that is kept: through a tap on the button at once, and through a form that saves itself."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import Recommendation, VisitResult, YearRule
from tests.factories import first_day, make_visit

pytestmark = pytest.mark.browser

#: What a finger does in one go: the field is left and the form sent, before anything that waits its turn.
TAP = """button => {
  button.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  document.activeElement.blur();
  button.form.requestSubmit(button);
}"""


def test_a_day_typed_just_before_the_button_is_sent(world, enter):
    administrator = enter(world.administrator, phone=True)
    page = administrator.page
    page.goto("/manage/rules/add/")
    year = int(page.locator("input[name=year]").input_value())
    page.locator("input[name=window_from]").click()
    page.locator("input[name=window_from]").fill(f"02/02/{year}")
    page.locator("main form button[type=submit]").last.evaluate(TAP)
    page.wait_for_url("**/manage/**")
    expect(page.get_by_role("main")).to_be_visible()
    assert YearRule.objects.get(province=world.province, year=year).window_from == date(year, 2, 2)
    administrator.leave()


def test_the_due_day_of_a_recommendation_stays(world, enter):
    visit = make_visit(world, first=first_day(-3))
    result = VisitResult.objects.start(visit, by=world.officer.powers)
    due = clock.today() + timedelta(days=30)
    kept = Recommendation.objects.note(
        result,
        by=world.officer.powers,
        text="Bổ sung loa đài",
        addressee="province",
        department=visit.department,
        due=due,
    )
    officer = enter(world.officer)
    page = officer.page
    page.goto(result.get_absolute_url())
    row = page.locator(f"#recommendation-{kept.pk}")
    expect(row.locator("input[name=due]")).to_have_value(due.strftime("%d/%m/%Y"))
    row.locator("textarea[name=text]").fill("Bổ sung loa đài cho Nhà văn hóa")
    expect(row.get_by_role("status").filter(has_text="Đã lưu lúc")).to_be_visible()
    kept.refresh_from_db()
    assert (kept.text, kept.due) == ("Bổ sung loa đài cho Nhà văn hóa", due)
    officer.leave()
