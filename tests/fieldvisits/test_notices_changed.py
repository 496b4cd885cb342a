"""Letters to host units after something has changed: what is told again, withdrawn, carried over - and what "told" means."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts import clock
from fieldvisits.models import HostLink, HostNotice, NotNow, Visit, VisitDay
from fieldvisits.pages.desk import desk_of
from fieldvisits.pages.told import Confirmed
from reports.papers.notice import chat_text, facts_of

from ..factories import make_adhoc, make_change, make_notice, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english", "english")

CANCEL = {"kind": "cancel", "starts": None, "ends": None, "unit": None}


@pytest.fixture
def visit(cast):
    return make_visit(cast)  # 20 and 21 January 2026


@pytest.fixture
def sent(cast, visit):
    notice = make_notice(cast, visit)
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    return notice


def contact(user):
    """(what, hint, address) of what the leader has to tell units."""
    return [
        (task.what, task.hint, task.url)
        for group in desk_of(user).groups
        if group.key == "contact"
        for task in group.tasks
    ]


def board(visit):
    quarter = visit.quarter
    return f"/quarters/{quarter.year}/{quarter.number}/departments/{visit.department_id}/notices/"


def stand(sign_in, cast, visit):
    (row,) = sign_in(cast.head).get(board(visit)).context["board"].rows
    return row.stand.key


def text_of(notice, reader):
    notice = HostNotice.objects.get(pk=notice.pk)
    return chat_text(facts_of(notice, reader, lambda path: f"https://site{path}"))


# --- A visit that changes after its unit was told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (CANCEL, "20/01/2026 – 21/01/2026 → cancelled"),
        ({}, "20/01/2026 – 21/01/2026 → 27/01/2026 – 28/01/2026"),
    ],
)
def test_the_leaders_are_asked_to_tell_a_unit_that_waits_for_a_visit(cast, visit, sent, change, hint):
    assert contact(cast.head) == []
    make_change(cast, visit, "granted", **change)
    asked = [("Tell the unit: Huyện đoàn Định Hóa", hint, sent.get_absolute_url())]
    assert contact(cast.head) == contact(cast.deputy) == asked
    assert contact(cast.officer) == contact(cast.other_head) == []


def test_a_unit_that_never_heard_of_a_visit_is_not_told_that_nobody_comes(cast, visit):
    make_notice(cast, visit)
    make_change(cast, visit, "granted", **CANCEL)
    assert contact(cast.head) == []


def test_a_visit_that_lasts_a_day_longer_is_announced_anew(cast, visit, sent):
    make_change(cast, visit, "granted", starts=date(2026, 1, 20), ends=date(2026, 1, 22))
    assert list(HostNotice.objects.unannounced(visit.quarter, visit.department)) == [visit]


def test_composing_anew_asks_for_sending_and_sending_ends_it(cast, visit, sent):
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    make_notice(cast, visit).mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    make_change(cast, visit, "granted", **CANCEL)
    assert [what for what, *_ in contact(cast.head)] == ["Tell the unit: Huyện đoàn Định Hóa"]
    new = make_notice(cast, visit)
    assert contact(cast.head) == [("Send the notice: Huyện đoàn Định Hóa", "", new.get_absolute_url())]
    new.mark_sent(by=cast.head.powers, on=clock.today(), how="phone")
    assert contact(cast.head) == []


def test_a_notice_is_withdrawn_when_nobody_comes(cast, visit, sent, sign_in):
    link = HostLink.objects.issue(sent, "answer", by=cast.head.powers)
    make_change(cast, visit, "granted", **CANCEL)
    assert stand(sign_in, cast, visit) == "off"
    client = sign_in(cast.head)
    assert client.post(f"/notices/{sent.pk}/withdraw/").url == sent.get_absolute_url()
    sent.refresh_from_db()
    link.refresh_from_db()
    assert (sent.superseded, link.revoked_at) == (True, clock.now())
    assert contact(cast.head) == []
    page = client.get(sent.get_absolute_url())
    assert (page.context["sheet"].stand.key, page.status_code) == ("withdrawn", 200)
    assert "không thực hiện" in text_of(sent, cast.head)


def test_a_visit_moved_to_the_next_quarter_leaves_nobody_in_this_one(cast, visit, sent, sign_in):
    asked = make_change(cast, visit, "submitted", starts=date(2026, 4, 7), ends=date(2026, 4, 8))
    asked.perform("endorse", by=cast.head)
    asked.perform("grant", by=cast.member)
    assert stand(sign_in, cast, Visit.objects.get(pk=visit.pk)) == "none"
    page = sign_in(cast.head).get(sent.get_absolute_url())
    assert page.context["sheet"].may_withdraw
    assert page.context["sheet"].taken_back[0].became.startswith("now 07/04/2026 – 08/04/2026, in ")
    assert "chuyển sang từ 07/04/2026 đến 08/04/2026 (có thông báo riêng)" in text_of(sent, cast.head)


def test_visits_that_are_over_stay_with_the_unit_when_a_notice_is_withdrawn(cast, visit, now):
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    now.move_to("2026-01-25T09:00:00+07:00")
    make_change(cast, Visit.objects.get(officer=cast.colleague), "granted", **CANCEL)
    kept = notice.withdraw(by=cast.head.powers)
    assert list(kept.lines.values_list("visit", flat=True)) == [visit.pk]
    assert contact(cast.head) == []


def test_a_notice_is_withdrawn_by_its_leaders_and_in_its_time_only(cast, visit, sent):
    with pytest.raises(NotNow, match="Nothing in this notice has changed"):
        sent.withdraw(by=cast.head.powers)
    other = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    make_change(cast, visit, "granted", **CANCEL)
    for who in (cast.officer, cast.other_head, cast.coordinator, cast.member):
        with pytest.raises(PermissionDenied):
            sent.withdraw(by=who.powers)
    with pytest.raises(NotNow, match="still ahead"):
        sent.withdraw(by=cast.head.powers)
    make_notice(cast, other)
    with pytest.raises(NotNow, match="A newer notice has replaced this one"):
        sent.withdraw(by=cast.head.powers)


def test_nothing_invites_to_a_visit_that_has_changed(cast, visit, sent):
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    HostLink.objects.issue(notice, "answer", by=cast.head.powers)
    make_change(cast, visit, "granted", **CANCEL)
    text = text_of(notice, cast.head)
    assert ("20/01/2026" in text, "10/02/2026" in text, "https://" in text) == (False, True, True)
    make_change(cast, Visit.objects.get(officer=cast.colleague), "granted", **CANCEL)
    text = text_of(notice, cast.head)
    assert ("không thực hiện" in text, "https://" in text) == (True, False)


# --- Answers after a change ---------------------------------------------------------------------------------------------------


def test_days_the_unit_asked_for_are_agreed_to(cast, visit, sent, sign_in, english):
    days = {"starts": date(2026, 2, 2), "ends": date(2026, 2, 3)}
    sent.record_answer(sent.lines.get(), "other_date", by=cast.head.powers, how="phone", **days)
    make_change(cast, visit, "granted", **days)
    visit_page = sign_in(cast.officer).get(visit.get_absolute_url()).content.decode()
    assert "Ask for these days" not in visit_page
    new = make_notice(cast, Visit.objects.get())
    assert new.lines.get().answer == "agreed"
    visit_page = sign_in(cast.officer).get(visit.get_absolute_url()).content.decode()
    assert "The visit is on the days that the unit proposed." in visit_page
    notice_page = sign_in(cast.head).get(new.get_absolute_url())
    assert notice_page.context["sheet"].lines[0].asks_for_other_days is None
    # and a third notice does not forget it
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    assert make_notice(cast, visit).lines.get(visit=visit).answer == "agreed"


def test_other_days_than_the_unit_asked_for_are_not_agreed_to(cast, visit, sent, sign_in):
    sent.record_answer(
        sent.lines.get(), "other_date", by=cast.head.powers, how="phone", starts=date(2026, 2, 2)
    )
    make_change(cast, visit, "granted")
    new = make_notice(cast, Visit.objects.get())
    assert new.lines.get().answer == ""
    sheet = sign_in(cast.officer).get(new.get_absolute_url()).context["sheet"]
    assert sheet.lines[0].asks_for_other_days is None


def test_an_answer_is_shown_with_the_days_it_was_about(cast, visit, sent, sign_in, english):
    sent.record_answer(sent.lines.get(), "agreed", by=cast.head.powers, how="phone")
    address = visit.get_absolute_url()
    assert "changed since" not in sign_in(cast.officer).get(address).content.decode()
    make_change(cast, visit, "granted")
    assert "for 20/01/2026 – 21/01/2026; changed since" in sign_in(cast.officer).get(address).content.decode()
    make_notice(cast, Visit.objects.get())
    assert "for 20/01/2026 – 21/01/2026; changed since" in sign_in(cast.officer).get(address).content.decode()


# --- Told means sent ------------------------------------------------------------------------------------------------------------


def test_a_composed_notice_waits_to_be_sent(cast, visit, now):
    notice = make_notice(cast, visit)
    asked = [("Send the notice: Huyện đoàn Định Hóa", "", notice.get_absolute_url())]
    assert contact(cast.head) == asked
    now.move_to("2026-01-22T09:00:00+07:00")  # the visit is over
    assert contact(cast.head) == []
    now.move_to("2026-01-04T09:00:00+07:00")
    notice.record_answer(notice.lines.get(), "agreed", by=cast.head.powers, how="phone")
    assert contact(cast.head) == []


def test_a_notice_composed_anew_is_to_be_sent_though_answers_were_carried_over(cast, visit, sent, sign_in):
    sent.record_answer(sent.lines.get(), "agreed", by=cast.head.powers, how="phone")
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    new = make_notice(cast, visit)
    assert stand(sign_in, cast, visit) == "composed"
    new.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    assert stand(sign_in, cast, visit) == "partly"


def test_nobody_is_asked_to_send_what_is_over(cast, visit, sign_in, now):
    make_notice(cast, visit)
    now.move_to("2026-01-22T09:00:00+07:00")
    assert stand(sign_in, cast, visit) == "over"


# --- Composing anew -------------------------------------------------------------------------------------------------------------


def test_a_new_notice_says_that_it_replaces_the_one_the_unit_knows(cast, visit, sent, sign_in, english):
    HostNotice.objects.filter(pk=sent.pk).update(number="12", dated=date(2026, 1, 3))
    visit_ = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    client = sign_in(cast.head)
    assert "data-confirm" in client.get(sent.get_absolute_url()).content.decode().split("Compose anew")[0]
    said = client.post(board(visit), {"unit": visit_.unit_id}, follow=True).content.decode()
    assert "its links open nothing any more" in said
    new = HostNotice.objects.get(superseded=False)
    assert "Thông báo này thay thế thông báo trước đây số 12-TB/TĐTN-PT ngày 03/01/2026;" in text_of(
        new, cast.head
    )


def test_a_notice_nobody_got_is_replaced_without_a_word(cast, visit):
    make_notice(cast, visit)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    assert "thay thế" not in text_of(make_notice(cast, visit), cast.head)


# --- What is typed --------------------------------------------------------------------------------------------------------------


def test_a_missing_phone_is_said_until_the_notice_is_sent(cast, visit, sign_in, english):
    notice = make_notice(cast, visit)
    HostNotice.objects.update(contact_phone="")
    said = "The notice names no phone number"
    client = sign_in(cast.head)
    assert said in client.get(notice.get_absolute_url()).content.decode()
    HostNotice.objects.update(contact_phone="0912")
    assert said not in client.get(notice.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("typed", "status", "stored"),
    [
        ("03/01/2026", 302, date(2026, 1, 3)),
        ("04/01/2026", 302, date(2026, 1, 4)),
        ("", 302, date(2026, 1, 5)),
        ("06/01/2026", 422, None),
        ("02/01/2026", 422, None),
        ("01/01/0001", 422, None),
    ],
)
def test_the_day_of_the_answer_is_typed(cast, visit, sign_in, now, typed, status, stored):
    notice = make_notice(cast, visit)  # on 3 January
    now.move_to("2026-01-05T09:00:00+07:00")
    line = notice.lines.get()
    posted = {"answer": "agreed", "how": "phone", "on": typed}
    response = sign_in(cast.head).post(
        f"/notices/{notice.pk}/answers/{line.pk}/", {f"line-{line.pk}-{k}": v for k, v in posted.items()}
    )
    assert response.status_code == status
    said = line.answers.first()
    assert (clock_day(said.at) if said else None) == stored
    assert said is None or said.at >= notice.composed_at


def clock_day(at):
    return (at + timedelta(hours=7)).date()


def test_nobody_agrees_to_a_visit_that_does_not_take_place(cast, visit, sent):
    make_change(cast, visit, "granted", **CANCEL)
    line = sent.lines.get()
    with pytest.raises(NotNow, match="no longer as announced"):
        sent.record_answer(line, "agreed", by=cast.head.powers, how="phone")


@pytest.mark.parametrize("dated", ["01/01/1900", "01/01/2050"])
def test_a_document_is_dated_near_its_quarter(cast, visit, sign_in, dated):
    notice = make_notice(cast, visit)
    posted = {"contact": cast.head.pk, "dated": dated}
    assert sign_in(cast.head).post(notice.get_absolute_url(), posted).status_code == 422


# --- Afterwards -----------------------------------------------------------------------------------------------------------------


def test_what_the_unit_confirms_is_counted_by_days():
    days = [VisitDay(confirmed=said) for said in (True, True, False, None)]
    found = Confirmed.among(days)
    assert found.text == "The unit has confirmed 2 of 4 days."
    assert found.denied_text == "On 1 day the officer was not there, says the unit."
    assert Confirmed.among([VisitDay(confirmed=True)]).denied_text == ""


def test_a_unit_that_denies_every_day_has_not_confirmed_the_visit(cast, visit, sent, sign_in, now):
    sent.record_answer(sent.lines.get(), "agreed", by=cast.head.powers, how="phone")
    now.move_to("2026-01-22T09:00:00+07:00")
    VisitDay.objects.update(confirmed=False)
    (row,) = sign_in(cast.head).get(board(visit)).context["board"].rows
    assert row.next == "The unit has confirmed 0 of 2 days."
    assert row.confirmed.denied_text == "On 2 days the officer was not there, says the unit."


def test_the_ground_of_an_ad_hoc_visit_is_no_plan(cast, now):
    from reports.papers.notice import _ground

    request = make_adhoc(cast, state="consented", first=date(2026, 1, 20))
    notice = make_notice(cast, request.visit)
    facts = facts_of(notice, cast.head, str)
    assert "kế hoạch" not in _ground(facts, "Tỉnh đoàn")
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=request.visit.unit)
    notice = make_notice(cast, request.visit)
    ground = _ground(facts_of(notice, cast.head, str), "Tỉnh đoàn")
    assert "kế hoạch" in ground
    assert "đột xuất" in ground


def test_a_unit_of_its_own_is_asked_about_only(cast, visit, sent):
    other = make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    make_change(cast, visit, "granted", **CANCEL)
    assert [what for what, *_ in contact(cast.head)] == [
        "1 host unit to tell",
        "Tell the unit: Huyện đoàn Định Hóa",
    ]
    make_notice(cast, other)
    assert [what for what, *_ in contact(cast.head)] == [
        "Send the notice: Huyện đoàn Võ Nhai",
        "Tell the unit: Huyện đoàn Định Hóa",
    ]


# --- Once withdrawn ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def withdrawn(cast, visit, sent):
    make_change(cast, visit, "granted", **CANCEL)
    sent.withdraw(by=cast.head.powers)
    sent.refresh_from_db()
    return sent


def test_it_is_kept_when_and_by_whom_a_notice_was_withdrawn(cast, withdrawn, sign_in, english):
    assert (withdrawn.withdrawn_on, withdrawn.withdrawn_by) == (date(2026, 1, 3), cast.head)
    said = sign_in(cast.head).get(withdrawn.get_absolute_url()).content.decode()
    assert f"This notice was withdrawn on 03/01/2026 by {cast.head}" in said


def test_what_was_taken_back_is_not_replaced_by_the_next_notice(cast, withdrawn, sign_in):
    new = make_notice(cast, make_visit(cast, cast.colleague, date(2026, 2, 10), 1))
    assert new.replaced is None
    assert "thay thế" not in text_of(new, cast.head)
    make_change(cast, Visit.objects.get(officer=cast.colleague), "granted", **CANCEL)
    assert contact(cast.head) == []
    sheet = sign_in(cast.head).get(new.get_absolute_url()).context["sheet"]
    assert sheet.stand.next.endswith("which the unit does not know of.")


def test_neither_is_what_the_withdrawn_notice_had_replaced(cast, visit, sent):
    other = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    second = make_notice(cast, visit)
    make_change(cast, visit, "granted", **CANCEL)
    make_change(cast, other, "granted", **CANCEL)
    assert [url for _what, _hint, url in contact(cast.head)] == [second.get_absolute_url()]
    second.withdraw(by=cast.head.powers)
    assert second.replaced == sent
    new = make_notice(cast, make_visit(cast, cast.deputy, date(2026, 2, 12), 1))
    assert new.replaced is None
    assert not HostNotice.objects.with_replaced().get(pk=new.pk).replaces
    assert HostNotice.objects.with_replaced().get(pk=second.pk).replaces


def test_a_withdrawn_notice_stays_so_when_another_follows(cast, withdrawn, sign_in, english):
    new = make_notice(cast, make_visit(cast, cast.colleague, date(2026, 2, 10), 1))
    page = sign_in(cast.head).get(withdrawn.get_absolute_url())
    assert page.context["sheet"].stand.key == "withdrawn"
    assert f'<a href="{new.get_absolute_url()}">Open the newer notice</a>' in page.content.decode()
    assert "không thực hiện" in text_of(withdrawn, cast.head)


def test_a_withdrawn_notice_with_days_to_confirm_is_shown_as_withdrawn(cast, visit, now, sign_in):
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    notice.record_answer(notice.lines.get(visit=visit), "agreed", by=cast.head.powers, how="phone")
    now.move_to("2026-01-25T09:00:00+07:00")
    make_change(cast, Visit.objects.get(officer=cast.colleague), "granted", **CANCEL)
    notice.withdraw(by=cast.head.powers)
    sheet = sign_in(cast.head).get(notice.get_absolute_url()).context["sheet"]
    assert (sheet.stand.key, sheet.letter) == ("withdrawn", [])
    # an answer that was carried over is no sign that the unit knows what follows
    new = make_notice(cast, make_visit(cast, cast.deputy, date(2026, 2, 12), 1))
    assert new.replaced is None
    make_change(cast, Visit.objects.get(officer=cast.deputy), "granted", **CANCEL)
    assert contact(cast.head) == []
    sheet = sign_in(cast.head).get(new.get_absolute_url()).context["sheet"]
    assert sheet.stand.next.endswith("which the unit does not know of.")


# --- What is over is not told as a change -----------------------------------------------------------------------------------------


def test_a_change_that_is_past_is_not_taken_back(cast, visit, now, sign_in, english):
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    make_change(cast, visit, "granted", **CANCEL)
    now.move_to("2026-01-25T09:00:00+07:00")
    make_change(cast, second, "granted", **CANCEL)
    notice = HostNotice.objects.get(pk=notice.pk)
    told = facts_of(notice, cast.head, str).taken_back
    assert [row.first for row in told] == [date(2026, 2, 10)]
    notice.withdraw(by=cast.head.powers)
    now.move_to("2026-03-01T09:00:00+07:00")  # it still says what the unit was told
    told = facts_of(HostNotice.objects.get(pk=notice.pk), cast.head, str).taken_back
    assert [row.first for row in told] == [date(2026, 2, 10)]


def test_a_paper_of_changes_is_never_empty(cast, visit, sent, now):
    make_change(cast, visit, "granted", **CANCEL)
    now.move_to("2026-01-25T09:00:00+07:00")
    facts = facts_of(HostNotice.objects.get(pk=sent.pk), cast.head, str)
    assert (facts.rows, len(facts.taken_back)) == ((), 1)


@pytest.mark.parametrize(
    ("said", "key"), [("refused", "refused"), ("other_date", "other_date"), ("agreed", "agreed")]
)
def test_nobody_talks_about_days_that_are_over(cast, visit, sent, sign_in, now, said, key):
    more = {"starts": date(2026, 2, 2)} if said == "other_date" else {}
    sent.record_answer(sent.lines.get(), said, by=cast.head.powers, how="phone", **more)
    assert stand(sign_in, cast, visit) == key
    now.move_to("2026-01-22T09:00:00+07:00")
    VisitDay.objects.update(confirmed=True)
    (row,) = sign_in(cast.head).get(board(visit)).context["board"].rows
    assert row.stand.key == ("agreed" if said == "agreed" else "over")
    assert row.stand.label == ("Agreed" if said == "agreed" else "Answered")
    assert row.next == "The unit has confirmed 2 of 2 days."


def test_a_past_refusal_does_not_hide_what_is_agreed_ahead(cast, visit, sign_in, now):
    later = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    for one, said in ((visit, "refused"), (later, "agreed")):
        notice.record_answer(notice.lines.get(visit=one), said, by=cast.head.powers, how="phone")
    assert stand(sign_in, cast, visit) == "refused"
    now.move_to("2026-01-22T09:00:00+07:00")
    assert stand(sign_in, cast, visit) == "agreed"


def test_nobody_is_said_to_come_only_when_nobody_does(cast, visit, sent, sign_in, english):
    nobody, changed = "Nobody comes as announced any more:", "The announced schedule has changed:"
    make_change(cast, visit, "granted")
    said = sign_in(cast.head).get(sent.get_absolute_url()).content.decode()
    assert (nobody in said, changed in said) == (False, True)
    make_change(cast, Visit.objects.get(), "granted", **CANCEL)
    said = sign_in(cast.head).get(sent.get_absolute_url()).content.decode()
    assert (nobody in said, changed in said) == (True, False)
