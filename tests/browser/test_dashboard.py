"""The committee looks back at a year: charts with their tables, and from a number to its days in two clicks."""

import re
from datetime import date

import pytest
from django.utils import translation
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import VisitDay
from tests.factories import make_annual_report, make_recommendation, make_result, make_unit, make_visit

from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser


def vi(text):
    """``text`` as a Vietnamese page says it."""
    with translation.override("vi"):
        return translation.gettext(text)


def look_twice(person, name):
    """The page on a desk and on a phone."""
    person.look(name)
    person.page.set_viewport_size(PHONE)
    person.look(f"{name}-390")
    person.page.set_viewport_size(DESKTOP)


@pytest.fixture
def year(world):
    """Last year: visits of three officers, one of them reported only; a recommendation that waits."""
    year = clock.today().year - 1
    made = make_result(world, make_visit(world, world.officer, date(year, 4, 14), 3), "accepted")
    VisitDay.objects.filter(visit=made.visit).update(confirmed=True)
    make_recommendation(
        world, make_result(world, make_visit(world, first=date(year, 8, 11), group=2)), "open"
    )
    make_result(world, make_visit(world, world.other_officer, date(year, 5, 12), group=3), "accepted")
    make_result(world, make_visit(world, world.colleague, date(year, 11, 17)), "submitted")
    make_unit(world, "Đoàn xã La Hiên", level="commune")
    return year


def test_the_committee_goes_from_a_number_to_its_days(world, enter, year):
    member = enter(world.member)
    page = member.page
    page.goto(f"/years/{year}/")
    for chart in ("officers", "kinds", "months", "departments", "coverage", "recommendations", "lateness"):
        expect(page.locator(f".panel-{chart} .chart-area svg")).to_be_visible()
    look_twice(member, "nam")

    # two clicks: who has not met what they owe, then the days of one of them
    page.locator(".standing-refused").click()
    row = page.locator("#officers-table tr", has_text=world.officer.full_name)
    expect(row).to_be_visible()
    row.get_by_role("link", name="5", exact=True).click()
    page.wait_for_url(re.compile(r"/reports/days/"))
    expect(page.get_by_role("main").locator("tbody tr")).to_have_count(5)
    look_twice(member, "ngay-cua-mot-can-bo")

    # the list is printed, and moves with the page as it is no wider
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.locator("[data-print]").click()
    assert page.title() == "printed"
    expect(page.locator(".report-card")).to_have_class(re.compile("is-fitting"))

    # a bar leads where its number leads
    page.goto(f"/years/{year}/")
    area = page.locator(".panel-kinds .chart-area")
    expect(area.locator("svg")).to_be_visible()
    box = area.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + 17)
    page.wait_for_url(re.compile(r"/reports/days/.*kind=registered"))
    expect(page.get_by_role("main").locator("tbody tr")).to_have_count(9)
    member.leave()


def test_the_table_behind_a_chart_is_one_key_away_and_printed(world, enter, year):
    member = enter(world.member)
    page = member.page
    page.goto(f"/years/{year}/")
    panel = page.locator(".panel-departments")
    expect(panel.locator(".chart-area svg")).to_be_visible()
    button = panel.get_by_role("button")
    expect(button).to_have_attribute("aria-expanded", "false")
    assert panel.locator(".chart-table").bounding_box()["height"] <= 1
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    assert panel.locator(".chart-table").bounding_box()["height"] > 100
    look_twice(member, "bang-so-lieu")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")  # into the table, which shows itself to whoever walks by keyboard
    assert panel.locator(".chart-table").bounding_box()["height"] > 100
    expect(panel.locator(".chart-table a").first).to_be_focused()

    page.emulate_media(media="print")
    for chart in ("kinds", "months", "officers"):
        assert page.locator(f".panel-{chart} .chart-table").bounding_box()["height"] > 50
        expect(page.locator(f".panel-{chart} .chart-area")).to_be_hidden()
    expect(page.locator(".sidenav")).to_be_hidden()
    member.leave()


def test_a_head_and_an_officer_meet_their_own(world, enter, year):
    head = enter(world.head)
    head.page.goto(f"/years/{year}/")
    expect(head.page.locator(".panel-officers .chart-area svg")).to_be_visible()
    expect(head.page.locator(".panel-lateness .chart-area svg")).to_be_visible()
    expect(head.page.get_by_role("main").get_by_text(world.other_officer.full_name)).to_have_count(0)
    look_twice(head, "truong-ban")
    head.leave()
    officer = enter(world.officer)
    officer.page.goto(f"/years/{year}/")
    calendar = officer.page.get_by_role("region", name=vi("Calendar of the year"))
    expect(calendar.locator("td.day-confirmed")).to_have_count(3)
    expect(calendar.locator("td.day-accepted")).to_have_count(2)
    look_twice(officer, "can-bo")
    officer.leave()


def test_the_central_reviewer_compares_those_that_have_sent(world, enter, year):
    make_annual_report(world, "sent", "final", year)
    central = enter(world.central)
    central.page.goto("/annual-reports/")
    central.page.get_by_role("link", name=vi("Provinces side by side")).click()
    expect(central.page.locator(".panel-provinces .chart-area svg")).to_be_visible()
    expect(central.page.get_by_role("main").get_by_text("Vĩnh Phúc")).to_have_count(0)
    look_twice(central, "so-sanh")
    central.leave()
