"""The rules of a visit's result, in literal form: what may be ticked and written, which days count, what it sets going."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts import clock
from fieldvisits.models import (
    Exemption,
    FollowUp,
    NotNow,
    Recommendation,
    Refused,
    Stale,
    VisitDay,
    VisitResult,
    YearRule,
)
from fieldvisits.models.counting import foreseen
from tests.factories import (
    make_adhoc,
    make_change,
    make_quarter,
    make_recommendation,
    make_result,
    make_unit,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("in_english")


def on(day, month=1, year=2026):
    """Nine in the morning of a day of January 2026."""
    return clock.at(datetime(year, month, day, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))


def days_of(visit):
    """[(day of the month, present, counted, why not)]"""
    return list(visit.days.order_by("date").values_list("date__day", "present", "counted", "not_counted"))


# --- starting and ticking -----------------------------------------------------------------------------------------------------


def test_a_result_begins_with_the_days_gone_by_ticked(cast):
    visit = make_visit(cast, days=3)  # 20, 21, 22 January
    with on(21):
        VisitResult.objects.start(visit, by=cast.officer.powers)
    assert days_of(visit) == [(20, True, False, ""), (21, True, False, ""), (22, False, False, "")]


def test_it_cannot_begin_before_the_visit(cast):
    visit = make_visit(cast)
    with on(19), pytest.raises(NotNow) as refusal:
        VisitResult.objects.start(visit, by=cast.officer.powers)
    assert "20/01/2026" in str(refusal.value)
    assert not VisitResult.objects.exists()


@pytest.mark.parametrize("who", ["colleague", "head", "results_desk", "member"])
def test_nobody_writes_the_result_of_somebody_elses_visit(cast, who):
    result = make_result(cast)
    powers = getattr(cast, who).powers
    with pytest.raises(PermissionDenied):
        VisitResult.objects.start(result.visit, by=powers)
    with on(23), pytest.raises(PermissionDenied):
        result.write(by=powers, activity="Viết hộ")


def test_a_day_to_come_is_refused(cast):
    result = make_result(cast, make_visit(cast, days=3), on=date(2026, 1, 21))
    with on(21), pytest.raises(Refused, match="future"):
        result.write(by=cast.officer.powers, days=[date(2026, 1, 20), date(2026, 1, 22)])
    assert [present for _day, present, *_rest in days_of(result.visit)] == [True, True, False]


def test_today_can_be_ticked(cast):
    visit = make_visit(cast, days=3)
    with on(20):
        result = VisitResult.objects.start(visit, by=cast.officer.powers)
        result.write(by=cast.officer.powers, days=[date(2026, 1, 20)])
    assert [present for _day, present, *_rest in days_of(visit)] == [True, False, False]


def test_a_day_outside_the_visit_needs_a_change_first(cast):
    result = make_result(cast)
    with on(25), pytest.raises(Refused, match="23/01/2026 is not a day of this visit"):
        result.write(by=cast.officer.powers, days=[date(2026, 1, 23)])


def test_no_day_at_all_cannot_be_reported(cast):
    result = make_result(cast)
    with on(25):
        result.write(by=cast.officer.powers, days=[])
        with pytest.raises(NotNow, match="Tick the days"):
            result.perform("submit", by=cast.officer)
    assert VisitResult.objects.get().state == "draft"


def test_what_is_reported_can_no_longer_be_written(cast):
    result = make_result(cast, state="submitted")
    with on(25), pytest.raises(NotNow, match="Reported"):
        result.write(by=cast.officer.powers, activity="Sửa lại")
    assert VisitResult.objects.get().activity == "Chương trình tổ chức đúng kế hoạch, 120 đoàn viên tham gia"


def test_a_second_window_does_not_overwrite_the_first(cast):
    result = make_result(cast)
    seen = result.revision
    with on(25):
        result.write(by=cast.officer.powers, revision=seen, difficulties="Mưa lũ")
        with pytest.raises(Stale):
            result.write(by=cast.officer.powers, revision=seen, difficulties="Không")
    assert VisitResult.objects.get().difficulties == "Mưa lũ"


def test_a_pending_change_keeps_it_from_being_reported(cast):
    visit = make_visit(cast)
    make_change(cast, visit)
    result = make_result(cast, visit)
    with on(23), pytest.raises(NotNow, match="change of the visit"):
        result.perform("submit", by=cast.officer)


def test_what_came_late_stays_late_when_it_is_completed(cast):
    """Ten days were over on 31 January."""
    result = make_result(cast, state="submitted", on=date(2026, 3, 1))
    assert result.late
    with on(2, 3):
        result.perform("return", by=cast.head, comment="Bổ sung")
        result.perform("submit", by=cast.officer)
    assert VisitResult.objects.get().late


def test_an_acceptance_taken_back_is_the_deputys_to_give_again(cast):
    """A head's own result that the results desk had accepted: sent again it is no longer put up."""
    result = make_result(cast, make_visit(cast, cast.head), "submitted")
    result.perform("put_up", by=cast.head)
    result.perform("accept", by=cast.results_desk)
    result.perform("return", by=cast.results_desk, comment="Bổ sung")
    with on(23):
        result.perform("submit", by=cast.head)
    assert result.heads_own is False
    result.perform("accept", by=cast.deputy)
    assert result.state == "accepted"


