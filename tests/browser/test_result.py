"""A visit's result from the phone of its officer to the head's acceptance, in a real browser.

Words are looked up in the catalogue, so that the walk reads the page as it is, whatever has been translated by then.
"""

import re

import pytest
from django.contrib.sessions.models import Session
from django.utils import translation
from PIL import Image
from playwright.sync_api import expect

from fieldvisits.models import Attachment, Recommendation, VisitResult
from tests.factories import first_day, make_recommendation, make_result, make_visit

pytestmark = pytest.mark.browser

DONE = "Tập huấn ứng dụng cho 48 đoàn viên, khảo sát 6 chi đoàn"
HELPED = "Cùng Đoàn xã rà soát kịch bản"


def vi(text):
    """``text`` as a Vietnamese page says it."""
    with translation.override("vi"):
        return translation.gettext(text)


def typed(day):
    return day.strftime("%d/%m/%Y")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "ảnh tập huấn.jpg"
    Image.effect_noise((900, 600), 80).convert("RGB").save(path, "JPEG")
    return path


@pytest.fixture
def visit(world, settings, tmp_path):
    """An approved visit of two days that ended two or three days ago, at a unit where a recommendation is still open."""
    settings.MEDIA_ROOT = tmp_path / "media"
    earlier = make_visit(world, world.colleague, first_day(-42))
    make_recommendation(world, make_result(world, earlier), "open")
    return make_visit(world, first=first_day(-3), unit=earlier.unit)


def test_a_result_with_a_photo_from_the_phone_to_acceptance(world, enter, visit, photo):
    officer = enter(world.officer, phone=True)
    page = officer.page
    page.goto(visit.quarter.url("result-list"))
    officer.look("ket-qua-con-no")
    page.get_by_role("button", name=vi("Write the result")).click()
    page.wait_for_url(re.compile(r"/results/\d+/$"))
    result = VisitResult.objects.get(visit=visit)

    found = page.locator("#earlier li").first
    found.get_by_text(vi("Being worked on"), exact=True).click()
    found.get_by_label(vi("Note")).fill("Tỉnh đoàn đang xin vốn")
    expect(found.get_by_role("status")).to_contain_text(vi("Saved at"))
    page.locator("#helped_before textarea").fill(HELPED)
    page.locator("#activity textarea").fill(DONE)
    expect(page.locator("#result-form [data-autosave-status]")).to_contain_text(vi("Saved at"))
    expect(page.locator("#gap-activity")).to_be_empty()

    page.get_by_text(vi("Add a recommendation")).click()
    new = page.locator("#recommendation-form-new")
    new.locator("textarea").fill("Bổ sung máy tính cho Đoàn xã")
    new.locator("select[name=addressee]").select_option("outside")
    page.reload()  # typed and not added yet: it is still there
    expect(new.locator("textarea")).to_have_value("Bổ sung máy tính cho Đoàn xã")
    new.locator("input[name=addressee_name]").fill("UBND xã")
    new.get_by_role("button", name=vi("Add it")).click()
    expect(page.locator(".result-rows > li")).to_have_count(1)

    page.locator("#file-input").set_input_files(photo)
    expect(page.locator("#file-list").get_by_text("ảnh tập huấn.jpg")).to_be_visible()
    (photo.parent / "giả.jpg").write_text("không phải ảnh")
    page.locator("#file-input").set_input_files(photo.parent / "giả.jpg")
    expect(page.locator("#file-problems")).to_contain_text("giả.jpg")
    officer.errors.clear()  # the browser notes every refused request by itself

    page.reload()
    expect(page.locator("#activity textarea")).to_have_value(DONE)
    expect(page.locator("#helped_before textarea")).to_have_value(HELPED)
    expect(page.locator("#earlier input[value=begun]")).to_be_checked()
    expect(page.locator("#days input:checked")).to_have_count(2)
    officer.look("ket-qua-dang-viet")
    # what is typed in the last moment goes with it
    page.locator("#review_after textarea").fill("Họp rút kinh nghiệm")
    page.get_by_role("button", name=vi("Report the result"), exact=True).click()
    expect(page.get_by_role("button", name=vi("Withdraw"), exact=True)).to_be_visible()
    officer.look("ket-qua-da-bao-cao")
    result.refresh_from_db()
    assert (result.state, result.activity, result.review_after) == ("submitted", DONE, "Họp rút kinh nghiệm")
    assert result.follow_ups.get().found == "begun"
    assert Attachment.objects.get().name == "ảnh tập huấn.jpg"

    head = enter(world.head)
    head.page.goto(visit.quarter.url("result-list") + "?show=department")
    head.look("truong-ban-danh-sach")
    head.page.get_by_role("link", name=visit.unit.name).first.click()
    expect(head.page.locator("#result-paper").get_by_text(DONE)).to_be_visible()
    head.look("truong-ban-ket-qua")
    head.page.get_by_role("button", name=vi("Accept"), exact=True).click()
    expect(head.page.locator(".result-counts")).to_have_count(2)
    assert visit.days.filter(counted=True).count() == 2
    assert set(Recommendation.objects.values_list("state", flat=True)) == {"in_progress", "open"}

    page.reload()
    expect(page.locator(".result-counts")).to_have_count(2)
    officer.look("ket-qua-da-tinh")
    page.goto("/recommendations/")
    officer.look("so-kien-nghi")
    head.page.goto("/recommendations/")
    head.look("so-kien-nghi-1440")
    head.page.get_by_role("link", name=re.compile("Bổ sung máy tính")).click()
    head.look("kien-nghi")
    for person in (officer, head):
        person.leave()


