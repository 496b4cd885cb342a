"""The grey notes at a line, case by case as typed by hand."""

from datetime import date

import pytest

from fieldvisits.pages.hints import Around, Charge, Stay, days_text, hints_of, overlap_of, under_strength

pytestmark = pytest.mark.usefixtures("in_english")


def d(day, month=1):
    return date(2026, month, day)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # the line           the other          how, and the shared days
        ((d(5), d(7)), (d(5), d(7)), ("same", (d(5), d(7)))),
        ((d(5), d(9)), (d(6), d(8)), ("encloses", (d(6), d(8)))),
        ((d(5), d(9)), (d(5), d(8)), ("encloses", (d(5), d(8)))),
        ((d(5), d(9)), (d(9), d(9)), ("encloses", (d(9), d(9)))),
        ((d(6), d(8)), (d(5), d(9)), ("enclosed", (d(6), d(8)))),
        ((d(6), d(9)), (d(5), d(9)), ("enclosed", (d(6), d(9)))),
        ((d(9), d(9)), (d(5), d(9)), ("enclosed", (d(9), d(9)))),
        ((d(5), d(7)), (d(6), d(9)), ("overlaps", (d(6), d(7)))),
        ((d(6), d(9)), (d(5), d(7)), ("overlaps", (d(6), d(7)))),
        ((d(5), d(7)), (d(7), d(9)), ("overlaps", (d(7), d(7)))),
        ((d(7), d(9)), (d(5), d(7)), ("overlaps", (d(7), d(7)))),
        ((d(5), d(7)), (d(8), d(9)), None),  # touching: the day after is another day
        ((d(8), d(9)), (d(5), d(7)), None),
        ((d(5), d(5)), (d(6), d(6)), None),
        ((d(5), d(5)), (d(5), d(5)), ("same", (d(5), d(5)))),
    ],
)
def test_how_two_visits_meet(one, other, expected):
    assert overlap_of(one, other) == expected


def around(**more):
    values = {
        "today": d(3),
        "lines": (),
        "elsewhere": (),
        "holidays": {},
        "weekends_count": True,
        "holidays_count": True,
        "colleagues": (),
        "away": {},
        "members": (),
        "away_share": 50,
        "charges": (),
        "last_visits": {7: (d(2), "Trần Thị Bình")},
    }
    return Around(**values | more)


def stay(pk, first, last, unit=7, name=""):
    return Stay(pk, first, last, unit, name or f"line {pk}")


LINE = stay(1, d(20), d(22))  # Tuesday to Thursday


def notes(line=LINE, without=("last",), **more):
    return [(h.kind, h.text) for h in hints_of(line, around(**more)) if h.kind not in without]


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (stay(2, d(20), d(22)), "Same days as line 2; each date counts once."),
        (stay(2, d(21), d(21)), "Line 2 lies within these days; each date counts once."),
        (stay(2, d(19), d(23)), "Lies within the days of line 2; each date counts once."),
        (stay(2, d(22), d(25)), "Shares 22/01 with line 2; each date counts once."),
        (stay(2, d(15), d(21)), "Shares 20/01 – 21/01 with line 2; each date counts once."),
    ],
)
def test_it_names_lines_that_share_days(other, text):
    assert notes(lines=[LINE, other]) == [("overlap", text)]


@pytest.mark.parametrize("other", [stay(2, d(23), d(25)), stay(2, d(17), d(19)), LINE])
def test_it_says_nothing_of_lines_that_do_not(other):
    assert notes(lines=[LINE, other]) == []


def test_visits_approved_elsewhere_overlap_too():
    elsewhere = [stay(9, d(22), d(22), name="Đại Từ (22/01/2026)")]
    assert notes(elsewhere=elsewhere) == [
        ("overlap", "Đại Từ (22/01/2026) lies within these days; each date counts once.")
    ]


