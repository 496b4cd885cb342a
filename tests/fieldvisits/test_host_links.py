"""What a host unit opens without an account: its answer to a notice, its word after the visit, and who is kept out."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import clock
from fieldvisits.models import (
    QUESTIONS,
    HostFeedback,
    HostLink,
    NoticeAnswer,
    NotNow,
    VisitDay,
    confirm_presence,
)

from ..factories import make_change, make_notice, make_unit, make_visit

pytestmark = pytest.mark.usefixtures("in_english")

MARKS = dict.fromkeys(QUESTIONS, 3)


@pytest.fixture
def visit(cast):
    return make_visit(cast)  # 20 and 21 January 2026


@pytest.fixture
def notice(cast, visit):
    return make_notice(cast, visit)


@pytest.fixture
def unit(client):
    """Somebody at the unit: no account, English for comparing sentences."""
    client.cookies["django_language"] = "en"
    return client


def link_of(cast, notice, purpose="answer"):
    return HostLink.objects.issue(notice, purpose, by=cast.head.powers)


def feedback(visit, days=("2026-01-20", "2026-01-21"), **more):
    name = f"visit-{visit.pk}"
    said = {**dict.fromkeys(QUESTIONS, "3"), "text": "Rất tốt", "given_by": "Lý Thị Sen, Bí thư"} | more
    return {
        "visit": visit.pk,
        f"{name}-days": list(days),
        **{f"{name}-{key}": value for key, value in said.items()},
    }


# --- The link itself -----------------------------------------------------------------------------------------------------


def test_the_token_is_not_in_the_database(cast, notice):
    link = link_of(cast, notice)
    stored = HostLink.objects.filter(pk=link.pk).values().get()
    assert not [value for value in stored.values() if link.token in str(value)]
    assert len(stored["token_hash"]) == 64
    assert HostLink.objects.opened(link.token) == link


def test_a_link_ends_at_midnight_after_its_last_visit(cast, notice, unit, now):
    link = link_of(cast, notice)
    now.move_to("2026-01-21T23:59:59+07:00")
    assert unit.get(link.path).status_code == 200
    now.move_to("2026-01-22T00:00:00+07:00")
    response = unit.get(link.path)
    assert response.status_code == 410
    assert "This link is over" in response.content.decode()


def test_a_feedback_link_ends_three_weeks_later(cast, notice, unit, now):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-02-11T23:59:59+07:00")
    assert unit.get(link.path).status_code == 200
    now.move_to("2026-02-12T00:00:00+07:00")
    assert unit.get(link.path).status_code == 410


def test_no_link_is_issued_that_would_be_over(cast, notice, now):
    now.move_to("2026-01-22T00:00:00+07:00")
    with pytest.raises(NotNow, match="would open nothing"):
        link_of(cast, notice)
    assert HostLink.objects.count() == 0


def test_a_new_link_withdraws_the_old(cast, notice, unit):
    old, other, new = link_of(cast, notice), link_of(cast, notice, "feedback"), link_of(cast, notice)
    assert [unit.get(link.path).status_code for link in (old, other, new)] == [410, 200, 200]


def test_a_link_replayed_after_it_was_withdrawn_opens_and_writes_nothing(cast, notice, unit):
    link = link_of(cast, notice)
    unit.get(link.path)
    link.revoke(by=cast.head.powers)
    for response in (unit.get(link.path), unit.post(link.path, {"all": "1"})):
        assert response.status_code == 410
        assert "has been withdrawn" in response.content.decode()
        assert cast.officer.full_name not in response.content.decode()
    assert NoticeAnswer.objects.count() == 0


def test_a_replaced_notice_closes_its_links(cast, notice, visit, unit):
    link = link_of(cast, notice)
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    make_notice(cast, visit)
    assert unit.post(link.path, {"all": "1"}).status_code == 410


@pytest.mark.parametrize(
    "forged", ["x", "a:b", "%00", "ư" * 300, "a" * 10_240, "..", "' OR 1=1 --", "%F0%9F%98%80:x"]
)
def test_a_forged_link_is_not_found(cast, notice, unit, forged):
    link_of(cast, notice)
    for response in (unit.get(f"/host/{forged}/"), unit.post(f"/host/{forged}/", {"all": "1"})):
        assert response.status_code == 404
        text = response.content.decode()
        assert "Traceback" not in text
        assert "<nav" not in text


def test_one_changed_letter_opens_nothing(cast, notice, unit):
    link = link_of(cast, notice)
    changed = ("A" if link.token[0] != "A" else "B") + link.token[1:]
    assert unit.get(f"/host/{changed}/").status_code == 404


def test_the_page_is_private_and_bare(cast, notice, unit):
    response = unit.get(link_of(cast, notice).path)
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "same-origin"
    text = response.content.decode()
    assert "<nav" not in text
    assert "<script" not in text
    assert "frame-search" not in text
    closed = unit.get("/host/x/")
    assert (closed["Cache-Control"], closed["X-Robots-Tag"]) == ("no-store, private", "noindex, nofollow")


def test_the_page_shows_its_own_notice_only(cast, notice, visit, unit):
    there = make_visit(
        cast,
        cast.colleague,
        date(2026, 2, 10),
        1,
        unit=make_unit(cast, "Huyện đoàn Võ Nhai"),
        content="Việc riêng",
    )
    make_notice(cast, there)
    notice.record_answer(
        notice.lines.get(), "refused", by=cast.head.powers, how="phone", text="nội bộ ban không cho biết"
    )
    for purpose in ("answer", "feedback"):
        text = unit.get(link_of(cast, notice, purpose).path).content.decode()
        assert cast.officer.full_name in text
        assert "Huyện đoàn Định Hóa" in text
        for hidden in ("Võ Nhai", cast.colleague.full_name, "Việc riêng"):
            assert hidden not in text


def test_what_the_head_wrote_down_is_not_shown_to_the_unit(cast, notice, unit):
    notice.record_answer(
        notice.lines.get(),
        "agreed",
        by=cast.head.powers,
        how="phone",
        text="nội bộ",
        contact_name="Người khác",
    )
    text = unit.get(link_of(cast, notice).path).content.decode()
    assert "nội bộ" not in text


def test_opening_is_noted(cast, notice, unit):
    link = link_of(cast, notice)
    unit.get(link.path)
    link.refresh_from_db()
    assert link.last_used_at == clock.now()


def test_a_post_without_its_token_is_refused(cast, notice):
    strict = Client(enforce_csrf_checks=True)
    link = link_of(cast, notice)
    assert strict.post(link.path, {"all": "1"}).status_code == 403
    assert NoticeAnswer.objects.count() == 0
    strict.get(link.path)
    token = strict.cookies["csrftoken"].value
    assert strict.post(link.path, {"all": "1", "csrfmiddlewaretoken": token}).status_code == 302
    assert NoticeAnswer.objects.count() == 1


def test_a_link_that_sends_too_often_waits(cast, notice, unit, now):
    link, other = link_of(cast, notice), link_of(cast, notice, "feedback")
    codes = [unit.post(link.path, {}).status_code for _n in range(31)]
    assert codes == [422] * 30 + [429]
    assert unit.get(link.path).status_code == 200
    assert unit.post(other.path, {}).status_code == 422  # counted for each link
    cache.clear()
    assert unit.post(link.path, {"all": "1"}).status_code == 302


# --- Answering -----------------------------------------------------------------------------------------------------------


def test_one_button_agrees_to_all(cast, visit, unit):
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    link = link_of(cast, notice)
    posted = {"all": "1", "contact_name": "Lý Thị Sen", "contact_phone": "0987 654 321", "text": ""}
    response = unit.post(link.path, posted, follow=True)
    assert "Your answer has reached" in response.content.decode()
    assert sorted(
        NoticeAnswer.objects.values_list(
            "line__visit", "answer", "how", "recorded_by", "contact_name", "contact_phone"
        )
    ) == [
        (visit.pk, "agreed", "link", None, "Lý Thị Sen", "0987 654 321"),
        (second.pk, "agreed", "link", None, "Lý Thị Sen", "0987 654 321"),
    ]
    assert set(notice.lines.values_list("answer", flat=True)) == {"agreed"}


def test_visit_by_visit_and_changed_afterwards(cast, visit, unit):
    make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    first, second = notice.lines.order_by("starts")
    link = link_of(cast, notice)
    unit.post(
        link.path,
        {
            f"answer_{first.pk}": "other_date",
            f"starts_{first.pk}": "2026-02-02",
            f"ends_{first.pk}": "03/02/2026",
            f"answer_{second.pk}": "refused",
            "text": "Bận đại hội",
        },
    )
    assert list(
        NoticeAnswer.objects.order_by("line").values_list("line", "answer", "starts", "ends", "text")
    ) == [
        (first.pk, "other_date", date(2026, 2, 2), date(2026, 2, 3), "Bận đại hội"),
        (second.pk, "refused", None, None, "Bận đại hội"),
    ]
    text = unit.get(link.path).content.decode()
    assert "02/02/2026 – 03/02/2026" in text
    # the second is changed; the first stays as it was and is not recorded twice
    unit.post(
        link.path,
        {
            f"answer_{first.pk}": "other_date",
            f"starts_{first.pk}": "2026-02-02",
            f"ends_{first.pk}": "2026-02-03",
            f"answer_{second.pk}": "agreed",
            "text": "Bận đại hội",
        },
    )
    assert list(NoticeAnswer.objects.order_by("pk").values_list("line", "answer")) == [
        (first.pk, "other_date"),
        (second.pk, "refused"),
        (second.pk, "agreed"),
    ]
    second.refresh_from_db()
    assert second.answer == "agreed"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"answer": "maybe"},
        {"answer": "other_date"},
        {"answer": "other_date", "starts": "2026-01-02"},
        {"answer": "other_date", "starts": "2026-02-05", "ends": "2026-02-04"},
        {"answer": "other_date", "starts": "hôm nào cũng được"},
        {"answer": "other_date", "starts": "9999-12-31"},
    ],
)
def test_a_wrong_answer_is_said_and_nothing_typed_is_lost(cast, notice, unit, bad):
    line = notice.lines.get()
    link = link_of(cast, notice)
    posted = {f"{key}_{line.pk}": value for key, value in bad.items()} | {"text": "<b>Xin lỗi</b>"}
    response = unit.post(link.path, posted)
    assert response.status_code == 422
    assert "&lt;b&gt;Xin lỗi&lt;/b&gt;" in response.content.decode()
    assert NoticeAnswer.objects.count() == 0


@pytest.mark.parametrize(
    "bad", [{"text": "ư" * 10_240}, {"contact_name": "x" * 121}, {"contact_phone": "\x00"}]
)
def test_agreeing_with_words_that_do_not_fit_records_nothing(cast, notice, unit, bad):
    assert unit.post(link_of(cast, notice).path, {"all": "1"} | bad).status_code == 422
    assert NoticeAnswer.objects.count() == 0


def test_a_line_of_another_notice_is_no_matter(cast, notice, unit):
    there = make_visit(cast, cast.colleague, date(2026, 2, 10), 1, unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    line = make_notice(cast, there).lines.get()
    assert unit.post(link_of(cast, notice).path, {f"answer_{line.pk}": "refused"}).status_code == 422
    line.refresh_from_db()
    assert (line.answer, NoticeAnswer.objects.count()) == ("", 0)


def test_a_visit_that_has_begun_or_was_moved_is_not_answered_to(cast, visit, unit, now):
    second = make_visit(cast, cast.colleague, date(2026, 2, 10), 1)
    notice = make_notice(cast, visit)
    link = link_of(cast, notice)
    now.move_to("2026-01-20T07:00:00+07:00")
    unit.post(link.path, {"all": "1"})
    assert list(NoticeAnswer.objects.values_list("line__visit", flat=True)) == [second.pk]
    make_change(cast, second, "granted")
    response = unit.post(link.path, {"all": "1"})
    assert response.status_code == 422
    with pytest.raises(NotNow, match="begun or is no longer as announced"):
        notice.record_answer(notice.lines.get(visit=visit), "agreed", by=None)
    assert NoticeAnswer.objects.count() == 1


# --- Afterwards ----------------------------------------------------------------------------------------------------------


def test_the_unit_confirms_day_by_day_and_leaves_feedback(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    response = unit.get(link.path)
    form = response.context["blocks"][0].form
    assert (form.initial["days"], form.initial["nobody"]) == ([], False)
    response = unit.post(link.path, feedback(visit, ["2026-01-21"], was_useful="2"), follow=True)
    assert "Your word has reached" in response.content.decode()
    assert list(VisitDay.objects.order_by("date").values_list("date", "confirmed")) == [
        (date(2026, 1, 20), False),
        (date(2026, 1, 21), True),
    ]
    said = HostFeedback.objects.get()
    assert (said.visit, said.told_in_time, said.was_useful, said.text, said.given_by, said.at) == (
        visit,
        3,
        2,
        "Rất tốt",
        "Lý Thị Sen, Bí thư",
        clock.now(),
    )
    assert said.mean == pytest.approx(2.8)


def test_what_was_sent_last_holds(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    unit.post(link.path, feedback(visit, [], nobody="on"))
    assert set(VisitDay.objects.values_list("confirmed", flat=True)) == {False}
    form = unit.get(link.path).context["blocks"][0].form
    assert (form.initial["days"], form.initial["nobody"]) == ([], True)
    unit.post(link.path, feedback(visit, text="Đã xem lại"))
    assert [said.text for said in HostFeedback.objects.all()] == ["Đã xem lại"]
    assert set(VisitDay.objects.values_list("confirmed", flat=True)) == {True}
    text = unit.get(link.path).content.decode()
    assert "Thank you: sent at 10:00 22/01/2026 by Lý Thị Sen, Bí thư." in text


def test_before_the_visit_nothing_is_confirmed(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-19T23:59:00+07:00")
    assert "From 20/01/2026 on you can confirm" in unit.get(link.path).content.decode()
    unit.post(link.path, feedback(visit))
    with pytest.raises(NotNow, match="has not taken place yet"):
        confirm_presence(link, visit, [date(2026, 1, 20)], given_by="Sen", **MARKS)
    assert (HostFeedback.objects.count(), VisitDay.objects.filter(confirmed=None).count()) == (0, 2)


def test_on_its_first_day_only_that_day_can_be_confirmed(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-20T17:00:00+07:00")
    assert unit.post(link.path, feedback(visit)).status_code == 422  # the 21st is no choice yet
    unit.post(link.path, feedback(visit, ["2026-01-20"]))
    assert list(VisitDay.objects.order_by("date").values_list("confirmed", flat=True)) == [True, None]


def test_days_outside_and_visits_of_others_are_not_touched(cast, notice, visit, unit, now):
    there = make_visit(cast, cast.colleague, date(2026, 1, 20), 2, unit=make_unit(cast, "Huyện đoàn Võ Nhai"))
    make_notice(cast, there)
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    assert unit.post(link.path, feedback(there)).status_code == 422
    assert unit.post(link.path, feedback(visit, ["2026-01-20", "2026-02-20"])).status_code == 422
    with pytest.raises(NotNow, match="not announced to your unit"):
        confirm_presence(link, there, [date(2026, 1, 20)], given_by="Sen", **MARKS)
    assert (HostFeedback.objects.count(), set(VisitDay.objects.values_list("confirmed", flat=True))) == (
        0,
        {None},
    )
    confirm_presence(link, visit, [date(2026, 1, 20), date(2026, 2, 20)], given_by="Sen", **MARKS)
    assert list(VisitDay.objects.order_by("visit", "date").values_list("visit", "confirmed")) == [
        (visit.pk, True),
        (visit.pk, False),
        (there.pk, None),
        (there.pk, None),
    ]


def test_an_answering_link_confirms_nothing(cast, notice, visit, unit, now):
    link = link_of(cast, notice)
    now.move_to("2026-01-20T10:00:00+07:00")
    assert unit.post(link.path, feedback(visit)).status_code == 422
    with pytest.raises(NotNow, match="for answering the notice only"):
        confirm_presence(link, visit, [date(2026, 1, 20)], given_by="Sen", **MARKS)
    assert HostFeedback.objects.count() == 0


def test_a_cancelled_visit_is_not_confirmed(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    make_change(cast, visit, "granted", kind="cancel", starts=None, ends=None, unit=None)
    now.move_to("2026-01-22T10:00:00+07:00")
    assert "does not take place as announced" in unit.get(link.path).content.decode()
    unit.post(link.path, feedback(visit))
    assert HostFeedback.objects.count() == 0


def test_markup_is_stored_as_typed_and_shown_as_text(cast, notice, visit, unit, now, sign_in):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    nasty = "<script>alert(1)</script> {{ x }}"
    unit.post(link.path, feedback(visit, text=nasty, given_by="<img src=x>"))
    assert HostFeedback.objects.get().text == nasty
    pages = [unit.get(link.path), sign_in(cast.head).get(notice.get_absolute_url())]
    pages.append(sign_in(cast.head).get(visit.unit.get_absolute_url()))
    for response in pages:
        text = response.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x>" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ x }}" in text


@pytest.mark.parametrize(
    "bad",
    [
        {"given_by": ""},
        {"given_by": "\u200b "},
        {"was_useful": "4"},
        {"was_useful": ""},
        {"was_useful": "x" * 10_240},
        {"text": "ư" * 10_240},
        {"text": "\x00"},
    ],
)
def test_wrong_feedback_is_said_and_nothing_typed_is_lost(cast, notice, visit, unit, now, bad):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    response = unit.post(link.path, feedback(visit) | {f"visit-{visit.pk}-{k}": v for k, v in bad.items()})
    assert response.status_code == 422
    assert "Nothing has been sent yet" in response.content.decode()
    assert (HostFeedback.objects.count(), VisitDay.objects.filter(confirmed=None).count()) == (0, 2)


@pytest.mark.parametrize("visit_named", ["x", "9" * 40, "\x00", "999999"])
def test_a_visit_nobody_knows_is_refused(cast, notice, unit, now, visit_named):
    link = link_of(cast, notice, "feedback")
    now.move_to("2026-01-22T10:00:00+07:00")
    response = unit.post(link.path, {"visit": visit_named}, follow=True)
    assert response.status_code == 422
    assert "cannot be confirmed through this link" in response.content.decode()


@pytest.mark.parametrize("purpose", ["answer", "feedback"])
def test_the_pages_ask_the_same_for_one_visit_and_for_three(
    cast, notice, visit, unit, now, purpose, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def queries(link):
        with CaptureQueriesContext(connection) as seen:
            assert unit.get(link.path).status_code == 200
        return len(seen)

    one = queries(link_of(cast, notice, purpose))
    for n, officer in enumerate([cast.colleague, cast.deputy]):
        make_visit(cast, officer, date(2026, 2, 10) + timedelta(days=n), 1)
    three = queries(link_of(cast, make_notice(cast, visit), purpose))
    assert one == three <= 12


def test_where_a_visit_has_moved_is_not_told_to_the_unit_it_left(cast, notice, visit, unit, now):
    link = link_of(cast, notice, "feedback")
    other = make_unit(cast, "Huyện đoàn Võ Nhai")
    days = {"starts": date(2026, 1, 27), "ends": date(2026, 1, 28)}
    make_change(cast, visit, "forwarded", unit=other, **days).perform("grant", by=cast.member)
    page = unit.get(link.path).content.decode()
    assert "20/01/2026 – 21/01/2026" in page
    assert "does not take place as announced" in page
    assert "27/01/2026" not in page
