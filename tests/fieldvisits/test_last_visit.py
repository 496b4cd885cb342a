"""When somebody was last at a unit: one definition, told the same on the unit's page, in the list of units and while planning."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from fieldvisits.models import HostUnit
from fieldvisits.pages.hints import look_at_unit

from ..factories import make_adhoc, make_recommendation, make_result, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def visit(cast):
    """Approved, 20-22 January 2026."""
    return make_visit(cast, days=3)


def ticked(cast, visit, state, *days):
    """A result with these days of January ticked."""
    result = make_result(cast, visit, state)
    others = visit.days.exclude(date__in=[date(2026, 1, day) for day in days])
    others.update(present=False, counted=False)
    return result


def not_done(cast, visit, now):
    now.move_to("2026-01-23T09:00:00+07:00")
    visit.perform("close", by=cast.officer, variance="weather", comment="Mưa lũ")


# what is known, the day on which one looks → the last day, and the note while planning
CASES = [
    ("ahead", 19, lambda c, v, n: None, None, "No earlier visit to this unit is recorded."),
    ("first day", 20, lambda c, v, n: None, 20, "Visited today by {}."),
    ("under way", 21, lambda c, v, n: None, 21, "Visited today by {}."),
    ("over", 23, lambda c, v, n: None, 22, "Last visited 1 day ago by {}."),
    ("draft", 23, lambda c, v, n: ticked(c, v, "draft", 20), 22, "Last visited 1 day ago by {}."),
    ("reported", 23, lambda c, v, n: ticked(c, v, "submitted", 20), 20, "Last visited 3 days ago by {}."),
    ("accepted", 30, lambda c, v, n: ticked(c, v, "accepted", 20, 21), 21, "Last visited 9 days ago by {}."),
    ("nobody came", 30, lambda c, v, n: ticked(c, v, "submitted"), None, "No earlier visit to this unit is recorded."),
    ("not done", 23, not_done, None, "No earlier visit to this unit is recorded."),
]  # fmt: skip


@pytest.mark.parametrize(("what", "day", "happened", "last", "note"), CASES, ids=[row[0] for row in CASES])
def test_the_last_day_somebody_was_there_is_the_same_everywhere(
    cast, sign_in, visit, now, what, day, happened, last, note
):
    heir = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    visit.unit.successors.add(heir)
    happened(cast, visit, now)
    now.move_to(f"2026-01-{day}T09:00:00+07:00")
    expected = last and date(2026, 1, last)
    client = sign_in(cast.colleague)
    in_list = {unit.pk: unit.last for unit in client.get("/units/").context["page"]}
    for unit in (visit.unit, heir):
        assert HostUnit.objects.with_last_visit().get(pk=unit.pk).last == expected
        assert client.get(f"/units/{unit.pk}/").context["page"].last == expected
        assert in_list[unit.pk] == expected
        with translation.override("en"):  # a request leaves its own language behind
            texts = [hint.text for hint in look_at_unit(unit, cast.colleague) if hint.kind == "last"]
        assert texts == [note.format(cast.officer)]


def test_the_later_of_a_unit_and_those_it_carries_on_is_named(cast, visit, now):
    heir = make_unit(cast, "Đoàn xã Bình Yên", level="commune")
    visit.unit.successors.add(heir)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=heir)
    now.move_to("2026-02-12T09:00:00+07:00")
    (hint,) = look_at_unit(heir, cast.officer)
    assert hint.text == f"Last visited 2 days ago by {cast.colleague}."
    (hint,) = look_at_unit(visit.unit, cast.officer)
    assert hint.text == "Last visited 21 days ago by you."


def test_without_a_unit_nothing_is_asked(cast, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert look_at_unit(None, cast.officer) == []


# -- where a visit is planned outside the quarter's plan ------------------------------------------------------------------------------


def notes_on(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return [hint.text for hint in response.context["hints"]], response.content.decode()


def test_the_unit_is_one_click_away_while_an_ad_hoc_visit_is_planned(cast, sign_in, english, now):
    made = make_recommendation(cast, state="open")
    now.move_to("2026-01-25T09:00:00+07:00")
    client = sign_in(cast.colleague)
    told = ["1 recommendation is still open here.", f"Last visited 4 days ago by {cast.officer}."]
    texts, page = notes_on(client, f"/adhoc/new/?unit={made.unit_id}")
    assert texts == told
    assert f'<a href="/units/{made.unit_id}/" target="_blank" rel="noopener">' in page
    for nothing in ("", "?unit=", "?unit=x", "?unit=99999"):
        assert notes_on(client, f"/adhoc/new/{nothing}")[0] == []
    returned = make_adhoc(cast, cast.colleague, "returned", unit=made.unit)
    assert notes_on(client, f"/adhoc/{returned.pk}/")[0] == told
    assert notes_on(client, f"/adhoc/{returned.pk}/?unit=")[0] == []
    refused = client.post("/adhoc/new/", {"unit": made.unit_id})
    assert (refused.status_code, [hint.text for hint in refused.context["hints"]]) == (422, told)


def test_the_unit_is_one_click_away_while_a_change_is_asked_for(cast, sign_in, english, visit):
    other = make_unit(cast, "Huyện đoàn Võ Nhai")
    client = sign_in(cast.officer)
    never = ["No earlier visit to this unit is recorded."]
    texts, page = notes_on(client, f"/visits/{visit.pk}/change/")
    assert texts == never
    assert f'<a href="/units/{visit.unit_id}/" target="_blank" rel="noopener">' in page
    texts, page = notes_on(client, f"/visits/{visit.pk}/change/?kind=reschedule&unit={other.pk}")
    assert texts == never
    assert f'<a href="/units/{other.pk}/" target="_blank" rel="noopener">' in page


def test_the_forms_ask_the_same_however_long_the_history_is(cast, sign_in, now):
    def queries(address):
        client = sign_in(cast.deputy)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    made = make_recommendation(cast, state="open")
    own = make_visit(cast, cast.deputy, date(2026, 3, 10))
    now.move_to("2026-03-01T09:00:00+07:00")
    pages = [f"/adhoc/new/?unit={made.unit_id}", f"/visits/{own.pk}/change/"]
    queries(pages[0])  # what is looked up once and kept
    before = [queries(page) for page in pages]
    for officer, day in ((cast.colleague, 10), (cast.head, 12)):
        make_recommendation(cast, make_result(cast, make_visit(cast, officer, date(2026, 2, day), 1)), "open")
    assert [queries(page) for page in pages] == before
    assert max(before) <= 25
