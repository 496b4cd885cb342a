"""What an officer owes, in literal numbers."""

from datetime import date

import pytest
from django.utils.translation import override

from fieldvisits.quota import (
    Relief,
    Standing,
    Target,
    all_parts_met,
    days_between,
    each_day,
    pace,
    parts,
    target,
)

YEAR = (date(2026, 1, 1), date(2026, 12, 31))
ALL_YEAR = [YEAR]

WHOLE = target(60, YEAR, ALL_YEAR, [])
FROM_JULY = target(60, YEAR, [(date(2026, 7, 1), date(2026, 12, 31))], [])
BA_RIA = [("branch", "Chi đoàn", 30), ("commune", "Xã", 20), ("district", "Huyện", 10)]


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
        # two decisions: the lower number stands
        (ALL_YEAR, [Relief(*YEAR, "biệt phái", 30), Relief(*YEAR, "học", 20)], 20),
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


# --- The days in scope --------------------------------------------------------------------------------------------------


def test_a_day_relieved_twice_is_said_once(in_english):
    """05-10 and 08-20 February: 6 days and 10 more, 16 of 365."""
    overlapping = [
        Relief(date(2026, 2, 8), date(2026, 2, 20), "học"),
        Relief(date(2026, 2, 5), date(2026, 2, 10), "ốm"),
    ]
    owed = target(60, YEAR, ALL_YEAR, overlapping)
    assert owed.explanation[1:] == (
        "Relieved from 05/02/2026 to 10/02/2026: ốm (6 days).",
        "Relieved from 08/02/2026 to 20/02/2026: học (10 days more; 3 are counted above).",
        "60 × 349 ÷ 365, rounded up = 58 days.",
    )


def test_the_days_in_scope_are_kept_one_by_one():
    leave = target(60, YEAR, ALL_YEAR, [Relief(date(2026, 1, 3), date(2026, 12, 31), "thai sản")])
    assert leave.scope == {date(2026, 1, 1), date(2026, 1, 2)}
    assert (leave.in_scope, leave.span) == (2, YEAR)


def test_a_post_outside_the_quota_has_no_day_in_scope():
    assert target(60, YEAR, ALL_YEAR, [], in_scope=False).scope == frozenset()


def test_days_by_decision_keep_the_whole_year_in_scope():
    assert len(target(60, YEAR, ALL_YEAR, [Relief(*YEAR, "biệt phái", 20)]).scope) == 365


# --- How the year stands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "accepted", "ahead", "expected", "left", "standing"),
    [
        # nothing done. 1 January: 60 × 1 ÷ 365 = 0.16 → 0; 6 January: 0.99 → 0; 7 January: 60 × 7 ÷ 365 = 1.15 → 1
        (date(2026, 1, 1), 0, 0, 0, 365, "on_pace"),
        (date(2026, 1, 6), 0, 0, 0, 360, "on_pace"),
        (date(2026, 1, 7), 0, 0, 1, 359, "at_risk"),
        # before the year begins
        (date(2025, 12, 1), 0, 0, 0, 365, "on_pace"),
        # 30 June is day 181: 60 × 181 ÷ 365 = 29.75 → 29; one day short, exactly there
        (date(2026, 6, 30), 28, 0, 29, 185, "at_risk"),
        (date(2026, 6, 30), 29, 0, 29, 185, "on_pace"),
        # behind, and the approved days reach 59, 60
        (date(2026, 6, 30), 20, 39, 29, 185, "at_risk"),
        (date(2026, 6, 30), 20, 40, 29, 185, "on_pace"),
        # 60 and 61, early in the year and after it
        (date(2026, 6, 30), 60, 0, 29, 185, "met"),
        (date(2026, 6, 30), 61, 5, 29, 185, "exceeded"),
        (date(2027, 1, 1), 60, 0, 60, 0, "met"),
        (date(2027, 1, 1), 61, 0, 60, 0, "exceeded"),
        # 1 December is day 335: 55.06 → 55. Today and 30 more days: 29 + 31 = 60 can be reached, 28 + 31 = 59 cannot
        (date(2026, 12, 1), 29, 0, 55, 31, "at_risk"),
        (date(2026, 12, 1), 28, 0, 55, 31, "missed"),
        # the last day can still be used; the day after cannot
        (date(2026, 12, 31), 59, 1, 60, 1, "on_pace"),
        (date(2026, 12, 31), 59, 0, 60, 1, "at_risk"),
        (date(2026, 12, 31), 58, 1, 60, 1, "missed"),
        (date(2027, 1, 1), 59, 0, 60, 0, "missed"),
        (date(2027, 6, 1), 0, 0, 60, 0, "missed"),
    ],
)
def test_a_whole_year(today, accepted, ahead, expected, left, standing):
    seen = pace(WHOLE, accepted, ahead, today)
    assert (seen.expected, seen.left_days, seen.status) == (expected, left, standing)


