"""What a visit found of an earlier recommendation, when the acceptance of its result is taken back."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from fieldvisits.models import Event, FollowUp
from tests.factories import make_recommendation, make_result, make_visit


@pytest.fixture(autouse=True)
def february(cast, now):
    now.move_to(datetime(2026, 2, 25, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))


def found_by(cast, officer, recommendation, found, text="", day=10):
    """The result of a visit that found so, reported."""
    result = make_result(cast, make_visit(cast, officer, date(2026, 2, day)))
    FollowUp.objects.record(result, recommendation, found=found, text=text, by=officer.powers)
    result.perform("submit", by=officer)
    return result


def visited(cast, *args, **more):
    """The same, accepted."""
    result = found_by(cast, *args, **more)
    result.perform("accept", by=cast.head)
    return result


def take_back(cast, result):
    result.perform("return", by=cast.results_desk, comment="Bổ sung")


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        ("open", "settled", "settled"),
        ("in_progress", "settled", "settled"),
        ("passed_up", "settled", "settled"),
        ("open", "begun", "in_progress"),
    ],
)
def test_it_stands_again_as_before_the_visit(cast, before, found, after):
    made = make_recommendation(cast, state=before)
    answered = (made.answer, made.answered_on)
    result = visited(cast, cast.colleague, made, found, "Đã cấp")
    made.refresh_from_db()
    assert made.state == after
    take_back(cast, result)
    made.refresh_from_db()
    assert (made.state, made.answer, made.answered_on) == (before, *answered)
    assert (made.last_event.verb, made.last_event.cause) == ("unfind", result.last_event)
    result.perform("submit", by=cast.colleague)
    result.perform("accept", by=cast.head)
    made.refresh_from_db()
    assert made.state == after


@pytest.mark.parametrize("state", ["in_progress", "passed_up"])
def test_what_is_already_worked_on_stays_when_a_visit_finds_so(cast, state):
    made = make_recommendation(cast, state=state)
    result = visited(cast, cast.colleague, made, "begun")
    made.refresh_from_db()
    assert (result.state, made.state) == ("accepted", state)


def test_twice_settled_and_taken_back_keeps_the_answer_given_before(cast):
    made = make_recommendation(cast, state="passed_up")
    result = visited(cast, cast.colleague, made, "settled", "Đã cấp")
    take_back(cast, result)
    result.perform("submit", by=cast.colleague)
    result.perform("accept", by=cast.head)
    take_back(cast, result)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("passed_up", "Đã có văn bản trả lời")


def test_what_somebody_did_since_stands(cast):
    made = make_recommendation(cast, state="open")
    result = visited(cast, cast.colleague, made, "begun")
    made.refresh_from_db()
    made.perform("settle", by=cast.head, comment="Tỉnh đã cấp")
    take_back(cast, result)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("settled", "Tỉnh đã cấp")


def test_what_another_visit_found_since_holds_then(cast):
    made = make_recommendation(cast, state="open")
    first = found_by(cast, cast.colleague, made, "settled", "Nghe nói đã cấp")
    second = found_by(cast, cast.deputy, made, "settled", "Đã nhận tiền", day=12)
    for result in (first, second):
        result.perform("accept", by=cast.head)
    take_back(cast, first)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("settled", "Đã nhận tiền")
    take_back(cast, second)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("open", "")


def test_nothing_rests_on_a_visit_that_was_taken_back_in_between(cast):
    """The first found it begun, the second settled it; the first is taken back, then the second."""
    made = make_recommendation(cast, state="open")
    first = visited(cast, cast.colleague, made, "begun")
    second = visited(cast, cast.deputy, made, "settled", "Đã nhận tiền", day=12)
    take_back(cast, first)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("settled", "Đã nhận tiền")
    take_back(cast, second)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("open", "")


def test_of_two_findings_the_first_is_left_when_the_second_is_taken_back(cast):
    made = make_recommendation(cast, state="open")
    visited(cast, cast.colleague, made, "begun")
    second = visited(cast, cast.deputy, made, "settled", "Đã nhận tiền", day=12)
    take_back(cast, second)
    made.refresh_from_db()
    assert (made.state, made.answer) == ("in_progress", "")


def test_what_an_earlier_visit_found_before_it_was_opened_again_does_not(cast):
    made = make_recommendation(cast, state="open")
    visited(cast, cast.officer, made, "settled", "Đã nhận tiền", day=5)
    made.refresh_from_db()
    made.perform("reopen", by=cast.head, comment="Chưa đủ")
    take_back(cast, visited(cast, cast.colleague, made, "settled"))
    made.refresh_from_db()
    assert (made.state, made.answer) == ("open", "")


def test_the_officer_can_correct_what_was_found(cast, sign_in):
    made = make_recommendation(cast, state="open")
    result = visited(cast, cast.colleague, made, "settled", "Đã cấp")
    take_back(cast, result)
    client = sign_in(cast.colleague)
    assert f'id="found-{made.pk}"' in client.get(result.get_absolute_url()).content.decode()
    address = reverse("follow-up-save", args=[result.pk, made.pk])
    assert client.post(address, {"found": "unchanged"}).status_code == 302
    assert FollowUp.objects.get().found == "unchanged"


def test_also_when_it_has_been_closed_meanwhile(cast, sign_in):
    made = make_recommendation(cast, state="open")
    result = visited(cast, cast.colleague, made, "begun")
    made.refresh_from_db()
    made.perform("drop", by=cast.head, comment="Không còn phù hợp")
    take_back(cast, result)
    client = sign_in(cast.colleague)
    assert f'id="found-{made.pk}"' in client.get(result.get_absolute_url()).content.decode()
    assert (
        client.post(reverse("follow-up-save", args=[result.pk, made.pk]), {"found": "unchanged"}).status_code
        == 302
    )
    assert FollowUp.objects.get().found == "unchanged"
    made.refresh_from_db()
    assert made.state == "dropped"


def test_the_copy_of_a_result_keeps_what_it_found(cast):
    made = make_recommendation(cast, state="open")
    result = visited(cast, cast.colleague, made, "settled", "Đã cấp")
    for event in Event.objects.of(result).filter(verb__in=("submit", "accept")):
        assert event.copy["follow_ups"] == [{"text": made.text, "found": "settled", "note": "Đã cấp"}]
