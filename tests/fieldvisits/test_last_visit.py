"""When somebody was last at a unit: one definition, told the same on the unit's page, in the list of units and while planning."""

from datetime import date

import pytest
from django.utils import translation

from fieldvisits.models import HostUnit
from fieldvisits.pages.hints import look_at_unit

from ..factories import make_result, make_unit, make_visit

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
