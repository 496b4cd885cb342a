"""The annual report: who writes, approves and reads it, what freezing keeps, what a changed figure shows."""

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from fieldvisits.models import HostUnit, NotNow, YearRule
from reports.dashboards.comparison import comparison_of
from reports.models import SECTIONS, AnnualReport, as_read_by, fingerprint_of
from tests.factories import make_annual_report, make_quarter, make_result, make_unit, make_visit


def url(report, name="annual-report-detail", *more):
    return reverse(name, args=[report.pk, *more])


def transition(client, report, verb, **typed):
    address = reverse("paper-transition", args=["annual-reports", report.pk, verb])
    return client.post(address, {"seen": report.seen, **typed}, follow=True)


# --- Beginning and writing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("coordinator", 302),
        ("results_desk", 302),
        ("member", 403),
        ("head", 403),
        ("officer", 403),
        ("executive", 403),
        ("administrator", 403),
        ("central", 404),
    ],
)
def test_who_begins_a_report(cast, sign_in, who, status):
    make_quarter(cast)
    answer = sign_in(getattr(cast, who)).post(reverse("annual-report-start", args=[2026, "provisional"]))
    assert answer.status_code == status
    assert AnnualReport.objects.count() == (status == 302)


def test_a_report_is_begun_once_and_only_by_post(cast, sign_in):
    make_quarter(cast)
    client = sign_in(cast.coordinator)
    address = reverse("annual-report-start", args=[2026, "final"])
    assert client.get(address).status_code == 405
    first, second = client.post(address), client.post(address)
    assert first.url == second.url
    assert client.post(reverse("annual-report-start", args=[2026, "weekly"])).status_code == 404
    assert client.post(reverse("annual-report-start", args=[2031, "final"])).status_code == 404


def test_a_year_that_has_not_begun_has_no_report_and_says_why(cast, sign_in, english):
    make_quarter(cast, 2027, opened=False)
    answer = sign_in(cast.coordinator).post(reverse("annual-report-start", args=[2027, "final"]), follow=True)
    assert "The year has not begun." in answer.content.decode()
    assert not AnnualReport.objects.exists()


def test_the_final_report_offers_the_texts_of_the_approved_provisional_one(cast, sign_in, now, english):
    now.move_to("2027-01-04T09:00:00+07:00")
    provisional = make_annual_report(cast, "submitted")
    final = make_annual_report(cast, version="final")
    client = sign_in(cast.coordinator)
    assert "The text of the provisional report" not in client.get(url(final)).content.decode()
    provisional.perform("approve", by=cast.member)
    page = client.get(url(final))
    assert {field.name: [offer.key for offer in offers] for field, offers in page.context["parts"]} == {
        "situation": ["before-situation"],
        "results": ["proposal", "before-results"],
        "assessment": ["before-assessment"],
        "directions": ["before-directions"],
        "proposals": ["before-proposals"],
    }
    text = page.content.decode()
    assert 'data-take="before-situation" data-into="id_situation"' in text
    assert '<p class="proposal-text" id="before-situation" lang="vi">Nội dung báo cáo</p>' in text


def test_writing_saves_quietly_and_counts_the_revision(cast, sign_in):
    report = make_annual_report(cast)
    client = sign_in(cast.results_desk)
    answer = client.post(
        url(report, "annual-report-write"),
        {"situation": "Năm 2026", "revision": "1"},
        headers={"HX-Request": "true"},
    )
    assert (answer.status_code, answer.json()["revision"]) == (200, 2)
    report.refresh_from_db()
    assert (report.situation, report.results) == ("Năm 2026", "Nội dung báo cáo")


def test_an_older_window_does_not_overwrite_and_keeps_what_was_typed(cast, sign_in, english):
    report = make_annual_report(cast)
    client = sign_in(cast.coordinator)
    report.write(by=cast.results_desk.powers, situation="Người kia viết")
    typed = {"situation": "Tôi viết", "revision": "1"}
    quiet = client.post(url(report, "annual-report-write"), typed, headers={"HX-Request": "true"})
    assert (quiet.status_code, quiet.json()["revision"]) == (409, 2)
    plain = client.post(url(report, "annual-report-write"), typed)
    assert plain.status_code == 409
    assert "Tôi viết" in plain.content.decode()
    report.refresh_from_db()
    assert report.situation == "Người kia viết"


@pytest.mark.parametrize("text", ["x" * 20001, "a\0b"])
def test_what_cannot_be_stored_is_refused_in_words_and_stays(cast, sign_in, text):
    report = make_annual_report(cast)
    client = sign_in(cast.coordinator)
    answer = client.post(
        url(report, "annual-report-write"), {"proposals": text}, headers={"HX-Request": "true"}
    )
    if answer.status_code == 200:  # an invisible character is taken out
        report.refresh_from_db()
        assert report.proposals == "ab"
    else:
        assert answer.status_code == 422
        assert answer.json()["errors"]["proposals"]