@pytest.mark.parametrize(
    ("today", "waiting", "submitted", "standing"),
    [
        (date(2027, 1, 10), 1, 0, "at_risk"),  # it may still be reported
        (date(2027, 1, 11), 1, 0, "missed"),
        (date(2027, 1, 11), 1, 1, "at_risk"),  # reported, and not decided on
        (date(2027, 1, 11), 3, 1, "at_risk"),
        (date(2030, 1, 1), 3, 0, "missed"),
    ],
)
def test_what_was_not_reported_in_time_keeps_no_year_open(today, waiting, submitted, standing):
    seen = pace(WHOLE, 59, 0, today, waiting=waiting, submitted=submitted, closes=date(2027, 1, 10))
    assert seen.status == standing


def test_the_figures_of_a_day_in_the_year():
    """30 September is day 273: 60 × 273 ÷ 365 = 44.87 → 44. 22 missing over 93 days, that one included: 1.66 a week → 1.7."""
    seen = pace(WHOLE, 38, 12, date(2026, 9, 30))
    assert (seen.owed, seen.accepted, seen.ahead, seen.projection) == (60, 38, 12, 50)
    assert (seen.expected, seen.missing, seen.needed, seen.left_days) == (44, 22, 22, 93)
    assert (seen.per_week, seen.percent, seen.status) == (1.7, 63, Standing.AT_RISK)


@pytest.mark.parametrize(
    ("accepted", "today", "per_week"),
    [
        (59, date(2026, 12, 25), 1.0),  # 1 day in 7 days
        (59, date(2026, 12, 31), 7.0),  # today
        (58, date(2026, 12, 31), None),  # no week has more than seven days
        (59, date(2027, 1, 1), None),  # no day is left
        (60, date(2026, 6, 30), None),  # nothing is missing
        (0, date(2025, 12, 31), 1.2),  # 60 × 7 ÷ 365 = 1.15; 1.1 a week would not do
    ],
)
def test_days_a_week_still_needed(accepted, today, per_week):
    assert pace(WHOLE, accepted, 0, today).per_week == per_week


@pytest.mark.parametrize(("accepted", "percent"), [(0, 0), (30, 50), (59, 98), (60, 100), (61, 101)])
def test_percent_says_100_only_when_it_is_met(accepted, percent):
    assert pace(WHOLE, accepted, 0, date(2026, 6, 30)).percent == percent


@pytest.mark.parametrize(
    ("today", "accepted", "expected", "left", "standing"),
    [
        # joined on 1 July, owes 31: nothing is expected before
        (date(2026, 6, 30), 0, 0, 184, "on_pace"),
        # 30 September: 31 × 92 ÷ 184 = 15.5 → 15
        (date(2026, 9, 30), 14, 15, 93, "at_risk"),
        (date(2026, 9, 30), 15, 15, 93, "on_pace"),
        (date(2027, 1, 1), 30, 31, 0, "missed"),
        (date(2027, 1, 1), 31, 31, 0, "met"),
    ],
)
def test_joined_in_the_middle_of_the_year(today, accepted, expected, left, standing):
    assert FROM_JULY.days == 31
    seen = pace(FROM_JULY, accepted, 0, today)
    assert (seen.expected, seen.left_days, seen.status) == (expected, left, standing)


