"""The addresses of steps 4 to 7 × every person → status, typed by hand; the last part of ``test_access``'s table.

200 or a redirect: the page is theirs. 403: they may see that it exists, and it is not their role. 404: it is not theirs to
see. The addresses of host units are open to whoever holds a valid link, signed in or not.
"""

import datetime
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from PIL import Image

from fieldvisits.models import HostLink, VisitResult

from .factories import (
    make_adhoc,
    make_annual_report,
    make_change,
    make_department_report,
    make_notice,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)
from .test_access import (
    AT_HOME,
    COMMITTEE,
    DESKS,
    EVERYBODY,
    LEADERS,
    NOBODY,
    OFFICERS,
    STRANGERS,
    WORKING,
    expected_status,
    status_of,
)

READERS = {"officer"} | LEADERS | DESKS
WRITERS = {"coordinator", "results_desk"}


class World:
    """Papers of both provinces, made on 3 January 2026 and looked at on the 23rd, when the visits of the 20th are over."""

    def __init__(self, cast):
        self.cast = cast
        self.visit = make_visit(cast)
        self.change = make_change(cast, make_visit(cast, cast.deputy))
        self.notice = make_notice(cast, self.visit)
        self.line = self.notice.lines.get(visit=self.visit)
        self.link = HostLink.objects.issue(self.notice, "feedback", by=cast.head.powers)
        self.adhoc = make_adhoc(cast, state="returned", first=datetime.date(2026, 2, 2))
        self.quarter_report = make_quarter_report(cast, state="submitted")
        self.draft_report = make_quarter_report(cast, cast.colleague)
        self.department_report = make_department_report(cast, "sent")
        self.annual_report = make_annual_report(cast, "approved")
        make_quarter(cast, 2025, 4, there=True)
        self.strange_visit = make_visit(cast, cast.stranger)
        self.strange_notice = make_notice(cast, self.strange_visit)

    def later(self):
        """What is written once the visits are over."""
        cast = self.cast
        self.result = make_result(cast, self.visit)
        self.file = self.attach(self.result)
        self.result.perform("submit", by=cast.officer)
        self.draft = make_result(cast, make_visit(cast, cast.colleague))
        self.draft_file = self.attach(self.draft)
        self.noted = make_recommendation(cast, self.draft)
        self.raised = make_recommendation(cast, make_result(cast, make_visit(cast, cast.head)), "open")
        self.strange_result = make_result(cast, self.strange_visit, "submitted")
        return self

    def attach(self, result):
        stream = io.BytesIO()
        Image.new("RGB", (40, 30), "red").save(stream, "JPEG")
        file = SimpleUploadedFile("ảnh.jpg", stream.getvalue(), "image/jpeg")
        return VisitResult.objects.get(pk=result.pk).attach(file, by=result.visit.officer.powers)


