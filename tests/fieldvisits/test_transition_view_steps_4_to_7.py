"""The one address of all transitions, for the papers of steps 4 to 7: only what the transition types is looked at there."""

from datetime import date

import pytest
from django.urls import reverse

from ..factories import make_adhoc, make_annual_report, make_change, make_recommendation, make_visit

pytestmark = pytest.mark.usefixtures("english")


def press(client, paper, verb, **typed):
    address = reverse("paper-transition", args=[paper.flow.kind, paper.pk, verb])
    return client.post(address, {"seen": paper.seen} | typed, follow=True)


@pytest.mark.parametrize(
    ("who", "verb", "state"),
    [("head", "grant", "granted"), ("head", "refuse", "refused"), ("officer", "withdraw", "withdrawn")],
)
def test_a_change_is_decided_by_a_button(cast, sign_in, who, verb, state):
    change = make_change(cast)
    assert press(sign_in(cast.people[who]), change, verb, comment="Lý do").status_code == 200
    change.refresh_from_db()
    assert change.state == state


@pytest.mark.parametrize("state", ["submitted", "to_confirm"])
def test_an_ad_hoc_visit_is_withdrawn_by_a_button(cast, sign_in, state):
    request = make_adhoc(cast, state=state)
    press(sign_in(cast.officer), request, "withdraw")
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_a_recommendation_is_assigned_with_its_due_date(cast, sign_in):
    made = make_recommendation(cast, state="open")
    typed = {"department": cast.building.pk, "owner": cast.other_officer.pk, "due": "31/03/2026"}
    press(sign_in(cast.coordinator), made, "assign", **typed)
    made.refresh_from_db()
    assert (made.department, made.owner, made.due) == (cast.building, cast.other_officer, date(2026, 3, 31))


@pytest.mark.parametrize("due", ["31/02/2026", "hôm qua", "\x00"])
def test_what_cannot_be_understood_is_told_and_nothing_moves(cast, sign_in, due):
    made = make_recommendation(cast, state="open")
    before = made.seen
    answer = press(sign_in(cast.coordinator), made, "assign", department=cast.building.pk, due=due)
    assert answer.status_code == 200
    made.refresh_from_db()
    assert (made.seen, made.department) == (before, cast.movement)


def test_a_visit_is_closed_with_its_reason(cast, sign_in, now):
    visit = make_visit(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    client = sign_in(cast.officer)
    for wrong in ("bored", "", "x" * 5000):
        assert press(client, visit, "close", variance=wrong, comment="Mưa").status_code == 200
        visit.refresh_from_db()
        assert visit.state == "approved"
    press(client, visit, "close", variance="weather", comment="Mưa lũ")
    visit.refresh_from_db()
    assert (visit.state, visit.variance) == ("not_done", "weather")


def test_a_report_is_recorded_as_sent(cast, sign_in):
    report = make_annual_report(cast, "approved")
    typed = {"number": "120-BC/TĐTN", "dated": "03/01/2026", "sent_on": "03/01/2026"}
    press(sign_in(cast.coordinator), report, "send", **typed)
    report.refresh_from_db()
    assert (report.state, report.number, report.sent_on) == ("sent", "120-BC/TĐTN", date(2026, 1, 3))
