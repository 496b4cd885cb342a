"""The addresses of the reports, the dashboards and their papers × every person → status; a part of ``test_access``'s table.

200 or a redirect: the page is theirs. 404: it is not theirs to see - the administrator and the reviewer of the Central Union
read no paper of a province. How far a report reaches into the province is tested with the reports.
"""

import pytest
from django.urls import reverse

from reports.definitions import REPORTS

from .test_access import DESKS, EVERYBODY, LEADERS, NOBODY, STRANGERS, WORKING
from .test_access_steps_4_to_7 import FIVE, READERS, World, wrong_answers

READING = WORKING | STRANGERS


@pytest.fixture
def world(cast, now, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    made = World(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    return made.later()


#: (name, arguments of the world) → who gets the page, who is told 403; whoever is not named gets 404.
PAGES = {
    ("report-index", lambda w: ()): (READING, NOBODY),
    ("report", lambda w: ("made-up",)): (NOBODY, NOBODY),
    ("report-workbook", lambda w: ("made-up",)): (NOBODY, NOBODY),
    ("year-lateness", lambda w: (2026,)): (READING, NOBODY),
    ("comparison", lambda w: (2026,)): ({"central"}, NOBODY),
    **{("report", lambda w, slug=slug: (slug,)): (READING, NOBODY) for slug in REPORTS},
    **{("report-workbook", lambda w, slug=slug: (slug,)): (READING, NOBODY) for slug in REPORTS},
    # the annual report is approved and not sent
    **{
        (name, lambda w, more=more: (w.annual_report.pk, *more)): (DESKS | {"executive"}, NOBODY)
        for kind, more in [("", ()), ("-edition", (1,))]
        for name in (f"annual-report{kind}-paper", f"annual-report{kind}-workbook")
    },
    ("annual-report-edition-paper", lambda w: (w.annual_report.pk, 2)): (NOBODY, NOBODY),
    ("annual-report-edition-workbook", lambda w: (w.annual_report.pk, 2)): (NOBODY, NOBODY),
    ("annual-national-workbook", lambda w: ()): ({"central"}, NOBODY),
    # a paper has the readers of its page
    **{
        ("paper", lambda w, kind=kind, found=found, form=form: (kind, found(w).pk, form)): (people, NOBODY)
        for kind, found, people in [
            ("registration", lambda w: w.visit.plan, READERS | {"executive"}),
            ("registration", lambda w: w.strange_visit.plan, STRANGERS),
            ("department-plan", lambda w: w.visit.plan.department_plan, LEADERS | DESKS | {"executive"}),
            ("quarter-plan", lambda w: w.visit.decisions.get().decision, WORKING),
            ("quarter-plan", lambda w: w.strange_visit.decisions.get().decision, STRANGERS),
            ("notice", lambda w: w.notice, READERS),
            ("notice", lambda w: w.strange_notice, STRANGERS),
            ("quarter-report", lambda w: w.quarter_report, READERS),
            ("quarter-report", lambda w: w.draft_report, {"colleague"}),
            ("department-report", lambda w: w.department_report, LEADERS | DESKS),
        ]
        for form in ("docx", "xlsx")
    },
    ("paper", lambda w: ("notice", w.notice.pk, "pdf")): (NOBODY, NOBODY),
    ("paper", lambda w: ("made-up", w.notice.pk, "docx")): (NOBODY, NOBODY),
    **{
        (
            "annual-sheet-paper",
            lambda w, form=form: (2026, w.cast.officer.pk, w.cast.movement.pk, form),
        ): (READERS | {"executive"}, NOBODY)
        for form in ("docx", "xlsx")
    },
    ("annual-sheet-paper", lambda w: (2026, w.cast.officer.pk, w.cast.building.pk, "docx")): (
        NOBODY,
        NOBODY,
    ),
    ("annual-sheet-paper", lambda w: (2026, w.cast.officer.pk, w.cast.movement.pk, "pdf")): (NOBODY, NOBODY),
}

#: Addresses that take what is posted: who may try (whatever becomes of it), who is told 403; others 404.
POSTED: dict = {}


@pytest.mark.parametrize("people", FIVE, ids="-".join)
def test_every_page(world, sign_in, people):
    assert wrong_answers(world, sign_in, people, PAGES, "get") == {}


@pytest.mark.parametrize("people", FIVE, ids="-".join)
def test_everything_posted(world, sign_in, people):
    assert wrong_answers(world, sign_in, people, POSTED, "post") == {}


def test_reports_are_only_read(world, sign_in):
    """Nothing is posted to a page that only shows."""
    client = sign_in(world.cast.member)
    for name, args in PAGES:
        if (name, args) not in POSTED:
            response = client.post(reverse(name, args=args(world)))
            assert response.status_code in (403, 404, 405), name


def test_strangers_to_the_site_are_sent_to_sign_in(world, client):
    for name, args in [*PAGES, *POSTED]:
        url = reverse(name, args=args(world))
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 302, url
            assert response["Location"].startswith(reverse("account_login")), url


def test_everybody_is_asked():
    assert {who for five in FIVE for who in five} == EVERYBODY
