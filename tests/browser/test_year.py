"""Step 7 in a real browser: the year is written up, approved and frozen, sent, read by the Central Union - and a figure that
changes afterwards shows as a difference.

Words are looked up in the catalogue, so that the walk reads the page as it is.
"""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import VisitDay
from reports.differences import PARTS, PLACES
from reports.models import SECTIONS, AnnualReport
from tests.factories import make_quarter, make_result, make_visit

from .conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

TEXTS = {
    "situation": "Ban Thường vụ Tỉnh đoàn ban hành kế hoạch ngay từ đầu năm.",
    "assessment": "Ưu điểm: đi đúng kế hoạch. Hạn chế: kiến nghị còn ít.",
    "directions": "Ưu tiên các đơn vị chưa được đến trong năm.",
    "proposals": "Đề nghị Trung ương Đoàn tổ chức tập huấn.",
}


def vi(text, **values):
    """``text`` as a Vietnamese page says it."""
    with translation.override("vi"):
        return translation.gettext(text) % values if values else translation.gettext(text)


def typed(day):
    return day.strftime("%d/%m/%Y")


def press(person, label, *, comment=None, scope=None):
    """Press the button of a transition; say why where it asks, confirm where it asks whether one is sure."""
    place = scope or person.page.get_by_role("main")
    if comment is None:
        place.get_by_role("button", name=label, exact=True).first.click()
    else:
        # a summary has no role of its own in every browser: it is found by its words
        place.locator("summary").filter(has_text=label).first.click()
        place.get_by_label(vi("Comment (required)")).fill(comment)
        place.get_by_role("button", name=vi("Confirm: %(what)s", what=label)).first.click()
    sure = person.page.get_by_role("dialog").get_by_role("button").last
    if sure.is_visible():
        sure.click()


def look_twice(person, name):
    """The page on a desk and on a phone."""
    person.look(name)
    person.page.set_viewport_size(PHONE)
    person.look(f"{name}-390")
    person.page.set_viewport_size(DESKTOP)


@pytest.fixture
def year(world):
    """The year before this one: two visits of two days with accepted results; the other province has approved, not sent."""
    year = clock.today().year - 1
    for officer, month in ((world.officer, 5), (world.colleague, 11)):
        make_result(world, make_visit(world, officer, date(year, month, 12)), "accepted")
    make_quarter(world, year, there=True)
    theirs = AnnualReport.objects.start(
        world.other_province, year, "final", by=world.strange_coordinator.powers
    )
    theirs.write(by=world.strange_coordinator.powers, **dict.fromkeys(SECTIONS, "Báo cáo của Vĩnh Phúc"))
    theirs.perform("submit", by=world.strange_coordinator)
    theirs.perform("approve", by=world.strange_member)
    return year