def test_the_clock_stands_still_while_one_is_relieved():
    """Maternity leave 1 March - 31 August: 181 days in scope, 30 owed; 59 gone by on 28 February: 9.77 → 9."""
    leave = target(60, YEAR, ALL_YEAR, [Relief(date(2026, 3, 1), date(2026, 8, 31), "thai sản")])
    for today, left in [(date(2026, 2, 28), 123), (date(2026, 5, 15), 122), (date(2026, 8, 31), 122)]:
        seen = pace(leave, 9, 0, today)
        assert (seen.owed, seen.expected, seen.left_days, seen.status) == (30, 9, left, "on_pace")
    # 31 December: 59 + 122 days, all gone by
    assert pace(leave, 29, 0, date(2026, 12, 31)).expected == 30


def test_who_left_early_misses_as_soon_as_no_day_is_left():
    """Left on 31 March, owes 15: nothing can come after."""
    left = target(60, YEAR, [(date(2026, 1, 1), date(2026, 3, 31))], [])
    assert pace(left, 14, 0, date(2026, 3, 31)).status == Standing.AT_RISK
    assert pace(left, 14, 0, date(2026, 4, 1)).status == Standing.MISSED
    assert pace(left, 15, 0, date(2026, 4, 1)).status == Standing.MET


def test_days_by_decision_are_spread_over_the_year():
    """20 by decision: on 30 June 20 × 181 ÷ 365 = 9.92 → 9."""
    decided = target(60, YEAR, ALL_YEAR, [Relief(*YEAR, "biệt phái", 20)])
    assert [pace(decided, n, 0, date(2026, 6, 30)).status for n in (8, 9, 20, 21)] == [
        "at_risk",
        "on_pace",
        "met",
        "exceeded",
    ]


@pytest.mark.parametrize(
    "owed",
    [
        target(60, YEAR, ALL_YEAR, [], in_scope=False),
        target(60, YEAR, ALL_YEAR, [Relief(*YEAR, "đi học")]),
        target(60, YEAR, ALL_YEAR, [Relief(*YEAR, "biệt phái", 0)]),
        target(60, YEAR, [], []),
    ],
    ids=["driver", "away all year", "by decision", "never there"],
)
@pytest.mark.parametrize("today", [date(2025, 1, 1), date(2026, 6, 30), date(2027, 1, 1)])
def test_who_owes_nothing_is_exempt_whatever_the_day_and_the_days_done(owed, today):
    seen = pace(owed, 5, 2, today)
    assert (seen.status, seen.percent, seen.per_week, seen.missing) == (Standing.EXEMPT, None, None, 0)
    assert len(seen.explanation) == 1


def test_a_window_from_march_to_december():
    """Quảng Trị 2020: 306 days. 1 August is day 154: 60 × 154 ÷ 306 = 30.20 → 30."""
    window = (date(2020, 3, 1), date(2020, 12, 31))
    owed = target(60, window, [(date(2019, 1, 1), date(2026, 1, 1))], [])
    assert (owed.in_scope, owed.days) == (306, 60)
    assert pace(owed, 0, 0, date(2020, 2, 29)).status == Standing.ON_PACE
    seen = pace(owed, 30, 0, date(2020, 8, 1))
    assert (seen.expected, seen.left_days, seen.status) == (30, 153, "on_pace")
    assert pace(owed, 29, 0, date(2020, 8, 1)).status == Standing.AT_RISK


def test_a_leap_year_has_366_days():
    """29 February 2024 is day 60: 60 × 60 ÷ 366 = 9.84 → 9; joined on 1 July: 184 of 366 days, 30.16 → 31."""
    year = (date(2024, 1, 1), date(2024, 12, 31))
    seen = pace(target(60, year, [year], []), 9, 0, date(2024, 2, 29))
    assert (seen.expected, seen.left_days, seen.status) == (9, 307, "on_pace")
    assert target(60, year, [(date(2024, 7, 1), date(2024, 12, 31))], []).days == 31


def test_days_that_cannot_count_are_not_left():
    """28 - 31 December 2026 are Monday to Thursday; with the 29th off, three days are left on the 28th."""
    off = {date(2026, 12, 29)}
    assert pace(WHOLE, 57, 0, date(2026, 12, 28), off=off).left_days == 3
    assert pace(WHOLE, 57, 0, date(2026, 12, 28), off=off).status == Standing.AT_RISK
    assert pace(WHOLE, 56, 0, date(2026, 12, 28), off=off).status == Standing.MISSED
    assert pace(WHOLE, 56, 0, date(2026, 12, 28)).status == Standing.AT_RISK