def test_everything_that_is_missing_is_named_at_its_field(cast):
    result = make_result(cast, make_visit(cast, group=4), activity="")
    with on(25):
        result.write(by=cast.officer.powers, days=[])
        assert list(result.missing()) == ["days", "activity", "members_present"]


# --- group 4 ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("present", "total"), [(None, None), (30, None), (None, 42)])
def test_attending_a_meeting_needs_both_numbers(cast, present, total):
    result = make_result(cast, make_visit(cast, group=4), members_present=present, members_total=total)
    with on(25), pytest.raises(NotNow, match="how many members"):
        result.perform("submit", by=cast.officer)


def test_more_present_than_there_are_is_refused(cast):
    result = make_result(cast, make_visit(cast, group=4), members_present=30, members_total=42)
    with on(25), pytest.raises(ValidationError):
        result.write(by=cast.officer.powers, members_present=43)
    assert VisitResult.objects.get().members_present == 30


def test_other_groups_need_no_numbers(cast):
    assert make_result(cast, make_visit(cast, group=1), "submitted").state == "submitted"


# --- counting -----------------------------------------------------------------------------------------------------------------


def test_accepted_days_count_and_others_do_not(cast):
    result = make_result(cast, make_visit(cast, days=3))
    with on(25):
        result.write(by=cast.officer.powers, days=[date(2026, 1, 20), date(2026, 1, 22)])
        result.perform("submit", by=cast.officer)
        assert not VisitDay.objects.filter(counted=True).exists()
        result.perform("accept", by=cast.head)
    assert days_of(result.visit) == [
        (20, True, True, ""),
        (21, False, False, ""),
        (22, True, True, ""),
    ]


def test_of_two_visits_on_one_date_the_one_accepted_first_counts_and_the_other_moves_up(cast):
    first = make_result(cast, make_visit(cast, first=date(2026, 1, 20)), "accepted")
    second = make_result(cast, make_visit(cast, first=date(2026, 1, 21)), "accepted", on=date(2026, 1, 24))
    assert days_of(first.visit) == [(20, True, True, ""), (21, True, True, "")]
    assert days_of(second.visit) == [(21, True, False, "twice"), (22, True, True, "")]
    with on(25):
        first.refresh_from_db()
        first.perform("return", by=cast.results_desk, comment="Thiếu minh chứng")
    assert days_of(first.visit) == [(20, True, False, ""), (21, True, False, "")]
    assert days_of(second.visit) == [(21, True, True, ""), (22, True, True, "")]


def test_a_day_outside_the_counting_window_stays_and_does_not_count(cast):
    make_quarter(cast)
    YearRule.objects.filter(year=2026).update(window_from=date(2026, 1, 21))
    result = make_result(cast, state="accepted")
    assert days_of(result.visit) == [(20, True, False, "window"), (21, True, True, "")]


def test_a_weekend_does_not_count_where_the_rule_says_so(cast):
    make_quarter(cast)
    YearRule.objects.filter(year=2026).update(weekends_count=False)
    result = make_result(cast, make_visit(cast, first=date(2026, 1, 23)), "accepted")  # Friday, Saturday
    assert days_of(result.visit) == [(23, True, True, ""), (24, True, False, "calendar")]


