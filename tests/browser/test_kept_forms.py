"""What an ordinary form had typed into it comes back when it did not arrive, and only then."""

from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.utils import translation
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import Holiday

pytestmark = pytest.mark.browser

ADD = "/manage/holidays/add/"


def fill(page, day, name):
    page.locator("main input[name=date]").fill(day.strftime("%d/%m/%Y"))
    page.locator("main input[name=name]").fill(name)
    page.keyboard.press("Escape")


def save(page):
    """Send the form, and stand on the page that it leads to."""
    with page.expect_navigation():
        page.locator("main form").filter(has=page.locator("input[name=name]")).evaluate(
            "form => form.requestSubmit()"
        )


def restored():
    with translation.override("vi"):
        return translation.gettext("What you had typed is back.")


def test_a_form_that_arrived_opens_empty_though_another_was_sent_since(world, enter):
    year = clock.today().year
    Holiday.objects.filter(province=world.province).delete()
    other = Holiday.objects.create(province=world.province, date=date(year, 9, 2), name="Quốc khánh")
    administrator = enter(world.administrator)
    page = administrator.page
    page.goto(ADD)
    fill(page, date(year, 3, 26), "Ngày thành lập Đoàn")
    save(page)
    page.goto(f"/manage/holidays/{other.pk}/")
    page.locator("main input[name=name]").fill("Ngày Quốc khánh")
    save(page)
    other.refresh_from_db()
    assert other.name == "Ngày Quốc khánh"
    assert Holiday.objects.filter(name="Ngày thành lập Đoàn").exists()

    page.goto(ADD)
    expect(page.locator("main input[name=name]")).to_have_value("")
    expect(page.locator("main input[name=date]")).to_have_value("")
    expect(page.get_by_text(restored())).to_have_count(0)
    administrator.leave()


def test_a_form_that_did_not_arrive_comes_back_though_another_did_since(world, enter):
    year = clock.today().year
    Holiday.objects.filter(province=world.province).delete()
    other = Holiday.objects.create(province=world.province, date=date(year, 9, 2), name="Quốc khánh")
    administrator = enter(world.administrator)
    page = administrator.page
    page.goto(ADD)
    fill(page, date(year, 3, 26), "Ngày thành lập Đoàn")
    Session.objects.all().delete()  # the session ends while somebody types
    save(page)
    administrator.sign_in(page)
    page.goto(f"/manage/holidays/{other.pk}/")
    page.locator("main input[name=name]").fill("Ngày Quốc khánh")
    save(page)
    other.refresh_from_db()
    assert other.name == "Ngày Quốc khánh"

    page.goto(ADD)
    expect(page.get_by_text(restored())).to_be_visible()
    expect(page.locator("main input[name=name]")).to_have_value("Ngày thành lập Đoàn")
    expect(page.locator("main input[name=date]")).to_have_value(f"26/03/{year}")
    administrator.leave()


def test_two_tabs_that_send_at_once_do_not_lose_each_others_arrival(world, enter):
    year = clock.today().year
    Holiday.objects.filter(province=world.province).delete()
    other = Holiday.objects.create(province=world.province, date=date(year, 9, 2), name="Quốc khánh")
    administrator = enter(world.administrator)
    page = administrator.page
    second = administrator.context.new_page()
    page.goto(ADD)
    second.goto(f"/manage/holidays/{other.pk}/")
    fill(page, date(year, 3, 26), "Ngày thành lập Đoàn")
    # the page after the first form comes late: the second tab's form has arrived before it is shown
    waiting = []
    page.route("**/js/hold.js", lambda route: waiting.append(route))
    with page.expect_request("**/js/hold.js"):
        page.locator("main input[name=name]").evaluate("field => field.form.requestSubmit()")
    second.locator("main input[name=name]").fill("Ngày Quốc khánh")
    save(second)
    assert len(waiting) == 1
    waiting.pop().continue_()
    page.unroute("**/js/hold.js")
    page.wait_for_load_state()

    page.goto(ADD)
    expect(page.locator("main input[name=name]")).to_have_value("")
    expect(page.get_by_text(restored())).to_have_count(0)
    administrator.leave()
