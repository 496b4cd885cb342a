"""A new quarter plan carried from its officer to the Standing Committee's approval, in a real browser, by role and label."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts import clock
from fieldvisits.models import Decision, DepartmentPlan, OfficerPlan

pytestmark = pytest.mark.browser

PURPOSE = "Khảo sát tình hình chi đoàn, nắm tâm tư thanh niên"


def typed(day):
    return day.strftime("%d/%m/%Y")


def register(person, quarter, shown_as):
    """Step 1: from the home page to the plan sent to the head, with a line typed, duplicated, removed and brought back."""
    page = person.page
    person.look(f"{shown_as}-viec-cua-toi")
    page.get_by_role("main").get_by_role("link", name=re.compile("Đăng ký kế hoạch")).first.click()
    person.look(f"{shown_as}-chua-co-ke-hoach")
    page.get_by_role("button", name="Lập kế hoạch của tôi").click()
    page.get_by_role("button", name="Thêm nội dung").click()
    line = page.get_by_role("list").locator("[data-line]").first
    first = quarter.starts + timedelta(days=10)
    line.get_by_label("Từ ngày").fill(typed(first))
    line.get_by_label("Đến ngày").fill(typed(first - timedelta(days=1)))
    line.get_by_label("Nội dung cụ thể").fill(PURPOSE)
    line.get_by_label("Kết quả dự kiến").fill("Báo cáo khảo sát")
    # what blocks sending stands at the field, and nothing typed is lost by a reload
    expect(line.get_by_text(re.compile("gày về không được trước ngày đi")).first).to_be_visible()
    expect(page.get_by_role("status").get_by_text("Đã lưu").first).to_be_visible()
    page.reload()
    line = page.locator("[data-line]").first
    expect(line.get_by_label("Đến ngày")).to_have_value(typed(first - timedelta(days=1)))
    expect(line.get_by_label("Nội dung cụ thể")).to_have_value(PURPOSE)
    line.get_by_label("Đến ngày").fill(typed(first + timedelta(days=2)))
    page.keyboard.press("Tab")  # leaves the date, as a finger elsewhere does: its calendar closes
    line.get_by_label("Nhóm nội dung").select_option(label="1. Theo chuyên đề")
    unit = line.get_by_role("combobox", name="Đơn vị đến")
    unit.click()
    unit.press_sequentially("dinh hoa")
    page.get_by_role("option", name=re.compile("Huyện đoàn Định Hóa")).first.click()
    expect(line.get_by_text("3 ngày").first).to_be_visible()
    line.get_by_role("button", name="Nhân đôi").click()
    expect(page.locator("[data-line]")).to_have_count(2)
    page.get_by_role("button", name="Xóa nội dung 2").click()
    expect(page.locator("[data-line]")).to_have_count(1)
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-line]")).to_have_count(2)
    page.get_by_role("button", name="Xóa nội dung 2").click()
    expect(page.locator("[data-line]")).to_have_count(1)
    person.look(f"{shown_as}-ke-hoach-dang-lap")
    send = page.get_by_role("button", name="Gửi lãnh đạo ban")
    expect(send).to_be_enabled()
    send.click()
    expect(page.get_by_role("main").get_by_text("Đã đăng ký").first).to_be_visible()
    person.look(f"{shown_as}-ke-hoach-da-gui")


def test_a_plan_from_officer_to_approval(world, enter):
    quarter = world.quarter
    officer = enter(world.officer)
    register(officer, quarter, "can-bo")

    head = enter(world.head)
    head.look("truong-ban-viec-cua-toi")
    head.page.goto(quarter.url("quarter-board") + f"departments/{world.movement.pk}/")
    head.look("truong-ban-bang-cua-ban")
    send = head.page.get_by_role("button", name="Gửi đầu mối tổng hợp")
    expect(send).to_be_disabled()
    row = head.page.get_by_role("row", name=re.compile("Nguyễn Văn An")).filter(
        has=head.page.get_by_role("button")
    )
    row.get_by_role("button", name="Thống nhất", exact=True).click()
    expect(head.page.get_by_text("Ban đã thống nhất").first).to_be_visible()
    head.page.get_by_label("Ngày họp ban").fill(typed(clock.today()))
    head.page.get_by_label(re.compile("Ghi chú của ban")).fill(
        "Ba đồng chí còn lại đang đi tập huấn, gửi bổ sung sau."
    )
    head.page.keyboard.press("Escape")
    head.page.get_by_role("button", name="Gửi đầu mối tổng hợp").click()
    expect(head.page.get_by_text("Đã gửi đầu mối").first).to_be_visible()
    head.look("truong-ban-da-gui-dau-moi")

    coordinator = enter(world.coordinator)
    coordinator.look("dau-moi-viec-cua-toi")
    coordinator.page.goto(quarter.url("department-plan-list"))
    coordinator.look("dau-moi-ke-hoach-cac-ban")
    coordinator.page.get_by_role("link", name=re.compile("Ban Phong trào")).first.click()
    paper = DepartmentPlan.objects.get(department=world.movement)
    coordinator.page.goto(paper.get_absolute_url())
    coordinator.look("dau-moi-ke-hoach-ban")
    coordinator.page.get_by_role("button", name="Trình Thường trực", exact=True).first.click()
    expect(coordinator.page.get_by_text("Đã trình Thường trực").first).to_be_visible()

    member = enter(world.member)
    member.look("thuong-truc-viec-cua-toi")
    member.page.goto(quarter.url("meeting"))
    member.look("thuong-truc-truoc-phien-hop")
    member.page.get_by_role("button", name="Bắt đầu phiên họp").click()
    line = member.page.locator("[data-line]").first
    expect(line).to_be_visible()
    expect(member.page.get_by_role("button", name="Kết thúc phiên họp")).to_be_disabled()
    line.focus()
    member.page.keyboard.press("d")
    expect(member.page.locator("[data-line] .verdict-mark").get_by_text("Đồng ý")).to_be_visible()
    member.page.get_by_label("Ngày họp").fill(typed(clock.today()))
    member.page.get_by_label("Số văn bản").fill("15-KL/TĐTN")
    member.page.get_by_label("Kết luận").fill("Thường trực thống nhất kế hoạch đi cơ sở.")
    member.look("thuong-truc-phien-hop")
    member.page.get_by_role("button", name="Kết thúc phiên họp").click()
    member.page.get_by_role("dialog").get_by_role("button", name="Kết thúc phiên họp").click()
    expect(member.page.get_by_role("main").get_by_text("15-KL/TĐTN", exact=True)).to_be_visible()
    member.look("thuong-truc-quyet-dinh")
    member.page.goto(quarter.url("quarter-board"))
    member.look("bay-buoc")

    plan = OfficerPlan.objects.get(officer=world.officer)
    officer.page.goto(plan.get_absolute_url())
    expect(officer.page.get_by_role("main").get_by_text("Đã duyệt").first).to_be_visible()
    officer.look("can-bo-ke-hoach-da-duyet")
    assert (plan.state, paper.officer_plans.get(), Decision.objects.get().state) == (
        "approved",
        plan,
        "closed",
    )
    assert plan.lines.get().content == PURPOSE
    for person in (officer, head, coordinator, member):
        person.leave()


def test_an_officer_registers_on_a_phone(world, enter):
    officer = enter(world.officer, phone=True)
    register(officer, world.quarter, "dien-thoai")
    assert OfficerPlan.objects.get(officer=world.officer).state == "submitted"
    officer.leave()


def test_smaller_rooms_on_both_screens(world, enter):
    """Every other page a working person, and the administrator, passes - at 1440 and at 390 px."""
    rooms = [
        world.quarter.url(name) for name in ("quarter-board", "plan-list", "visit-list", "quarter-calendar")
    ]
    rooms += ["/units/", "/search/?q=dinh%20hoa", "/account/", f"/people/{world.head.pk}/"]
    management = ["/manage/", "/manage/people/", "/manage/people/add/", "/manage/units/", "/manage/rules/"]
    for phone in (False, True):
        for user, pages in ((world.coordinator, rooms), (world.administrator, management)):
            person = enter(user, phone=phone)
            for page in pages:
                answer = person.page.goto(page)
                assert answer.status == 200, page
                person.look(re.sub(r"\W+", "-", page).strip("-") + ("-390" if phone else "-1440"))
            person.leave()
