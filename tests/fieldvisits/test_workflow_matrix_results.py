"""Who may do what in which state, typed a second time by hand: steps 6 and 7 - results, recommendations, reports.

People are those of ``tests/cast.py``. The papers are those of ``officer`` (Ban Phong trào, led by ``head`` and ``deputy``)
unless the name says otherwise. Whoever is not named may not.
"""

from datetime import date

import pytest

from accounts.models import Role
from fieldvisits.models import (
    DepartmentReport,
    NotNow,
    QuarterReport,
    Recommendation,
    VisitResult,
)
from reports.models import SECTIONS, AnnualReport

from ..factories import (
    cut_off_by_today,
    make_annual_report,
    make_department_report,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)
from .test_workflow_matrix import COMMITTEE, LEADERS, TYPED, attempt, compare
from .test_workflow_matrix_carrying_out import stands_in

DESK = {"results_desk"}
WRITERS = {"coordinator", "results_desk"}
#: Who may follow a recommendation up; ``other_officer`` is the person in charge of it.
ASSIGNERS = LEADERS | WRITERS | COMMITTEE
FOLLOWERS = ASSIGNERS | {"other_officer"}

OFFICERS_PAPER = {
    "draft": {"submit": {"officer"}},
    "submitted": {"withdraw": {"officer"}, "accept": LEADERS, "return": LEADERS, "put_up": set()},
    "returned": {"submit": {"officer"}},
    "accepted": {"return": DESK},
}
HEADS_PAPER = {
    "draft": {"submit": {"head"}},
    "submitted": {"withdraw": {"head"}, "accept": {"deputy"}, "return": {"deputy"}, "put_up": {"head"}},
    "returned": {"submit": {"head"}},
    "accepted": {"return": DESK},
}
#: The head passed it to the results desk: the deputy has no say any more.
PUT_UP = {
    "submitted": {"withdraw": {"head"}, "accept": DESK, "return": DESK},
    "accepted": {"return": DESK},
}
DEPUTYS_PAPER = {
    "submitted": {"withdraw": {"deputy"}, "accept": {"head"}, "return": {"head"}, "put_up": set()},
    "accepted": {"return": DESK},
}
#: Nobody of the results desk takes back the acceptance of their own.
DESKS_PAPER = {
    "submitted": {
        "withdraw": {"results_desk"},
        "accept": {"other_head"},
        "return": {"other_head"},
        "put_up": set(),
    },
    "accepted": {"return": set()},
}

#: paper → state → verb → who
MATRIX = {
    "result": OFFICERS_PAPER,
    "head's result": HEADS_PAPER,
    "head's result put up": PUT_UP,
    "deputy's result": DEPUTYS_PAPER,
    "results_desk's result": DESKS_PAPER,
    "quarter report": OFFICERS_PAPER,
    "head's quarter report": HEADS_PAPER,
    "head's quarter report put up": PUT_UP,
    "deputy's quarter report": DEPUTYS_PAPER,
    "results_desk's quarter report": DESKS_PAPER,
    "recommendation": {
        "noted": {},
        "open": dict.fromkeys(("start", "settle", "pass_up", "drop"), FOLLOWERS) | {"assign": ASSIGNERS},
        "in_progress": dict.fromkeys(("settle", "pass_up", "drop"), FOLLOWERS) | {"assign": ASSIGNERS},
        "passed_up": dict.fromkeys(("start", "settle", "drop"), FOLLOWERS) | {"assign": ASSIGNERS},
        "settled": {"reopen": FOLLOWERS},
        "dropped": {"reopen": FOLLOWERS},
    },
    "department report": {
        "draft": {"send": LEADERS},
        "sent": {"withdraw": LEADERS, "return": DESK, "forward": DESK},
        "returned": {"send": LEADERS},
        "forwarded": {"recall": DESK, "note": COMMITTEE, "return": COMMITTEE},
        "noted": {},
    },
    # Ban Xây dựng Đoàn, sent by ``member`` in the place of its head: neither of them decides on it
    "department report of a stand-in": {
        "forwarded": {"recall": DESK, "note": {"second_member"}, "return": {"second_member"}},
    },
    "annual report": {
        "draft": {"submit": WRITERS},
        "submitted": {"withdraw": WRITERS, "return": COMMITTEE, "approve": COMMITTEE},
        "approved": {"send": WRITERS, "reopen": COMMITTEE},
        "sent": {"reopen": COMMITTEE},
    },
    # submitted by ``member`` in the place of the coordinator
    "annual report of a stand-in": {
        "submitted": {
            "withdraw": WRITERS | {"member"},
            "return": {"second_member"},
            "approve": {"second_member"},
        },
    },
}
CASES = [(paper, state) for paper, states in MATRIX.items() for state in states]
COMPLETE = {
    "result",
    "head's result",
    "quarter report",
    "head's quarter report",
    "recommendation",
    "department report",
    "annual report",
}


