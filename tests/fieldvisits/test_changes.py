"""Step 4: changes of approved visits - whom they concern, when they are possible, what they leave behind."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from fieldvisits.models import ChangeRequest, HostUnit, NotNow, Quarter, Visit

from ..factories import make_adhoc, make_change, make_quarter, make_result, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def visit(cast):
    """20-21 January 2026 at Định Hóa; quarter I ends on 31 March."""
    return make_visit(cast)


def asked(visit, **values):
    """A reschedule of ``visit`` to 27-28 January at the same unit, unless told otherwise."""
    values = {
        "kind": "reschedule",
        "starts": date(2026, 1, 27),
        "ends": date(2026, 1, 28),
        "unit": visit.unit,
        "reason": "Đơn vị bận đại hội",
    } | values
    return ChangeRequest.objects.ask(visit, by=visit.officer.powers, **values)


# what is asked for → whether the Standing Committee decides (else the head alone)
WHOM = [
    ("other days in the quarter", {}, False),
    ("the first day of the quarter", {"starts": date(2026, 1, 1), "ends": date(2026, 1, 1)}, False),
    ("the last day of the quarter", {"starts": date(2026, 3, 31), "ends": date(2026, 3, 31)}, False),
    ("across the quarter's end", {"starts": date(2026, 3, 31), "ends": date(2026, 4, 1)}, True),
    ("the next quarter", {"starts": date(2026, 4, 1), "ends": date(2026, 4, 2)}, True),
    ("another unit", {"unit": "Huyện đoàn Võ Nhai"}, True),
    (
        "another unit on the same days",
        {"unit": "Huyện đoàn Võ Nhai", "starts": date(2026, 1, 20), "ends": date(2026, 1, 21)},
        True,
    ),
    ("cancelling", {"kind": "cancel", "starts": None, "ends": None, "unit": None}, False),
]


@pytest.mark.parametrize(("what", "values", "committee"), WHOM, ids=[row[0] for row in WHOM])
def test_whom_a_change_concerns(cast, visit, what, values, committee):
    make_unit(cast, "Huyện đoàn Võ Nhai")
    if values.get("unit"):
        values = values | {"unit": HostUnit.objects.get(name=values["unit"])}
    request = asked(visit, **values)
    assert request.concerns_committee is committee
    verbs = {action.verb for action in request.actions(cast.head.powers)}
    assert verbs == {"endorse" if committee else "grant", "return", "refuse"}


def test_a_granted_change_moves_the_visit_and_its_days_and_keeps_the_approved_version(cast, visit):
    make_change(cast, visit, "granted")
    moved = Visit.objects.get(pk=visit.pk)
    assert (moved.state, moved.dates_text) == ("approved", "27/01/2026 – 28/01/2026")
    assert sorted(moved.days.values_list("date", flat=True)) == [date(2026, 1, 27), date(2026, 1, 28)]
    assert moved.last_event.copy["starts"] == "2026-01-20"
    assert moved.last_event.copy["unit_name"] == "Huyện đoàn Định Hóa"


def test_a_change_into_the_next_quarter_takes_the_visit_there(cast, visit):
    request = asked(visit, starts=date(2026, 4, 1), ends=date(2026, 4, 2))
    request.perform("endorse", by=cast.head)
    request.perform("grant", by=cast.member)
    moved = Visit.objects.get(pk=visit.pk)
    assert (moved.quarter.number, moved.plan.quarter.number) == (2, 1)


def test_a_cancelled_visit_is_cancelled_with_its_reason(cast, visit):
    request = asked(visit, kind="cancel", starts=None, ends=None, unit=None, reason="Bão số 3")
    request.perform("grant", by=cast.head)
    visit.refresh_from_db()
    assert (visit.state, visit.last_event.comment) == ("cancelled", "Bão số 3")


# on which day it is granted → whether the change of 20-21 January to these days was agreed after departure
GRANTED = [
    ("before", 10, (12, 13), False),
    ("on the first day", 12, (12, 13), False),
    ("on the second day", 13, (12, 13), True),
    ("after it", 15, (12, 13), True),
    ("the old days had begun", 20, (27, 28), False),
]


@pytest.mark.parametrize(("what", "day", "days", "late"), GRANTED, ids=[row[0] for row in GRANTED])
def test_a_change_agreed_after_departure_says_so(cast, visit, now, sign_in, english, what, day, days, late):
    now.move_to(f"2026-01-{day}T09:00:00+07:00")
    starts, ends = (date(2026, 1, n) for n in days)
    make_change(cast, visit, "granted", starts=starts, ends=ends)
    page = sign_in(cast.officer).get(f"/visits/{visit.pk}/").content.decode()
    assert ("agreed after departure" in page) is late


@pytest.mark.parametrize(("what", "day", "days", "late"), GRANTED, ids=[row[0] for row in GRANTED])
def test_an_ad_hoc_visit_moved_after_departure_is_late(cast, now, what, day, days, late):
    request = make_adhoc(cast, state="consented", first=date(2026, 1, 20), days=2)
    assert not request.late
    now.move_to(f"2026-01-{day}T09:00:00+07:00")
    starts, ends = (date(2026, 1, n) for n in days)
    make_change(cast, request.visit, "granted", starts=starts, ends=ends)
    request.refresh_from_db()
    assert request.late is late
    assert request.state == "consented"


def test_a_cancellation_is_never_agreed_after_departure(cast, visit, now):
    now.move_to("2026-01-25T09:00:00+07:00")
    change = make_change(cast, visit, "granted", kind="cancel", starts=None, ends=None, unit=None)
    assert not change.agreed_after_departure


@pytest.mark.parametrize("state", ["submitted", "forwarded"])
def test_a_second_request_is_refused_while_one_waits(cast, visit, state):
    make_change(cast, visit, state)
    with pytest.raises(NotNow, match="asked for already"):
        asked(visit, starts=date(2026, 2, 3), ends=date(2026, 2, 3))
    assert ChangeRequest.objects.count() == 1


@pytest.mark.parametrize("state", ["withdrawn", "refused"])
def test_after_it_was_withdrawn_or_refused_one_may_ask_again(cast, visit, state):
    make_change(cast, visit, state)
    again = asked(visit, starts=date(2026, 2, 3), ends=date(2026, 2, 3))
    assert (again.state, ChangeRequest.objects.count()) == ("submitted", 2)


def test_a_returned_request_is_corrected_and_sent_again(cast, visit):
    returned = make_change(cast, visit, "returned")
    again = asked(visit, starts=date(2026, 2, 3), ends=date(2026, 2, 4), reason="Ngày khác")
    assert again.pk == returned.pk
    again.refresh_from_db()
    assert (again.state, again.starts, again.reason) == ("submitted", date(2026, 2, 3), "Ngày khác")


def test_what_the_committee_returned_is_no_longer_the_heads_own(cast):
    request = make_change(cast, make_visit(cast, cast.head))
    request.perform("put_up", by=cast.head)
    assert request.heads_own
    request.perform("return", by=cast.member, comment="Chọn ngày khác")
    request.perform("submit", by=cast.head)
    assert request.heads_own is False


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"starts": date(2026, 1, 20), "ends": date(2026, 1, 21)}, "starts", "Nothing has been changed."),
        ({"ends": date(2026, 1, 26)}, "starts", "cannot end before it starts"),
        ({"ends": date(2026, 2, 27)}, "starts", "at most 31 days"),
        ({"starts": date(2031, 1, 5), "ends": date(2031, 1, 6)}, "starts", "2031 are not set yet"),
        ({"reason": "  "}, "reason", "Give the reason"),
        ({"unit": None}, "starts", "choose the host unit"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(cast, visit, values, field, sentence):
    with pytest.raises(ValidationError) as refused:
        asked(visit, **values)
    assert sentence in " ".join(refused.value.message_dict[field])
    assert not ChangeRequest.objects.exists()


def test_nothing_is_moved_into_a_suspended_quarter(cast, visit):
    make_quarter(cast, 2026, 2)
    Quarter.objects.filter(year=2026, number=2).update(state="suspended", suspension_reason="Dịch bệnh")
    with pytest.raises(NotNow, match="Dịch bệnh"):
        asked(visit, starts=date(2026, 4, 1), ends=date(2026, 4, 2))


def test_a_quarter_suspended_meanwhile_holds_the_consent_back(cast, visit):
    make_quarter(cast, 2026, 2)
    request = asked(visit, starts=date(2026, 4, 1), ends=date(2026, 4, 2))
    request.perform("endorse", by=cast.head)
    Quarter.objects.filter(year=2026, number=2).update(state="suspended", suspension_reason="Dịch bệnh")
    with pytest.raises(NotNow, match="Dịch bệnh"):
        request.perform("grant", by=cast.member)


@pytest.mark.parametrize("state", ["submitted", "accepted"])
def test_a_reported_visit_is_changed_no_more(cast, visit, state):
    make_result(cast, visit, state)
    with pytest.raises(NotNow, match="has been reported"):
        asked(visit)


def test_only_its_officer_asks(cast, visit):
    with pytest.raises(PermissionDenied):
        ChangeRequest.objects.ask(visit, by=cast.head.powers, kind="cancel", reason="Bận")


# -- the form ------------------------------------------------------------------------------------------------------------------


def page_of(visit):
    return f"/visits/{visit.pk}/change/"


def typed(visit, **values):
    return {
        "kind": "reschedule",
        "starts": "27/01/2026",
        "ends": "28/01/2026",
        "unit": visit.unit_id,
        "reason": "Đơn vị bận đại hội",
    } | values


def test_the_form_shows_the_visit_as_it_stands_and_who_decides(cast, visit, sign_in, english):
    page = sign_in(cast.officer).get(page_of(visit)).content.decode()
    for shown in (
        'value="20/01/2026"',
        'value="21/01/2026"',
        "Huyện đoàn Định Hóa",
        "The head of department decides.",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"starts": "27/01/2026", "ends": "28/01/2026"}, "The head of department decides."),
        ({"ends": "01/04/2026"}, "because the days leave quarter I/2026"),
        ({"unit": "other"}, "because the unit changes."),
        ({"unit": "other", "ends": "01/04/2026"}, "because the unit changes and the days leave"),
        ({"kind": "cancel"}, "The head of department decides."),
        ({"starts": "khi nào rảnh"}, "Enter the new days"),
        ({"unit": "\x00", "starts": "9" * 9000}, "Enter the new days"),
    ],
)
def test_the_form_says_who_will_decide_while_one_types(cast, visit, sign_in, english, values, sentence):
    if values.get("unit") == "other":
        values = values | {"unit": make_unit(cast, "Huyện đoàn Võ Nhai").pk}
    page = sign_in(cast.officer).get(page_of(visit), values).content.decode()
    assert sentence.lower() in page.lower()


def test_a_change_is_sent_and_the_visit_waits(cast, visit, sign_in):
    response = sign_in(cast.officer).post(page_of(visit), typed(visit))
    assert response.url == f"/visits/{visit.pk}/"
    request = ChangeRequest.objects.get()
    assert (request.state, request.new_dates) == ("submitted", "27/01/2026 – 28/01/2026")


def test_a_cancellation_needs_no_days_whatever_stands_in_their_fields(cast, visit, sign_in):
    sign_in(cast.officer).post(page_of(visit), typed(visit, kind="cancel", starts="hôm nào", unit=""))
    assert (ChangeRequest.objects.get().kind, ChangeRequest.objects.get().starts) == ("cancel", None)


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"starts": "31/02/2026"}, "starts", "is not a day"),
        ({"starts": ""}, "starts", "Enter the first day."),
        ({"ends": "26/01/2026"}, "ends", "cannot end before it starts"),
        ({"starts": "20/01/2026", "ends": "21/01/2026"}, "starts", "Nothing has been changed."),
        ({"unit": "999999"}, "unit", "no such unit"),
        ({"unit": "\x00"}, "unit", "Null characters"),
        ({"reason": ""}, "reason", "Give the reason"),
        ({"reason": "a" * 10_240}, "reason", "at most 1000"),
        ({"kind": "x"}, "kind", "Choose what is asked for."),
    ],
)
def test_a_refusal_stands_at_its_field_and_keeps_what_was_typed(
    cast, visit, sign_in, english, values, field, sentence
):
    response = sign_in(cast.officer).post(page_of(visit), typed(visit, **values))
    form = response.context["form"]
    assert response.status_code == 422
    assert sentence in " ".join(form.errors[field])
    kept = typed(visit, **values)
    assert {name: form[name].value() for name in kept} == {name: str(value) for name, value in kept.items()}
    assert not ChangeRequest.objects.exists()


def test_a_unit_of_another_province_is_as_if_it_did_not_exist(cast, visit, sign_in, english):
    theirs = make_unit(cast, "Huyện đoàn Bình Xuyên", there=True)
    response = sign_in(cast.officer).post(page_of(visit), typed(visit, unit=theirs.pk))
    assert "no such unit" in " ".join(response.context["form"].errors["unit"])
    assert "Bình Xuyên" not in response.content.decode()


def test_what_was_returned_stands_in_the_form_with_the_comment(cast, visit, sign_in, english):
    make_change(cast, visit, "returned")
    page = sign_in(cast.officer).get(page_of(visit)).content.decode()
    for shown in ("Chọn ngày khác", 'value="27/01/2026"', "Đơn vị bận đại hội"):
        assert shown in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "The visit has been changed."),
        ({"kind": "cancel", "starts": None, "ends": None, "unit": None}, "The visit is cancelled."),
    ],
)
def test_whoever_grants_is_told_what_became_of_the_visit(cast, visit, sign_in, english, values, said):
    change = make_change(cast, visit, **values)
    page = sign_in(cast.head).post(
        f"/changes/{change.pk}/grant/", {"next": f"/visits/{visit.pk}/"}, follow=True
    )
    assert [str(message) for message in page.context["messages"]] == [said]


@pytest.mark.parametrize("state", ["submitted", "forwarded"])
def test_what_a_second_window_sends_too_late_is_not_lost(cast, visit, sign_in, english, state):
    make_change(cast, visit, state)
    response = sign_in(cast.officer).post(
        page_of(visit),
        typed(visit, starts="29/01/2026", ends="30/01/2026", reason="Viết dài ở cửa sổ thứ hai"),
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "has been asked for already" in page
    assert 'value="29/01/2026"' in page
    assert "Viết dài ở cửa sổ thứ hai</textarea>" in page
    assert "Returned by" not in page
    assert ChangeRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("head", 403), ("coordinator", 403), ("other_officer", 404), ("stranger", 404)]
)
def test_nobody_else_asks_for_a_change(cast, visit, sign_in, who, status):
    assert sign_in(getattr(cast, who)).get(page_of(visit)).status_code == status


def test_where_nothing_can_be_asked_the_reason_is_said_before_one_types(cast, visit, sign_in, english):
    make_change(cast, visit)
    response = sign_in(cast.officer).get(page_of(visit), follow=True)
    assert response.redirect_chain == [(f"/visits/{visit.pk}/", 302)]
    assert "has been asked for already" in response.content.decode()


def test_the_units_other_days_are_filled_in(cast, visit, sign_in, english):
    from ..factories import make_notice

    notice = make_notice(cast, visit)
    said = notice.record_answer(
        notice.lines.get(),
        "other_date",
        by=cast.head.powers,
        how="phone",
        starts=date(2026, 2, 5),
        ends=date(2026, 2, 6),
        text="Đơn vị họp ngày 20",
    )
    page = sign_in(cast.officer).get(page_of(visit), {"answer": said.pk}).content.decode()
    for shown in ('value="05/02/2026"', 'value="06/02/2026"', "Đơn vị họp ngày 20"):
        assert shown in page
    said.text = "Đơn vị họp\r\n" + "ă" * 980
    said.save()
    form = sign_in(cast.officer).get(page_of(visit), {"answer": said.pk}).context["form"]
    reason = form["reason"].value()
    assert (len(reason), reason[-1], "\n" in reason) == (1000, "…", False)
    other = make_visit(cast, cast.colleague)
    page = sign_in(cast.colleague).get(page_of(other), {"answer": said.pk}).content.decode()
    assert "05/02/2026" not in page
