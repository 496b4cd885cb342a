"""What the Standing Committee's meeting does to every paper (step 3), typed by hand."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from fieldvisits.models import (
    Decision,
    DepartmentPlan,
    Event,
    HostUnit,
    LineDecision,
    NotNow,
    OfficerPlan,
    Refused,
    Stale,
    Verdict,
    Visit,
)

from ..factories import (
    close_meeting,
    make_department_plan,
    make_meeting,
    make_plan,
    make_quarter,
    make_unit,
)
from .test_races import at_once


@pytest.fixture
def paper(cast):
    """Ban Phong trào before the committee: An with two lines (20-21 and 27-28 January), Bình with two."""
    return make_department_plan(cast, "forwarded", [cast.officer, cast.colleague], lines=2)


@pytest.fixture
def decision(cast, paper):
    return make_meeting(cast, paper.quarter)


def plan_of(officer):
    return OfficerPlan.objects.get(officer=officer)


def lines_of(officer):
    return list(plan_of(officer).lines.order_by("starts"))


def states(*papers):
    return [type(paper).objects.get(pk=paper.pk).state for paper in papers]


def last_event(paper):
    return Event.objects.of(paper).last()


def agree_to_all(decision, paper, by):
    return decision.agree_to_rest(paper, by=by.powers)


# --- Effects --------------------------------------------------------------------------------------------------------------


def test_a_meeting_changes_nothing_until_it_is_closed(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    assert states(paper, plan_of(cast.officer)) == ["forwarded", "forwarded"]
    assert {v.state for v in Visit.objects.all()} == {"planned"}


def test_closing_approves_lines_plans_and_the_department_plan(cast, decision, paper):
    assert agree_to_all(decision, paper, cast.member) == (4, 0)
    close_meeting(decision, cast.second_member)
    assert states(decision, paper, plan_of(cast.officer), plan_of(cast.colleague)) == [
        "closed",
        "approved",
        "approved",
        "approved",
    ]
    assert [v.state for v in Visit.objects.all()] == ["approved"] * 4
    closing = last_event(decision)
    assert (closing.verb, closing.actor, closing.role) == ("close", cast.second_member, "committee")
    for moved in (paper, plan_of(cast.officer), lines_of(cast.officer)[0]):
        event = last_event(moved)
        assert (event.verb, event.actor, event.role, event.on_behalf_of, event.cause) == (
            "approve",
            cast.member,
            "committee",
            None,
            closing,
        )


def test_the_approved_plan_keeps_a_copy_as_approved(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    copy = last_event(plan_of(cast.officer)).copy
    assert [(line["state"], line["starts"], line["ends"], line["days"]) for line in copy] == [
        ("approved", "2026-01-20", "2026-01-21", 2),
        ("approved", "2026-01-27", "2026-01-28", 2),
    ]


def test_a_struck_line_is_not_approved_and_its_officer_reads_why(cast, decision, paper):
    first, second = lines_of(cast.officer)
    decision.decide_line(first, Verdict.STRIKE, by=cast.second_member.powers, reason="Trùng hội nghị tỉnh")
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    assert states(first, second, plan_of(cast.officer)) == ["refused", "approved", "approved"]
    event = last_event(first)
    assert (event.verb, event.actor, event.comment) == ("refuse", cast.second_member, "Trùng hội nghị tỉnh")
    assert list(first.days.order_by("date").values_list("date", flat=True)) == [
        date(2026, 1, 20),
        date(2026, 1, 21),
    ]


def test_an_amended_line_moves_to_its_new_days_and_unit(cast, decision, paper):
    first = lines_of(cast.officer)[0]
    other = make_unit(cast, "Huyện đoàn Võ Nhai")
    mark = decision.decide_line(
        first,
        Verdict.AMEND,
        by=cast.member.powers,
        reason="Lùi một tuần",
        starts=date(2026, 2, 3),
        ends=date(2026, 2, 5),
        unit=other,
    )
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    first.refresh_from_db()
    assert (first.state, first.starts, first.ends, first.unit) == (
        "approved",
        date(2026, 2, 3),
        date(2026, 2, 5),
        other,
    )
    assert list(first.days.order_by("date").values_list("date", flat=True)) == [
        date(2026, 2, 3),
        date(2026, 2, 4),
        date(2026, 2, 5),
    ]
    assert (mark.was_starts, mark.was_ends, mark.was_unit.name) == (
        date(2026, 1, 20),
        date(2026, 1, 21),
        "Huyện đoàn Định Hóa",
    )
    event = last_event(first)
    assert (event.verb, event.comment) == ("amend", "Lùi một tuần")
    registered, approved = Event.objects.of(plan_of(cast.officer)).exclude(copy=None)
    assert registered.copy[0]["starts"] == "2026-01-20"
    assert "2026-02-03" in [line["starts"] for line in approved.copy]


def test_a_plan_with_all_lines_struck_is_rejected_and_its_department_plan_approved(cast, decision, paper):
    for line in lines_of(cast.officer):
        decision.decide_line(line, Verdict.STRIKE, by=cast.member.powers, reason="Chưa cần thiết")
    agree_to_all(decision, paper, cast.second_member)
    close_meeting(decision, cast.member)
    assert states(plan_of(cast.officer), plan_of(cast.colleague), paper) == [
        "rejected",
        "approved",
        "approved",
    ]
    assert last_event(plan_of(cast.officer)).actor == cast.member
    assert last_event(plan_of(cast.colleague)).actor == cast.second_member


def test_a_single_plan_is_returned_to_its_officer_and_the_rest_approved(cast, decision, paper):
    plan = plan_of(cast.officer)
    decision.return_paper(plan, "Bổ sung kết quả dự kiến", by=cast.second_member.powers)
    assert agree_to_all(decision, paper, cast.member) == (2, 0)
    close_meeting(decision, cast.member)
    plan.refresh_from_db()
    assert (plan.state, plan.department_plan) == ("returned", None)
    assert states(paper, plan_of(cast.colleague)) == ["approved", "approved"]
    assert {line.state for line in lines_of(cast.officer)} == {"planned"}
    event = last_event(plan)
    assert (event.verb, event.actor, event.comment) == (
        "send_back",
        cast.second_member,
        "Bổ sung kết quả dự kiến",
    )


def test_a_department_plan_returned_goes_back_with_every_plan_as_the_department_agreed(cast, decision, paper):
    decision.return_paper(paper, "Ban họp lại", by=cast.member.powers)
    close_meeting(decision, cast.member)
    first, second = plan_of(cast.officer), plan_of(cast.colleague)
    assert states(paper, first, second) == ["returned", "endorsed", "endorsed"]
    assert (first.department_plan, second.department_plan) == (None, None)
    assert {v.state for v in Visit.objects.all()} == {"planned"}
    assert [(e.verb, e.from_state, e.to_state) for e in Event.objects.of(first)][-1] == (
        "come_back",
        "forwarded",
        "endorsed",
    )
    assert last_event(paper).comment == "Ban họp lại"
    paper.refresh_from_db()
    paper.perform("send", by=cast.head, comment="Đã họp lại", met_on=date(2026, 1, 3))
    paper.perform("forward", by=cast.coordinator)
    assert states(paper, first, second) == ["forwarded"] * 3


def test_a_department_plan_whose_every_plan_is_returned_is_returned_itself(cast, decision, paper):
    for officer in (cast.officer, cast.colleague):
        decision.return_paper(plan_of(officer), "Làm lại", by=cast.member.powers)
    close_meeting(decision, cast.member)
    assert states(paper, plan_of(cast.officer), plan_of(cast.colleague)) == ["returned"] * 3


def test_marks_on_a_returned_plan_are_void(cast, decision, paper):
    plan = plan_of(cast.officer)
    for line in lines_of(cast.officer):
        decision.decide_line(line, Verdict.AGREE, by=cast.member.powers)
    decision.return_paper(plan, "Làm lại", by=cast.member.powers)
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    assert {m.officer for m in decision.marks.all()} == {cast.colleague}
    assert {line.state for line in lines_of(cast.officer)} == {"planned"}


def test_an_untouched_department_waits_for_the_next_meeting(cast, decision, paper):
    other = make_department_plan(cast, "forwarded", [cast.other_officer])
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    assert states(paper, other, plan_of(cast.other_officer)) == ["approved", "forwarded", "forwarded"]
    again = Decision.objects.start(paper.quarter, by=cast.member.powers)
    agree_to_all(again, other, cast.member)
    close_meeting(again, cast.member)
    assert states(other) == ["approved"]


def test_a_cancelled_meeting_changes_no_paper(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    decision.perform("cancel", by=cast.second_member)
    assert states(decision, paper, plan_of(cast.officer)) == ["cancelled", "forwarded", "forwarded"]
    paper.perform("recall", by=cast.coordinator)
    assert states(paper) == ["sent"]


# --- When it may be closed --------------------------------------------------------------------------------------------------


def test_a_department_half_decided_blocks_closing(cast, decision, paper):
    decision.decide_line(lines_of(cast.officer)[0], Verdict.AGREE, by=cast.member.powers)
    with pytest.raises(NotNow, match=r"Ban Phong trào.*3"):
        close_meeting(decision, cast.member)
    assert states(decision, paper) == ["draft", "forwarded"]


def test_a_meeting_that_decided_nothing_cannot_be_closed(cast, decision):
    with pytest.raises(NotNow):
        close_meeting(decision, cast.member)


@pytest.mark.parametrize(
    "typed",
    [
        {"conclusion": "Thống nhất"},
        {"meeting_on": date(2026, 1, 4), "conclusion": "Thống nhất"},  # tomorrow
        {"meeting_on": date(2026, 1, 3)},
        {"meeting_on": date(2026, 1, 3), "conclusion": " \u200b\u200e "},  # nothing one can see
    ],
)
def test_an_incomplete_record_is_refused_in_words(cast, decision, paper, typed):
    agree_to_all(decision, paper, cast.member)
    with pytest.raises(NotNow):
        decision.perform("close", by=cast.member, **typed)
    assert states(decision, paper) == ["draft", "forwarded"]


def test_the_number_may_be_recorded_later(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    decision.perform("close", by=cast.member, meeting_on=date(2026, 1, 3), conclusion="Thống nhất")
    decision.perform("number", by=cast.coordinator, number="15-KL/TĐTN")
    decision.refresh_from_db()
    assert (decision.number, decision.state) == ("15-KL/TĐTN", "closed")


def test_a_unit_that_ceased_to_exist_meanwhile_leaves_nothing_changed(cast, decision, paper):
    other = make_unit(cast, "Huyện đoàn Võ Nhai")
    last = lines_of(cast.colleague)[-1]
    agree_to_all(decision, paper, cast.member)
    decision.decide_line(
        last,
        Verdict.AMEND,
        by=cast.member.powers,
        reason="Đổi đơn vị",
        starts=last.starts,
        ends=last.ends,
        unit=other,
    )
    HostUnit.objects.filter(pk=other.pk).update(valid_to=date(2026, 1, 10))
    events = Event.objects.count()
    with pytest.raises(NotNow, match=r"Trần Thị Bình.*Huyện đoàn Võ Nhai.*10/01/2026"):
        close_meeting(decision, cast.member)
    assert Event.objects.count() == events
    assert states(decision, paper, plan_of(cast.officer)) == ["draft", "forwarded", "forwarded"]
    assert {v.state for v in Visit.objects.all()} == {"planned"}
    decision.refresh_from_db()
    decision.decide_line(last, Verdict.STRIKE, by=cast.member.powers, reason="Đơn vị đã giải thể")
    close_meeting(decision, cast.member)
    assert states(last) == ["refused"]


def test_a_line_at_a_unit_that_no_longer_exists_cannot_be_agreed_to_as_it_stands(cast, decision, paper):
    HostUnit.objects.update(valid_to=date(2026, 1, 25))
    first, second = lines_of(cast.officer)
    with pytest.raises(ValidationError) as refused:
        decision.decide_line(second, Verdict.AGREE, by=cast.member.powers)
    assert "25/01/2026" in str(refused.value)
    assert agree_to_all(decision, paper, cast.member) == (2, 0)
    assert decision.table[0].left == 2
    assert not decision.marks.filter(visit=second).exists()
    assert decision.marks.filter(visit=first).exists()


# --- Starting, and the record -----------------------------------------------------------------------------------------------------


def test_starting_twice_enters_the_same_meeting(cast, paper):
    first = Decision.objects.start(paper.quarter, by=cast.member.powers)
    assert Decision.objects.start(paper.quarter, by=cast.second_member.powers) == first
    assert first.opened_by == cast.member


def test_a_meeting_needs_a_plan_before_it_an_open_quarter_and_a_member(cast):
    quarter = make_quarter(cast)
    with pytest.raises(NotNow):
        Decision.objects.start(quarter, by=cast.member.powers)
    make_department_plan(cast, "forwarded")
    with pytest.raises(PermissionDenied):
        Decision.objects.start(quarter, by=cast.coordinator.powers)
    quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    with pytest.raises(NotNow):
        Decision.objects.start(quarter, by=cast.member.powers)


def test_the_record_is_kept_as_it_is_typed(cast, decision):
    decision.note_record({"number": "15-KL/TĐTN"}, by=cast.member.powers)
    decision.note_record({"conclusion": "Thống nhất"}, by=cast.second_member.powers)
    decision.refresh_from_db()
    assert (decision.meeting_on, decision.number, decision.conclusion) == (None, "15-KL/TĐTN", "Thống nhất")


def test_what_another_member_typed_meanwhile_is_not_overwritten(cast, decision):
    shown = {"conclusion": decision.fingerprint("conclusion")}
    decision.note_record({"conclusion": "Của tôi"}, by=cast.member.powers, seen=shown)
    with pytest.raises(Stale, match="Của tôi"):
        decision.note_record({"conclusion": "Của anh"}, by=cast.second_member.powers, seen=shown)
    decision.refresh_from_db()
    assert decision.conclusion == "Của tôi"
    decision.note_record({"conclusion": "Của tôi"}, by=cast.second_member.powers, seen=shown)


# --- At the same moment, on both databases ------------------------------------------------------------------------------------------


def close(decision, person):
    return lambda: Decision.objects.get(pk=decision.pk).perform(
        "close", by=User.objects.get(pk=person.pk), meeting_on=date(2026, 1, 3), conclusion="Thống nhất"
    )


def mark(decision, line, person, verdict="agree", reason=""):
    return lambda: Decision.objects.get(pk=decision.pk).decide_line(
        Visit.objects.get(pk=line.pk),
        verdict,
        by=User.objects.get(pk=person.pk).powers,
        reason=reason,
        seen=line.plan.seen,
    )


@pytest.mark.django_db(transaction=True)
def test_two_members_end_the_meeting_at_once(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    outcomes = at_once(close(decision, cast.member), close(decision, cast.second_member))
    assert sorted(isinstance(o, Event) for o in outcomes) == [False, True], outcomes
    told = next(o for o in outcomes if not isinstance(o, Event))
    assert isinstance(told, NotNow)
    for moved in (decision, paper, plan_of(cast.officer), *lines_of(cast.officer)):
        events = Event.objects.of(moved).filter(verb__in=("close", "approve"))
        assert events.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ending_the_meeting_against_an_officer_who_withdraws(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    plan = plan_of(cast.officer)
    outcomes = at_once(
        close(decision, cast.member),
        lambda: OfficerPlan.objects.get(pk=plan.pk).perform(
            "withdraw", by=User.objects.get(pk=cast.officer.pk)
        ),
    )
    assert all(isinstance(o, Event | Refused) for o in outcomes), outcomes
    closed, withdrawn = (isinstance(o, Event) for o in outcomes)
    plan.refresh_from_db()
    lines = {line.state for line in lines_of(cast.officer)}
    assert (plan.state, lines) == (("draft", {"planned"}) if withdrawn else ("approved", {"approved"}))
    rest = {"approved"} if closed else {"forwarded"}
    assert set(states(paper, plan_of(cast.colleague))) == rest


@pytest.mark.django_db(transaction=True)
def test_two_members_mark_the_same_line_at_once(cast, decision):
    line = lines_of(cast.officer)[0]
    outcomes = at_once(
        mark(decision, line, cast.member),
        mark(decision, line, cast.second_member, "strike", "Trùng"),
    )
    made = [o for o in outcomes if isinstance(o, LineDecision)]
    told = [o for o in outcomes if isinstance(o, Stale)]
    assert (len(made), len(told)) == (1, 1), outcomes
    assert decision.marks.get().verdict == made[0].verdict
    assert str(made[0].decided_by) in str(told[0])


@pytest.mark.django_db(transaction=True)
def test_marking_against_withdrawing_leaves_no_mark_behind(cast, decision):
    plan, line = plan_of(cast.officer), lines_of(cast.officer)[0]
    outcomes = at_once(
        mark(decision, line, cast.member),
        lambda: OfficerPlan.objects.get(pk=plan.pk).perform(
            "withdraw", by=User.objects.get(pk=cast.officer.pk)
        ),
    )
    assert isinstance(outcomes[1], Event), outcomes
    assert isinstance(outcomes[0], LineDecision | NotNow), outcomes
    assert decision.marks.count() == 0


@pytest.mark.django_db(transaction=True)
def test_marking_against_taking_the_department_plan_back(cast, decision, paper):
    line = lines_of(cast.officer)[0]
    outcomes = at_once(
        mark(decision, line, cast.member),
        lambda: DepartmentPlan.objects.get(pk=paper.pk).perform(
            "recall", by=User.objects.get(pk=cast.coordinator.pk)
        ),
    )
    assert sorted(isinstance(o, Refused) for o in outcomes) == [False, True], outcomes
    assert decision.marks.count() == (1 if states(paper) == ["forwarded"] else 0)


@pytest.mark.django_db(transaction=True)
def test_two_members_start_at_once_and_sit_in_one_meeting(cast, paper):
    outcomes = at_once(
        *[
            lambda person=person: Decision.objects.start(
                paper.quarter, by=User.objects.get(pk=person.pk).powers
            )
            for person in (cast.member, cast.second_member)
        ]
    )
    assert outcomes[0] == outcomes[1], outcomes
    assert Decision.objects.count() == 1


def test_the_days_of_a_plan_are_those_the_factories_promise(cast, paper):
    """The dates typed in this module stand on this."""
    assert [(v.starts, v.ends) for v in lines_of(cast.officer)] == [
        (date(2026, 1, 20), date(2026, 1, 21)),
        (date(2026, 1, 20) + timedelta(days=7), date(2026, 1, 21) + timedelta(days=7)),
    ]
    assert make_plan(cast, cast.head).state == "draft"