def test_a_year_is_written_approved_sent_and_read(world, enter, year):
    coordinator = enter(world.coordinator)
    page = coordinator.page
    page.goto(f"/years/{year}/")
    look_twice(coordinator, "dau-moi-nam")
    page.get_by_role("button", name=re.compile(f"{vi('Begin the report')}.*{vi('Final')}", re.DOTALL)).click()
    page.wait_for_url(re.compile(r"/annual-reports/\d+/$"))
    report = AnnualReport.objects.get(province=world.province, version="final")

    saved = page.get_by_role("status").filter(has_text=vi("Saved at")).first
    page.get_by_text(vi("Propose a text from the figures")).click()
    page.get_by_role("button", name=vi("Take it over into the section")).click()
    results = page.get_by_label(label_of("results"))
    expect(results).to_have_value(re.compile("4 ngày được tính"))
    for name, text in TEXTS.items():
        page.get_by_label(label_of(name)).fill(text)
    expect(saved).to_be_visible()
    expect(page.get_by_role("button", name=vi("Submit to the Standing Committee"))).to_be_enabled()
    page.reload()
    expect(results).to_have_value(re.compile("4 ngày được tính"))
    for name, text in TEXTS.items():
        expect(page.get_by_label(label_of(name))).to_have_value(text)
    look_twice(coordinator, "dau-moi-dang-viet")
    press(coordinator, vi("Submit to the Standing Committee"))
    expect(page.get_by_role("button", name=vi("Withdraw"), exact=True).first).to_be_visible()

    member = enter(world.member)
    member.page.goto(f"/years/{year}/")
    member.page.get_by_role(
        "link", name=re.compile(f"{vi('Open the report')}.*{vi('Final')}", re.DOTALL)
    ).click()
    figures = member.page.get_by_role("table", name=vi("By officer"))
    row = figures.get_by_role("row", name=re.compile(world.officer.full_name))
    expect(row.get_by_role("cell", name="2", exact=True).first).to_be_visible()
    look_twice(member, "thuong-truc-xem")
    press(member, vi("Approve and freeze"))
    expect(member.page.get_by_text("SHA-256").first).to_be_visible()
    report.refresh_from_db()
    expect(member.page.get_by_text(report.figures_sha256)).to_be_visible()
    expect(member.page.get_by_text(vi("The data say the same today."))).to_be_visible()
    look_twice(member, "thuong-truc-da-duyet")

    central = enter(world.central)
    central.page.goto("/annual-reports/")
    expect(central.page.get_by_text(vi("No annual report has been sent yet"))).to_be_visible()

    page.reload()
    today = clock.today()
    page.get_by_label(vi("Document number")).fill("120-BC/TĐTN")
    page.get_by_label(vi("Date of the document")).fill(typed(today - timedelta(days=1)))
    page.get_by_label(vi("Sent on")).fill(typed(today))
    page.keyboard.press("Tab")  # leaves the date: its calendar closes
    press(coordinator, vi("Record as sent to the Central Union"))
    expect(page.get_by_role("main").get_by_text("120-BC/TĐTN").first).to_be_visible()
    look_twice(coordinator, "dau-moi-da-gui")

    central.page.reload()
    rows = central.page.get_by_role("table", name=vi("Annual reports")).get_by_role("row")
    expect(rows).to_have_count(2)  # the headings, and the one that was sent
    expect(central.page.get_by_role("main").get_by_text("Vĩnh Phúc")).to_have_count(0)
    look_twice(central, "trung-uong-danh-sach")
    rows.last.get_by_role("link", name="Thái Nguyên", exact=True).click()
    expect(central.page.get_by_role("main").get_by_text(TEXTS["proposals"]).first).to_be_visible()
    look_twice(central, "trung-uong-bao-cao")

    desk = enter(world.results_desk)
    result = VisitDay.objects.filter(officer=world.officer).first().visit.result
    desk.page.goto(result.get_absolute_url())
    press(desk, vi("Take back the acceptance and return"), comment="Minh chứng chưa khớp với ngày đi")
    expect(desk.page.get_by_role("main").get_by_text(vi("Returned for completion")).first).to_be_visible()

    member.page.reload()
    changed = member.page.get_by_role("region", name=vi("Which figures"))
    if not changed.is_visible():  # folded where many figures follow from one
        member.page.locator("summary").filter(has_text=vi("Which figures")).click()
    with translation.override("vi"):
        figure = f"{PARTS['totals']}.*{PLACES['accepted']}"
    total = changed.get_by_role("row", name=re.compile(figure)).first
    expect(total.get_by_role("cell")).to_have_text(["4", "2"])
    look_twice(member, "thuong-truc-so-lieu-da-khac")
    central.page.reload()  # what was sent is what the Central Union reads
    frozen = central.page.get_by_role("table", name=vi("By officer")).get_by_role(
        "row", name=re.compile(world.officer.full_name)
    )
    expect(frozen.get_by_role("cell", name="2", exact=True).first).to_be_visible()
    report.refresh_from_db()
    assert (report.state, report.number, report.figures["totals"]["accepted"]) == ("sent", "120-BC/TĐTN", 4)
    assert {name: getattr(report, name) for name in TEXTS} == TEXTS
    for person in (coordinator, member, central, desk):
        person.leave()


def label_of(section):
    with translation.override("vi"):
        return str(AnnualReport._meta.get_field(section).verbose_name)
