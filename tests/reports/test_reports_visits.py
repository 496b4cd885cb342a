"""Ad-hoc visits, planned against done, before and after, feedback and the list of visits, by small cases counted by hand."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from fieldvisits.models import AdHocRequest, HostLink, Visit, YearRule, confirm_presence
from reports.annual import compile_figures
from tests.factories import (
    leader_for,
    make_adhoc,
    make_change,
    make_notice,
    make_result,
    make_unit,
    make_visit,
)


def report_of(client, slug, query=""):
    response = client.get(f"/reports/{slug}/?year=2026{query}")
    assert response.status_code == 200
    return response.context["report"]


def cells_of(report):
    """Every row as {column: value}."""
    return [{cell.column.name: cell.value for cell in report.cells(row)} for row in report.page()]


def given_names(report):
    return [cells["officer"].split()[-1] for cells in cells_of(report)]


def links_of(report, name):
    """{heading of the row: where the column leads}."""
    found = {}
    for row in report.page():
        cells = {cell.column.name: cell for cell in report.cells(row)}
        found[report.cells(row)[0].text] = cells[name].url
    return found


@pytest.fixture
def fates(cast, now):
    """Today is 20 May 2026. Plans: An, 2 days in January, accepted; Bình, 3 days in February, closed for the weather; the head, 1 day in
    March, without a result; Giang of the other department, 4 days in April, moved by a week, reported. Ad-hoc: An on 4 and 5 May,
    agreed to beforehand, of which one day was accepted; Bình on 12 May, agreed to by phone and registered two days later.
    The other province: 5 days, accepted."""
    unit = make_unit(cast)
    make_unit(cast, "Huyện đoàn Lập Thạch", there=True)
    make_result(cast, make_visit(cast, unit=unit), "accepted")
    stormy = make_visit(cast, cast.colleague, date(2026, 2, 10), 3, unit=unit, group=2)
    now.move_to("2026-02-20T08:00:00+07:00")
    stormy.perform("close", by=cast.colleague, comment="Bão", variance="weather")
    make_visit(cast, cast.head, date(2026, 3, 10), 1, unit=unit)
    april = make_visit(cast, cast.other_officer, date(2026, 4, 13), 4, unit=unit, group=3)
    now.move_to("2026-04-06T08:00:00+07:00")
    make_change(cast, april, "granted")
    now.move_to("2026-05-02T08:00:00+07:00")
    make_result(cast, Visit.objects.get(pk=april.pk), "submitted")
    planned = make_adhoc(cast, cast.officer, "consented", first=date(2026, 5, 4), days=2, unit=unit).visit
    now.move_to("2026-05-06T08:00:00+07:00")
    make_result(cast, planned, "accepted", on=date(2026, 5, 6), days=[date(2026, 5, 4)])
    now.move_to("2026-05-14T08:00:00+07:00")
    sudden = AdHocRequest.objects.ask(
        cast.colleague,
        by=cast.colleague.powers,
        starts=date(2026, 5, 12),
        ends=date(2026, 5, 12),
        unit=unit,
        group=2,
        content="Hỗ trợ khắc phục mưa lũ",
        agreed_by=cast.member,
        agreed_at=datetime(2026, 5, 11, 20, tzinfo=timezone.get_current_timezone()),
        agreed_how="phone",
    )
    assert sudden.late
    make_result(cast, make_visit(cast, cast.stranger, days=5), "accepted")
    now.move_to("2026-05-20T08:00:00+07:00")
    return cast


def test_ad_hoc_visits_say_who_agreed_when_and_whether_in_time(fates, sign_in, in_english, english):
    report = report_of(sign_in(fates.member), "adhoc")
    found = [
        (
            c["officer"],
            c["starts"],
            c["planned"],
            c["accepted"],
            c["agreed_by"],
            c["agreed_on"],
            c["how"],
            c["late"],
        )
        for c in cells_of(report)
    ]
    assert found == [
        ("Nguyễn Văn An", date(2026, 5, 4), 2, 1, "Đặng Thị Minh", date(2026, 5, 2), "", ""),
        (
            "Trần Thị Bình",
            date(2026, 5, 12),
            1,
            0,
            "Đặng Thị Minh, according to the officer",
            date(2026, 5, 11),
            "By phone",
            "yes",
        ),
    ]
    assert report.totals() == {"planned": 3, "accepted": 1}


@pytest.mark.parametrize(
    ("verb", "comment", "told"),
    [
        ("confirm", "", ("Đặng Thị Minh", date(2026, 5, 11), "By phone")),
        ("deny", "Tôi không nhận được cuộc gọi nào", ("", None, "")),
    ],
)
def test_who_agreed_is_named_as_they_said_themselves(
    fates, sign_in, in_english, english, verb, comment, told
):
    AdHocRequest.objects.get(state="to_confirm").perform(verb, by=fates.member, comment=comment)
    cells = cells_of(report_of(sign_in(fates.member), "adhoc"))[1]
    assert (cells["agreed_by"], cells["agreed_on"], cells["how"]) == told


def test_the_share_of_ad_hoc_visits_is_said(fates, sign_in, english):
    """Of five visits decided on one is ad-hoc (the sudden one is not confirmed yet, another was withdrawn); of three accepted days one."""
    make_adhoc(fates, fates.colleague, "withdrawn")
    notes = list(report_of(sign_in(fates.member), "adhoc").notes())
    assert notes[0] == "Ad-hoc are 1 of 5 visits decided on (20.0 %) and 1 of 3 accepted days (33.3 %)."


def test_planned_against_done_by_department(fates, sign_in):
    report = report_of(sign_in(fates.member), "carried-out")
    found = {c["name"]: c for c in cells_of(report)}
    assert list(found) == ["Ban Xây dựng Đoàn", "Ban Phong trào"]
    pairs = ("planned", "reported", "waiting", "not_done", "cancelled")
    numbers = {name: [(c[p], c[f"{p}_days"]) for p in pairs] for name, c in found.items()}
    assert numbers == {
        "Ban Xây dựng Đoàn": [(1, 4), (1, 4), (0, 0), (0, 0), (0, 0)],
        "Ban Phong trào": [(3, 6), (1, 2), (1, 1), (1, 3), (0, 0)],
    }
    assert [(c["moved"], c["share"], c["reason_weather"]) for c in found.values()] == [
        (1, 100, 0),
        (0, 33, 1),
    ]
    assert "reason_illness" not in found["Ban Phong trào"]
    totals = report.totals()
    assert (totals["planned"], totals["planned_days"], totals["reported"], totals["share"]) == (4, 10, 2, 50)


def test_planned_against_done_by_officer(fates, sign_in):
    found = cells_of(report_of(sign_in(fates.member), "carried-out", "&by=officer"))
    assert [(c["name"], c["planned"], c["reported"], c["not_done"]) for c in found] == [
        ("Nguyễn Văn An", 1, 1, 0),
        ("Trần Thị Bình", 1, 0, 1),
        ("Lê Thị Chi", 1, 0, 0),
        ("Đỗ Thị Giang", 1, 1, 0),
    ]


def test_every_number_of_visits_leads_to_as_many(fates, sign_in):
    client = sign_in(fates.member)
    for by in ("", "&by=officer"):
        report = report_of(client, "carried-out", by)
        for column in ("planned", "reported", "waiting", "not_done", "moved", "reason_weather"):
            numbers = {cells["name"]: cells[column] for cells in cells_of(report)}
            links = links_of(report, column)
            assert sum(numbers.values()) > 0
            for name, number in numbers.items():
                behind = client.get(links[name]).context["page"].paginator.count if links[name] else 0
                assert behind == number, (by, column, name)


def test_the_annual_report_has_the_same_sums(fates, sign_in):
    figures = compile_figures(YearRule.objects.get(province=fates.province, year=2026), date(2026, 12, 31))
    totals = report_of(sign_in(fates.member), "carried-out").totals()
    assert {n: f["visits"] for n, f in figures["carried_out"].items()} == {
        n: totals[n] for n in ("planned", "reported", "waiting", "not_done", "cancelled")
    }
    assert {n: f["days"] for n, f in figures["carried_out"].items()} == {
        n: totals[f"{n}_days"] for n in ("planned", "reported", "waiting", "not_done", "cancelled")
    }


def test_the_list_of_visits_can_be_narrowed(fates, sign_in):
    expected = {
        "approved": ["An", "Chi", "Giang", "An"],
        "counted": ["An", "An"],
        "reported": ["An", "Giang", "An"],
        "late": [],
        "waiting": ["Chi"],
        "overdue": ["Chi"],
        "unanswered": ["An", "Chi", "Giang"],
        "moved": ["Giang"],
        "not_done": ["Bình"],
        "cancelled": [],
    }
    client = sign_in(fates.member)
    assert {
        status: given_names(report_of(client, "visits", f"&status={status}")) for status in expected
    } == expected


def test_the_list_of_visits_tells_what_became_of_each(fates, sign_in, in_english, english):
    report = report_of(sign_in(fates.member), "visits")
    columns = (
        "officer",
        "planned",
        "done",
        "accepted",
        "stage",
        "adhoc",
        "reason",
        "reported",
        "late",
        "parts",
    )
    both = "before and after"
    assert [tuple(c[n] for n in columns) for c in cells_of(report)] == [
        ("Nguyễn Văn An", 2, 2, 2, "Accepted", "", "", date(2026, 1, 22), "", both),
        ("Trần Thị Bình", 3, 0, 0, "Not carried out", "", "Weather, natural disaster", None, "", ""),
        ("Lê Thị Chi", 1, 0, 0, "Awaits its result", "", "", None, "", ""),
        ("Đỗ Thị Giang", 4, 4, 0, "Reported", "", "", date(2026, 4, 24), "", both),
        ("Nguyễn Văn An", 2, 1, 1, "Accepted", "yes", "", date(2026, 5, 6), "", both),
    ]
    assert report.totals() == {"planned": 12, "done": 7, "accepted": 3}


def test_each_reads_what_they_may(fates, sign_in):
    expected = {
        "officer": (["An", "An"], ["An"], 1),
        "head": (["An", "Bình", "Chi", "An"], ["An", "Bình"], 3),
        "other_head": (["Giang"], [], 1),
        "executive": (["An", "Bình", "Chi", "Giang", "An"], ["An"], 4),
        "strange_member": (["Sơn"], [], 1),
    }
    for who, (visits, adhoc, planned) in expected.items():
        client = sign_in(getattr(fates, who))
        assert given_names(report_of(client, "visits")) == visits, who
        assert given_names(report_of(client, "adhoc")) == adhoc, who
        assert sum(c["planned"] for c in cells_of(report_of(client, "carried-out"))) == planned, who


# -- before and after -------------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(cast, now):
    """Four reported visits: both parts, only before, only after, neither; and a draft with both, which nobody reads."""
    unit = make_unit(cast)
    visits = [
        make_visit(cast, officer, date(2026, 1, 20), 1, unit=unit)
        for officer in (cast.officer, cast.colleague, cast.head, cast.other_officer, cast.deputy)
    ]
    now.move_to("2026-02-01T08:00:00+07:00")
    make_result(
        cast, visits[0], "accepted", helped_before="Cùng lập kịch bản", review_after="Họp rút kinh nghiệm"
    )
    make_result(cast, visits[1], "submitted", review_after="")
    make_result(cast, visits[2], "submitted", helped_before="")
    make_result(cast, visits[3], "submitted", helped_before="", review_after="")
    make_result(cast, visits[4])
    return cast


def test_before_and_after_is_told_of_reported_results(parts, sign_in):
    expected = {
        "": ["An", "Bình", "Chi", "Giang"],
        "both": ["An"],
        "before": ["Bình"],
        "after": ["Chi"],
        "none": ["Giang"],
    }
    client = sign_in(parts.member)
    for status, names in expected.items():
        assert sorted(given_names(report_of(client, "before-after", f"&status={status}"))) == names


def test_before_and_after_gives_the_whole_texts_and_the_share(parts, sign_in, in_english, english):
    report = report_of(sign_in(parts.member), "before-after")
    an = next(c for c in cells_of(report) if c["officer"] == "Nguyễn Văn An")
    assert (an["parts"], an["before"], an["after"]) == (
        "before and after",
        "Cùng lập kịch bản",
        "Họp rút kinh nghiệm",
    )
    assert list(report.notes()) == [
        "Of 4 reported visits 1 tell of both parts (25 %), 1 only of the help before, "
        "1 only of the review afterwards, 1 of neither."
    ]


# -- feedback ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def said(cast, now):
    """An's unit: yes to everything, both days confirmed; Giang's: partly, no, yes, yes, partly, one of two days; Bình's said nothing."""
    marks = ({}, {"told_in_time": 2, "knew_the_unit": 1, "was_useful": 2, "text": "Cần báo sớm hơn"})
    for officer, given in zip((cast.officer, cast.other_officer), marks, strict=True):
        visit = make_visit(cast, officer, unit=make_unit(cast, f"Đoàn xã {len(given)}"))
        link = HostLink.objects.issue(make_notice(cast, visit), "feedback", by=leader_for(cast, visit).powers)
        make_result(cast, visit, "submitted")
        now.move_to("2026-01-25T08:00:00+07:00")
        days = [date(2026, 1, 20), date(2026, 1, 21)][: 1 if given else 2]
        answers = dict.fromkeys(
            ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful"), 3
        )
        confirm_presence(link, visit, days, **{**answers, "given_by": "Lý Thị Sen", **given})
        now.move_to("2026-01-10T08:00:00+07:00")
    make_visit(cast, cast.colleague)
    now.move_to("2026-02-01T08:00:00+07:00")
    return cast