def test_days_whose_results_wait_for_acceptance_keep_the_year_open():
    """On 1 January 55 are accepted and 5 reported: the head's work, not a missed year. With 4 it is missed."""
    open_year = pace(WHOLE, 55, 0, date(2027, 1, 1), waiting=5)
    assert (open_year.status, open_year.projection) == (Standing.AT_RISK, 55)
    assert pace(WHOLE, 55, 0, date(2027, 1, 1), waiting=4).status == Standing.MISSED
    # and they change nothing while the year runs: still behind
    assert pace(WHOLE, 28, 0, date(2026, 6, 30), waiting=40).status == Standing.AT_RISK


# --- Parts by level -----------------------------------------------------------------------------------------------------


def test_parts_of_a_whole_year():
    seen = parts(WHOLE, BA_RIA, {"branch": 30, "commune": 12, "affiliated": 4})
    assert [(p.label, p.days, p.accepted, p.missing, p.is_met) for p in seen] == [
        ("Chi đoàn", 30, 30, 0, True),
        ("Xã", 20, 12, 8, False),
        ("Huyện", 10, 0, 10, False),
    ]
    assert not all_parts_met(seen)
    assert all_parts_met(seen[:1])
    assert all_parts_met(())


def test_parts_shrink_as_the_whole_does():
    """31 of 60: 30 × 31 ÷ 60 = 15.5 → 16; 20 × 31 ÷ 60 = 10.33 → 11; 10 × 31 ÷ 60 = 5.17 → 6."""
    seen = parts(FROM_JULY, BA_RIA, {"branch": 16, "commune": 11, "district": 5})
    assert [(p.required, p.days, p.missing) for p in seen] == [(30, 16, 0), (20, 11, 0), (10, 6, 1)]
    with override("en"):
        assert parts(FROM_JULY, BA_RIA, {"branch": 3})[0].explanation == (
            "30 × 31 ÷ 60, rounded up = 16 days, 3 of them accepted."
        )


def test_who_owes_nothing_owes_no_part():
    driver = target(60, YEAR, ALL_YEAR, [], in_scope=False)
    seen = parts(driver, BA_RIA, {})
    assert ([p.days for p in seen], all_parts_met(seen)) == ([0, 0, 0], True)
    assert pace(driver, 0, 0, date(2027, 1, 1), parts=seen).status == Standing.EXEMPT


@pytest.mark.parametrize(
    ("accepted", "standing"),
    [
        ({"branch": 30, "commune": 20, "district": 10}, "met"),
        ({"branch": 31, "commune": 20, "district": 10}, "exceeded"),
        ({"branch": 29, "commune": 21, "district": 10}, "missed"),  # 60 in all, one short at chi đoàn
        ({"branch": 29, "commune": 40, "district": 10}, "missed"),  # 79 in all
        ({"branch": 30, "commune": 20, "district": 9}, "missed"),
    ],
)
def test_at_the_end_every_part_must_be_met(accepted, standing):
    levels = parts(WHOLE, BA_RIA, accepted)
    assert pace(WHOLE, sum(accepted.values()), 0, date(2027, 1, 1), parts=levels).status == standing


def test_a_missing_part_is_named_in_words():
    accepted = {"branch": 25, "commune": 30, "district": 10}
    with override("en"):
        seen = pace(WHOLE, 65, 0, date(2027, 1, 1), parts=parts(WHOLE, BA_RIA, accepted))
    assert (seen.missing, seen.needed) == (0, 5)
    assert "Chi đoàn: 25 of 30 days accepted, 5 missing." in seen.explanation
    assert seen.explanation[-1] == (
        "Not met: the total is reached, but 5 days are missing "
        "at the levels asked for and only 0 can still come."
    )


def test_a_part_is_judged_like_the_whole_while_the_year_runs():
    """On 30 June 30 × 181 ÷ 365 = 14.87 → 14 days are expected at chi đoàn."""
    today = date(2026, 6, 30)

    def standing(branch, ahead=0, commune=40):
        levels = parts(
            WHOLE, BA_RIA, {"branch": branch, "commune": commune, "district": 10}, {"branch": ahead}
        )
        return pace(WHOLE, branch + commune + 10, ahead, today, parts=levels).status

    assert standing(13) == "at_risk"
    assert standing(14) == "on_pace"  # 64 days in all, but 16 at chi đoàn are still to do
    assert standing(13, ahead=17) == "on_pace"
    assert standing(13, ahead=16) == "at_risk"


