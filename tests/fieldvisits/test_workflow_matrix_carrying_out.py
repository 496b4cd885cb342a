"""Who may do what in which state, typed a second time by hand: step 4 - visits under way, their changes, visits nobody planned.

People are those of ``tests/cast.py``. The papers are those of ``officer`` (Ban Phong trào, led by ``head`` and ``deputy``)
unless the name says otherwise. Whoever is not named may not.
"""

from datetime import date, timedelta

import pytest

from accounts import clock
from accounts.models import Role
from fieldvisits.models import AdHocRequest, ChangeRequest, NotNow, Visit

from ..factories import make_adhoc, make_change, make_quarter, make_unit, make_visit
from . import test_workflow_matrix as planning
from .test_workflow_matrix import COMMITTEE, LEADERS, attempt, compare

#: The officer and the leaders of the department.
CLOSERS = {"officer"} | LEADERS
NO_STRIKE = {"strike": LEADERS, "restore": LEADERS, "propose_again": {"officer"}}

#: paper → state → verb → who
MATRIX = {
    "visit": {
        "approved": {"close": CLOSERS},
        "not_done": {"reinstate": CLOSERS},
        "cancelled": {},
    },
    # not a line of a plan: there is nothing to strike
    "ad-hoc visit": {
        "planned": {},
        "approved": {"close": CLOSERS},
        "not_done": {"reinstate": CLOSERS},
        "cancelled": {},
        "refused": {},
    },
    "change": {
        "draft": {"submit": {"officer"}},
        "submitted": {
            "withdraw": {"officer"},
            "grant": LEADERS,
            "return": LEADERS,
            "refuse": LEADERS,
            "put_up": set(),
        },
        "returned": {"submit": {"officer"}, "withdraw": {"officer"}},
        "granted": {},
        "refused": {},
        "withdrawn": {},
    },
    "change of the unit": {
        "submitted": {
            "withdraw": {"officer"},
            "endorse": LEADERS,
            "return": LEADERS,
            "refuse": LEADERS,
            "put_up": set(),
        },
        "forwarded": {
            "withdraw": {"officer"},
            "grant": COMMITTEE,
            "return": COMMITTEE,
            "refuse": COMMITTEE,
        },
    },
    "head's change": {
        "submitted": {
            "withdraw": {"head"},
            "grant": {"deputy"},
            "return": {"deputy"},
            "refuse": {"deputy"},
            "put_up": {"head"},
        },
        "forwarded": {"withdraw": {"head"}, "grant": COMMITTEE, "return": COMMITTEE, "refuse": COMMITTEE},
    },
    "member's change": {
        "submitted": {
            "withdraw": {"member"},
            "grant": {"other_head"},
            "return": {"other_head"},
            "refuse": {"other_head"},
            "put_up": set(),
        },
    },
    "member's change of the unit": {
        "forwarded": {
            "withdraw": {"member"},
            "grant": {"second_member"},
            "return": {"second_member"},
            "refuse": {"second_member"},
        },
    },
    "ad-hoc": {
        "draft": {"submit": {"officer"}},
        "submitted": {
            "withdraw": {"officer"},
            "endorse": LEADERS,
            "return": LEADERS,
            "refuse": LEADERS,
            "put_up": set(),
        },
        "returned": {"submit": {"officer"}, "withdraw": {"officer"}},
        "endorsed": {
            "withdraw": {"officer"},
            "consent": COMMITTEE,
            "return": COMMITTEE,
            "refuse": COMMITTEE,
        },
        "consented": {},
        "refused": {},
        "withdrawn": {},
    },
    # agreed to by ``member`` on the phone: nobody but that member confirms or denies it
    "ad-hoc by word": {
        "draft": {"submit": {"officer"}},
        "to_confirm": {"withdraw": {"officer"}, "confirm": {"member"}, "deny": {"member"}},
        "consented": {},
        "refused": {},
        "withdrawn": {},
    },
    "head's ad-hoc": {
        "submitted": {
            "withdraw": {"head"},
            "endorse": {"deputy"},
            "return": {"deputy"},
            "refuse": {"deputy"},
            "put_up": {"head"},
        },
        "endorsed": {"withdraw": {"head"}, "consent": COMMITTEE, "return": COMMITTEE, "refuse": COMMITTEE},
    },
    "member's ad-hoc": {
        "submitted": {
            "withdraw": {"member"},
            "endorse": {"other_head"},
            "return": {"other_head"},
            "refuse": {"other_head"},
            "put_up": set(),
        },
        "endorsed": {
            "withdraw": {"member"},
            "consent": {"second_member"},
            "return": {"second_member"},
            "refuse": {"second_member"},
        },
    },
    "member's ad-hoc by word": {
        "to_confirm": {
            "withdraw": {"member"},
            "confirm": {"second_member"},
            "deny": {"second_member"},
        },
    },
}
CASES = [(paper, state) for paper, states in MATRIX.items() for state in states]
#: Papers whose matrix, with what stands here, says who may ever do what: verb → who may do it in states not shown.
ELSEWHERE = {
    "visit": NO_STRIKE,
    "ad-hoc visit": NO_STRIKE,
    "change": {"endorse": LEADERS, "grant": COMMITTEE, "return": COMMITTEE, "refuse": COMMITTEE},
    "change of the unit": {"submit": {"officer"}},
    "ad-hoc": {},
    "ad-hoc by word": {
        "endorse": LEADERS,
        "return": LEADERS | COMMITTEE,
        "refuse": LEADERS | COMMITTEE,
        "consent": COMMITTEE,
    },
}