def test_it_names_holidays_and_weekends():
    line = stay(1, d(16, 2), d(22, 2))  # Monday to Sunday
    tet = {d(16, 2): "Giao thừa", d(17, 2): "Tết", d(18, 2): "Tết", d(25, 2): "Khác"}
    assert notes(line, holidays=tet) == [
        ("holiday", "Public holiday: Giao thừa (16/02)."),
        ("holiday", "Public holiday: Tết (17/02 – 18/02)."),
        ("weekend", "At the weekend: 21/02 – 22/02."),
    ]
    assert notes(line, holidays=tet, weekends_count=False, holidays_count=False) == [
        ("holiday", "Public holiday, does not count: Giao thừa (16/02)."),
        ("holiday", "Public holiday, does not count: Tết (17/02 – 18/02)."),
        ("weekend", "At the weekend, does not count: 21/02 – 22/02."),
    ]


@pytest.mark.parametrize(
    ("first", "last", "near"),
    [
        (d(5, 2), d(6, 2), True),  # 14 days after the last day
        (d(6, 2), d(7, 2), False),
        (d(1), d(6), True),  # 14 days before the first
        (d(1), d(5), False),
        (d(21), d(21), True),
    ],
)
def test_colleagues_at_the_unit_within_14_days(first, last, near):
    colleague = Stay(5, first, last, 7, "Lê Thị Chi")
    kinds = [kind for kind, _text in notes(colleagues=[colleague])]
    assert kinds == (["colleague"] if near else [])


def test_colleagues_at_other_units_are_no_matter():
    assert notes(colleagues=[Stay(5, d(20), d(22), 8, "Lê Thị Chi")]) == []


def test_many_colleagues_are_counted():
    five = [Stay(n, d(20 + n), d(20 + n), 7, f"Cán bộ {n}") for n in range(5)]
    assert notes(colleagues=five) == [
        (
            "colleague",
            "Also going there: Cán bộ 0 (20/01), Cán bộ 1 (21/01), Cán bộ 2 (22/01), Cán bộ 3 (23/01) and 1 more.",
        )
    ]


FOUR = [(n, d(1), date.max) for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("away", "share", "expected"),
    [
        ({d(20): {1}}, 50, []),
        ({d(20): {1, 2}}, 50, [(d(20), 2, 4)]),  # exactly half reaches 50 %
        ({d(20): {1, 2}}, 51, []),
        ({d(20): {1, 2, 99}}, 75, []),  # 99 is no member
        ({d(20): {1, 2, 3}, d(21): {1, 2, 3, 4}}, 75, [(d(20), 3, 4), (d(21), 4, 4)]),
        ({}, 1, []),
    ],
)
def test_days_on_which_too_many_are_away(away, share, expected):
    assert under_strength({d(20), d(21)}, away, FOUR, share) == expected


def test_members_of_the_day_are_what_the_share_is_of():
    members = [(1, d(1), date.max), (2, d(1), d(20))]
    assert under_strength({d(20), d(21)}, {d(20): {1}, d(21): {1}}, members, 60) == [(d(21), 1, 1)]


def test_the_note_on_absence_names_nobody():
    assert notes(away={d(20): {1, 2}, d(21): {1, 2, 3}}, members=FOUR) == [
        ("away", "Up to 3 of the department's 4 officers are away with this line: 20/01 – 21/01.")
    ]


@pytest.mark.parametrize(
    ("charge", "text"),
    [
        (Charge(7, d(1), date.max, True), "A unit assigned to you."),
        (Charge(7, d(1), date.max, False), "A unit assigned to your department."),
        (Charge(8, d(1), date.max, True), None),
        (Charge(7, d(1), d(19), True), None),
    ],
)
def test_units_assigned(charge, text):
    assert [t for kind, t in notes(charges=[charge]) if kind == "assigned"] == ([text] if text else [])


def test_the_last_visit():
    assert notes(without=(), today=d(26, 5)) == [("last", "Last visited 144 days ago by Trần Thị Bình.")]
    assert notes(without=()) == [("last", "Last visited 1 day ago by Trần Thị Bình.")]
    assert notes(without=(), last_visits={}) == [("last", "No earlier visit to this unit is recorded.")]
    assert notes(stay(1, d(20), d(22), unit=None), without=()) == []


def test_days_are_drawn_together():
    assert days_text([d(5), d(6), d(8), d(31), d(1, 2)]) == "05/01 – 06/01, 08/01, 31/01 – 01/02"
