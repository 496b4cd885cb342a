"""What may be marked in a meeting of the Standing Committee, changed and taken back, and when a mark is void."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from fieldvisits.lines import put_away
from fieldvisits.models import DepartmentPlan, LineDecision, NotNow, Stale, Verdict, Visit

from ..factories import close_meeting, make_meeting, make_quarter, make_unit
from .test_decisions import agree_to_all, decision, lines_of, paper, plan_of, states

__all__ = ["decision", "paper"]  # fixtures


@pytest.mark.parametrize(
    "typed",
    [
        {"verdict": "strike", "reason": ""},
        {"verdict": "strike", "reason": "\u200b"},
        {"verdict": "amend", "reason": ""},
        {"verdict": "amend", "starts": None},
        {"verdict": "amend", "ends": date(2026, 1, 1)},
        {"verdict": "amend", "ends": date(2026, 4, 1)},
        {"verdict": "amend", "unit": None},
        {"verdict": "amend"},  # nothing changed
        {"verdict": "made-up"},
    ],
)
def test_a_mark_that_cannot_be_carried_out_is_refused(cast, decision, typed):
    line = lines_of(cast.officer)[0]
    values = {"reason": "Lý do", "starts": line.starts, "ends": line.ends, "unit": line.unit} | typed
    with pytest.raises(ValidationError):
        decision.decide_line(line, values.pop("verdict"), by=cast.member.powers, **values)
    assert decision.marks.count() == 0


def test_a_unit_of_another_province_is_refused(cast, decision):
    line, there = lines_of(cast.officer)[0], make_unit(cast, "Đoàn Vĩnh Yên", there=True)
    with pytest.raises(ValidationError):
        decision.decide_line(
            line,
            Verdict.AMEND,
            by=cast.member.powers,
            reason="Đổi",
            starts=line.starts,
            ends=line.ends,
            unit=there,
        )


def test_a_mark_can_be_changed_and_taken_back(cast, decision):
    line = lines_of(cast.officer)[0]
    first = decision.decide_line(line, Verdict.AGREE, by=cast.member.powers, seen=line.plan.seen)
    second = decision.decide_line(
        line, Verdict.STRIKE, by=cast.second_member.powers, reason="Trùng", seen=first.revision
    )
    assert (decision.marks.get().verdict, decision.marks.get().decided_by) == ("strike", cast.second_member)
    decision.clear_line(line, by=cast.member.powers, seen=second.revision)
    assert decision.marks.count() == 0


def test_a_stale_page_is_told_whose_mark_it_missed(cast, decision):
    line = lines_of(cast.officer)[0]
    mark = decision.decide_line(line, Verdict.STRIKE, by=cast.second_member.powers, reason="Trùng")
    with pytest.raises(Stale, match="Ngô Văn Nam"):
        decision.decide_line(line, Verdict.AGREE, by=cast.member.powers, seen=line.plan.seen)
    with pytest.raises(Stale):
        decision.clear_line(line, by=cast.member.powers, seen=line.plan.seen)
    decision.clear_line(line, by=cast.member.powers, seen=mark.revision)
    with pytest.raises(Stale):
        decision.decide_line(line, Verdict.AGREE, by=cast.second_member.powers, seen=mark.revision)


def test_a_mark_made_after_one_was_taken_back_is_not_taken_for_it(cast, decision):
    line = lines_of(cast.officer)[0]
    shown = decision.decide_line(line, Verdict.AGREE, by=cast.member.powers).revision
    decision.clear_line(line, by=cast.second_member.powers)
    decision.decide_line(line, Verdict.STRIKE, by=cast.second_member.powers, reason="Trùng")
    with pytest.raises(Stale):
        decision.decide_line(line, Verdict.AGREE, by=cast.member.powers, seen=shown)


def test_marks_of_a_withdrawn_plan_do_not_decide_what_comes_back(cast, decision, paper):
    """An officer withdraws, types other lines and sends them up again: nobody has decided on those."""
    plan = plan_of(cast.officer)
    shown = plan.seen
    agree_to_all(decision, paper, cast.member)
    decision.return_paper(plan, "Làm lại", by=cast.member.powers)
    plan.perform("withdraw", by=cast.officer)
    line = plan.lines.order_by("starts").first()
    Visit.objects.filter(pk=line.pk).update(starts=date(2026, 3, 2), ends=date(2026, 3, 20))
    plan.perform("submit", by=cast.officer)
    plan.perform("endorse", by=cast.head)
    supplement = DepartmentPlan.objects.open_for(paper.quarter, cast.movement)
    supplement.save()
    supplement.perform("send", by=cast.head, comment="Bổ sung", met_on=date(2026, 1, 3))
    supplement.perform("forward", by=cast.coordinator)
    assert {m.officer for m in decision.marks.all()} == {cast.colleague}
    with pytest.raises(Stale):  # by a page that still shows the days as they were
        decision.decide_line(line, Verdict.AGREE, by=cast.member.powers, seen=shown)
    close_meeting(decision, cast.member)
    assert states(paper, supplement, plan, line) == ["approved", "forwarded", "forwarded", "planned"]


def test_a_paper_the_meeting_has_marked_is_not_taken_back_from_it(cast, decision, paper):
    mark = decision.return_paper(plan_of(cast.officer), "Làm lại", by=cast.member.powers)
    with pytest.raises(NotNow):
        paper.perform("recall", by=cast.coordinator)
    mark.delete()
    decision.return_paper(paper, "Làm lại", by=cast.member.powers)
    with pytest.raises(NotNow):
        paper.perform("recall", by=cast.coordinator)
    decision.take_back_return(paper, by=cast.second_member.powers)
    paper.perform("recall", by=cast.coordinator)
    for refused in (
        lambda: decision.decide_line(lines_of(cast.officer)[0], Verdict.AGREE, by=cast.member.powers),
        lambda: decision.return_paper(paper, "Làm lại", by=cast.member.powers),
        lambda: agree_to_all(decision, paper, cast.member),
    ):
        with pytest.raises(NotNow):
            refused()


def test_a_line_of_another_quarter_is_not_before_this_meeting(cast, paper):
    elsewhere = make_meeting(cast, make_quarter(cast, number=2))
    with pytest.raises(NotNow):
        elsewhere.decide_line(lines_of(cast.officer)[0], Verdict.AGREE, by=cast.member.powers)
    with pytest.raises(NotNow):
        elsewhere.agree_to_rest(paper, by=cast.member.powers)
    with pytest.raises(NotNow):
        elsewhere.return_paper(paper, "Làm lại", by=cast.member.powers)
    assert LineDecision.objects.count() == 0


def test_nothing_is_marked_once_the_meeting_is_over(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    line = lines_of(cast.officer)[0]
    close_meeting(decision, cast.member)
    for late in (
        lambda: decision.decide_line(line, Verdict.AGREE, by=cast.member.powers),
        lambda: decision.clear_line(line, by=cast.member.powers),
        lambda: agree_to_all(decision, paper, cast.member),
        lambda: decision.return_paper(paper, "Làm lại", by=cast.member.powers),
        lambda: decision.take_back_return(paper, by=cast.member.powers),
        lambda: decision.note_record({"number": "1"}, by=cast.member.powers),
    ):
        with pytest.raises(NotNow):
            late()


def test_a_suspended_quarter_stops_the_meeting(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    paper.quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
    with pytest.raises(NotNow, match="Dịch bệnh"):
        decision.decide_line(lines_of(cast.officer)[0], Verdict.AGREE, by=cast.member.powers)
    with pytest.raises(NotNow, match="Dịch bệnh"):
        close_meeting(decision, cast.member)


def test_a_cancelled_meeting_keeps_no_mark_that_would_hold_a_line_fast(cast, decision, paper):
    plan = plan_of(cast.officer)
    agree_to_all(decision, paper, cast.member)
    decision.return_paper(plan_of(cast.colleague), "Làm lại", by=cast.member.powers)
    decision.perform("cancel", by=cast.member)
    assert (decision.marks.count(), decision.returns.count()) == (0, 0)
    plan.perform("withdraw", by=cast.officer)
    put_away(plan.lines.first())
    assert plan.lines.count() == 1


def test_what_a_meeting_decided_does_not_go_with_its_line(cast, decision, paper):
    agree_to_all(decision, paper, cast.member)
    close_meeting(decision, cast.member)
    with pytest.raises(ProtectedError):
        lines_of(cast.officer)[0].delete()
    with pytest.raises(ProtectedError):
        plan_of(cast.officer).delete()
    assert LineDecision.objects.filter(decision=decision).count() == 4