def owner(cast, paper):
    return cast.people[paper.split("'")[0]] if "'" in paper else cast.officer


def make(cast, paper, state):
    """The paper of the matrix in its state."""
    if paper == "visit":
        return move_visit(cast, make_visit(cast), state)
    if paper == "ad-hoc visit":
        request = {"planned": "endorsed", "cancelled": "withdrawn", "refused": "refused"}
        visit = make_adhoc(cast, state=request.get(state, "consented")).visit
        return visit if state in request else move_visit(cast, visit, state)
    who = owner(cast, paper)
    if "change" in paper:
        return make_change_of(cast, paper, make_visit(cast, who), state)
    return make_adhoc_of(cast, paper, who, state)


def move_visit(cast, visit, state):
    if state == "not_done":
        with clock.at(clock.now() + timedelta(days=20)):
            visit.perform("close", by=cast.officer, comment="Mưa lũ", variance="weather")
    if state == "cancelled":
        change = make_change(cast, visit, "submitted", kind="cancel", starts=None, ends=None, unit=None)
        change.perform("grant", by=cast.head)
    return Visit.objects.get(pk=visit.pk)


def make_change_of(cast, paper, visit, state):
    unit = {"unit": make_unit(cast, "Huyện đoàn Võ Nhai")} if "unit" in paper else {}
    if state == "draft":
        was = {"was_starts": visit.starts, "was_ends": visit.ends, "was_unit": visit.unit}
        new = {"starts": date(2026, 1, 27), "ends": date(2026, 1, 28), "unit": visit.unit}
        return ChangeRequest.objects.create(visit=visit, kind="reschedule", reason="Bận", **was, **new)
    if paper == "head's change" and state == "forwarded":
        change = make_change(cast, visit)
        change.perform("put_up", by=cast.head)
        return change
    return make_change(cast, visit, state, **unit)


def make_adhoc_of(cast, paper, who, state):
    if paper == "head's ad-hoc" and state == "endorsed":
        request = make_adhoc(cast, who)
        request.perform("put_up", by=cast.head)
        return request
    if "by word" not in paper:
        if state == "draft":
            return AdHocRequest.objects.create(visit=make_adhoc_visit(cast, who))
        return make_adhoc(cast, who, state)
    if state == "draft":
        agreed = {"agreed_by": cast.member, "agreed_at": clock.now(), "agreed_how": "phone"}
        return AdHocRequest.objects.create(visit=make_adhoc_visit(cast, who, clock.today()), **agreed)
    if who == cast.member:
        return agreed_by(cast, who, cast.second_member)
    request = make_adhoc(cast, who, "to_confirm")
    verb, by = {
        "consented": ("confirm", cast.member),
        "refused": ("deny", cast.member),
        "withdrawn": ("withdraw", who),
    }.get(state, ("", who))
    if verb:
        request.perform(verb, by=by, comment="Lý do")
    return request


def agreed_by(cast, who, member):
    """An ad-hoc visit of today to which ``member`` agreed on the phone an hour ago."""
    make_quarter(cast)
    return AdHocRequest.objects.ask(
        who,
        by=who.powers,
        agreed_by=member,
        agreed_at=clock.now() - timedelta(hours=1),
        agreed_how="phone",
        starts=clock.today(),
        ends=clock.today(),
        unit=make_unit(cast),
        group=2,
        content="Khắc phục mưa lũ",
    )


def make_adhoc_visit(cast, who, day=None):
    """The visit of a request that has not been sent: a thing no screen leaves behind, made directly."""
    with_request = make_adhoc(cast, who, first=day).visit
    with_request.adhoc.delete()
    return Visit.objects.get(pk=with_request.pk)