def test_who_accepts_is_told_how_many_days_count_and_why_the_others_do_not(cast, english):
    make_result(cast, make_visit(cast, first=date(2026, 1, 20)), "accepted")
    results = [
        make_result(cast, make_visit(cast, first=date(2026, 1, day), days=days), "submitted")
        for day, days in ((22, 1), (20, 3), (20, 1))
    ]
    with on(25):
        assert [result.told(result.perform("accept", by=cast.head)) for result in results] == [
            "The result is accepted; its days count.",
            "The result is accepted; of 3 days 0 count. Not counted: "
            "20/01/2026, 21/01/2026, 22/01/2026 (the day already counts on another visit).",
            "The result is accepted; of 1 day 0 count. Not counted: "
            "20/01/2026 (the day already counts on another visit).",
        ]


def test_an_exempt_day_does_not_count(cast):
    visit = make_visit(cast)
    Exemption.objects.create(
        officer=cast.officer,
        kind="study",
        valid_from=date(2026, 1, 21),
        valid_to=date(2026, 2, 28),
        reason="Học",
    )
    result = make_result(cast, visit, "accepted")
    assert days_of(result.visit) == [(20, True, True, ""), (21, True, False, "exempt")]


def test_what_would_not_count_is_known_beforehand(cast):
    make_quarter(cast)
    YearRule.objects.filter(year=2026).update(window_from=date(2026, 1, 21))
    visit = make_visit(cast, days=3)
    taken = {date(2026, 1, 22)}
    assert foreseen(visit, visit.days.all(), taken) == {
        date(2026, 1, 20): "window",
        date(2026, 1, 22): "twice",
    }


def test_a_visit_without_consent_is_written_but_not_reported(cast):
    request = make_adhoc(cast, state="to_confirm")
    result = VisitResult.objects.start(request.visit, by=cast.officer.powers)
    result.write(by=cast.officer.powers, activity="Dọn trường")
    with pytest.raises(NotNow, match="not been consented"):
        result.perform("submit", by=cast.officer)


# --- recommendations and what was found ---------------------------------------------------------------------------------------


def noted(cast, result, **more):
    values = {"text": "Bổ sung kinh phí", "addressee": "province", "department": cast.movement} | more
    return Recommendation.objects.note(result, by=cast.officer.powers, **values)


def test_recommendations_are_raised_with_the_acceptance_and_taken_back_with_it(cast):
    result = make_result(cast)
    with on(23):
        made = noted(cast, result)
        assert made.unit == result.visit.unit
        result.perform("submit", by=cast.officer)
        result.perform("accept", by=cast.head)
        made.refresh_from_db()
        assert made.state == "open"
        result.perform("return", by=cast.results_desk, comment="Xem lại")
    made.refresh_from_db()
    assert made.state == "noted"
    with on(24):
        made.rewrite(by=cast.officer.powers, text="Bổ sung 20 triệu đồng")
        with pytest.raises(NotNow, match="keeps its history"):
            made.take_out(by=cast.officer.powers)


def test_one_that_is_taken_up_stays_when_the_acceptance_is_taken_back(cast):
    made = make_recommendation(cast, state="in_progress")
    with on(26):
        made.result.refresh_from_db()
        made.result.perform("return", by=cast.results_desk, comment="Xem lại")
        made.refresh_from_db()
        assert made.state == "in_progress"
        with pytest.raises(NotNow, match="raised already"):
            made.rewrite(by=cast.officer.powers, text="Khác")


def test_a_body_outside_the_union_has_a_name_and_a_due_date_lies_ahead(cast):
    result = make_result(cast)
    with on(23):
        with pytest.raises(ValidationError, match="Name the body"):
            noted(cast, result, addressee="outside")
        with pytest.raises(ValidationError) as refusal:
            noted(cast, result, due=date(2026, 1, 19))
    assert "due" in refusal.value.message_dict
    assert not Recommendation.objects.exists()