def make(cast, paper, state):
    """The paper of the matrix in its state."""
    if paper == "recommendation":
        return make_recommendation(cast, state=state, owner=cast.other_officer)
    if paper.startswith("department report"):
        return make_sent_by_stand_in(cast) if "stand-in" in paper else make_department_report(cast, state)
    if paper.startswith("annual report"):
        cut_off_by_today(cast)
        return make_submitted_by_stand_in(cast) if "stand-in" in paper else make_annual_report(cast, state)
    who = cast.people[paper.split("'")[0]] if "'" in paper else cast.officer
    wanted = "submitted" if "put up" in paper else state
    if "result" in paper.split("'")[-1]:
        made = make_result(cast, make_visit(cast, who), wanted)
    else:
        made = make_quarter_report(cast, who, state=wanted)
    if "put up" in paper:
        made.perform("put_up", by=cast.head)
        if state == "accepted":
            made.perform("accept", by=cast.results_desk)
    return made


def make_sent_by_stand_in(cast):
    stands_in(cast.other_head, Role.HEAD, cast.member)
    report = DepartmentReport.objects.start(make_quarter(cast), cast.building, by=cast.member.powers)
    report.write(by=cast.member.powers, good_points="Đủ ngày", shortcomings="Ít kiến nghị")
    report.perform("send", by=cast.member, comment="Gửi thay")
    report.perform("forward", by=cast.results_desk)
    return report


def make_submitted_by_stand_in(cast):
    stands_in(cast.coordinator, Role.COORDINATOR, cast.member)
    report = make_annual_report(cast)
    report.perform("submit", by=cast.member)
    return report


@pytest.mark.parametrize(("paper", "state"), CASES)
def test_every_person_and_verb_is_performed_or_refused(cast, now, paper, state):
    made = make(cast, paper, state)
    assert made.state == state
    now.move_to("2026-01-23T09:00:00+07:00")  # the visit is over
    compare(cast, made, MATRIX[paper], state, complete=paper in COMPLETE)


@pytest.mark.parametrize(
    ("paper", "model"),
    [
        ("result", VisitResult),
        ("quarter report", QuarterReport),
        ("recommendation", Recommendation),
        ("department report", DepartmentReport),
        ("annual report", AnnualReport),
    ],
)
def test_the_matrix_names_every_state_and_every_button_of_the_table(paper, model):
    assert set(MATRIX[paper]) == {state.code for state in model.flow.states}
    for state, verbs in MATRIX[paper].items():
        assert set(verbs) == {t.verb for t in model.flow.leaving(state)}


def test_the_person_in_charge_is_whoever_was_assigned(cast, now):
    made = make_recommendation(cast, state="open")
    assert attempt(made, "start", cast.other_officer) == "not allowed"
    made.perform("assign", by=cast.head, owner=cast.other_officer, department=cast.building)
    made.refresh_from_db()
    assert (made.owner, made.department) == (cast.other_officer, cast.building)
    assert attempt(made, "start", cast.other_officer) == "done"
    # the department in charge is another one now: its leaders follow it up, the first one's do not
    assert attempt(made, "settle", cast.other_head) == "done"
    assert attempt(made, "settle", cast.head) == "not allowed"


@pytest.mark.parametrize("whose", ["stranger", "other_department"])
def test_nothing_is_assigned_to_the_other_province(cast, whose):
    made = make_recommendation(cast, state="open")
    typed = {"owner": cast.stranger} if whose == "stranger" else {"department": cast.other_department}
    with pytest.raises(NotNow):
        made.perform("assign", by=cast.coordinator, **typed)
    made.refresh_from_db()
    assert (made.owner, made.department) == (None, cast.movement)


# -- nobody decides on their own paper, not through a stand-in either ------------------------------------------------------


@pytest.mark.parametrize("paper", ["result", "quarter report"])
def test_nobody_accepts_the_paper_of_whom_they_stand_in_for(cast, paper):
    made = make(cast, f"head's {paper}", "submitted")
    stands_in(cast.head, Role.HEAD, cast.colleague)
    for verb in ("accept", "return", "put_up"):
        assert attempt(made, verb, cast.colleague) == "not allowed"