def test_a_lost_connection_and_a_second_window_lose_nothing(world, enter, visit):
    officer = enter(world.officer)
    page = officer.page
    result = VisitResult.objects.start(visit, by=world.officer.powers)
    page.goto(result.get_absolute_url())
    officer.look("ket-qua-moi")
    activity = page.locator("#activity textarea")
    page.context.set_offline(True)
    activity.fill(DONE)
    expect(page.locator("#result-form [data-autosave-status]")).to_contain_text(
        vi("No connection: what you typed is kept here and will be saved when the connection is back.")
    )
    page.context.set_offline(False)
    expect(page.locator("#result-form [data-autosave-status]")).to_contain_text(vi("Saved at"))
    result.refresh_from_db()
    assert result.activity == DONE

    status = page.locator("#result-form [data-autosave-status]")
    box = page.locator("#result-form [data-autosave-conflict]")

    def stored():
        expect(status).to_contain_text(vi("Saved at"))
        result.refresh_from_db()
        return result.activity, result.difficulties

    # different fields: both stay, and nobody is asked
    result.write(by=world.officer.powers, difficulties="Từ cửa sổ kia")
    with page.expect_response(lambda answer: answer.url.endswith("/text/") and answer.status == 200):
        activity.fill("Từ cửa sổ này")
    assert stored() == ("Từ cửa sổ này", "Từ cửa sổ kia")
    expect(page.locator("#difficulties textarea")).to_have_value("Từ cửa sổ kia")
    expect(box).to_have_count(0)

    # the same field: the words of the other window are shown, and only about these it is asked
    result.write(by=world.officer.powers, activity="Kia viết lại", difficulties="Kia viết thêm")
    activity.fill("Này viết lại")
    expect(box.locator("dd")).to_have_text(["Kia viết lại"])
    officer.errors.clear()
    expect(box.locator("dt")).to_have_text([vi("the activity and its result").capitalize()])
    officer.look("hai-cua-so")
    page.set_viewport_size({"width": 390, "height": 844})
    officer.look("hai-cua-so-390")
    page.set_viewport_size({"width": 1440, "height": 900})
    box.get_by_role("button", name=vi("Keep my text")).click()
    expect(box).to_have_count(0)
    assert stored() == ("Này viết lại", "Kia viết thêm")

    result.write(by=world.officer.powers, activity="Kia lần ba")
    activity.fill("Này lần ba")
    page.locator("#review_after textarea").fill("Chỉ cửa sổ này viết")
    box.get_by_role("button", name=vi("Take the stored text")).click()
    expect(activity).to_have_value("Kia lần ba")
    assert stored() == ("Kia lần ba", "Kia viết thêm")
    assert result.review_after == "Chỉ cửa sổ này viết"

    # a reload with something not saved yet brings back that alone
    page.route("**/text/", lambda route: route.abort())
    page.locator("#review_after textarea").fill("Viết khi mất mạng")
    expect(status).to_contain_text(
        vi("No connection: what you typed is kept here and will be saved when the connection is back.")
    )
    result.write(by=world.officer.powers, difficulties="Kia lần bốn")
    page.reload()
    page.unroute("**/text/")
    expect(page.locator("#difficulties textarea")).to_have_value("Kia lần bốn")
    expect(page.locator("#review_after textarea")).to_have_value("Viết khi mất mạng")
    page.locator("#review_after textarea").blur()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    assert stored() == ("Kia lần ba", "Kia lần bốn")
    assert result.review_after == "Viết khi mất mạng"
    officer.errors.clear()
    officer.leave()