@pytest.mark.parametrize(("paper", "state"), CASES)
def test_every_person_and_verb_is_performed_or_refused(cast, now, paper, state):
    made = make(cast, paper, state)
    assert made.state == state
    if "visit" in paper:
        now.move_to("2026-01-23T09:00:00+07:00")  # the visit has begun
    elsewhere = ELSEWHERE.get(paper)
    compare(cast, made, MATRIX[paper], state, complete=elsewhere is not None, elsewhere=elsewhere)


@pytest.mark.parametrize(
    ("word", "model"), [("visit", Visit), ("change", ChangeRequest), ("ad-hoc", AdHocRequest)]
)
def test_the_matrices_name_every_state_and_every_button_of_the_table(word, model):
    shown = {state: set() for state in model.flow.states for state in [state.code]}
    papers = [p for p in MATRIX if word in p and ("visit" in p) == (word == "visit")]
    matrices = [MATRIX[p] for p in papers]
    if model is Visit:
        matrices.append(planning.MATRIX["line"])
    for matrix in matrices:
        for state, verbs in matrix.items():
            shown[state] |= set(verbs)
    assert {s: v for matrix in matrices for s in matrix for v in [shown[s]]} == {
        state.code: {t.verb for t in model.flow.leaving(state.code)} for state in model.flow.states
    }


def stands_in(lender, role, delegate):
    """``delegate`` exercises ``role`` of ``lender`` in January."""
    lender.grants.get(role=role).delegations.create(
        delegate=delegate, reason="Đi công tác", valid_from="2026-01-01", valid_to="2026-01-31"
    )


def test_the_stand_in_of_the_named_member_confirms_and_another_members_does_not(cast):
    request = make_adhoc(cast, state="to_confirm")
    stands_in(cast.second_member, Role.COMMITTEE, cast.colleague)
    assert attempt(request, "confirm", cast.colleague) == "not allowed"
    stands_in(cast.member, Role.COMMITTEE, cast.executive)
    assert attempt(request, "confirm", cast.executive) == "done"
    assert attempt(request, "deny", cast.executive) == "done"
    assert attempt(request, "confirm", cast.second_member) == "not allowed"


def test_the_officer_confirms_nothing_as_stand_in_of_the_member_who_agreed(cast):
    request = make_adhoc(cast, state="to_confirm")
    stands_in(cast.member, Role.COMMITTEE, cast.officer)
    assert attempt(request, "confirm", cast.officer) == "not allowed"


def test_nobody_agrees_to_the_change_of_whom_they_stand_in_for(cast):
    change = make_change(cast, make_visit(cast, cast.head))
    stands_in(cast.head, Role.HEAD, cast.colleague)
    assert attempt(change, "grant", cast.colleague) == "not allowed"
    assert attempt(change, "put_up", cast.colleague) == "not allowed"


@pytest.mark.parametrize(
    ("paper", "state", "verb", "who"),
    [
        ("visit", "approved", "close", "officer"),
        ("change", "submitted", "return", "head"),
        ("change", "submitted", "refuse", "deputy"),
        ("change of the unit", "forwarded", "return", "member"),
        ("change of the unit", "forwarded", "refuse", "second_member"),
        ("ad-hoc", "submitted", "return", "head"),
        ("ad-hoc", "submitted", "refuse", "head"),
        ("ad-hoc", "endorsed", "return", "member"),
        ("ad-hoc", "endorsed", "refuse", "member"),
        ("ad-hoc by word", "to_confirm", "deny", "member"),
    ],
)
@pytest.mark.parametrize("comment", ["", " \n\u200b"])
def test_what_needs_a_comment_is_refused_without_one(cast, now, paper, state, verb, who, comment):
    made = make(cast, paper, state)
    if paper == "visit":
        now.move_to("2026-01-23T09:00:00+07:00")
    before = made.seen
    typed = {"variance": "host"} if verb == "close" else {}
    with pytest.raises(NotNow):
        made.perform(verb, by=cast.people[who], comment=comment, **typed)
    made.refresh_from_db()
    assert (made.state, made.seen) == (state, before)


def test_a_visit_is_closed_only_with_a_reason_of_the_list_and_once_it_has_begun(cast, now):
    visit = make_visit(cast)
    with pytest.raises(NotNow):
        visit.perform("close", by=cast.officer, comment="Ốm", variance="illness")
    now.move_to("2026-01-20T09:00:00+07:00")
    with pytest.raises(NotNow):
        visit.perform("close", by=cast.officer, comment="Ốm", variance="")
    visit.perform("close", by=cast.officer, comment="Ốm", variance="illness")
    assert (visit.state, visit.variance) == ("not_done", "illness")
    visit.perform("reinstate", by=cast.head)
    visit.refresh_from_db()
    assert (visit.state, visit.variance) == ("approved", "")
