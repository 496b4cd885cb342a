"""The database refuses nonsense of steps 4 to 7 by itself: each CHECK and UNIQUE named, and biting below the forms and the models."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from accounts import clock
from fieldvisits.models import (
    AdHocRequest,
    Attachment,
    ChangeRequest,
    DepartmentReport,
    FollowUp,
    HostFeedback,
    HostLink,
    HostNotice,
    NoticeAnswer,
    NoticeLine,
    QuarterReport,
    Recommendation,
    Visit,
    VisitDay,
    VisitResult,
    confirm_presence,
)
from reports.models import AnnualReport

from .factories import (
    make_adhoc,
    make_annual_report,
    make_change,
    make_department_report,
    make_notice,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)

DAY = datetime.date(2026, 1, 20)
MARKS = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")


def refused(name, change):
    """The database refuses ``change`` by the constraint ``name`` (SQLite tells a UNIQUE by its columns only)."""
    with pytest.raises(IntegrityError) as told, transaction.atomic():
        change()
    assert name in str(told.value) or "UNIQUE" in str(told.value)


def set_to(paper, **values):
    return lambda: type(paper).objects.filter(pk=paper.pk).update(**values)


@pytest.mark.parametrize(
    ("make", "table"),
    [
        (make_change, "changerequest"),
        (make_adhoc, "adhocrequest"),
        (make_result, "visitresult"),
        (make_recommendation, "recommendation"),
        (make_quarter_report, "quarterreport"),
        (make_department_report, "departmentreport"),
    ],
)
def test_states_nobody_has_defined(cast, make, table):
    refused(f"fieldvisits_{table}_state", set_to(make(cast), state="blessed"))


def test_a_state_of_the_annual_report_nobody_has_defined(cast):
    # the check of the frozen figures knows the states, too: either of the two may speak first
    refused("reports_annualreport_", set_to(make_annual_report(cast), state="blessed"))


# -- days -------------------------------------------------------------------------------------------------------------------


def test_an_officers_date_is_counted_once(cast):
    day = make_visit(cast).days.get(date=DAY)
    other = make_visit(cast, first=DAY).days.get(date=DAY)
    set_to(day, present=True, counted=True)()
    refused("fieldvisits_visitday_counted_once", set_to(other, present=True, counted=True))
    # another officer's same date is another day
    theirs = make_visit(cast, cast.colleague, DAY).days.get(date=DAY)
    set_to(theirs, present=True, counted=True)()
    assert VisitDay.objects.filter(date=DAY, counted=True).count() == 2


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("counted_was_present", {"counted": True}),
        ("counted_was_present", {"counted": True, "present": True, "not_counted": "window"}),
        ("counted_is_countable", {"counted": True, "present": True, "countable": False}),
    ],
)
def test_what_counts_was_spent_there_and_may_count(cast, name, values):
    refused(f"fieldvisits_visitday_{name}", set_to(make_visit(cast).days.first(), **values))


def test_a_visit_has_a_day_once(cast):
    visit = make_visit(cast)
    refused(
        "fieldvisits_visitday_once_per_visit",
        lambda: VisitDay.objects.create(visit=visit, officer=cast.officer, date=DAY),
    )


# -- step 4 -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"state": "not_done"},
        {"state": "not_done", "variance": "bored"},
        {"variance": "weather"},
    ],
)
def test_a_visit_not_carried_out_has_its_reason_and_no_other_has_one(cast, values):
    refused("fieldvisits_visit_not_done_with_reason", set_to(make_visit(cast), **values))


@pytest.mark.parametrize("state", ["submitted", "returned", "forwarded"])
def test_one_change_of_a_visit_is_asked_for_at_a_time(cast, state):
    first = make_change(cast, state="withdrawn")
    second = make_change(cast, first.visit)
    refused("fieldvisits_changerequest_one_at_a_time", set_to(first, state=state))
    set_to(second, state="refused")()
    set_to(first, state=state)()


@pytest.mark.parametrize(
    "values",
    [
        {"starts": None},
        {"ends": None},
        {"unit": None},
        {"ends": datetime.date(2026, 1, 26)},
        {"kind": "cancel"},
        {"kind": "postpone"},
    ],
)
def test_a_change_names_its_new_days_in_full_or_is_a_cancellation(cast, values):
    refused("fieldvisits_changerequest_new_days_in_full", set_to(make_change(cast), **values))


def test_a_change_has_its_reason(cast):
    refused("fieldvisits_changerequest_with_reason", set_to(make_change(cast), reason=""))


@pytest.mark.parametrize("missing", [{"agreed_by": None}, {"agreed_at": None}, {"agreed_how": ""}])
def test_who_agreed_by_word_when_and_how_belong_together(cast, missing):
    refused(
        "fieldvisits_adhocrequest_agreed_in_full", set_to(make_adhoc(cast, state="to_confirm"), **missing)
    )


def test_a_visit_is_asked_for_once(cast):
    visit = make_adhoc(cast).visit
    refused("fieldvisits_adhocrequest", lambda: AdHocRequest.objects.create(visit=visit))


# -- step 5 -----------------------------------------------------------------------------------------------------------------


def again(row, **changed):
    """A copy of the row, inserted below every check of the model."""

    def go():
        copy = type(row).objects.get(pk=row.pk)
        copy.pk = None
        for name, value in changed.items():
            setattr(copy, name, value)
        copy._state.adding = True
        type(row).objects.bulk_create([copy])

    return go


def test_one_notice_to_a_unit_is_in_force(cast):
    notice = make_notice(cast)
    refused("fieldvisits_hostnotice_one_in_force", again(notice))
    again(notice, superseded=True)()
    assert HostNotice.objects.count() == 2


@pytest.mark.parametrize("values", [{"sent_on": DAY}, {"sent_how": "chat"}])
def test_a_notice_is_sent_on_a_day_and_in_a_way(cast, values):
    refused("fieldvisits_hostnotice_sent_in_full", set_to(make_notice(cast), **values))


@pytest.mark.parametrize(
    "values", [{"withdrawn_on": DAY}, {"by": True}, {"withdrawn_on": DAY, "by": True, "superseded": False}]
)
def test_a_notice_is_withdrawn_on_a_day_by_somebody_and_out_of_force(cast, values):
    values = {"superseded": True, **values}
    if values.pop("by", False):
        values["withdrawn_by"] = cast.head
    refused("fieldvisits_hostnotice_withdrawn_in_full", set_to(make_notice(cast), **values))


def test_a_notice_announces_a_visit_once(cast):
    refused("fieldvisits_noticeline_once", again(make_notice(cast).lines.get()))
    assert NoticeLine.objects.count() == 1


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"starts": DAY, "ends": datetime.date(2026, 1, 19)},
        {"starts": DAY},
    ],
)
def test_another_date_is_named_in_full(cast, days):
    line = make_notice(cast).lines.get()
    values = {"line": line, "answer": "other_date", "how": "phone", "at": clock.now()}
    refused(
        "fieldvisits_noticeanswer_other_date_named", lambda: NoticeAnswer.objects.create(**values, **days)
    )


def test_one_link_of_a_purpose_is_in_force(cast):
    link = HostLink.objects.issue(make_notice(cast), "answer", by=cast.head.powers)
    refused("fieldvisits_hostlink_one_in_force", again(link, token_hash="1" * 64))
    again(link, token_hash="2" * 64, purpose="feedback")()
    again(link, token_hash="3" * 64, revoked_at=clock.now())()
    refused("token_hash", again(link, revoked_at=clock.now()))


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("value", [0, 4])
def test_a_mark_is_one_of_three(cast, now, mark, value):
    visit = make_visit(cast)
    link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=cast.head.powers)
    now.move_to("2026-01-23T09:00:00+07:00")
    said = confirm_presence(link, visit, [DAY], given_by="Bí thư", **dict.fromkeys(MARKS, 2))
    refused("fieldvisits_hostfeedback_marks", set_to(said, **{mark: value}))
    refused("visit", again(said))
    assert HostFeedback.objects.count() == 1


# -- step 6 -----------------------------------------------------------------------------------------------------------------


def test_a_visit_has_one_result(cast):
    result = make_result(cast)
    refused("fieldvisits_visitresult", lambda: VisitResult.objects.create(visit=result.visit))


def test_no_more_members_are_present_than_there_are(cast):
    result = make_result(cast)
    refused("fieldvisits_visitresult_members_in_all", set_to(result, members_present=31, members_total=30))
    set_to(result, members_present=30, members_total=30)()


def test_a_file_is_attached_once(cast):
    values = {
        "result": make_result(cast),
        "file": "a.pdf",
        "name": "a.pdf",
        "mime": "application/pdf",
        "size": 1,
        "sha256": "0" * 64,
        "uploaded_by": cast.officer,
        "at": clock.now(),
    }
    Attachment.objects.create(**values)
    refused("fieldvisits_attachment_once", lambda: Attachment.objects.create(**values))


def test_a_body_outside_the_union_is_named(cast):
    made = make_recommendation(cast)
    refused("fieldvisits_recommendation_outside_body_named", set_to(made, addressee="outside"))
    set_to(made, addressee="outside", addressee_name="Sở Nội vụ")()


@pytest.mark.parametrize("state", ["settled", "dropped"])
def test_what_is_settled_or_dropped_has_its_answer(cast, state):
    made = make_recommendation(cast)
    refused("fieldvisits_recommendation_settled_with_answer", set_to(made, state=state))
    set_to(made, state=state, answer="Đã cấp kinh phí")()


def test_a_result_follows_a_recommendation_up_once(cast):
    made = make_recommendation(cast)
    values = {"result": made.result, "recommendation": made, "found": "begun"}
    FollowUp.objects.create(**values)
    refused("fieldvisits_followup_once", lambda: FollowUp.objects.create(**values))


def test_one_report_of_a_quarter_for_each_officer_and_department(cast):
    report = make_quarter_report(cast)
    refused("fieldvisits_quarterreport_once", again(report))
    refused("fieldvisits_departmentreport_once", again(make_department_report(cast)))
    assert (QuarterReport.objects.count(), DepartmentReport.objects.count()) == (1, 1)


# -- step 7 -----------------------------------------------------------------------------------------------------------------


def test_one_report_of_a_year_for_each_version(cast):
    report = make_annual_report(cast)
    refused("reports_annualreport_once", again(report))
    again(report, version="final")()
    assert AnnualReport.objects.count() == 2


@pytest.mark.parametrize(
    "values",
    [
        {"figures": None},
        {"figures_sha256": ""},
        {"approved_on": None},
        {"state": "draft"},
        {"state": "submitted"},
    ],
)
def test_an_approved_report_is_frozen_and_an_open_one_is_not(cast, values):
    refused(
        "reports_annualreport_frozen_when_approved", set_to(make_annual_report(cast, "approved"), **values)
    )


@pytest.mark.parametrize("values", [{"number": ""}, {"dated": None}, {"sent_on": None}])
def test_a_sent_report_says_number_date_and_day(cast, values):
    refused("reports_annualreport_sent_in_full", set_to(make_annual_report(cast, "sent"), **values))


def test_nothing_moves_that_a_draft_froze(cast):
    refused("reports_annualreport_frozen_when_approved", set_to(make_annual_report(cast), figures={"a": 1}))


# -- every one of them ------------------------------------------------------------------------------------------------------

MODELS = [
    AdHocRequest,
    AnnualReport,
    Attachment,
    ChangeRequest,
    DepartmentReport,
    FollowUp,
    HostFeedback,
    HostLink,
    HostNotice,
    NoticeAnswer,
    NoticeLine,
    QuarterReport,
    Recommendation,
    VisitDay,
    VisitResult,
]


def test_every_constraint_of_these_models_is_bitten_above():
    from pathlib import Path

    here = Path(__file__).read_text(encoding="utf-8")
    names = {c.name for model in MODELS for c in model._meta.constraints}
    generic = {n for n in names if n.endswith("_state")}
    prefixed = {n for n in names if n.startswith("fieldvisits_visitday_counted_")}
    assert {n for n in names - generic - prefixed if n not in here} == set()
    assert Visit._meta.constraints
