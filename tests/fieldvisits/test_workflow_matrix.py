"""Who may do what in which state, typed a second time by hand, and tried for every state × person × verb.

People are those of ``tests/cast.py``. The papers are those of ``officer`` (Ban Phong trào, led by ``head`` and ``deputy``)
unless the name says otherwise. Whoever is not named may not.
"""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import clock
from fieldvisits.models import Decision, DepartmentPlan, NotNow, OfficerPlan, Quarter, UnknownVerb, Visit
from fieldvisits.workflow import FLOWS

from ..factories import (
    close_meeting,
    make_department_plan,
    make_meeting,
    make_plan,
    make_quarter,
)

LEADERS = {"head", "deputy"}
COMMITTEE = {"member", "second_member"}

#: paper → state → verb → who
MATRIX = {
    "quarter": {
        "scheduled": {"open": {"coordinator"}, "suspend": {"coordinator"} | COMMITTEE},
        "open": {"suspend": {"coordinator"} | COMMITTEE},
        "suspended": {"resume": {"coordinator"} | COMMITTEE},
    },
    "plan": {
        "draft": {"submit": {"officer"}},
        "submitted": {"withdraw": {"officer"}, "endorse": LEADERS, "return": LEADERS, "put_up": set()},
        "returned": {"submit": {"officer"}},
        "endorsed": {"withdraw": {"officer"}, "reopen": LEADERS, "return": LEADERS},
        "sent": {"withdraw": {"officer"}, "return": {"coordinator"}},
        "forwarded": {"withdraw": {"officer"}},
        "approved": {},
        "rejected": {},
    },
    "head's plan": {
        "draft": {"submit": {"head"}},
        "submitted": {"withdraw": {"head"}, "endorse": {"deputy"}, "return": {"deputy"}, "put_up": {"head"}},
        "returned": {"submit": {"head"}},
        "endorsed": {"withdraw": {"head"}, "reopen": {"deputy"}, "return": {"deputy"}},
        "sent": {"withdraw": {"head"}, "return": {"coordinator"}},
        "forwarded": {"withdraw": {"head"}},
        "approved": {},
        "rejected": {},
    },
    "coordinator's plan": {
        "submitted": {
            "withdraw": {"coordinator"},
            "endorse": {"other_head"},
            "return": {"other_head"},
            "put_up": set(),
        },
        "sent": {"withdraw": {"coordinator"}, "return": set()},
    },
    "line": {
        "planned": {"strike": LEADERS},
        "struck": {"restore": LEADERS, "propose_again": set()},
        "approved": {},
        "refused": {},
    },
    "line of a returned plan": {"struck": {"restore": set(), "propose_again": {"officer"}}},
    "department plan": {
        "draft": {"send": LEADERS},
        "sent": {"withdraw": LEADERS, "forward": {"coordinator"}, "return": {"coordinator"}},
        "returned": {"send": LEADERS},
        "forwarded": {"recall": {"coordinator"}},
        "approved": {},
    },
    "decision": {
        "draft": {"close": COMMITTEE, "cancel": COMMITTEE},
        "closed": {"number": {"coordinator"} | COMMITTEE},
        "cancelled": {},
    },
}
CASES = [(paper, state) for paper, states in MATRIX.items() for state in states]
#: What is typed together with a transition.
TYPED = {
    "send": lambda: {"met_on": clock.today()},
    "close": lambda: {"meeting_on": clock.today(), "conclusion": "Thống nhất."},
    "number": lambda: {"number": "15-KL/TĐTN"},
}


def make(cast, paper, state):
    """The paper of the matrix in its state."""
    if paper == "quarter":
        quarter = make_quarter(cast, opened=state == "open")
        if state == "suspended":
            quarter.perform("suspend", by=cast.coordinator, comment="Dịch bệnh")
        return quarter
    if paper in ("plan", "head's plan", "coordinator's plan"):
        owner = {"plan": cast.officer, "head's plan": cast.head, "coordinator's plan": cast.coordinator}[
            paper
        ]
        return make_officer_plan(cast, owner, state)
    if paper == "line":
        if state in ("approved", "refused"):
            return make_officer_plan(
                cast, cast.officer, "approved" if state == "approved" else "rejected"
            ).lines.first()
        line = make_plan(cast, state="submitted", lines=2).lines.first()
        if state == "struck":
            line.perform("strike", by=cast.head, comment="Trùng lịch")
        return line
    if paper == "line of a returned plan":
        line = make(cast, "line", "struck")
        line.plan.perform("return", by=cast.head, comment="Xem lại dòng bị loại")
        return line
    if paper == "department plan":
        return make_department_plan(cast, state)
    department_plan = make_department_plan(cast, "forwarded")
    decision = make_meeting(cast, department_plan.quarter)
    for member in (cast.member, cast.second_member):
        decision.agree_to_rest(department_plan, by=member.powers)
    if state == "closed":
        close_meeting(decision, cast.member)
    if state == "cancelled":
        decision.perform("cancel", by=cast.member)
    return decision