def test_parts_that_cannot_be_reached_any_more_are_missed_before_the_end():
    """20 December: today and 11 more days; 30 at chi đoàn cannot come, 12 can."""
    levels = parts(WHOLE, BA_RIA, {"commune": 50, "district": 10})
    assert pace(WHOLE, 60, 0, date(2026, 12, 20), parts=levels).status == Standing.MISSED
    levels = parts(WHOLE, BA_RIA, {"branch": 18, "commune": 32, "district": 10})
    assert pace(WHOLE, 60, 0, date(2026, 12, 20), parts=levels).status == Standing.AT_RISK
    levels = parts(WHOLE, BA_RIA, {"branch": 17, "commune": 33, "district": 10})
    assert pace(WHOLE, 60, 0, date(2026, 12, 20), parts=levels).status == Standing.MISSED


# --- In words -----------------------------------------------------------------------------------------------------------


def test_the_pace_is_shown_in_words():
    with override("en"):
        seen = pace(WHOLE, 38, 12, date(2026, 9, 30), waiting=3)
    assert seen.explanation == (
        "Expected by 30/09/2026: 60 × 273 days in scope gone by ÷ 365 days in scope in the year, rounded down = 44 days.",
        "Projection: 38 accepted + 12 approved and still to come = 50 days.",
        "Gone by, with a result not accepted yet: 3 days.",
        "Still needed: 22 days; days in scope left, today included: 93; so 1.7 a week.",
        "At risk: accepted (38) is below expected (44), and the projection (50) does not reach 60.",
    )


def test_what_more_than_seven_days_a_week_would_be_needed_for_is_not_said_in_days_a_week():
    with override("en"):
        lost = pace(WHOLE, 0, 0, date(2026, 12, 1))
        waits = pace(WHOLE, 0, 0, date(2026, 12, 1), waiting=29)
    begins = "Still needed: 60 days; days in scope left, today included: 31: "
    assert lost.explanation[-2:] == (
        begins + "it can no longer be reached.",
        "Not met: 60 days are needed and only 31 can still come.",
    )
    assert begins + "enough only with days gone by that are still to be accepted." in waits.explanation
    assert (lost.per_week, waits.per_week) == (None, None)


@pytest.mark.parametrize(
    ("accepted", "ahead", "today", "why"),
    [
        (60, 0, date(2026, 6, 30), "Met: all 60 days owed are accepted."),
        (61, 0, date(2026, 6, 30), "Exceeded: 61 days accepted, 1 more than owed."),
        (0, 0, date(2025, 12, 31), "On pace: counting begins on 01/01/2026."),
        (29, 0, date(2026, 6, 30), "On pace: accepted (29) reaches expected (29)."),
        (20, 40, date(2026, 6, 30), "On pace: the projection (60) reaches the 60 days owed."),
        (20, 0, date(2026, 12, 1), "Not met: 40 days are needed and only 31 can still come."),
        (59, 0, date(2027, 1, 5), "Not met: counting ended on 31/12/2026 with 1 days missing."),
    ],
)
def test_the_last_sentence_gives_the_reason(accepted, ahead, today, why):
    with override("en"):
        assert pace(WHOLE, accepted, ahead, today).explanation[-1] == why


def test_every_standing_has_a_word_a_colour_and_an_icon():
    assert {s.value: s.tone for s in Standing} == {
        "exceeded": "approved",
        "met": "approved",
        "on_pace": "planned",
        "at_risk": "waiting",
        "missed": "refused",
        "exempt": "history",
    }
    assert len({s.icon for s in Standing}) == len({str(s.label) for s in Standing}) == 6


def test_a_target_without_a_day_in_scope_does_not_break_the_arithmetic():
    odd = Target(5, 60, 0, 365, (), frozenset(), YEAR)
    assert pace(odd, 0, 0, date(2026, 6, 30)).expected == 0