@pytest.mark.parametrize("who", ["colleague", "head"])
def test_only_its_officer_writes_recommendations_and_findings(cast, who):
    result, powers = make_result(cast), getattr(cast, who).powers
    with on(23):
        made = noted(cast, result)
        for act in (
            lambda: Recommendation.objects.note(result, by=powers, text="X", addressee="unit"),
            lambda: made.rewrite(by=powers, text="X"),
            lambda: made.take_out(by=powers),
            lambda: FollowUp.objects.record(result, made, found="settled", by=powers),
        ):
            with pytest.raises(PermissionDenied):
                act()


@pytest.mark.parametrize(
    ("found", "state"), [("settled", "settled"), ("begun", "in_progress"), ("unchanged", "open")]
)
def test_what_the_next_visitor_found_moves_the_recommendation_once_accepted(cast, found, state):
    earlier = make_recommendation(cast, state="open")
    later = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    assert [r.pk for r in Recommendation.objects.left_for(later)] == [earlier.pk]
    with on(13, 2):
        FollowUp.objects.record(later, earlier, found=found, text="Đã có tủ sách", by=cast.colleague.powers)
        later.perform("submit", by=cast.colleague)
        earlier.refresh_from_db()
        assert earlier.state == "open"
        later.perform("accept", by=cast.head)
    earlier.refresh_from_db()
    assert earlier.state == state
    if state == "settled":
        assert (earlier.answer, earlier.answered_on) == ("Đã có tủ sách", date(2026, 2, 13))


def test_a_finding_can_be_changed_and_taken_away(cast):
    earlier = make_recommendation(cast, state="open")
    later = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10)))
    by = cast.colleague.powers
    with on(13, 2):
        FollowUp.objects.record(later, earlier, found="begun", by=by)
        FollowUp.objects.record(later, earlier, found="settled", text="Xong", by=by)
        assert later.follow_ups.get().found == "settled"
        with pytest.raises(ValidationError):
            FollowUp.objects.record(later, earlier, found="", text="Chưa rõ", by=by)
        FollowUp.objects.record(later, earlier, found="", by=by)
    assert not later.follow_ups.exists()


def test_only_pending_recommendations_of_the_same_unit_are_looked_after(cast):
    closed = make_recommendation(cast, state="dropped")
    elsewhere = make_visit(cast, cast.colleague, date(2026, 2, 10), unit=make_unit(cast, "Đoàn xã Bình Yên"))
    later = make_result(cast, elsewhere)
    with on(13, 2):
        assert not Recommendation.objects.left_for(later).exists()
        with pytest.raises(NotNow, match="closed meanwhile"):
            FollowUp.objects.record(later, closed, found="settled", by=cast.colleague.powers)


def test_the_successor_of_a_unit_inherits_its_recommendations(cast):
    earlier = make_recommendation(cast, state="open")
    heir = make_unit(cast, "Đoàn xã Định Hóa", level="commune")
    earlier.unit.successors.add(heir)
    later = make_result(cast, make_visit(cast, cast.colleague, date(2026, 2, 10), unit=heir))
    assert [r.pk for r in Recommendation.objects.left_for(later)] == [earlier.pk]


def test_what_a_visit_recommends_belongs_to_the_unit_it_was_moved_to(cast):
    """Noted while the visit still stood at the old unit; the change of unit is agreed to before the result is reported."""
    earlier = make_recommendation(cast, state="open")  # at the old unit
    visit = make_visit(cast, cast.colleague, date(2026, 2, 10))
    other = make_unit(cast, "Đoàn xã Bình Yên")
    result = make_result(cast, visit)
    with on(13, 2):
        by = cast.colleague.powers
        values = {"text": "Đặt tủ sách", "addressee": "unit", "department": cast.movement}
        made = Recommendation.objects.note(result, by=by, **values)
        FollowUp.objects.record(result, earlier, found="settled", text="Đã xong", by=by)
        change = make_change(cast, visit, "forwarded", starts=visit.starts, ends=visit.ends, unit=other)
        change.perform("grant", by=cast.member)
        result.perform("submit", by=cast.colleague)
        result.perform("accept", by=cast.head)
    made.refresh_from_db()
    earlier.refresh_from_db()
    assert (made.state, made.unit) == ("open", other)
    assert earlier.state == "open"
    assert not result.follow_ups.exists()