@pytest.mark.parametrize("lost", ["the session", "all cookies"])
def test_signing_in_again_in_another_window_saves_what_was_typed(world, enter, visit, lost):
    officer = enter(world.officer)
    page = officer.page
    result = VisitResult.objects.start(visit, by=world.officer.powers)
    page.goto(result.get_absolute_url())
    if lost == "the session":
        Session.objects.all().delete()
    else:
        page.context.clear_cookies()
    page.locator("#activity textarea").fill(DONE)
    status = page.locator("#result-form [data-autosave-status]")
    expect(status).to_contain_text(
        vi("You are signed out: sign in again in another window; what you typed is kept here.")
    )
    other = page.context.new_page()
    other.goto("/accounts/login/")
    officer.sign_in(other)
    expect(status).to_contain_text(vi("Saved at"), timeout=10_000)
    result.refresh_from_db()
    assert result.activity == DONE
    page.locator("#activity textarea").fill(f"{DONE}.")  # and on it goes
    expect(page.locator("#result-form .saved.problem")).to_have_count(0)
    officer.errors.clear()
    officer.leave()


def test_a_new_recommendation_stays_until_it_has_been_added(world, enter, visit):
    officer = enter(world.officer)
    page = officer.page
    result = VisitResult.objects.start(visit, by=world.officer.powers)
    page.goto(result.get_absolute_url())
    page.get_by_text(vi("Add a recommendation")).click()
    new = page.locator("#recommendation-form-new")
    add = new.get_by_role("button", name=vi("Add it"))
    new.locator("textarea").fill("Bổ sung máy tính cho Đoàn xã")
    new.locator("select[name=addressee]").select_option("province")

    page.route("**/recommendations/", lambda route: route.abort())  # the connection is lost
    add.click()
    page.wait_for_url("chrome-error://**")
    page.unroute("**/recommendations/")
    page.goto(result.get_absolute_url())
    expect(new.locator("textarea")).to_have_value("Bổ sung máy tính cho Đoàn xã")

    Session.objects.all().delete()
    add.click()
    page.wait_for_url("**/accounts/login/**")
    officer.sign_in(page)
    page.wait_for_url(f"**{result.get_absolute_url()}")
    expect(new.locator("textarea")).to_have_value("Bổ sung máy tính cho Đoàn xã")
    expect(new.locator("select[name=addressee]")).to_have_value("province")
    officer.errors.clear()
    officer.look("kien-nghi-con-nguyen")
    add.click()
    expect(page.locator(".result-rows > li")).to_have_count(1)
    expect(new.locator("textarea")).to_have_value("")
    page.reload()
    expect(new.locator("textarea")).to_have_value("")
    officer.leave()


def test_a_comment_outlives_the_session(world, enter, visit):
    result = VisitResult.objects.start(visit, by=world.officer.powers)
    result.write(by=world.officer.powers, activity=DONE)
    result.perform("submit", by=world.officer)
    head = enter(world.head)
    page = head.page
    page.goto(result.get_absolute_url())
    page.locator(".paper-comment > summary", has_text=vi("Return for completion")).click()
    comment = page.locator("form[action$='/return/'] textarea")
    comment.fill("Thiếu ảnh tập huấn")
    Session.objects.all().delete()
    send = page.locator("form[action$='/return/'] button[type=submit]")
    send.click()
    page.wait_for_url("**/accounts/login/**")
    head.sign_in(page)
    page.wait_for_url(f"**{result.get_absolute_url()}")
    expect(comment).to_be_visible()
    expect(comment).to_have_value("Thiếu ảnh tập huấn")
    head.look("y-kien-con-nguyen")
    send.click()
    page.wait_for_load_state()
    expect(comment).to_have_count(0)
    result.refresh_from_db()
    assert result.state == "returned"
    head.leave()