def test_feedback_gives_the_five_answers_and_their_means(said, sign_in, in_english, english):
    report = report_of(sign_in(said.member), "feedback")
    five = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")
    found = {c["officer"]: c for c in cells_of(report)}
    assert [found["Nguyễn Văn An"][n] for n in five] == ["Yes"] * 5
    giang = found["Đỗ Thị Giang"]
    assert [giang[n] for n in five] == ["Partly", "No", "Yes", "Yes", "Partly"]
    assert (giang["done"], giang["confirmed"], giang["mean"], giang["remarks"]) == (
        2,
        1,
        2.2,
        "Cần báo sớm hơn",
    )
    assert report.totals() == {
        "told_in_time": 2.5,
        "knew_the_unit": 2.0,
        "helped_prepare": 3.0,
        "reviewed_after": 3.0,
        "was_useful": 2.5,
        "mean": 2.6,
        "done": 4,
        "confirmed": 3,
    }
    assert next(iter(report.notes())) == "Units have answered to 2 of 3 visits that have begun (66 %)."


def test_feedback_can_be_narrowed(said, sign_in):
    client = sign_in(said.member)
    for status in ("no", "remarks", "absent"):
        assert given_names(report_of(client, "feedback", f"&status={status}")) == ["Giang"], status


def test_feedback_is_read_by_who_reads_the_visit(said, sign_in):
    expected = {"officer": ["An"], "colleague": [], "head": ["An"], "other_head": ["Giang"]}
    for who, names in expected.items():
        assert given_names(report_of(sign_in(getattr(said, who)), "feedback")) == names, who
