"""What an officer owes, in literal numbers."""

from datetime import date

import pytest

from fieldvisits.quota import Relief, days_between, each_day, target

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
ALL_YEAR = [YEAR]


@pytest.mark.parametrize(
    ("worked", "reliefs", "owed"),
    [
        (ALL_YEAR, [], 60),
        ([], [], 0),
        # joined on 1 July: 184 of 365 days, 60 × 184 ÷ 365 = 30.25 → 31
        ([(date(2026, 7, 1), date(2026, 12, 31))], [], 31),
        # left on 31 March: 90 of 365 days, 14.79 → 15
        ([(date(2026, 1, 1), date(2026, 3, 31))], [], 15),
        # one day in scope is one day owed, never none
        ([(date(2026, 12, 31), date(2026, 12, 31))], [], 1),
        # maternity leave 1 March - 31 August: 184 days away, 181 in scope, 29.75 → 30
        (ALL_YEAR, [Relief(date(2026, 3, 1), date(2026, 8, 31), "thai sản")], 30),
        # the whole year away
        (ALL_YEAR, [Relief(*YEAR, "đi học")], 0),
        # two reliefs that overlap are not taken off twice: 1 Jan - 31 Mar together, 275 in scope, 45.2 → 46
        (
            ALL_YEAR,
            [
                Relief(date(2026, 1, 1), date(2026, 2, 28), "ốm"),
                Relief(date(2026, 2, 1), date(2026, 3, 31), "học"),
            ],
            46,
        ),
        # relief outside the membership takes nothing off: joined in July, was ill in May
        (
            [(date(2026, 7, 1), date(2026, 12, 31))],
            [Relief(date(2026, 5, 1), date(2026, 5, 31), "ốm")],
            31,
        ),
        # a decision names the number
        (ALL_YEAR, [Relief(*YEAR, "biệt phái", 20)], 20),
        # a decision never raises what is owed
        ([(date(2026, 12, 31), date(2026, 12, 31))], [Relief(*YEAR, "biệt phái", 20)], 1),
        # moved from one department to another on 1 June: still the whole year
        ([(date(2026, 1, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 12, 31))], [], 60),
    ],
)
def test_days_owed(worked, reliefs, owed):
    assert target(60, YEAR, worked, reliefs).days == owed


def test_a_shorter_window_asks_for_the_whole_number():
    """Quảng Trị 2020 counted March-December and asked for 60 all the same."""
    window = (date(2020, 3, 1), date(2020, 12, 31))
    assert target(60, window, [(date(2019, 1, 1), date(2026, 1, 1))], []).days == 60


def test_a_post_outside_the_quota_owes_nothing_and_says_why():
    owed = target(60, YEAR, ALL_YEAR, [], in_scope=False)
    assert (owed.days, owed.is_exempt, len(owed.explanation)) == (0, True, 1)


def test_the_computation_is_shown_in_words():
    owed = target(60, YEAR, ALL_YEAR, [Relief(date(2026, 3, 1), date(2026, 8, 31), "thai sản")])
    text = " ".join(owed.explanation)
    for part in ("60", "365", "01/03/2026", "31/08/2026", "thai sản", "184", "181", "30"):
        assert part in text
    assert owed.is_reduced


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), 1),
        (date(2026, 2, 27), date(2026, 3, 1), 3),
        (date(2024, 2, 27), date(2024, 3, 1), 4),
        (date(2026, 1, 2), date(2026, 1, 1), 0),
    ],
)
def test_both_ends_count(first, last, days):
    assert days_between(first, last) == days


def test_days_outside_the_window_are_cut_off():
    assert each_day([(date(2025, 12, 30), date(2026, 1, 2))], YEAR) == {date(2026, 1, 1), date(2026, 1, 2)}
