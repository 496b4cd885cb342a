"""Step 5 in a real browser: the head writes to a unit, the unit answers from its phone without an account and, after a visit,
confirms the days and says how it was; the head reads it."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils.translation import gettext, override
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import HostFeedback, HostLink, HostNotice, HostUnit, NoticeAnswer, VisitDay
from tests.factories import first_day, make_notice, make_visit

from .conftest import DESKTOP, PHONE, SCREENSHOTS

pytestmark = pytest.mark.browser


def words(msgid):
    """What a Vietnamese screen says for ``msgid``; as a pattern where something is filled in."""
    with override("vi"):
        text = gettext(msgid)
    parts = re.split(r"%\(\w+\)s", text)
    return text if len(parts) == 1 else re.compile(".*".join(re.escape(part) for part in parts))


class Unit:
    """Somebody at a host unit with a link and no account; ``scripts=False`` for a browser that runs none."""

    def __init__(self, browser, address, *, phone=True, scripts=True):
        self.context = browser.new_context(
            viewport=PHONE if phone else DESKTOP, locale="vi-VN", java_script_enabled=scripts
        )
        self.page, self.width = self.context.new_page(), "390" if phone else "1440"
        self.errors = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.goto(address)

    def look(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"don-vi-{name}-{self.width}.png", full_page=True)
        found = Axe().run(self.page)
        assert found.violations_count == 0, found.generate_report()
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} scrolls sideways by {wide} px"
        assert self.errors == []


def address_in(person, purpose):
    """Make a link on the page of a notice and read its address."""
    page = person.page
    form = page.locator(f'form:has(input[name="purpose"][value="{purpose}"])')
    form.get_by_role("button").click()
    field = page.locator(f"#address-{purpose}")
    expect(field).to_be_visible()
    return field.input_value()


def test_a_unit_is_told_answers_confirms_and_leaves_feedback(world, enter, chromium):
    past_unit, next_unit = HostUnit.objects.filter(province=world.province).order_by("pk")
    ahead = make_visit(world, world.officer, first_day(6), unit=next_unit)
    past = make_visit(world, world.colleague, first_day(-3), unit=past_unit)
    told = make_notice(world, past)

    head = enter(world.head)
    quarter = ahead.quarter
    head.page.goto(quarter.url("quarter-board") + f"departments/{world.movement.pk}/notices/")
    head.look("truong-ban-don-vi-can-lien-he")
    row = head.page.get_by_role("row", name=re.compile(next_unit.name))
    row.get_by_role("button", name=re.compile(re.escape(words("Compose")))).click()
    notice = HostNotice.objects.get(unit=next_unit)
    expect(head.page).to_have_url(re.compile(notice.get_absolute_url()))
    address = address_in(head, "answer")
    head.look("truong-ban-thong-bao")
    head.page.get_by_role("link", name=words("Text for a chat")).click()
    expect(head.page.locator("#chat-text")).to_have_value(re.compile(re.escape(address)))
    head.look("truong-ban-tin-nhan")

    unit = Unit(chromium, address)
    expect(unit.page.get_by_text(world.officer.full_name)).to_be_visible()
    unit.look("tra-loi")
    unit.page.get_by_label(words("Another day, please")).check()
    expect(unit.page.get_by_role("button", name=words("Agree to the visit"))).to_be_hidden()
    other = clock.today() + timedelta(days=10)
    unit.page.get_by_label(words("From"), exact=True).fill(other.isoformat())
    unit.look("ngay-khac")
    unit.page.get_by_role("button", name=words("Send the answers chosen above")).click()
    expect(unit.page.get_by_role("status")).to_be_visible()
    said = NoticeAnswer.objects.get()
    assert (said.answer, said.starts, said.recorded_by) == ("other_date", other, None)
    unit.page.get_by_label(words("We agree")).check()
    unit.page.get_by_label(words("Contact person of the unit")).fill("Lý Thị Sen")
    unit.page.get_by_role("button", name=words("Agree to the visit")).click()
    unit.look("da-tra-loi")
    assert list(NoticeAnswer.objects.order_by("pk").values_list("answer", flat=True)) == [
        "other_date",
        "agreed",
    ]
    wide = Unit(chromium, address, phone=False)
    wide.look("da-tra-loi")

    head.page.goto(told.get_absolute_url())
    address = address_in(head, "feedback")
    unit = Unit(chromium, address)
    unit.look("xac-nhan")
    unit.page.get_by_label(f"{past.starts:%d/%m/%Y}").check()
    for question in unit.page.locator("fieldset").all()[1:]:
        question.get_by_role("radio").first.check()
    unit.page.get_by_label(words("Remarks and wishes")).fill("Cán bộ nhiệt tình, <b>mong về sớm hơn</b>")
    unit.page.get_by_label(words("Your name and post")).fill("Lý Thị Sen, Bí thư")
    unit.page.get_by_role("button", name=words("Confirm and send")).click()
    expect(unit.page.get_by_role("status")).to_be_visible()
    unit.look("da-xac-nhan")
    Unit(chromium, address, phone=False).look("da-xac-nhan")
    days = VisitDay.objects.filter(visit=past).order_by("date")
    assert list(days.values_list("confirmed", flat=True)) == [True, False]
    assert HostFeedback.objects.get().mean == 3

    head.page.reload()
    expect(head.page.get_by_text("<b>mong về sớm hơn</b>")).to_be_visible()
    head.look("truong-ban-y-kien-don-vi")
    head.page.goto(past_unit.get_absolute_url())
    expect(head.page.get_by_text("<b>mong về sớm hơn</b>")).to_be_visible()
    head.look("truong-ban-don-vi")

    handy = enter(world.head, phone=True)
    for address, name in [
        (quarter.url("quarter-board") + f"departments/{world.movement.pk}/notices/", "don-vi-can-lien-he"),
        (told.get_absolute_url(), "thong-bao"),
        (past_unit.get_absolute_url(), "don-vi"),
    ]:
        handy.page.goto(address)
        handy.look(f"dien-thoai-{name}")


def test_the_units_page_works_without_scripts(world, enter, chromium, live_server):
    unit = HostUnit.objects.filter(province=world.province).order_by("pk").first()
    visit = make_visit(world, world.officer, first_day(6), unit=unit)
    link = HostLink.objects.issue(make_notice(world, visit), "answer", by=world.head.powers)
    there = Unit(chromium, live_server.url + link.path, scripts=False)
    there.page.get_by_role("button", name=words("Agree to the visit")).click()
    expect(there.page.get_by_role("status")).to_be_visible()
    assert NoticeAnswer.objects.get().answer == "agreed"
