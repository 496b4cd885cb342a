"""A table wider than its place can be scrolled with the keyboard, under a name of its own, for as long as it is too wide."""

import pytest
from playwright.sync_api import expect

from tests.factories import first_day, make_recommendation, make_result, make_visit

pytestmark = pytest.mark.browser

WIDEN = "(table, width) => { table.style.minWidth = width }"


def test_a_table_that_does_not_fit_is_a_region_with_its_own_name(world, enter):
    visit = make_visit(world, first=first_day(-9))
    result = make_result(world, visit)
    make_recommendation(world, result, "open")
    officer = enter(world.officer)
    page = officer.page
    page.goto(result.get_absolute_url())
    section = page.get_by_role("region", name="Kiến nghị", exact=True)
    table = section.get_by_role("table", name="Kiến nghị")
    expect(section).to_have_count(1)

    table.evaluate(WIDEN, "3000px")
    box = page.get_by_role("region", name="Bảng: Kiến nghị", exact=True)
    expect(box).to_have_count(1)
    officer.look("bang-rong")
    box.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(box).to_be_focused()

    table.evaluate(WIDEN, "0")
    expect(box).to_have_count(0)
    officer.look("bang-vua")
    officer.leave()