@pytest.mark.parametrize("paper", ["result", "quarter report"])
def test_an_officer_standing_in_for_the_head_does_not_accept_their_own(cast, paper):
    made = make(cast, paper, "submitted")
    stands_in(cast.head, Role.HEAD, cast.officer)
    assert attempt(made, "accept", cast.officer) == "not allowed"
    assert attempt(made, "put_up", cast.officer) == "not allowed"


def test_nobody_approves_the_annual_report_they_submitted_not_even_through_a_stand_in(cast):
    report = make(cast, "annual report of a stand-in", "submitted")
    assert report.authors == {cast.member.pk, cast.coordinator.pk}
    stands_in(cast.member, Role.COMMITTEE, cast.executive)
    assert attempt(report, "approve", cast.executive) == "not allowed"
    assert attempt(report, "return", cast.executive) == "not allowed"
    # the coordinator, in whose place it was submitted, does not approve it in the place of another member
    stands_in(cast.second_member, Role.COMMITTEE, cast.coordinator)
    assert attempt(report, "approve", cast.coordinator) == "not allowed"
    stands_in(cast.second_member, Role.COMMITTEE, cast.results_desk)
    assert attempt(report, "approve", cast.results_desk) == "done"


def test_who_submitted_an_annual_report_may_approve_the_next_one(cast, now):
    report = make(cast, "annual report of a stand-in", "submitted")
    report.perform("return", by=cast.second_member, comment="Bổ sung số liệu")
    report.perform("submit", by=cast.results_desk)
    assert attempt(report, "approve", cast.member) == "done"


@pytest.mark.parametrize(
    ("paper", "state", "verb", "who"),
    [
        ("result", "submitted", "return", "head"),
        ("result", "accepted", "return", "results_desk"),
        ("head's result put up", "submitted", "return", "results_desk"),
        ("quarter report", "submitted", "return", "deputy"),
        ("quarter report", "accepted", "return", "results_desk"),
        ("recommendation", "open", "settle", "head"),
        ("recommendation", "open", "pass_up", "head"),
        ("recommendation", "in_progress", "drop", "other_officer"),
        ("recommendation", "settled", "reopen", "coordinator"),
        ("department report", "sent", "return", "results_desk"),
        ("department report", "forwarded", "return", "member"),
        ("annual report", "submitted", "return", "member"),
        ("annual report", "approved", "reopen", "member"),
        ("annual report", "sent", "reopen", "second_member"),
    ],
)
@pytest.mark.parametrize("comment", ["", " \n\u200b"])
def test_what_needs_a_comment_is_refused_without_one(cast, paper, state, verb, who, comment):
    made = make(cast, paper, state)
    before = made.seen
    with pytest.raises(NotNow):
        made.perform(verb, by=cast.people[who], comment=comment)
    made.refresh_from_db()
    assert (made.state, made.seen) == (state, before)


@pytest.mark.parametrize("missing", ["number", "dated", "sent_on"])
def test_a_report_is_recorded_as_sent_only_in_full(cast, missing):
    report = make_annual_report(cast, "approved")
    typed = TYPED["annual-reports", "send"]()
    with pytest.raises(NotNow):
        report.perform(
            "send", by=cast.coordinator, **(typed | {missing: "" if missing == "number" else None})
        )
    report.refresh_from_db()
    assert report.state == "approved"


@pytest.mark.parametrize(("dated", "sent_on"), [((2026, 1, 3), (2026, 1, 4)), ((2026, 1, 3), (2026, 1, 2))])
def test_a_report_is_not_sent_tomorrow_nor_before_its_date(cast, dated, sent_on):
    report = make_annual_report(cast, "approved")
    with pytest.raises(NotNow):
        report.perform("send", by=cast.coordinator, number="1", dated=date(*dated), sent_on=date(*sent_on))


@pytest.mark.parametrize("empty", SECTIONS)
def test_an_annual_report_goes_up_with_every_section(cast, empty):
    cut_off_by_today(cast)
    report = make_annual_report(cast)
    report.write(by=cast.coordinator.powers, **{empty: ""})
    with pytest.raises(NotNow):
        report.perform("submit", by=cast.coordinator)


def test_the_final_report_waits_for_the_years_end(cast, now):
    report = make_annual_report(cast, version="final")
    with pytest.raises(NotNow):
        report.perform("submit", by=cast.coordinator)
    now.move_to("2026-12-31T09:00:00+07:00")
    report.perform("submit", by=cast.coordinator)
    assert report.state == "submitted"