@pytest.mark.parametrize(
    ("who", "status"), [("member", 403), ("executive", 404), ("head", 404), ("stranger", 404)]
)
def test_others_do_not_write(cast, sign_in, who, status):
    report = make_annual_report(cast)
    answer = sign_in(getattr(cast, who)).post(url(report, "annual-report-write"), {"situation": "Xin chào"})
    assert answer.status_code == status


def test_a_submitted_report_is_not_written_on(cast, sign_in):
    report = make_annual_report(cast, "submitted")
    answer = sign_in(cast.coordinator).post(
        url(report, "annual-report-write"), {"situation": "Sửa"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    report.refresh_from_db()
    assert report.situation == "Nội dung báo cáo"


# --- Who reads it in which state -------------------------------------------------------------------------------------------

STATES = ("draft", "submitted", "approved", "sent")
READS = {
    "coordinator": STATES,
    "results_desk": STATES,
    "member": STATES,
    "second_member": STATES,
    "executive": ("approved", "sent"),
    "central": ("sent",),
    "officer": (),
    "head": (),
    "administrator": (),
    "stranger": (),
    "strange_member": (),
    "strange_coordinator": (),
}


@pytest.mark.parametrize("state", STATES)
def test_who_reads_the_report_in_which_state(cast, client, state):
    report = make_annual_report(cast, state)
    make_quarter(cast, there=True)
    seen = set()
    for who in READS:
        client.force_login(getattr(cast, who), "allauth.account.auth_backends.AuthenticationBackend")
        if client.get(url(report)).status_code == 200:
            seen.add(who)
        listed = client.get(reverse("annual-report-list")).content.decode()
        assert (url(report) in listed) == (who in seen), who
    assert seen == {who for who, states in READS.items() if state in states}


def test_the_central_union_reads_neither_history_nor_editions_not_sent(cast, sign_in, english):
    """Edition 1 was approved and reopened without having been sent; edition 2 was sent."""
    report = make_annual_report(cast, "approved")
    report.perform("reopen", by=cast.member, comment="Sửa số liệu nội bộ")
    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    report.perform(
        "send", by=cast.coordinator, number="1-BC", dated=date(2026, 1, 3), sent_on=date(2026, 1, 3)
    )
    client = sign_in(cast.central)
    text = client.get(url(report)).content.decode()
    assert "Sửa số liệu nội bộ" not in text
    assert client.get(url(report, "annual-report-edition", 1)).status_code == 404
    assert client.get(url(report, "annual-report-edition", 2)).status_code == 200
    assert [e.number for e in report.editions(cast.member)] == [1, 2]
    assert [e.was_sent for e in report.editions(cast.member)] == [False, True]


# --- Freezing ------------------------------------------------------------------------------------------------------------------


def test_approving_freezes_the_figures_with_their_fingerprint(cast, now):
    now.move_to("2026-11-30T09:00:00+07:00")
    make_result(cast, make_visit(cast), "accepted")
    report = make_annual_report(cast, "approved")
    report.refresh_from_db()
    assert report.figures["totals"]["accepted"] == 2
    assert report.figures == report.compiled()
    assert report.figures_sha256 == fingerprint_of(report.compiled())
    assert report.is_intact


def test_a_later_change_of_data_is_shown_and_the_frozen_figures_stay(cast, now, sign_in, english):
    now.move_to("2026-11-30T09:00:00+07:00")
    result = make_result(cast, make_visit(cast), "accepted")
    report = make_annual_report(cast, "approved")
    client = sign_in(cast.member)
    assert "The data say the same today." in client.get(url(report)).content.decode()
    result.perform(
        "reopen" if result.flow.rows("reopen") else "return", by=cast.results_desk, comment="Sai ngày"
    )
    text = client.get(url(report)).content.decode()
    assert "figures have changed since the report was approved" in text
    assert "Totals › Accepted" in text
    report.refresh_from_db()
    assert report.figures["totals"]["accepted"] == 2


def test_the_central_union_is_not_shown_the_changes(cast, sign_in, english):
    make_unit(cast)
    report = make_annual_report(cast, "sent")
    HostUnit.objects.update(name="Đổi tên")
    assert "have changed" in sign_in(cast.member).get(url(report)).content.decode()
    text = sign_in(cast.central).get(url(report)).content.decode()
    assert "changed since" not in text
    assert "Đổi tên" not in text


def test_figures_changed_behind_the_reports_back_break_the_seal(cast, sign_in, english):
    report = make_annual_report(cast, "approved")
    report.refresh_from_db()
    figures = json.loads(json.dumps(report.figures))
    figures["totals"]["accepted"] = 999
    AnnualReport.objects.filter(pk=report.pk).update(figures=figures)
    text = sign_in(cast.member).get(url(report)).content.decode()
    assert "The stored figures do not match this number any more." in text


def test_a_reopened_report_keeps_the_earlier_edition_with_its_number(cast, now, sign_in, english):
    report = make_annual_report(cast, "sent")
    before = AnnualReport.objects.get(pk=report.pk)
    report.perform("reopen", by=cast.member, comment="Bổ sung")
    report.refresh_from_db()
    assert (report.state, report.edition, report.number, report.figures) == ("draft", 2, "", None)
    report.write(by=cast.coordinator.powers, situation="Bản mới")
    text = sign_in(cast.coordinator).get(url(report, "annual-report-edition", 1)).content.decode()
    assert "120-BC/TĐTN" in text
    assert before.figures_sha256 in text
    assert "Bản mới" not in text
    assert sign_in(cast.coordinator).get(url(report, "annual-report-edition", 2)).status_code == 404


def test_reopening_takes_nothing_from_those_it_was_sent_to(cast, sign_in, english):
    """The Central Union reads edition 1, which was sent, until edition 2 is; an executive member edition 2 once it is approved."""
    report = make_annual_report(cast, "sent")
    report.perform("reopen", by=cast.member, comment="Sửa số liệu nội bộ")
    report.write(by=cast.coordinator.powers, situation="Bản mới")
    listed = sign_in(cast.central).get(reverse("annual-report-list")).content.decode()
    assert "120-BC/TĐTN" in listed
    for reader in (cast.central, cast.executive):
        text = sign_in(reader).get(url(report)).content.decode()
        assert "120-BC/TĐTN" in text
        assert "The province has reopened this report" in text
        assert "Bản mới" not in text
        assert "nội bộ" not in text.split("History")[0]
        assert sign_in(reader).get(url(report, "annual-report-workbook")).status_code == 200
        assert sign_in(reader).get(url(report, "annual-report-edition", 1)).status_code == 200
    assert "Bản mới" in sign_in(cast.coordinator).get(url(report)).content.decode()
    assert [row.year.report.pk for row in comparison_of(cast.central, 2026).rows] == [report.pk]
    assert sign_in(cast.central).get(reverse("annual-national-workbook")).status_code == 200

    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    assert "Bản mới" in sign_in(cast.executive).get(url(report)).content.decode()
    assert "Bản mới" not in sign_in(cast.central).get(url(report)).content.decode()
    sent = {"number": "121-BC", "dated": date(2026, 1, 3), "sent_on": date(2026, 1, 3)}
    report.perform("send", by=cast.coordinator, **sent)
    text = sign_in(cast.central).get(url(report)).content.decode()
    assert "Bản mới" in text
    assert "reopened" not in text


def test_the_shown_edition_is_not_what_is_stored(cast, sign_in):
    report = make_annual_report(cast, "sent")
    report.perform("reopen", by=cast.member, comment="Sửa")
    [shown] = as_read_by(cast.central, AnnualReport.objects.visible_to(cast.central))
    assert (shown.state, shown.edition, shown.is_intact, shown.is_earlier) == ("sent", 1, True, True)
    shown.refresh_from_db()
    assert (shown.state, shown.edition, shown.figures) == ("draft", 2, None)


def test_a_report_bears_no_date_before_the_day_of_its_figures(cast, now):
    now.move_to("2026-12-05T09:00:00+07:00")
    make_quarter(cast)
    YearRule.objects.filter(province=cast.province).update(cut_off=date(2026, 11, 30))
    report = AnnualReport.objects.start(cast.province, 2026, "provisional", by=cast.coordinator.powers)
    report.write(by=cast.coordinator.powers, **dict.fromkeys(SECTIONS, "Nội dung"))
    report.perform("submit", by=cast.coordinator)
    report.perform("approve", by=cast.member)
    sent = {"number": "1-BC", "sent_on": date(2026, 12, 5)}
    with pytest.raises(NotNow, match="30/11/2026"):
        report.perform("send", by=cast.coordinator, dated=date(2026, 11, 29), **sent)
    report.perform("send", by=cast.coordinator, dated=date(2026, 11, 30), **sent)


# --- Sending ---------------------------------------------------------------------------------------------------------------------


def test_sending_takes_number_and_dates_as_typed(cast, now, sign_in):
    report = make_annual_report(cast, "approved")
    now.move_to("2026-01-05T09:00:00+07:00")
    transition(
        sign_in(cast.coordinator),
        report,
        "send",
        number="12-BC/TĐTN",
        dated="04/01/2026",
        sent_on="05/01/2026",
    )
    report.refresh_from_db()
    assert (report.state, report.number, report.dated, report.sent_on) == (
        "sent",
        "12-BC/TĐTN",
        date(2026, 1, 4),
        date(2026, 1, 5),
    )


@pytest.mark.parametrize(
    "typed",
    [
        {"number": "", "dated": "02/01/2026", "sent_on": "03/01/2026"},
        {"number": "12-BC", "dated": "30/02/2026", "sent_on": "03/01/2026"},
        {"number": "12-BC", "dated": "02/01/2026", "sent_on": "04/01/2026"},  # in the future
        {"number": "12-BC", "dated": "03/01/2026", "sent_on": "02/01/2026"},  # before its date
    ],
)
def test_a_refused_sending_keeps_what_was_typed(cast, sign_in, typed):
    report = make_annual_report(cast, "approved")
    page = transition(sign_in(cast.coordinator), report, "send", **typed).content.decode()
    report.refresh_from_db()
    assert report.state == "approved"
    assert f'value="{typed["sent_on"]}"' in page


def test_nobody_but_the_desks_is_offered_the_sending(cast, sign_in, english):
    report = make_annual_report(cast, "approved")
    assert 'name="sent_on"' in sign_in(cast.results_desk).get(url(report)).content.decode()
    assert 'name="sent_on"' not in sign_in(cast.member).get(url(report)).content.decode()


def test_the_final_report_is_not_submitted_before_the_years_end(cast, sign_in, english):
    report = make_annual_report(cast, version="final")
    text = sign_in(cast.coordinator).get(url(report)).content.decode()
    assert "The final report can be submitted from 31/12/2026 on." in text


def test_the_provisional_report_is_not_submitted_before_the_cut_off(cast, sign_in, english, now):
    """Its figures say "as of 30 November": nobody can say that in October."""
    report = make_annual_report(cast)
    now.move_to("2026-11-29T23:59:00+07:00")
    text = sign_in(cast.coordinator).get(url(report)).content.decode()
    assert "The provisional report can be submitted from 30/11/2026 on, the cut-off." in text
    transition(sign_in(cast.coordinator), report, "submit")
    report.refresh_from_db()
    assert report.state == "draft"
    now.move_to("2026-11-30T00:00:00+07:00")
    transition(sign_in(cast.coordinator), report, "submit")
    report.refresh_from_db()
    assert report.state == "submitted"


# --- Pages -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "sub-quotas, holidays do not count"])
def test_the_queries_of_the_pages_do_not_grow(cast, now, sign_in, strict):
    if strict:
        rule = make_quarter(cast).rule
        rule.sub_quotas.create(level="district", days=30)
        YearRule.objects.update(holidays_count=False)
    make_result(cast, make_visit(cast), "accepted")
    report = make_annual_report(cast, "approved")
    client = sign_in(cast.coordinator)

    def asked(address):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    pages = [url(report), url(report, "annual-report-edition", 1), reverse("annual-report-list")]
    for address in pages:
        asked(address)
    once = [asked(address) for address in pages]
    for officer, day in ((cast.colleague, 3), (cast.head, 4)):
        make_result(cast, make_visit(cast, officer, first=date(2026, 2, day)), "accepted")
    make_annual_report(cast, "sent", year=2025)
    make_annual_report(cast, "draft", version="final")
    assert [asked(address) for address in pages] == once
    assert max(once) <= 25


def test_the_page_offers_a_text_for_the_results_only_to_who_writes(cast, sign_in, english):
    report = make_annual_report(cast)
    assert 'data-take="proposal"' in sign_in(cast.coordinator).get(url(report)).content.decode()
    assert 'data-take="proposal"' not in sign_in(cast.member).get(url(report)).content.decode()


def test_the_print_is_vietnamese_on_an_english_screen(cast, sign_in, english):
    text = sign_in(cast.coordinator).get(url(make_annual_report(cast))).content.decode()
    assert "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN" in text
    assert "Số: …… -BC/TĐTN" in text
    assert "TM. BAN THƯỜNG VỤ TỈNH ĐOÀN" in text


def test_markup_in_the_text_is_text(cast, sign_in):
    report = make_annual_report(cast)
    report.write(by=cast.coordinator.powers, situation="<script>alert(1)</script>")
    text = sign_in(cast.member).get(url(report)).content.decode()
    assert "<script>alert(1)" not in text
    assert all(getattr(report, name) for name in SECTIONS)
