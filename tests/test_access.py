"""Every address × every person → status, typed by hand and complete against the resolver; a second province's papers among them.

200 or a redirect: the page is theirs. 403: they may see that it exists, and it is not their role. 404: it is not theirs to
see. 405: an address that only takes what is posted to it. Anonymous people are sent to the sign-in page everywhere.
"""

import uuid
from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse

from fieldvisits.models import Decision, OfficerPlan

from .factories import make_department_plan, make_meeting, make_plan, make_quarter, make_unit

LEADERS = {"head", "deputy"}
COMMITTEE = {"member", "second_member"}
DESKS = {"coordinator", "results_desk"} | COMMITTEE
OFFICERS = {"officer", "colleague", "other_officer", "other_head", "driver"} | LEADERS | DESKS
WORKING = OFFICERS | {"executive"}
AT_HOME = WORKING | {"administrator"}
STRANGERS = {"stranger", "strange_head", "strange_coordinator", "strange_member"}
EVERYBODY = AT_HOME | STRANGERS | {"central"}
#: Who holds a role that a stand-in may exercise.
LENDERS = LEADERS | DESKS | {"other_head", "strange_head", "strange_coordinator", "strange_member"}
NOBODY: set[str] = set()


class World:
    """Papers of both provinces on 3 January 2026: enough for every address to lead somewhere."""

    def __init__(self, cast):
        self.cast = cast
        self.quarter = make_quarter(cast)
        self.unit = make_unit(cast)
        self.paper = make_department_plan(cast, "sent", [cast.head])
        self.plan = make_plan(cast, state="submitted")
        self.line = self.plan.lines.get()
        self.draft = make_plan(cast, cast.colleague)
        self.draft_line = self.draft.lines.get()
        second = make_quarter(cast, number=2)
        make_department_plan(cast, "approved", [cast.other_officer], second)
        self.closed = Decision.objects.get()
        self.forwarded = make_department_plan(cast, "forwarded", [cast.other_officer])
        self.on_table = OfficerPlan.objects.get(department_plan=self.forwarded).lines.get()
        self.meeting = make_meeting(cast, self.quarter)
        self.delegation = cast.head.grants.get(role="head").delegations.create(
            delegate=cast.deputy, reason="Đi cơ sở", valid_from="2026-01-10", valid_to="2026-01-12"
        )
        there = make_quarter(cast, 2025, 4, there=True)
        self.strange_plan = make_plan(cast, cast.stranger, there, "submitted")
        self.strange_unit = make_unit(cast, "Huyện đoàn Lập Thạch", there=True)


@pytest.fixture
def world(cast, now):
    now.shift(timedelta(0))
    return World(cast)


Q = (2026, 1)
TOKEN = uuid.UUID(int=7)

