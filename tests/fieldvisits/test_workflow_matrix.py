"""Who may do what in which state, typed a second time by hand, and tried for every state × person × verb: steps 1-3.

Steps 4, 6 and 7 stand in the two modules beside this one.

People are those of ``tests/cast.py``. The papers are those of ``officer`` (Ban Phong trào, led by ``head`` and ``deputy``)
unless the name says otherwise. Whoever is not named may not.
"""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import clock
from fieldvisits.models import Decision, DepartmentPlan, NotNow, OfficerPlan, Quarter, UnknownVerb
from fieldvisits.models.base import papers
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
#: What is typed together with a transition, by the kind of paper and the verb.
TYPED = {
    ("department-plans", "send"): lambda: {"met_on": clock.today()},
    ("decisions", "close"): lambda: {"meeting_on": clock.today(), "conclusion": "Thống nhất."},
    ("decisions", "number"): lambda: {"number": "15-KL/TĐTN"},
    ("visits", "close"): lambda: {"variance": "weather"},
    ("annual-reports", "send"): lambda: {
        "number": "120-BC/TĐTN",
        "dated": clock.today(),
        "sent_on": clock.today(),
    },
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
        if state == "refused":
            return make_officer_plan(cast, cast.officer, "rejected").lines.first()
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
    compare(cast, made, MATRIX[paper], state, complete=paper in COMPLETE)


#: Papers whose matrix shows all their states, so that "not now" can be told from "not allowed".
COMPLETE = {"quarter", "plan", "head's plan", "department plan", "decision"}


def compare(cast, made, states, state, *, complete, elsewhere=None):
    """Try every verb of the paper as every person against ``states`` (state → verb → who), and that whoever may act can see it.

    ``elsewhere`` (verb → who) adds who may do it in states that ``states`` does not show.
    """
    wrong, blind = {}, set()
    for verb in verbs_of(made):
        here = states[state].get(verb, set())
        ever = set().union(
            (elsewhere or {}).get(verb, ()), *(verbs.get(verb, ()) for verbs in states.values())
        )
        for name, person in cast.people.items():
            want = "done" if name in here else "not now" if name in ever else "not allowed"
            outcome = attempt(made, verb, person)
            # what is only refused by the state elsewhere in the process than this matrix shows is refused either way
            if outcome != want and (complete or "done" in (outcome, want)):
                wrong[verb, name] = (outcome, want)
            if outcome == "done" and not type(made).objects.visible_to(person).filter(pk=made.pk).exists():
                blind.add(name)
    assert wrong == {}
    assert blind == set()


def attempt(paper, verb, person):
    """What happens when ``person`` tries; nothing stays."""
    fresh = type(paper).objects.get(pk=paper.pk)
    sid = transaction.savepoint()
    try:
        fresh.perform(verb, by=person, comment="Lý do", **TYPED.get((paper.flow.kind, verb), dict)())
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


def test_no_verb_leads_two_ways_from_one_state_unless_the_papers_differ():
    for flow in FLOWS:
        rows = {}
        for t in flow.transitions:
            for source in t.sources:
                rows.setdefault((t.verb, source), []).append(t.applies)
        for pair, applies in rows.items():
            assert len(applies) == len(set(applies)), (flow.kind, pair)
            assert len(applies) == 1 or all(applies), (flow.kind, pair)


#: Two rows of one verb part by these: a paper is either the one or the other.
EITHER_OR = {
    ("asks_beforehand", "was_agreed_by_word"),
    ("waits_for_department", "heads_own"),
    ("was_open", "was_in_progress", "was_passed_up"),  # the state before its last event
}


def test_of_rows_that_share_a_verb_one_stands():
    pairs = {
        tuple(t.applies for t in flow.rows(verb) if state in t.sources)
        for flow in FLOWS
        for state in (s.code for s in flow.states)
        for verb in {t.verb for t in flow.transitions}
    }
    assert {pair for pair in pairs if len(pair) > 1} == EITHER_OR


def test_every_method_the_table_names_exists():
    models = papers()
    assert set(models) == {flow.kind for flow in FLOWS}
    for flow in FLOWS:
        names = {t.then for t in flow.transitions} | {s.holder for s in flow.states}
        names |= {need for t in flow.transitions for need in t.needs if isinstance(need, str)}
        for name in names - {""}:
            assert callable(getattr(models[flow.kind], name)), f"{flow.kind}: {name}"
        fields = {name for t in flow.transitions for name in t.fields}
        assert fields <= {f.name for f in models[flow.kind]._meta.get_fields()}, flow.kind
        for name in {t.applies for t in flow.transitions} - {""}:
            assert hasattr(models[flow.kind], name), f"{flow.kind}: {name}"


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
