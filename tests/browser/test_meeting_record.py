"""The record of a meeting saves itself: what it says when it cannot, and when it tries again."""

from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from tests.factories import make_department_plan, make_meeting

pytestmark = pytest.mark.browser

KEPT = "Thường trực thống nhất kế hoạch đi cơ sở."
MINUTE = 60_000
OFFLINE = "No connection: what you typed is kept here and will be saved when the connection is back."
SIGNED_OUT = "You are signed out: sign in again in another window; what you typed is kept here."
FAILED = "The server did not accept this; it will be tried again. What you typed is kept here."
REFUSED = "The server did not accept this. Nothing was saved; please reload the page and try again."
FORBIDDEN = "You may not do this. Nothing was saved."
GONE = "This paper can no longer be changed. What you typed is kept here; copy it before you leave."


def vi(text):
    with translation.override("vi"):
        return translation.gettext(text)


@pytest.fixture
def at_meeting(world, enter):
    """``at_meeting(status)``: a member at a meeting whose record is answered with ``status``, or with nothing at all (0)."""
    paper = make_department_plan(world, "forwarded", quarter=world.quarter)
    decision = make_meeting(world, paper.quarter)
    address = reverse("meeting-record", args=[decision.pk])

    def sit(status):
        member = enter(world.member)
        page, sent = member.page, []

        def answer(route):
            sent.append(route.request.post_data)
            if status:
                route.fulfill(status=status, body="", content_type="text/html")
            else:
                route.abort()

        page.clock.install()
        page.goto(paper.quarter.url("meeting"))
        page.route(lambda url: urlsplit(url).path == address, answer)
        page.get_by_label("Kết luận").fill(KEPT)
        page.clock.run_for(2000)
        return member, decision, sent

    return sit


@pytest.mark.parametrize(("status", "sentence"), [(0, OFFLINE), (401, SIGNED_OUT), (500, FAILED)])
def test_it_tries_again_at_growing_intervals(at_meeting, status, sentence):
    member, decision, sent = at_meeting(status)
    page, said = member.page, member.page.locator("#record-status")
    expect(said).to_have_text(vi(sentence))
    assert len(sent) == 1
    for pause, count in [(3000, 2), (3000, 2), (3500, 3), (9000, 3), (3500, 4)]:
        page.clock.run_for(pause)
        expect(said).to_have_text(vi(sentence))
        page.wait_for_timeout(200)
        assert len(sent) == count

    page.unroute_all()
    page.clock.run_for(MINUTE)
    expect(said).not_to_have_text(vi(sentence))
    expect(said.locator(".problem")).to_have_count(0)
    decision.refresh_from_db()
    assert decision.conclusion == KEPT
    member.errors.clear()  # the browser notes every refused request by itself
    member.leave()


@pytest.mark.parametrize(("status", "sentence"), [(400, REFUSED), (403, FORBIDDEN), (404, GONE)])
def test_it_does_not_try_again_where_that_would_not_help(at_meeting, status, sentence):
    member, decision, sent = at_meeting(status)
    page, said = member.page, member.page.locator("#record-status")
    expect(said).to_have_text(vi(sentence))
    page.clock.run_for(MINUTE)
    page.wait_for_timeout(200)
    assert len(sent) == 1

    page.get_by_label("Kết luận").fill(f"{KEPT} Giao Ban Phong trào theo dõi.")
    page.clock.run_for(2000)
    expect(said).to_have_text(vi(sentence))
    page.wait_for_timeout(200)
    assert len(sent) == 2  # what is typed anew is worth a new attempt

    page.unroute_all()
    page.get_by_label("Kết luận").fill(KEPT)
    page.clock.run_for(2000)
    expect(said).not_to_have_text(vi(sentence))
    decision.refresh_from_db()
    assert decision.conclusion == KEPT
    member.errors.clear()  # the browser notes every refused request by itself
    member.leave()