def make_officer_plan(cast, owner, state):
    if state in ("draft", "submitted", "returned", "endorsed"):
        return make_plan(cast, owner, state=state)
    companion = cast.results_desk if owner == cast.coordinator else cast.colleague
    where = "approved" if state == "approved" else "sent" if state == "sent" else "forwarded"
    paper = make_department_plan(cast, where, [owner, companion])
    plan = OfficerPlan.objects.get(officer=owner)
    if state == "rejected":
        decision = make_meeting(cast, plan.quarter)
        decision.decide_line(plan.lines.get(), "strike", by=cast.member.powers, reason="Không phù hợp")
        decision.agree_to_rest(paper, by=cast.member.powers)
        close_meeting(decision, cast.member)
        plan.refresh_from_db()
    return plan


def verbs_of(paper):
    return sorted({t.verb for t in paper.flow.transitions if not t.internal})


@pytest.mark.parametrize(("paper", "state"), CASES)
def test_every_person_and_verb_is_performed_or_refused(cast, paper, state):
    made = make(cast, paper, state)
    assert made.state == state
    expected_here = MATRIX[paper][state]
    ever = {
        verb: set().union(*(verbs.get(verb, set()) for verbs in MATRIX[paper].values()))
        for verb in verbs_of(made)
    }
    outcomes, expected = {}, {}
    for verb in verbs_of(made):
        for name, person in cast.people.items():
            outcomes[verb, name] = attempt(made, verb, person)
            if name in expected_here.get(verb, ()):
                expected[verb, name] = "done"
            elif name in ever[verb]:
                expected[verb, name] = "not now"
            else:
                expected[verb, name] = "not allowed"
    # what is only refused by the state elsewhere in the process than this matrix shows is refused either way
    wrong = {
        key: (outcomes[key], want)
        for key, want in expected.items()
        if outcomes[key] != want and (want == "done" or outcomes[key] == "done" or paper in COMPLETE)
    }
    assert wrong == {}


#: Papers whose matrix shows all their states, so that "not now" can be told from "not allowed".
COMPLETE = {"quarter", "plan", "head's plan", "department plan", "decision"}


def attempt(paper, verb, person):
    """What happens when ``person`` tries; nothing stays."""
    fresh = type(paper).objects.get(pk=paper.pk)
    sid = transaction.savepoint()
    try:
        fresh.perform(verb, by=person, comment="Lý do", **TYPED.get(verb, dict)())
    except PermissionDenied:
        return "not allowed"
    except NotNow:
        return "not now"
    else:
        return "done"
    finally:
        transaction.savepoint_rollback(sid)


@pytest.mark.parametrize(
    ("paper", "model"),
    [
        ("quarter", Quarter),
        ("plan", OfficerPlan),
        ("line", Visit),
        ("department plan", DepartmentPlan),
        ("decision", Decision),
    ],
)
def test_the_matrix_names_every_state_and_every_button_of_the_table(paper, model):
    assert set(MATRIX[paper]) == {state.code for state in model.flow.states}
    for state, verbs in MATRIX[paper].items():
        assert set(verbs) == {t.verb for t in model.flow.leaving(state)}


def test_a_made_up_verb_is_unknown(cast):
    with pytest.raises(UnknownVerb):
        make_plan(cast).perform("bless", by=cast.officer)


def test_no_verb_leads_two_ways_from_one_state():
    for flow in FLOWS:
        pairs = [(t.verb, source) for t in flow.transitions for source in t.sources]
        assert len(pairs) == len(set(pairs)), flow.kind


def test_every_method_the_table_names_exists():
    models = {m.flow.kind: m for m in (Quarter, OfficerPlan, Visit, DepartmentPlan, Decision)}
    assert set(models) == {flow.kind for flow in FLOWS}
    for flow in FLOWS:
        for name in [t.then for t in flow.transitions if t.then] + [
            s.holder for s in flow.states if s.holder
        ]:
            assert callable(getattr(models[flow.kind], name)), f"{flow.kind}: {name}"


def test_every_state_can_be_reached_and_internal_rows_have_no_person():
    for flow in FLOWS:
        reached = {flow.start} | {t.target for t in flow.transitions}
        assert reached == {s.code for s in flow.states}, flow.kind
        assert all(bool(t.who) != t.internal for t in flow.transitions), flow.kind


def test_an_internal_transition_cannot_be_asked_for(cast):
    paper = make_department_plan(cast, "forwarded")
    plan = paper.officer_plans.get()
    for verb in ("approve", "reject", "go_up", "send_back"):
        with pytest.raises((UnknownVerb, PermissionDenied)):
            plan.perform(verb, by=cast.member, comment="x")
    plan.refresh_from_db()
    assert plan.state == "forwarded"


@pytest.mark.parametrize(
    ("paper", "state", "verb", "who"),
    [
        ("plan", "submitted", "return", "head"),
        ("plan", "sent", "return", "coordinator"),
        ("department plan", "sent", "return", "coordinator"),
        ("line", "planned", "strike", "head"),
        ("quarter", "open", "suspend", "coordinator"),
    ],
)
@pytest.mark.parametrize("comment", ["", "   ", "\n\t"])
def test_what_needs_a_comment_is_refused_without_one(cast, paper, state, verb, who, comment):
    made = make(cast, paper, state)
    before = made.seen
    with pytest.raises(NotNow):
        made.perform(verb, by=cast.people[who], comment=comment)
    made.refresh_from_db()
    assert (made.state, made.seen) == (state, before)


def test_a_transition_sets_only_the_columns_of_its_row(cast):
    paper = make_department_plan(cast, "sent")
    with pytest.raises(TypeError):
        paper.perform("forward", by=cast.coordinator, note="thay đổi")
