"""Random people try random things on random days, allowed and not; after every step the house must still stand.

The rules of the invariants are written here a second time, without asking the code that keeps them. The walks are the same at
every run; ``RANDOM_WALKS=500`` walks longer and elsewhere. They begin where every kind of paper lies on somebody's desk, and
what they must have met on their way is typed by hand (``desks.py``): an invariant nothing ever reached would hold for ever.
"""

import os
from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import clock
from accounts.models import Delegation, RoleGrant, User
from fieldvisits.models import (
    AdHocRequest,
    ChangeRequest,
    DepartmentReport,
    Event,
    FollowUp,
    Officer,
    OfficerPlan,
    Quarter,
    QuarterReport,
    Recommendation,
    Refused,
    Visit,
    VisitDay,
    VisitResult,
    YearRule,
    years_of,
)
from fieldvisits.models.base import papers
from reports.models import SECTIONS, AnnualReport

from ..factories import make_line, make_visit
from .desks import DESKS, MET, MORNING, papers_on_every_desk

MORE = int(os.environ.get("RANDOM_WALKS", "0"))
#: Days after 1 January on which things are planned.
SPAN = st.integers(0, 80)
SEEDS = st.integers(0, 999_999)
#: What a person may try: refused is as good as done, as long as nothing else happens.
REFUSALS = (Refused, PermissionDenied, ValidationError)
FIRST = date(2026, 1, 1)
NAMES = ("officer", "colleague", "head", "deputy", "other_officer", "results_desk", "member")


