"""Who is away when: the cells of a quarter's calendar and the days under strength, counted by hand."""

from datetime import date

import pytest

from fieldvisits.models import Visit
from fieldvisits.pages.calendars import calendar_of, is_under_strength
from tests.factories import make_line, make_plan, make_quarter, make_result, make_unit, make_visit


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def plan_with(cast, officer, *spans, state="submitted"):
    """A plan with one line for each (first day, number of days)."""
    unit = make_unit(cast, f"Đơn vị của {officer}")
    plan = make_plan(cast, officer, lines=0)
    lines = [make_line(plan, unit, first, days) for first, days in spans]
    if state == "submitted":
        plan.perform("submit", by=officer)
    return plan, lines


def drawn(row):
    return [(c.first, c.last, c.span, c.tone) for c in row.cells if c.tone]


def test_a_quarter_has_its_three_months_and_every_day(cast, quarter):
    calendar = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all())
    assert [(m.first, m.days) for m in calendar.months] == [
        (date(2026, 1, 1), 31),
        (date(2026, 2, 1), 28),
        (date(2026, 3, 1), 31),
    ]
    assert [len(calendar.days), calendar.days[0].date, calendar.days[-1].date] == [
        90,
        date(2026, 1, 1),
        date(2026, 3, 31),
    ]
    assert calendar.columns == 91
    assert [d.date for d in calendar.days if d.is_today] == [date(2026, 1, 3)]
    assert [d.is_weekend for d in calendar.days[:5]] == [False, False, True, True, False]
    assert calendar.days[0].holiday
    assert calendar.under == []


def test_the_last_quarter_ends_with_the_year(cast):
    calendar = calendar_of(make_quarter(cast, number=4), [(cast.officer, "")], Visit.objects.all())
    assert [m.days for m in calendar.months] == [31, 30, 31]
    assert calendar.days[-1].date == date(2026, 12, 31)


def test_visits_on_the_first_and_on_the_last_day_are_drawn_whole(cast, quarter):
    plan_with(cast, cast.officer, (date(2026, 1, 1), 2), (date(2026, 3, 30), 2))
    (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all()).rows
    assert drawn(row) == [
        (date(2026, 1, 1), date(2026, 1, 2), 2, "waiting"),
        (date(2026, 3, 30), date(2026, 3, 31), 2, "waiting"),
    ]
    assert sum(c.span for c in row.cells) == 90
    assert row.days == 4


def test_a_visit_that_reaches_outside_the_quarter_is_cut_at_its_edges(cast, quarter):
    plan_with(cast, cast.officer, (date(2025, 12, 30), 4), (date(2026, 3, 31), 5), state="draft")
    (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all()).rows
    assert drawn(row) == [
        (date(2026, 1, 1), date(2026, 1, 2), 2, "draft"),
        (date(2026, 3, 31), date(2026, 3, 31), 1, "draft"),
    ]
    assert sum(c.span for c in row.cells) == 90
    assert row.days == 3


def test_overlapping_visits_share_a_cell_that_says_so_and_a_date_counts_once(cast, quarter):
    plan_with(cast, cast.officer, (date(2026, 1, 20), 3), (date(2026, 1, 22), 2))
    (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all()).rows
    assert [(c.first.day, c.last.day, c.clash) for c in row.cells if c.tone] == [
        (20, 21, False),
        (22, 22, True),
        (23, 23, False),
    ]
    assert row.days == 4


def test_a_line_without_dates_is_left_out(cast, quarter):
    plan, _lines = plan_with(cast, cast.officer, state="draft")
    plan.add_line(content="Chưa rõ ngày")
    (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all()).rows
    assert drawn(row) == []


def test_half_of_the_group_away_is_under_strength_and_less_is_not(cast, quarter):
    """Four people, 50 %: two away are under strength, one is not."""
    plan_with(cast, cast.officer, (date(2026, 1, 20), 3))
    plan_with(cast, cast.colleague, (date(2026, 1, 22), 3))
    people = [(p, "Ban Phong trào") for p in (cast.officer, cast.colleague, cast.head, cast.deputy)]
    calendar = calendar_of(quarter, people, Visit.objects.all())
    assert [d.date for d in calendar.under] == [date(2026, 1, 22)]
    assert [(d.date.day, d.away) for d in calendar.days if d.away] == [
        (20, 1),
        (21, 1),
        (22, 2),
        (23, 1),
        (24, 1),
    ]
    assert [(row.days, row.under) for row in calendar.rows] == [(3, 1), (3, 1), (0, 0), (0, 0)]
    assert calendar.groups[0].under == 1


