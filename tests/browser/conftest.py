"""A real Chromium on the live server, used as a person does: by role and label. Every page passed is looked at by axe."""

import json
import os
import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import sync_playwright

from accounts import clock
from tests.cast import PASSWORD, make_cast
from tests.factories import make_quarter, make_unit

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs its own loop in this thread

SCREENSHOTS = Path(settings.VAR_DIR) / "screenshots"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("Chromium is needed for the browser walks: make test-browser installs it where it may.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def world(transactional_db):
    """The cast on today's real day (a browser keeps its own time), with the next quarter open and two units to visit."""
    cast = make_cast()
    today = clock.today()
    number = (today.month + 2) // 3
    year, number = (today.year, number + 1) if number < 4 else (today.year + 1, 1)
    cast.quarter = make_quarter(cast, year, number)
    make_unit(cast, "Huyện đoàn Định Hóa")
    make_unit(cast, "Huyện đoàn Võ Nhai")
    return cast


class Person:
    """Somebody at a screen: signs in by the form, walks, and leaves nothing wrong behind."""

    def __init__(self, browser, live_server, user, viewport, walk):
        self.context = browser.new_context(viewport=viewport, base_url=live_server.url, locale="vi-VN")
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.user, self.walk, self.shots = user, walk, 0
        self.page.goto("/accounts/login/")
        self.look("dang-nhap")
        self.sign_in(self.page)
        self.page.wait_for_url("**/")

    def sign_in(self, page):
        """Fill in and send the form of the sign-in page, which ``page`` shows."""
        page.get_by_label("Tên đăng nhập", exact=False).first.fill(self.user.username)
        page.get_by_label("Mật khẩu", exact=False).first.fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").first.click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)

    def look(self, name):
        """Take a screenshot of the page; axe finds nothing, nothing scrolls sideways, the console is silent."""
        self.shots += 1
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{self.walk}-{self.shots:02d}-{name}.png", full_page=True)
        found = Axe().run(self.page)
        where = f"{name}, {self.page.url}: {json.dumps(found.response['violations'], ensure_ascii=False)}"
        assert found.violations_count == 0, f"{found.generate_report()}\n{where}"
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} scrolls sideways by {wide} px"
        assert self.errors == []

    def leave(self):
        assert self.errors == []
        self.context.close()


@pytest.fixture
def enter(chromium, live_server, request):
    """``enter(user)`` and get the person at their screen; ``phone=True`` for 390 px."""
    inside = []

    def entered(user, *, phone=False):
        person = Person(
            chromium, live_server, user, PHONE if phone else DESKTOP, request.node.name.removeprefix("test_")
        )
        inside.append(person)
        return person

    yield entered
    for person in inside:
        person.context.close()
