"""Step 4 on a phone: an ad-hoc visit from the officer's thumb to the member's consent, and a change of it, by role and label.

Words are asked of the catalogue (``vi``), so that the walk reads the screen in whatever words it has.
"""

import re

import pytest
from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import AdHocRequest, ChangeRequest, Visit
from tests.factories import make_quarter

pytestmark = pytest.mark.browser

PURPOSE = "Hỗ trợ khắc phục hậu quả mưa lũ"


def vi(text):
    """``text`` as a Vietnamese screen shows it."""
    with override("vi"):
        return gettext(text)


def agree():
    """The Standing Committee's button."""
    with override("vi"):
        return pgettext("Standing Committee", "Agree")


def typed(day):
    return day.strftime("%d/%m/%Y")


def choose_unit(page, letters, name):
    unit = page.get_by_role("combobox", name=vi("Host unit"))
    unit.focus()  # a chosen unit lies over the field
    unit.press_sequentially(letters)
    page.get_by_role("option", name=re.compile(name)).first.click()


@pytest.fixture
def today_is_open(world):
    """The quarter of today is open, too."""
    today = clock.today()
    make_quarter(world, today.year, (today.month + 2) // 3)
    return world


def test_an_ad_hoc_visit_on_a_phone(today_is_open, enter):
    world, today = today_is_open, clock.today()
    officer = enter(world.officer, phone=True)
    page = officer.page
    page.goto("/adhoc/new/")
    expect(page.get_by_label(vi("From"), exact=True)).to_have_value(typed(today))
    choose_unit(page, "vo nhai", "Huyện đoàn Võ Nhai")
    page.get_by_role("button", name=vi("Ask for consent")).click()
    # what is missing stands at its field; what was chosen is still there
    expect(page.get_by_text(vi("Say what the visit is for."))).to_be_visible()
    expect(page.locator("select[name=unit] option:checked")).to_have_text("Huyện đoàn Võ Nhai")
    assert "422" in officer.errors.pop()  # the browser notes that the server refused
    officer.look("can-bo-thieu-noi-dung")
    page.get_by_label(vi("Content group")).select_option(index=2)
    page.get_by_label(vi("What for")).fill(PURPOSE)
    officer.look("can-bo-dang-ky")
    page.get_by_role("button", name=vi("Ask for consent")).click()
    main = page.get_by_role("main")
    expect(main.get_by_text("Lê Thị Chi, Phạm Văn Dũng")).to_be_visible()
    expect(main.get_by_text("Đặng Thị Minh, Ngô Văn Nam")).to_be_visible()
    officer.look("can-bo-dang-cho-ai")
    visit = Visit.objects.get()

    head = enter(world.head, phone=True)
    head.page.goto(visit.get_absolute_url())
    head.look("truong-ban-xem")
    head.page.get_by_role("button", name=vi("Agree and pass to the Standing Committee"), exact=True).click()
    expect(head.page.get_by_role("main").get_by_text("Đặng Thị Minh, Ngô Văn Nam")).to_be_visible()

    member = enter(world.member, phone=True)
    member.page.goto(visit.get_absolute_url())
    consent = member.page.get_by_role("button", name=agree(), exact=True)
    box = consent.bounding_box()
    assert box["width"] > 220
    assert box["height"] >= 40
    member.look("thuong-truc-dong-y")
    consent.click()
    expect(member.page.get_by_text(vi("The visit is agreed to.")).first).to_be_visible()
    member.look("thuong-truc-da-dong-y")
    visit.refresh_from_db()
    assert (visit.state, AdHocRequest.objects.get().state) == ("approved", "consented")

    page.goto(visit.get_absolute_url())
    expect(page.get_by_role("button", name=vi("Write the result"))).to_be_visible()
    officer.look("can-bo-duoc-di")
    for person in (officer, head, member):
        person.leave()


def test_a_visit_agreed_by_phone_is_registered_afterwards(today_is_open, enter):
    world = today_is_open
    officer = enter(world.officer, phone=True)
    page = officer.page
    page.goto("/adhoc/new/")
    choose_unit(page, "dinh hoa", "Huyện đoàn Định Hóa")
    page.get_by_label(vi("Content group")).select_option(index=2)
    page.get_by_label(vi("What for")).fill(PURPOSE)
    page.get_by_text(vi("Already agreed by word of mouth")).click()
    page.get_by_label(vi("Who agreed")).select_option(label="Đặng Thị Minh")
    page.get_by_label(vi("At"), exact=True).fill("00:00")
    officer.look("can-bo-da-dong-y-qua-dien-thoai")
    page.get_by_role("button", name=vi("Send for confirmation")).click()
    expect(page.get_by_role("main").get_by_text("Đặng Thị Minh").first).to_be_visible()
    officer.look("can-bo-cho-xac-nhan")
    request = AdHocRequest.objects.get()
    assert (request.state, request.agreed_by) == ("to_confirm", world.member)

    member = enter(world.member, phone=True)
    member.page.goto(request.get_absolute_url())
    member.page.get_by_role("button", name=vi("Confirm that I agreed"), exact=True).click()
    expect(member.page.get_by_text(vi("The visit is confirmed.")).first).to_be_visible()
    member.look("thuong-truc-da-xac-nhan")

    # the officer asks for other days: who decides is said while one types
    page.goto(f"/visits/{request.visit_id}/change/")
    decider = page.locator("#decider")
    expect(decider).to_contain_text(vi("The head of department decides."))
    choose_unit(page, "vo nhai", "Huyện đoàn Võ Nhai")
    expect(decider).to_contain_text(
        vi("The Standing Committee decides, because the unit changes.").split(",")[0]
    )
    page.get_by_label(vi("Reason"), exact=True).fill("Đường vào Định Hóa sạt lở")
    officer.look("can-bo-de-nghi-thay-doi")
    page.get_by_role("button", name=vi("Send to the head of department")).click()
    expect(page.get_by_role("main").get_by_text("Đường vào Định Hóa sạt lở")).to_be_visible()
    officer.look("can-bo-cu-va-moi")
    assert ChangeRequest.objects.get().unit.name == "Huyện đoàn Võ Nhai"
    for person in (officer, member):
        person.leave()