def test_a_struck_line_is_drawn_but_takes_nobody_away(cast, quarter):
    _plan, lines = plan_with(cast, cast.officer, (date(2026, 1, 20), 2), (date(2026, 2, 3), 1))
    lines[0].perform("strike", by=cast.head, comment="Trùng lịch họp")
    calendar = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all())
    assert drawn(calendar.rows[0]) == [
        (date(2026, 1, 20), date(2026, 1, 21), 2, "refused"),
        (date(2026, 2, 3), date(2026, 2, 3), 1, "waiting"),
    ]
    assert calendar.rows[0].days == 1
    assert [d.date for d in calendar.under] == [date(2026, 2, 3)]


def test_groups_are_measured_each_for_itself_and_the_heading_warns_for_any(cast, quarter):
    plan_with(cast, cast.officer, (date(2026, 1, 20), 1))
    plan_with(cast, cast.other_officer, (date(2026, 1, 20), 1))
    people = [(p, "Ban Phong trào") for p in (cast.officer, cast.colleague)]
    people += [(p, "Ban Xây dựng Đoàn") for p in (cast.other_officer, cast.other_head, cast.coordinator)]
    calendar = calendar_of(quarter, people, Visit.objects.all())
    assert [(g.label, g.under) for g in calendar.groups] == [("Ban Phong trào", 1), ("Ban Xây dựng Đoàn", 0)]
    assert calendar.has_groups
    assert [(d.date.day, d.away, d.size) for d in calendar.under] == [(20, 2, 5)]


def test_cells_lead_to_the_plan_only_for_those_who_may_open_it(cast, quarter):
    plan, (line,) = plan_with(cast, cast.officer, (date(2026, 1, 20), 1))
    for reader, url in [
        (cast.head, f"/plans/{plan.pk}/#line-{line.pk}"),
        (cast.colleague, ""),
        (None, ""),
    ]:
        (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all(), reader).rows
        assert [c.url for c in row.cells if c.tone] == [url]


def test_visits_of_other_quarters_and_other_people_stay_away(cast, quarter):
    plan_with(cast, cast.colleague, (date(2026, 1, 20), 1))
    (row,) = calendar_of(quarter, [(cast.officer, "")], Visit.objects.all()).rows
    assert drawn(row) == []


@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_the_database_three_times_whatever_the_number_of_people(
    cast, quarter, count, django_assert_num_queries
):
    people = [cast.officer, cast.colleague, cast.deputy][:count]
    for person in people:
        plan_with(cast, person, (date(2026, 1, 20), 2), (date(2026, 2, 3), 2))
    _ = cast.head.powers
    with django_assert_num_queries(3):
        calendar = calendar_of(quarter, [(p, "") for p in people], Visit.objects.all(), cast.head)
    assert [len(drawn(row)) for row in calendar.rows] == [2] * count


@pytest.mark.parametrize(
    ("away", "size", "share", "under"),
    [
        (0, 0, 50, False),
        (0, 4, 1, False),
        (1, 4, 50, False),
        (2, 4, 50, True),
        (1, 3, 34, False),
        (1, 3, 33, True),
        (3, 3, 100, True),
        (2, 3, 100, False),
    ],
)
def test_the_share_is_reached_not_passed(away, size, share, under):
    assert is_under_strength(away, size, share) is under


@pytest.mark.parametrize(
    ("state", "tone"),
    [("draft", "approved"), ("submitted", "done"), ("returned", "approved"), ("accepted", "accepted")],
)
def test_a_visit_that_was_reported_says_so_to_whoever_may_read_it(cast, state, tone):
    visit = make_visit(cast)
    make_result(cast, visit, state)
    people, visits = [(cast.officer, "")], Visit.objects.all()
    (row,) = calendar_of(visit.quarter, people, visits, cast.head).rows
    assert [c.tone for c in row.cells if c.tone] == [tone]
    (row,) = calendar_of(visit.quarter, people, visits, cast.colleague).rows
    assert [c.tone for c in row.cells if c.tone] == ["approved"]
