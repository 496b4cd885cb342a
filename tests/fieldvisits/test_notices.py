"""Letters to host units: what composing does, who may what on the pages, what is recorded."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock
from fieldvisits.forms.notices import NoticeForm
from fieldvisits.models import HostLink, HostNotice, NoticeAnswer, NoticeLine, NotNow, Visit

from ..factories import make_change, make_notice, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english")


def board(visit):
    quarter = visit.quarter
    return f"/quarters/{quarter.year}/{quarter.number}/departments/{visit.department_id}/notices/"


def page(notice, rest=""):
    return f"/notices/{notice.pk}/{rest}"


# --- Composing -----------------------------------------------------------------------------------------------------------


def test_a_notice_announces_every_approved_visit_to_the_unit(cast):
    first = make_visit(cast)
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, first)
    assert list(notice.lines.order_by("starts").values_list("visit", "starts", "ends", "answer")) == [
        (first.pk, date(2026, 1, 20), date(2026, 1, 21), ""),
        (second.pk, date(2026, 2, 10), date(2026, 2, 10), ""),
    ]
    assert (notice.contact, notice.composed_by) == (cast.head, cast.head)


def test_what_has_been_told_is_not_told_again(cast):
    visit = make_visit(cast)
    make_notice(cast, visit)
    with pytest.raises(NotNow, match="has been told of every approved visit"):
        make_notice(cast, visit)
    assert HostNotice.objects.count() == 1


def test_a_new_visit_makes_a_new_notice_that_keeps_what_was_typed_and_said(cast):
    visit = make_visit(cast)
    old = make_notice(cast, visit)
    HostNotice.objects.filter(pk=old.pk).update(
        contact=cast.officer, contact_phone="0912", note="Mang áo mưa"
    )
    link = HostLink.objects.issue(old, "answer", by=cast.head.powers)
    old.record_answer(old.lines.get(), "agreed", by=cast.head.powers, how="phone")
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    new = make_notice(cast, visit)
    old.refresh_from_db()
    link.refresh_from_db()
    assert (old.superseded, new.superseded, link.revoked_at) == (True, False, clock.now())
    assert (new.contact, new.contact_phone, new.note) == (cast.officer, "0912", "Mang áo mưa")
    assert list(new.lines.order_by("starts").values_list("answer", flat=True)) == ["agreed", ""]


def test_a_moved_visit_makes_the_notice_out_of_date_and_the_old_answer_void(cast):
    visit = make_visit(cast)
    old = make_notice(cast, visit)
    old.record_answer(old.lines.get(), "agreed", by=cast.head.powers, how="phone")
    make_change(cast, visit, "granted")  # a week later
    new = make_notice(cast, visit)
    assert new.lines.get().starts == date(2026, 1, 27)
    assert new.lines.get().answer == ""


def test_a_cancelled_visit_is_told_by_composing_anew(cast):
    visit = make_visit(cast)
    other = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    make_notice(cast, visit)
    make_change(cast, visit, "granted", kind="cancel", starts=None, ends=None, unit=None)
    new = make_notice(cast, other)
    assert list(new.lines.values_list("visit", flat=True)) == [other.pk]


def test_nothing_is_composed_when_nobody_comes_any_more(cast):
    visit = make_visit(cast)
    make_notice(cast, visit)
    make_change(cast, visit, "granted", kind="cancel", starts=None, ends=None, unit=None)
    with pytest.raises(NotNow, match="No approved visit to this unit is left"):
        make_notice(cast, visit)


@pytest.mark.parametrize(
    "who", ["officer", "other_head", "coordinator", "member", "strange_head", "administrator"]
)
def test_only_the_leaders_of_the_department_compose(cast, who):
    visit = make_visit(cast)
    with pytest.raises(PermissionDenied):
        HostNotice.objects.compose(visit.quarter, visit.department, visit.unit, by=getattr(cast, who).powers)


def test_a_notice_is_sent_on_a_day_that_has_been_and_not_before_it_was_composed(cast, now):
    notice = make_notice(cast)
    with pytest.raises(NotNow, match="future"):
        notice.mark_sent(by=cast.head.powers, on=date(2026, 1, 4), how="chat")
    with pytest.raises(NotNow, match="before it was composed"):
        notice.mark_sent(by=cast.head.powers, on=date(2026, 1, 2), how="chat")
    notice.mark_sent(by=cast.head.powers, on=date(2026, 1, 3), how="chat")
    notice.refresh_from_db()
    assert (notice.sent_on, notice.sent_how) == (date(2026, 1, 3), "chat")


def test_a_letter_leaves_out_what_was_over_when_it_was_composed(cast, now):
    past = make_visit(cast)
    now.move_to("2026-01-25T09:00:00+07:00")
    ahead = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, past)
    lines = list(notice.lines.order_by("starts"))
    assert [line.visit_id for line in lines] == [past.pk, ahead.pk]
    assert [line.visit_id for line in notice.letter_lines(lines)] == [ahead.pk]
    assert notice.letter_lines(lines[:1]) == lines[:1]


# --- The list ------------------------------------------------------------------------------------------------------------


def test_the_head_sees_the_units_and_composes_one(cast, sign_in, english):
    visit = make_visit(cast)
    client = sign_in(cast.head)
    response = client.get(board(visit))
    assert [(row.unit.name, row.stand.key) for row in response.context["board"].rows] == [
        ("Huyện đoàn Định Hóa", "none")
    ]
    response = client.post(board(visit), {"unit": visit.unit_id})
    notice = HostNotice.objects.get()
    assert response.url == notice.get_absolute_url()
    assert (notice.unit, notice.department, notice.composed_by) == (visit.unit, cast.movement, cast.head)


def test_the_head_composes_all_at_once(cast, sign_in):
    visit = make_visit(cast)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    client = sign_in(cast.head)
    assert client.post(board(visit), {"all": "1"}).url == board(visit)
    assert sorted(HostNotice.objects.values_list("unit__name", flat=True)) == [
        "Huyện đoàn Võ Nhai",
        "Huyện đoàn Định Hóa",
    ]


STANDS = [
    ("composed", {}),
    ("sent", {"sent": True}),
    ("agreed", {"answer": "agreed"}),
    ("other_date", {"answer": "other_date", "starts": date(2026, 2, 1)}),
    ("refused", {"answer": "refused"}),
    ("outdated", {"moved": True}),
    ("outdated", {"new": True}),
]


@pytest.mark.parametrize(("key", "what"), STANDS)
def test_how_a_notice_stands(cast, sign_in, key, what):
    visit = make_visit(cast)
    notice = make_notice(cast, visit)
    if what.get("sent"):
        notice.mark_sent(by=cast.head.powers, on=clock.today(), how="chat")
    if "answer" in what:
        notice.record_answer(notice.lines.get(), by=cast.head.powers, how="phone", **what)
    if what.get("moved"):
        make_change(cast, visit, "granted")
    if what.get("new"):
        make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    (row,) = sign_in(cast.head).get(board(visit)).context["board"].rows
    assert row.stand.key == key


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("head", 200),
        ("deputy", 200),
        ("coordinator", 200),
        ("results_desk", 200),
        ("member", 200),
        ("officer", 200),  # announced in it
        ("colleague", 404),
        ("other_head", 404),
        ("executive", 404),
        ("administrator", 404),
        ("central", 404),
        ("strange_head", 404),
        ("strange_coordinator", 404),
    ],
)
def test_who_sees_the_list_and_the_notice(cast, sign_in, who, status):
    visit = make_visit(cast)
    notice = make_notice(cast, visit)
    client = sign_in(getattr(cast, who))
    assert client.get(board(visit)).status_code == status
    assert client.get(page(notice)).status_code == status


def test_a_stranger_to_the_notices_does_not_learn_that_there_are_visits(cast, sign_in):
    visit = make_visit(cast)
    assert sign_in(cast.officer).get(board(visit)).status_code == 404
    assert b"notice-do" not in sign_in(cast.member).get(board(visit)).content.replace(
        b'<div class="notice-do">', b""
    )


@pytest.mark.parametrize("who", ["officer", "coordinator", "member"])
def test_readers_change_nothing(cast, sign_in, who):
    visit = make_visit(cast)
    notice = make_notice(cast, visit)
    line = notice.lines.get()
    client = sign_in(getattr(cast, who))
    for address, posted in [
        (board(visit), {"unit": visit.unit_id}),
        (page(notice), {"contact": cast.officer.pk}),
        (page(notice, "sent/"), {"sent_on": "03/01/2026", "sent_how": "chat"}),
        (page(notice, f"answers/{line.pk}/"), {}),
        (page(notice, "links/"), {"purpose": "answer"}),
    ]:
        assert client.post(address, posted).status_code == 403, address
    notice.refresh_from_db()
    assert (notice.sent_on, notice.contact_id) == (None, cast.head.pk)
    assert (HostLink.objects.count(), NoticeAnswer.objects.count()) == (0, 0)


def test_a_reader_does_not_see_the_links(cast, sign_in, english):
    notice = make_notice(cast)
    link = HostLink.objects.issue(notice, "feedback", by=cast.head.powers)
    assert link.token in sign_in(cast.head).get(page(notice)).content.decode()
    for who in (cast.officer, cast.member):
        assert link.token not in sign_in(who).get(page(notice)).content.decode()


def test_nothing_to_contact_yet(cast, sign_in, english):
    visit = make_visit(cast)
    Visit.objects.update(department=cast.building)
    response = sign_in(cast.head).get(board(visit))
    assert "No unit to contact yet" in response.content.decode()


@pytest.mark.parametrize(
    "posted", [{}, {"unit": "x"}, {"unit": "9" * 40}, {"unit": "\x00"}, {"unit": "999999"}, {"unit": "²"}]
)
def test_nonsense_composes_nothing(cast, sign_in, posted):
    visit = make_visit(cast)
    assert sign_in(cast.head).post(board(visit), posted).status_code == 302
    assert HostNotice.objects.count() == 0


def test_a_unit_of_the_other_province_is_not_written_to(cast, sign_in):
    visit = make_visit(cast)
    there = make_unit(cast, "Thành đoàn Vĩnh Yên", there=True)
    sign_in(cast.head).post(board(visit), {"unit": there.pk})
    assert HostNotice.objects.count() == 0


# --- One letter ----------------------------------------------------------------------------------------------------------


def test_the_head_types_contact_note_number_and_date(cast, sign_in):
    notice = make_notice(cast)
    posted = {
        "contact": cast.colleague.pk,
        "contact_phone": "0912 345 678",
        "note": "Bi\u0300nh <b>Yên</b>",
        "number": "12-TB/TĐTN",
        "dated": "05/01/2026",
    }
    assert sign_in(cast.head).post(page(notice), posted).status_code == 302
    notice.refresh_from_db()
    assert (notice.contact, notice.contact_phone, notice.note, notice.number, notice.dated) == (
        cast.colleague,
        "0912 345 678",
        "Bình <b>Yên</b>",
        "12-TB/TĐTN",
        date(2026, 1, 5),
    )
    assert "<b>Yên</b>" not in sign_in(cast.head).get(page(notice)).content.decode()


@pytest.mark.parametrize(
    "bad",
    [
        {"contact": "999999"},
        {"contact": "x" * 10_240},
        {"note": "ư" * 10_240},
        {"note": "\x00"},
        {"dated": "31/02/2026"},
        {"contact_phone": "1" * 31},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_comes_back(cast, sign_in, bad):
    notice = make_notice(cast)
    posted = {
        "contact": cast.head.pk,
        "contact_phone": "",
        "note": "Mang theo sổ",
        "number": "12",
        "dated": "",
    }
    response = sign_in(cast.head).post(page(notice), posted | bad)
    assert response.status_code == 422
    assert 'value="12"' in response.content.decode()
    notice.refresh_from_db()
    assert (notice.number, notice.note) == ("", "")


def test_only_people_of_the_department_are_contacts(cast, sign_in):
    notice = make_notice(cast)
    response = sign_in(cast.head).post(page(notice), {"contact": cast.other_officer.pk})
    assert response.status_code == 422


def test_the_head_records_what_the_unit_said_on_the_phone(cast, sign_in):
    notice = make_notice(cast)
    line = notice.lines.get()
    name = f"line-{line.pk}"
    posted = {
        f"{name}-answer": "other_date",
        f"{name}-starts": "02/02/2026",
        f"{name}-ends": "03/02/2026",
        f"{name}-how": "phone",
        f"{name}-contact_name": "Lý Thị Sen",
        f"{name}-contact_phone": "0987",
        f"{name}-text": "Đơn vị bận đại hội",
    }
    assert sign_in(cast.deputy).post(page(notice, f"answers/{line.pk}/"), posted).status_code == 302
    said = NoticeAnswer.objects.get()
    assert (said.answer, said.starts, said.ends, said.how, said.recorded_by, said.contact_name) == (
        "other_date",
        date(2026, 2, 2),
        date(2026, 2, 3),
        "phone",
        cast.deputy,
        "Lý Thị Sen",
    )
    assert NoticeLine.objects.get().answer == "other_date"
    officers = sign_in(cast.officer).get(page(notice)).content.decode()
    assert f"/visits/{line.visit_id}/change/?answer={said.pk}" in officers
    heads = sign_in(cast.head).get(page(notice)).content.decode()
    assert f"/visits/{line.visit_id}/change/" not in heads


@pytest.mark.parametrize(
    "bad",
    [
        {"answer": "maybe"},
        {"answer": "other_date"},
        {"answer": "other_date", "starts": "02/01/2026"},
        {"answer": "other_date", "starts": "05/02/2026", "ends": "04/02/2026"},
        {"answer": "other_date", "starts": "01/02/2026", "ends": "04/03/2026"},
        {"answer": "other_date", "starts": "01/02/9999"},
        {"answer": "other_date", "starts": "30/02/2026"},
        {"how": "link"},
        {"text": "ư" * 10_240},
        {"contact_name": "\x00"},
    ],
)
def test_a_wrong_answer_is_not_recorded(cast, sign_in, bad):
    notice = make_notice(cast)
    line = notice.lines.get()
    posted = {f"line-{line.pk}-{k}": v for k, v in ({"answer": "agreed", "how": "phone"} | bad).items()}
    assert sign_in(cast.head).post(page(notice, f"answers/{line.pk}/"), posted).status_code == 422
    assert NoticeAnswer.objects.count() == 0


def test_a_line_of_another_notice_is_not_found(cast, sign_in):
    notice = make_notice(cast)
    elsewhere = make_notice(
        cast,
        make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=make_unit(cast, "Huyện đoàn Võ Nhai")),
    )
    line = elsewhere.lines.get()
    assert sign_in(cast.head).post(page(notice, f"answers/{line.pk}/"), {}).status_code == 404


def test_sending_is_recorded_or_refused_with_the_reason(cast, sign_in, english):
    notice = make_notice(cast)
    client = sign_in(cast.head)
    response = client.post(page(notice, "sent/"), {"sent_on": "04/01/2026", "sent_how": "chat"})
    assert (response.status_code, "cannot lie in the future" in response.content.decode()) == (422, True)
    assert client.post(page(notice, "sent/"), {"sent_on": "01/01/0001", "sent_how": "x"}).status_code == 422
    client.post(page(notice, "sent/"), {"sent_on": "03/01/2026", "sent_how": "chat"})
    notice.refresh_from_db()
    assert (notice.sent_on, notice.sent_how) == (date(2026, 1, 3), "chat")


def test_a_replaced_notice_is_kept_and_read_only(cast, sign_in, english):
    visit = make_visit(cast)
    old = make_notice(cast, visit)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    new = make_notice(cast, visit)
    client = sign_in(cast.head)
    text = client.get(page(old)).content.decode()
    assert "A newer notice has replaced this one" in text
    assert new.get_absolute_url() in text
    client.post(page(old), {"contact": cast.deputy.pk})
    client.post(page(old, "links/"), {"purpose": "answer"})
    old.refresh_from_db()
    assert (old.contact, HostLink.objects.count()) == (cast.head, 0)


def test_links_are_issued_shown_and_withdrawn(cast, sign_in, english):
    notice = make_notice(cast)
    client = sign_in(cast.head)
    client.post(page(notice, "links/"), {"purpose": "answer"})
    link = HostLink.objects.get()
    assert f"http://testserver{link.path}" in client.get(page(notice)).content.decode()
    for who in (cast.officer, cast.coordinator):
        assert sign_in(who).post(f"/links/{link.pk}/revoke/").status_code == 403
    assert sign_in(cast.strange_head).post(f"/links/{link.pk}/revoke/").status_code == 404
    client = sign_in(cast.head)
    client.post(f"/links/{link.pk}/revoke/")
    link.refresh_from_db()
    assert link.revoked_at == clock.now()
    assert link.token not in client.get(page(notice)).content.decode()
    assert client.post(page(notice, "links/"), {"purpose": "x"}).status_code == 404


def test_get_changes_nothing(cast, sign_in):
    notice = make_notice(cast)
    client = sign_in(cast.head)
    for rest in ("sent/", f"answers/{notice.lines.get().pk}/", "links/"):
        assert client.get(page(notice, rest)).status_code == 405


# --- Queries -------------------------------------------------------------------------------------------------------------


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_the_pages_ask_the_same_for_one_visit_and_for_three(cast, sign_in):
    visit = make_visit(cast)
    notice = make_notice(cast, visit)
    notice.record_answer(notice.lines.get(), "agreed", by=cast.head.powers, how="phone")
    client = sign_in(cast.head)
    queries(client, board(visit))  # content types and the like
    before = queries(client, board(visit)), queries(client, page(notice))
    for n, officer in enumerate([cast.colleague, cast.deputy], start=1):
        make_visit(cast, officer, date(2026, 2, 10) + timedelta(days=n), 1)
        make_visit(
            cast, officer, date(2026, 3, 10) + timedelta(days=n), 1, unit=make_unit(cast, f"Đoàn xã {n}")
        )
    notice = make_notice(cast, visit)
    for line in notice.lines.all():
        notice.record_answer(line, "agreed", by=cast.head.powers, how="phone")
    make_notice(cast, Visit.objects.get(unit__name="Đoàn xã 1"))
    after = queries(client, board(visit)), queries(client, page(notice))
    assert after == before
    assert max(after) <= 25


def test_a_page_opened_before_the_notice_was_replaced_does_not_bring_it_back(cast):
    visit = make_visit(cast)
    opened = HostNotice.objects.get(pk=make_notice(cast, visit).pk)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    new = make_notice(cast, visit)
    data = {
        "contact": cast.head.pk,
        "contact_phone": "0912",
        "note": "Mang áo mưa",
        "number": "",
        "dated": "",
    }
    form = NoticeForm(data, instance=opened)
    assert form.is_valid()
    with pytest.raises(NotNow, match="A newer notice has replaced this one"):
        form.save(by=cast.head.powers)
    assert list(HostNotice.objects.order_by("pk").values_list("superseded", flat=True)) == [True, False]
    assert not new.superseded