class Year(RuleBasedStateMachine):
    """One province in the first quarter of 2026; everything of one walk is undone at its end."""

    cast = None
    now = None
    #: Over all walks: (kind, verb) of every move, and why days that were accepted do not count.
    moves = Counter()
    left_out = Counter()

    def __init__(self):
        super().__init__()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        self.now.move_to(MORNING)
        self.kinds = papers()
        self.last_seen = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.tried = Counter()
        self.known = None

    def teardown(self):
        try:
            self.whoever_can_act_can_see(*self.every_paper())
        finally:
            transaction.set_rollback(True)
            self.walk.__exit__(None, None, None)

    # -- picking ----------------------------------------------------------------------------------------------------

    def one(self, data, rows):
        """One of ``rows``, by its place, so that the same walk picks the same one whatever its id is."""
        rows = list(rows)
        return rows[data.draw(st.integers(0, len(rows) - 1))] if rows else None

    def person(self, data):
        return self.cast.people[data.draw(st.sampled_from(sorted(self.cast.people)))]

    @property
    def everybody(self):
        """As the database has them; what they may be is asked once a day, and again when somebody stands in."""
        if self.known is None:
            people = [person.pk for person in self.cast.people.values()]
            self.known = list(User.objects.filter(pk__in=people).order_by("pk"))
        return self.known

    def every_paper(self):
        return [p for model in self.kinds.values() for p in model.objects.order_by("pk")]

    def paper(self, data):
        kind = data.draw(st.sampled_from(sorted(self.kinds)))
        return self.one(data, self.kinds[kind].objects.order_by("pk"))

    def attempt(self, thing):
        try:
            with transaction.atomic():
                return thing()
        except REFUSALS as refusal:
            said = str(refusal)
        assert said, "a refusal says why"
        return None

    # -- what happens -----------------------------------------------------------------------------------------------

    @rule(days=st.integers(1, 12))
    def days_go_by(self, days):
        if clock.today() < date(2026, 4, 10):
            self.now.shift(timedelta(days=days))

    @rule(who=st.sampled_from(NAMES), start=SPAN, days=st.integers(1, 3))
    def a_visit_was_approved(self, who, start, days):
        first = min(FIRST + timedelta(days=19 + start % 60), date(2026, 3, 29))
        self.attempt(lambda: make_visit(self.cast, self.cast.people[who], first, days))

    @rule(who=st.sampled_from(NAMES), start=SPAN)
    def a_plan_is_begun(self, who, start):
        def go():
            plan = OfficerPlan.objects.start(self.cast.people[who], Quarter.objects.get(pk=self.second.pk))
            make_line(plan, self.unit, date(2026, 4, 1) + timedelta(days=start))

        self.attempt(go)

    @rule(data=st.data(), shift=st.integers(-10, 40), cancel=st.booleans(), elsewhere=st.booleans())
    @precondition(lambda self: Visit.objects.filter(state="approved").exists())
    def a_change_is_asked_for(self, data, shift, cancel, elsewhere):
        visit = self.one(data, Visit.objects.exclude(starts=None).order_by("pk"))
        person = visit.officer if data.draw(st.booleans()) else self.person(data)
        new = {"kind": "cancel", "starts": None, "ends": None, "unit": None}
        if not cancel:
            new = {
                "kind": "reschedule",
                "starts": visit.starts + timedelta(days=shift),
                "ends": visit.ends + timedelta(days=shift),
                "unit": self.other_unit if elsewhere else visit.unit,
            }
        self.attempt(lambda: ChangeRequest.objects.ask(visit, by=person.powers, reason="Bận", **new))

    @rule(
        data=st.data(),
        who=st.sampled_from(NAMES),
        start=st.integers(-3, 5),
        by_word=st.booleans(),
        days=st.just(1),
    )
    def an_ad_hoc_visit_is_asked_for(self, data, who, start, by_word, days):
        officer = self.cast.people[who]
        first = clock.today() + timedelta(days=start)
        agreed = {}
        if by_word:
            member = self.cast.second_member if who == "member" else self.cast.member
            agreed = {
                "agreed_by": member,
                "agreed_at": clock.now() - timedelta(days=max(0, -start), hours=1),
                "agreed_how": "phone",
            }
        self.attempt(
            lambda: AdHocRequest.objects.ask(
                officer,
                by=officer.powers,
                starts=first,
                ends=first + timedelta(days=days),
                unit=self.unit,
                group=2,
                content="Khắc phục mưa lũ",
                **agreed,
            )
        )

    @rule(data=st.data(), text=st.sampled_from(["", "Đúng kế hoạch"]))
    @precondition(lambda self: Visit.objects.filter(state="approved").exists())
    def a_result_is_written(self, data, text):
        visit = self.one(data, Visit.objects.exclude(starts=None).order_by("pk"))
        person = visit.officer if data.draw(st.integers(0, 4)) else self.person(data)

        def go():
            result = VisitResult.objects.start(visit, by=person.powers)
            days = [d for d in visit.days.values_list("date", flat=True) if data.draw(st.integers(0, 3))]
            result.write(by=person.powers, days=days, activity=text or "Đã làm", difficulties=text)
            if data.draw(st.booleans()):
                Recommendation.objects.create(
                    result=result,
                    unit=visit.unit,
                    text="Kinh phí",
                    addressee="unit",
                    department=visit.department,
                )
            earlier = self.one(data, Recommendation.objects.pending().exclude(result=result).order_by("pk"))
            if earlier is not None and not result.follow_ups.filter(recommendation=earlier).exists():
                found = data.draw(st.sampled_from(["settled", "begun", "unchanged"]))
                FollowUp.objects.create(result=result, recommendation=earlier, found=found)

        self.attempt(go)

    @rule(who=st.sampled_from(NAMES))
    def a_quarter_report_is_written(self, who):
        officer = self.cast.people[who]

        def go():
            report = QuarterReport.objects.start(officer, self.quarter)
            report.write(by=officer.powers, self_assessment="Đạt", not_carried_out="Không")

        self.attempt(go)

    @rule(data=st.data())
    def the_reports_of_department_and_year_are_written(self, data):
        person = self.person(data)

        def department():
            place = data.draw(st.sampled_from([self.cast.movement, self.cast.building]))
            report = DepartmentReport.objects.start(self.quarter, place, by=person.powers)
            report.write(by=person.powers, good_points="Đủ", shortcomings="Ít")

        def year():
            report = AnnualReport.objects.start(self.cast.province, 2026, "provisional", by=person.powers)
            report.write(by=person.powers, **dict.fromkeys(SECTIONS, "Nội dung"))

        self.attempt(data.draw(st.sampled_from([department, year])))

    @rule(data=st.data())
    def somebody_stands_in_for_somebody(self, data):
        grants = RoleGrant.objects.filter(role__in=("head", "committee", "coordinator", "results_desk"))
        grant = self.one(data, grants.filter(province=self.cast.province).order_by("pk"))
        delegate = self.person(data)

        def go():
            lent = Delegation(
                grant=grant,
                delegate=delegate,
                reason="Đi công tác",
                valid_from=clock.today(),
                valid_to=clock.today() + timedelta(days=10),
            )
            lent.full_clean()
            lent.save()
            self.known = None

        self.attempt(go)

    @rule(data=st.data(), comment=st.sampled_from(["", "Lý do"]))
    def anybody_tries_anything(self, data, comment):
        paper = self.paper(data)
        if paper is None:
            return
        verb = data.draw(st.sampled_from(sorted({t.verb for t in paper.flow.transitions})))
        self.perform(paper, verb, self.person(data), comment)

    @initialize(seed=SEEDS)
    def everybody_looks_through_their_papers(self, seed):
        """Each walk gets somewhere, whatever it does afterwards."""
        for desk in DESKS:
            self.deal_with(desk, seed, 4)

    @rule(seed=SEEDS)
    def plans_are_dealt_with(self, seed):
        self.deal_with("planning", seed)

    @rule(seed=SEEDS)
    def visits_are_dealt_with(self, seed):
        self.deal_with("visits", seed)

    @rule(seed=SEEDS)
    def requests_are_dealt_with(self, seed):
        self.deal_with("requests", seed)

    @rule(seed=SEEDS)
    def results_and_recommendations_are_dealt_with(self, seed):
        self.deal_with("results", seed)

    @rule(seed=SEEDS)
    def reports_are_dealt_with(self, seed):
        self.deal_with("reports", seed)

    def deal_with(self, desk, seed, times=3):
        """Somebody does what the page offers, first what this walk has tried least: or it would hardly ever arrive anywhere."""
        chance = Random(seed)
        for _ in range(times):
            rows = self.verbs_that_begin_here(DESKS[desk])
            chance.shuffle(rows)
            rows.sort(key=lambda row: self.tried[row])
            any(self.is_done_to_some_paper(kind, verb, chance) for kind, verb in rows)

    def is_done_to_some_paper(self, kind, verb, chance):
        self.tried[kind, verb] += 1
        sources = {state for row in self.kinds[kind].flow.rows(verb) for state in row.sources}
        waiting = list(self.kinds[kind].objects.filter(state__in=sources).order_by("pk"))
        for paper in chance.sample(waiting, len(waiting)):
            offered = self.offers(paper, verb)
            if offered:
                self.do(paper, *chance.choice(offered))
            if any(self.is_open(action) for _person, action in offered):
                return True
        return False

    def verbs_that_begin_here(self, kinds):
        """(kind, verb) of the buttons for which a paper of these kinds stands in the right state."""
        found = set()
        for kind in kinds:
            states = set(self.kinds[kind].objects.values_list("state", flat=True))
            rows = self.kinds[kind].flow.transitions
            found |= {(kind, row.verb) for row in rows if not row.internal and states & set(row.sources)}
        return sorted(found)

    def offers(self, paper, verb):
        """(person, action) of everybody who may do this to the paper, with or without an obstacle."""
        return [(p, action) for p in self.everybody for action in paper.actions(p.powers, only=[verb])]

    def is_open(self, action):
        """Whether it can be done now; an obstacle that is typed away with the button is none."""
        return bool(action.transition.fields) or not action.obstacle

    def do(self, paper, person, action):
        """What is offered without an obstacle can be done; what has one cannot."""
        before = paper.seen
        done = self.perform(paper, action.verb, person, "Lý do")
        typed = bool(action.transition.fields)
        assert typed or (done is not None) == (action.obstacle is None), (paper, action)
        paper.refresh_from_db()
        assert (paper.seen == before) == (done is None)

    def perform(self, paper, verb, person, comment):
        typed = {
            ("visits", "close"): {"variance": "weather"},
            ("department-plans", "send"): {"met_on": clock.today()},
            ("decisions", "close"): {"meeting_on": clock.today(), "conclusion": "Thống nhất"},
            ("decisions", "number"): {"number": "15-KL/TĐTN"},
            ("annual-reports", "send"): {
                "number": "1-BC",
                "dated": clock.today(),
                "sent_on": clock.today(),
            },
        }.get((paper.flow.kind, verb), {})
        person = type(person).objects.get(pk=person.pk)
        own = type(paper).objects.get(pk=paper.pk)

        def go():
            try:
                return own.perform(verb, by=person, comment=comment, **typed)
            except LookupError:  # an internal verb is unknown to people
                return None

        return self.attempt(go)

    # -- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def each_move_stands_in_the_table_and_follows_the_one_before(self):
        fresh = list(Event.objects.filter(pk__gt=self.last_seen).order_by("pk"))
        if not fresh:
            return
        self.last_seen = fresh[-1].pk
        by_type = {ContentType.objects.get_for_model(m).pk: m for m in self.kinds.values()}
        self.moves.update((by_type[e.content_type_id].flow.kind, e.verb) for e in fresh)
        moved = []
        for kind, number in {(e.content_type_id, e.object_id) for e in fresh}:
            model = by_type[kind]
            paper = model.objects.get(pk=number)
            history = list(Event.objects.of(paper))
            states = [model.flow.start] + [e.to_state for e in history]
            assert [e.from_state for e in history] == states[:-1], (paper, history)
            assert (paper.state, paper.last_event_id) == (states[-1], history[-1].pk)
            for event in history:
                rows = [
                    t
                    for t in model.flow.rows(event.verb)
                    if event.from_state in t.sources and t.target == event.to_state
                ]
                assert rows, (paper, event)
                assert all(t.internal for t in rows) == (event.cause_id is not None)
            self.nobody_decided_on_their_own(paper, [e for e in fresh if e in history])
            moved.append(paper)
        self.whoever_can_act_can_see(*moved)

    def nobody_decided_on_their_own(self, paper, events):
        for event in events:
            if any(t.decides for t in paper.flow.rows(event.verb)):
                assert not {event.actor_id, event.on_behalf_of_id} & paper.authors, (paper, event)

    def whoever_can_act_can_see(self, *papers):
        for person in self.everybody:
            own = defaultdict(set)
            for paper in papers:
                # whether a line of a draft could be struck one day does not show it to the head
                if any(paper.seen or self.is_open(action) for action in paper.actions(person.powers)):
                    own[type(paper)].add(paper.pk)
            for model, numbers in own.items():
                seen = set(
                    model.objects.visible_to(person).filter(pk__in=numbers).values_list("pk", flat=True)
                )
                assert numbers == seen, (person, model, numbers - seen)

    @invariant()
    def each_paper_is_where_its_youngest_event_left_it(self):
        """Every paper, also one that nobody has moved just now."""
        youngest = Event.objects.values("content_type", "object_id").annotate(last=Max("pk")).values("last")
        left = {
            (kind, number): (state, pk)
            for kind, number, state, pk in Event.objects.filter(pk__in=youngest).values_list(
                "content_type", "object_id", "to_state", "pk"
            )
        }
        for model in self.kinds.values():
            kind = ContentType.objects.get_for_model(model).pk
            for number, state, event in model.objects.values_list("pk", "state", "last_event"):
                begun = (model.flow.start, None)
                assert (state, event) == left.get((kind, number), begun), (model, number)

    @invariant()
    def a_date_counts_once_and_as_the_results_say(self):
        """From scratch: the accepted results in the order of their acceptance, each ticked day once."""
        window = YearRule.objects.values_list("window_from", "window_to").get(
            province=self.cast.province, year=2026
        )
        taken, counted = set(), set()
        rows = (
            VisitDay.objects.filter(visit__result__state="accepted", visit__state="approved", present=True)
            .order_by("visit__result__last_event", "date")
            .values_list("pk", "officer", "date", "countable")
        )
        for pk, officer, day, countable in rows:
            if window[0] <= day <= window[1] and countable and (officer, day) not in taken:
                taken.add((officer, day))
                counted.add(pk)
        found = list(VisitDay.objects.filter(counted=True).values_list("pk", "officer", "date"))
        assert {pk for pk, _officer, _day in found} == counted
        self.left_out.update(VisitDay.objects.exclude(not_counted="").values_list("not_counted", flat=True))
        assert max(Counter((o, d) for _pk, o, d in found).values(), default=1) == 1

    @invariant()
    def days_follow_the_dates_of_their_visit(self):
        days = defaultdict(set)
        for visit, day in VisitDay.objects.values_list("visit", "date"):
            days[visit].add(day)
        for pk, first, last in Visit.objects.exclude(starts=None).values_list("pk", "starts", "ends"):
            assert days[pk] == {first + timedelta(days=n) for n in range((last - first).days + 1)}

    @invariant()
    def a_request_and_its_visit_say_the_same(self):
        agreed = {"approved", "cancelled", "not_done"}
        for state, visit in AdHocRequest.objects.values_list("state", "visit__state"):
            expected = {"consented": agreed, "refused": {"refused"}, "withdrawn": {"cancelled"}}
            assert visit in expected.get(state, {"planned"}), (state, visit)
        reported = VisitResult.objects.filter(state__in=("submitted", "accepted"))
        assert set(reported.values_list("visit__state", flat=True)) <= {"approved"}

    @invariant()
    def figures_contain_one_another(self):
        rule_2026 = YearRule.objects.get(province=self.cast.province, year=2026)
        for year in years_of(rule_2026, Officer.objects.filter(province=self.cast.province)):
            f = year.figures
            assert min(f.values()) >= 0
            assert f["confirmed"] <= f["accepted"] <= f["done"] <= f["approved"] <= f["registered"], f
            assert f["adhoc"] <= f["accepted"], f
            assert f["accepted"] + f["ahead"] + f["waiting"] <= 2 * f["approved"], f


@pytest.mark.django_db
def test_whatever_people_do_in_a_year(cast, now):
    Year.cast, Year.now, Year.moves, Year.left_out = cast, now, Counter(), Counter()
    Year.quarter, Year.second, Year.unit, Year.other_unit = papers_on_every_desk(cast, now)
    run_state_machine_as_test(
        Year,
        settings=settings(
            max_examples=MORE or 10,
            stateful_step_count=60 if MORE else 25,
            derandomize=not MORE,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = defaultdict(set)
    for kind, verb in Year.moves:
        done[kind].add(verb)
    missing = {kind: verbs - done[kind] for kind, verbs in MET.items() if not verbs <= done[kind]}
    assert not missing, "no walk did this any more: the invariants would hold unseen"
    assert Year.left_out["twice"], "no walk accepted two visits of one date"