#: (name, arguments of the world) → who gets the page, who is told 403; whoever is not named gets 404.
PAGES = {
    ("home", lambda w: ()): (EVERYBODY, NOBODY),
    ("search", lambda w: ()): (AT_HOME | STRANGERS, NOBODY),
    ("quarter-board", lambda w: Q): (WORKING, NOBODY),
    ("quarter-board", lambda w: (2025, 4)): (STRANGERS, NOBODY),
    ("quarter-dates", lambda w: Q): ({"coordinator", "administrator"}, WORKING),
    ("quarter-calendar", lambda w: Q): (WORKING, NOBODY),
    ("visit-list", lambda w: Q): (WORKING, NOBODY),
    ("plan-list", lambda w: Q): (WORKING, NOBODY),
    ("plan-mine", lambda w: Q): (WORKING, NOBODY),  # whoever does not register is told so on the page
    ("plan-detail", lambda w: (w.plan.pk,)): ({"officer"} | LEADERS | DESKS, NOBODY),
    ("plan-detail", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("plan-detail", lambda w: (w.strange_plan.pk,)): (STRANGERS, NOBODY),
    ("department-board", lambda w: (*Q, w.cast.movement.pk)): (LEADERS | DESKS, NOBODY),
    ("department-board", lambda w: (*Q, w.cast.other_department.pk)): (NOBODY, NOBODY),
    ("department-plan-list", lambda w: Q): (LEADERS | DESKS | {"other_head", "executive"}, NOBODY),
    ("department-plan-detail", lambda w: (w.paper.pk,)): (LEADERS | DESKS, NOBODY),
    ("meeting", lambda w: Q): (COMMITTEE, WORKING),
    ("decision-detail", lambda w: (w.meeting.pk,)): (COMMITTEE, NOBODY),
    ("decision-detail", lambda w: (w.closed.pk,)): (WORKING, NOBODY),
    ("unit-list", lambda w: ()): (AT_HOME | STRANGERS, NOBODY),
    ("unit-search", lambda w: ()): (EVERYBODY, NOBODY),  # finds nothing for a reviewer without a province
    ("unit-detail", lambda w: (w.unit.pk,)): (AT_HOME, NOBODY),
    ("unit-detail", lambda w: (w.strange_unit.pk,)): (STRANGERS, NOBODY),
    ("person-detail", lambda w: (w.cast.officer.pk,)): (AT_HOME, NOBODY),
    ("person-detail", lambda w: (w.cast.stranger.pk,)): (STRANGERS, NOBODY),
    ("account-detail", lambda w: ()): (EVERYBODY, NOBODY),
    ("account_email", lambda w: ()): (EVERYBODY, NOBODY),  # leads to the account page
    ("delegation-add", lambda w: ()): (LENDERS, EVERYBODY),
    ("manage", lambda w: ()): ({"administrator"}, EVERYBODY),
    ("manage-list", lambda w: ("people",)): ({"administrator"}, EVERYBODY),
    ("manage-list", lambda w: ("made-up",)): (NOBODY, EVERYBODY - {"administrator"}),
    ("manage-add", lambda w: ("people",)): ({"administrator"}, EVERYBODY),
    ("manage-change", lambda w: ("people", w.cast.officer.pk)): ({"administrator"}, EVERYBODY),
    ("manage-change", lambda w: ("people", w.cast.stranger.pk)): (NOBODY, EVERYBODY - {"administrator"}),
    ("manage-change", lambda w: ("units", w.strange_unit.pk)): (NOBODY, EVERYBODY - {"administrator"}),
    ("manage-import", lambda w: ("people",)): ({"administrator"}, EVERYBODY),
    ("manage-import-template", lambda w: ("units",)): ({"administrator"}, EVERYBODY),
    # a file that is not there any more leads back to the upload, with a sentence
    ("manage-import-tried", lambda w: ("people", TOKEN)): ({"administrator"}, EVERYBODY),
    ("manage-import-marked", lambda w: ("people", TOKEN)): ({"administrator"}, EVERYBODY),
    ("meeting-line", lambda w: (w.meeting.pk, w.on_table.pk)): (
        COMMITTEE,
        NOBODY,
    ),  # opens the form to change a line
}

#: Addresses that only take what is posted: who may try (whatever becomes of it), who is told 403; others 404.
POSTED = {
    ("quarter-nudge", lambda w: Q): ({"coordinator"}, WORKING),
    ("plan-mine", lambda w: Q): (OFFICERS, {"executive"}),
    ("line-add", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("lines-copy", lambda w: (w.draft.pk,)): ({"colleague"}, NOBODY),
    ("line-save", lambda w: (w.draft_line.pk,)): ({"colleague"}, NOBODY),
    ("line-duplicate", lambda w: (w.draft_line.pk,)): ({"colleague"}, NOBODY),
    ("line-remove", lambda w: (w.draft_line.pk,)): ({"colleague"}, NOBODY),
    ("remark-add", lambda w: (w.line.pk,)): (
        LEADERS | {"coordinator"} | COMMITTEE,
        {"officer", "results_desk"},
    ),
    ("department-send", lambda w: (*Q, w.cast.movement.pk)): (LEADERS, DESKS),
    ("meeting", lambda w: Q): (COMMITTEE, WORKING),
    ("meeting-record", lambda w: (w.meeting.pk,)): (COMMITTEE, NOBODY),
    ("meeting-line", lambda w: (w.meeting.pk, w.on_table.pk)): (COMMITTEE, NOBODY),
    ("meeting-rest", lambda w: (w.meeting.pk, w.forwarded.pk)): (COMMITTEE, NOBODY),
    ("meeting-return", lambda w: (w.meeting.pk, "department-plans", w.forwarded.pk)): (COMMITTEE, NOBODY),
    ("delegation-end", lambda w: (w.delegation.pk,)): ({"head"}, {"deputy"}),
    ("manage-import-confirm", lambda w: ("people", TOKEN)): ({"administrator"}, EVERYBODY),
    ("manage-seed-holidays", lambda w: ()): ({"administrator"}, EVERYBODY),
    ("manage-access", lambda w: (w.cast.officer.pk,)): ({"administrator"}, EVERYBODY),
    ("manage-end", lambda w: ("delegations", w.delegation.pk)): ({"administrator"}, EVERYBODY),
    ("manage-delete", lambda w: ("units", w.strange_unit.pk)): (NOBODY, EVERYBODY - {"administrator"}),
    ("paper-transitions", lambda w: ("plans", "endorse")): (EVERYBODY, NOBODY),
    ("paper-transition", lambda w: ("plans", w.plan.pk, "endorse")): (LEADERS, {"officer"} | DESKS),
    ("paper-transition", lambda w: ("plans", w.draft.pk, "submit")): ({"colleague"}, NOBODY),
    ("paper-transition", lambda w: ("plans", w.strange_plan.pk, "endorse")): (
        {"strange_head"},
        STRANGERS,
    ),
    ("paper-transition", lambda w: ("visits", w.line.pk, "strike")): (LEADERS, {"officer"} | DESKS),
    ("paper-transition", lambda w: ("department-plans", w.paper.pk, "forward")): (
        {"coordinator"},
        LEADERS | DESKS,
    ),
    ("paper-transition", lambda w: ("decisions", w.meeting.pk, "close")): (COMMITTEE, NOBODY),
    ("paper-transition", lambda w: ("quarters", w.quarter.pk, "suspend")): (
        {"coordinator"} | COMMITTEE,
        AT_HOME,
    ),
}

#: Open to everybody, tested where they belong.
OPEN = {"set_language", "health"}


def expected_status(who, allowed, forbidden):
    return "yes" if who in allowed else 403 if who in forbidden else 404


def status_of(response):
    return response.status_code if response.status_code in (403, 404, 405) else "yes"


def own_patterns(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            if not route.startswith("accounts/"):
                yield from own_patterns(pattern, route)
        elif pattern.name not in OPEN:
            yield pattern.name


def test_the_tables_name_every_address():
    from . import test_access_reports as reports
    from . import test_access_steps_4_to_7 as rest

    tables = (PAGES, POSTED, rest.PAGES, rest.POSTED, reports.PAGES, reports.POSTED)
    named = {name for table in tables for name, _args in table}
    assert named == set(own_patterns())


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_every_page(world, sign_in, who):
    client = sign_in(world.cast.people[who])
    wrong = {}
    for (name, args), (allowed, forbidden) in PAGES.items():
        url = reverse(name, args=args(world))
        response = client.get(url)
        want = expected_status(who, allowed, forbidden)
        if status_of(response) != want or response.status_code >= 500:
            wrong[url] = (response.status_code, want)
    assert wrong == {}


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_everything_posted(world, sign_in, who):
    client = sign_in(world.cast.people[who])
    wrong = {}
    for (name, args), (allowed, forbidden) in POSTED.items():
        url = reverse(name, args=args(world))
        response = client.post(url)
        want = expected_status(who, allowed, forbidden)
        if status_of(response) != want or response.status_code >= 500:
            wrong[url] = (response.status_code, want)
    assert wrong == {}


def test_what_is_posted_is_never_fetched(world, sign_in):
    """Nothing changes on GET, whoever asks."""
    pages = {name for name, _args in PAGES}
    for who in ("member", "coordinator", "head", "administrator", "colleague"):
        client = sign_in(world.cast.people[who])
        for name, args in POSTED:
            if name not in pages:
                assert client.get(reverse(name, args=args(world))).status_code in (403, 404, 405), (who, name)


def test_strangers_to_the_site_are_sent_to_sign_in(world, client):
    for name, args in [*PAGES, *POSTED]:
        url = reverse(name, args=args(world))
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 302, url
            assert response["Location"].startswith(reverse("account_login")), url


def test_a_part_of_a_page_is_refused_without_the_sign_in_page(world, client):
    response = client.post(reverse("line-save", args=[world.draft_line.pk]), headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (401, b"")


def test_somebody_who_has_left_sees_nothing(world, client, sign_in):
    sign_in(world.cast.head)
    world.cast.head.is_active = False
    world.cast.head.save()
    assert client.get(reverse("home")).status_code == 302