@pytest.fixture
def world(cast, now, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    made = World(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    return made.later()


Q = (2026, 1)

#: Quarter I/2026, of one's own province: both have it.
#: (name, arguments of the world) → who gets the page, who is told 403; whoever is not named gets 404.
PAGES = {
    # everybody who works in the province knows who goes where and when
    ("visit-detail", lambda w: (w.visit.pk,)): (WORKING, NOBODY),
    ("visit-detail", lambda w: (w.adhoc.visit_id,)): (READERS, NOBODY),
    ("visit-detail", lambda w: (w.strange_visit.pk,)): (STRANGERS, NOBODY),
    ("change-add", lambda w: (w.visit.pk,)): ({"officer"}, READERS | {"executive"}),
    ("change-add", lambda w: (w.strange_visit.pk,)): ({"stranger"}, STRANGERS),
    ("adhoc-add", lambda w: ()): (OFFICERS | STRANGERS, EVERYBODY),
    ("adhoc-change", lambda w: (w.adhoc.pk,)): ({"officer"}, READERS),
    # an officer finds the letters that announce them
    ("notice-list", lambda w: (*Q, w.cast.movement.pk)): (READERS, NOBODY),
    ("notice-list", lambda w: (*Q, w.cast.other_department.pk)): (STRANGERS, NOBODY),
    ("notice-detail", lambda w: (w.notice.pk,)): (READERS, NOBODY),
    ("notice-detail", lambda w: (w.strange_notice.pk,)): (STRANGERS, NOBODY),
    ("notice-text", lambda w: (w.notice.pk,)): (READERS, NOBODY),
    ("notice-paper", lambda w: (w.notice.pk,)): (READERS, NOBODY),
    ("notice-paper", lambda w: (w.strange_notice.pk,)): (STRANGERS, NOBODY),
    ("host-link", lambda w: (w.link.token,)): (EVERYBODY, NOBODY),
    ("host-link", lambda w: (w.link.token[:-1] + "_",)): (NOBODY, NOBODY),
    ("result-list", lambda w: Q): (WORKING | STRANGERS, NOBODY),
    ("result-detail", lambda w: (w.result.pk,)): (READERS, NOBODY),
    ("result-detail", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("result-detail", lambda w: (w.raised.result_id,)): (LEADERS | DESKS | {"executive"}, NOBODY),
    ("result-detail", lambda w: (w.strange_result.pk,)): (STRANGERS, NOBODY),
    ("attachment", lambda w: (w.file.pk,)): (READERS, NOBODY),
    ("attachment", lambda w: (w.draft_file.pk,)): ({"colleague"}, NOBODY),
    ("recommendation-list", lambda w: ()): (EVERYBODY, NOBODY),  # empty for whom it does not concern
    ("recommendation-detail", lambda w: (w.raised.pk,)): (WORKING, NOBODY),
    ("recommendation-detail", lambda w: (w.noted.pk,)): ({"colleague"}, NOBODY),
    ("quarter-report-list", lambda w: Q): (WORKING | STRANGERS, NOBODY),
    ("quarter-report-mine", lambda w: Q): (WORKING | STRANGERS, NOBODY),
    ("quarter-report-detail", lambda w: (w.quarter_report.pk,)): (READERS, NOBODY),
    ("quarter-report-detail", lambda w: (w.draft_report.pk,)): ({"colleague"}, NOBODY),
    ("department-report-open", lambda w: (*Q, w.cast.movement.pk)): (LEADERS | DESKS, NOBODY),
    ("department-report-open", lambda w: (*Q, w.cast.building.pk)): ({"other_head"}, NOBODY),
    ("department-report-detail", lambda w: (w.department_report.pk,)): (LEADERS | DESKS, NOBODY),
    ("officer-year", lambda w: (2026, w.cast.officer.pk)): (READERS | {"executive"}, NOBODY),
    ("officer-year", lambda w: (2026, w.cast.stranger.pk)): (STRANGERS, NOBODY),
    ("annual-sheet", lambda w: (2026, w.cast.officer.pk)): (READERS | {"executive"}, NOBODY),
    ("year", lambda w: (2026,)): (WORKING | STRANGERS, NOBODY),
    # empty for whom it does not concern
    ("annual-report-list", lambda w: ()): (EVERYBODY, NOBODY),
    ("annual-report-detail", lambda w: (w.annual_report.pk,)): (DESKS | {"executive"}, NOBODY),
    ("annual-report-edition", lambda w: (w.annual_report.pk, 1)): (DESKS | {"executive"}, NOBODY),
    ("annual-report-edition", lambda w: (w.annual_report.pk, 2)): (NOBODY, NOBODY),
}

#: Addresses that take what is posted: who may try (whatever becomes of it), who is told 403; others 404.
POSTED = {
    ("change-add", lambda w: (w.visit.pk,)): ({"officer"}, READERS | {"executive"}),
    ("adhoc-add", lambda w: ()): (OFFICERS | STRANGERS, EVERYBODY),
    ("adhoc-change", lambda w: (w.adhoc.pk,)): ({"officer"}, READERS),
    ("notice-list", lambda w: (*Q, w.cast.movement.pk)): (LEADERS, READERS),
    ("notice-detail", lambda w: (w.notice.pk,)): (LEADERS, READERS),
    ("notice-send", lambda w: (w.notice.pk,)): (LEADERS, READERS),
    ("notice-withdraw", lambda w: (w.notice.pk,)): (LEADERS, READERS),
    ("notice-answer", lambda w: (w.notice.pk, w.line.pk)): (LEADERS, READERS),
    ("notice-answer", lambda w: (w.notice.pk, w.strange_notice.lines.get().pk)): (
        NOBODY,
        {"officer"} | DESKS,
    ),
    ("host-link-issue", lambda w: (w.notice.pk,)): (LEADERS, READERS),
    ("host-link-revoke", lambda w: (w.link.pk,)): (LEADERS, READERS),
    ("result-start", lambda w: (w.visit.pk,)): ({"officer"}, READERS | {"executive"}),
    ("result-start", lambda w: (w.strange_visit.pk,)): ({"stranger"}, STRANGERS),
    ("result-write", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("result-write", lambda w: (w.result.pk,)): ({"officer"}, READERS),
    ("attachment-add", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("attachment-add", lambda w: (w.result.pk,)): ({"officer"}, READERS),
    ("attachment-remove", lambda w: (w.file.pk,)): ({"officer"}, READERS),
    ("recommendation-add", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("recommendation-add", lambda w: (w.result.pk,)): ({"officer"}, READERS),
    ("follow-up-save", lambda w: (w.draft.pk, w.raised.pk)): ({"colleague"}, NOBODY),
    ("recommendation-save", lambda w: (w.noted.pk,)): ({"colleague"}, NOBODY),
    ("recommendation-remove", lambda w: (w.noted.pk,)): ({"colleague"}, NOBODY),
    ("quarter-report-mine", lambda w: Q): (OFFICERS | STRANGERS, {"executive"}),
    ("quarter-report-write", lambda w: (w.quarter_report.pk,)): ({"officer"}, READERS),
    ("quarter-report-write", lambda w: (w.draft_report.pk,)): ({"colleague"}, NOBODY),
    ("department-report-write", lambda w: (w.department_report.pk,)): (LEADERS, DESKS),
    ("annual-report-start", lambda w: (2026, "final")): (
        WRITERS | {"strange_coordinator"},
        AT_HOME | STRANGERS,
    ),
    ("annual-report-start", lambda w: (2026, "third")): (NOBODY, NOBODY),
    ("annual-report-write", lambda w: (w.annual_report.pk,)): (WRITERS, DESKS | {"executive"}),
    ("paper-transition", lambda w: ("visits", w.visit.pk, "close")): (
        {"officer"} | LEADERS,
        READERS | {"executive"},
    ),
    ("paper-transition", lambda w: ("changes", w.change.pk, "grant")): (
        # members are told that it is not before them; the deputy, whose it is, may not
        {"head"} | COMMITTEE,
        LEADERS | DESKS,
    ),
    ("paper-transition", lambda w: ("adhoc", w.adhoc.pk, "withdraw")): ({"officer"}, READERS),
    ("paper-transition", lambda w: ("results", w.result.pk, "accept")): (LEADERS, READERS),
    ("paper-transition", lambda w: ("results", w.draft.pk, "submit")): ({"colleague"}, NOBODY),
    ("paper-transition", lambda w: ("results", w.strange_result.pk, "accept")): ({"strange_head"}, STRANGERS),
    ("paper-transition", lambda w: ("recommendations", w.raised.pk, "settle")): (
        LEADERS | DESKS,
        WORKING,
    ),
    ("paper-transition", lambda w: ("quarter-reports", w.quarter_report.pk, "accept")): (LEADERS, READERS),
    ("paper-transition", lambda w: ("department-reports", w.department_report.pk, "forward")): (
        {"results_desk"},
        LEADERS | DESKS,
    ),
    ("paper-transition", lambda w: ("annual-reports", w.annual_report.pk, "reopen")): (
        COMMITTEE,
        DESKS | {"executive"},
    ),
}
ON_GET = {name for name, _args in PAGES}
#: Open to whoever holds the link.
WITHOUT_ACCOUNT = {"host-link"}


#: Without these it is not yet asked who may.
BODY = {
    "host-link-issue": lambda w: {"purpose": "answer"},
    "notice-list": lambda w: {"unit": w.visit.unit_id},
}
#: Five at a time, so that the world is not made anew for each of them.
FIVE = [sorted(EVERYBODY)[n : n + 5] for n in range(0, len(EVERYBODY), 5)]


def wrong_answers(world, sign_in, people, table, method):
    wrong = {}
    for who in people:
        client = sign_in(world.cast.people[who])
        for (name, args), (allowed, forbidden) in table.items():
            url = reverse(name, args=args(world))
            before = transaction.savepoint()  # each finds the world as it was made
            response = getattr(client, method)(url, BODY[name](world) if name in BODY else {})
            transaction.savepoint_rollback(before)
            want = expected_status(who, allowed, forbidden)
            if status_of(response) != want or response.status_code >= 500:
                wrong[who, url] = (response.status_code, want)
    return wrong


@pytest.mark.parametrize("people", FIVE, ids="-".join)
def test_every_page(world, sign_in, people):
    assert wrong_answers(world, sign_in, people, PAGES, "get") == {}


@pytest.mark.parametrize("people", FIVE, ids="-".join)
def test_everything_posted(world, sign_in, people):
    assert wrong_answers(world, sign_in, people, POSTED, "post") == {}


def test_what_is_posted_is_never_fetched(world, sign_in):
    """Nothing changes on GET, whoever asks."""
    for who in ("officer", "colleague", "head", "results_desk", "member"):
        client = sign_in(world.cast.people[who])
        for name, args in POSTED:
            if name not in ON_GET:
                assert client.get(reverse(name, args=args(world))).status_code in (403, 404, 405), (who, name)


def test_strangers_to_the_site_are_sent_to_sign_in(world, client):
    for name, args in [*PAGES, *POSTED]:
        if name in WITHOUT_ACCOUNT:
            continue
        url = reverse(name, args=args(world))
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 302, url
            assert response["Location"].startswith(reverse("account_login")), url


# -- the links of host units ------------------------------------------------------------------------------------------------


def test_a_valid_link_opens_without_an_account(world, client):
    assert client.get(world.link.path).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "abc:def",
        "a" * 5000,
        "%00%00",
        "%F0%9F%92%A9:%E1%BB%87",
        "..%5C..%5Cetc",
        "' OR 1=1 --",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_forged_link_is_not_found(world, client, token, method):
    assert getattr(client, method)(f"/host/{token}/").status_code == 404


def test_a_link_signed_by_us_that_was_never_issued_is_not_found(world, client):
    from django.core.signing import Signer

    assert (
        client.get(reverse("host-link", args=[Signer(salt="fieldvisits.host").sign("x")])).status_code == 404
    )


def test_a_link_is_closed_once_it_is_revoked_and_cannot_be_played_again(world, client, now):
    path = world.link.path
    world.link.revoke(by=world.cast.head.powers)
    for response in (client.get(path), client.post(path, {})):
        assert 400 <= response.status_code < 500
    world.link.refresh_from_db()
    assert world.link.last_used_at is None


def test_a_link_is_closed_after_its_end(world, client, now):
    """21 days after the last visit (21 January): open on 11 February, closed on the 12th."""
    now.move_to("2026-02-11T23:59:00+07:00")
    assert client.get(world.link.path).status_code == 200
    now.move_to("2026-02-12T00:00:00+07:00")
    assert 400 <= client.get(world.link.path).status_code < 500


def test_a_link_shows_its_unit_and_nobody_elses_visits(world, client):
    page = client.get(world.link.path).content.decode()
    assert "Nguyễn Văn An" in page
    assert "Trịnh Văn Sơn" not in page
