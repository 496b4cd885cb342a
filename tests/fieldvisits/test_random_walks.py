"""Random people try random things on random days, allowed and not; after every step the house must still stand.

The rules of the invariants are written here a second time, without asking the code that keeps them. The walks are the same at
every run; ``RANDOM_WALKS=500`` walks longer and elsewhere.
"""

import os
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import clock
from accounts.models import Delegation, RoleGrant
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

from ..factories import (
    cut_off_by_today,
    make_department_plan,
    make_line,
    make_meeting,
    make_quarter,
    make_unit,
    make_visit,
)

MORE = int(os.environ.get("RANDOM_WALKS", "0"))
#: Days after 1 January on which things are planned.
SPAN = st.integers(0, 80)
#: What a person may try: refused is as good as done, as long as nothing else happens.
REFUSALS = (Refused, PermissionDenied, ValidationError)
FIRST = date(2026, 1, 1)
NAMES = ("officer", "colleague", "head", "deputy", "other_officer", "results_desk", "member")


class Year(RuleBasedStateMachine):
    """One province in the first quarter of 2026; everything of one walk is undone at its end."""

    cast = None
    now = None

    def __init__(self):
        super().__init__()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        self.now.move_to("2026-01-03T09:00:00+07:00")
        self.kinds = papers()
        self.last_seen = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.moved = set()

    def teardown(self):
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)

    # -- picking ----------------------------------------------------------------------------------------------------

    def one(self, data, rows):
        """One of ``rows``, by its place, so that the same walk picks the same one whatever its id is."""
        rows = list(rows)
        return rows[data.draw(st.integers(0, len(rows) - 1))] if rows else None

    def person(self, data):
        return self.cast.people[data.draw(st.sampled_from(sorted(self.cast.people)))]

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

        self.attempt(go)

    @rule(data=st.data(), comment=st.sampled_from(["", "Lý do"]))
    def anybody_tries_anything(self, data, comment):
        paper = self.paper(data)
        if paper is None:
            return
        verb = data.draw(st.sampled_from(sorted({t.verb for t in paper.flow.transitions})))
        self.perform(paper, verb, self.person(data), comment)

    @rule(data=st.data())
    def somebody_does_what_the_page_offers(self, data):
        """Twice: or a walk would hardly ever arrive anywhere."""
        for _ in range(2):
            paper = self.paper(data)
            if paper is None:
                return
            offered = [
                (person, action)
                for _name, person in sorted(self.cast.people.items())
                for action in paper.actions(person.powers)
            ]
            if not offered:
                continue
            person, action = offered[data.draw(st.integers(0, len(offered) - 1))]
            before = paper.seen
            done = self.perform(paper, action.verb, person, "Lý do")
            # what is offered without an obstacle can be done; what has one cannot
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
            self.whoever_can_act_can_see(paper)

    def nobody_decided_on_their_own(self, paper, events):
        for event in events:
            if any(t.decides for t in paper.flow.rows(event.verb)):
                assert not {event.actor_id, event.on_behalf_of_id} & paper.authors, (paper, event)

    def whoever_can_act_can_see(self, paper):
        for person in self.cast.people.values():
            own = type(person).objects.get(pk=person.pk)
            if paper.actions(own.powers):
                assert type(paper).objects.visible_to(own).filter(pk=paper.pk).exists(), (paper, own)

    @invariant()
    def what_never_moved_is_where_it_began(self):
        for model in self.kinds.values():
            assert set(model.objects.filter(last_event=None).values_list("state", flat=True)) <= {
                model.flow.start
            }

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
    Year.cast, Year.now = cast, now
    Year.quarter, Year.second = make_quarter(cast), make_quarter(cast, number=2)
    cut_off_by_today(cast)
    Year.unit, Year.other_unit = make_unit(cast), make_unit(cast, "Huyện đoàn Võ Nhai")
    forwarded = make_department_plan(cast, "forwarded", [cast.other_officer, cast.coordinator], Year.second)
    meeting = make_meeting(cast, forwarded.quarter)
    for member in (cast.member, cast.second_member):
        meeting.agree_to_rest(forwarded, by=member.powers)
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
