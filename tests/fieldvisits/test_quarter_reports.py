"""The quarter reports: what is compiled, who reads and writes what, that nothing typed is lost."""

from datetime import date

import pytest

from accounts.models import Department, Membership, Role, RoleGrant, User
from fieldvisits.models import DepartmentReport, Event, QuarterReport
from fieldvisits.pages.quarter_reports import department_sheet, officer_sheet, report_list

from ..cast import SINCE
from ..factories import (
    make_adhoc,
    make_change,
    make_department_report,
    make_quarter,
    make_quarter_report,
    make_recommendation,
    make_result,
    make_visit,
)

pytestmark = pytest.mark.usefixtures("in_english", "english")

LIST = "/quarters/2026/1/reports/"
MINE = "/quarters/2026/1/report/"


@pytest.fixture
def quarter(cast):
    return make_quarter(cast)


def texts(**changed):
    return {
        "self_assessment": "Hoàn thành",
        "not_carried_out": "",
        "proposals": "",
        "revision": "0",
    } | changed


# --- One's own report ------------------------------------------------------------------------------------------------------


def test_it_is_begun_by_a_button_and_then_opened_again(cast, quarter, sign_in):
    client = sign_in(cast.officer)
    assert "Begin the report" in client.get(MINE).content.decode()
    assert not QuarterReport.objects.exists()
    made = client.post(MINE)
    report = QuarterReport.objects.get()
    assert (report.officer, report.department, report.state) == (cast.officer, cast.movement, "draft")
    assert made.url == client.get(MINE).url == f"/quarter-reports/{report.pk}/"


def test_who_owes_no_report_is_told_why(cast, quarter, sign_in):
    page = sign_in(cast.driver).post(MINE, follow=True).content.decode()
    assert "your post is outside the quota" in page
    assert sign_in(cast.executive).post(MINE).status_code == 403
    for who in ("administrator", "central"):
        assert sign_in(getattr(cast, who)).get(MINE).status_code == 404
    assert not QuarterReport.objects.exists()


def test_it_cannot_be_begun_before_the_quarter(cast, quarter, sign_in):
    client = sign_in(cast.officer)
    assert "The quarter has not begun" in client.get("/quarters/2026/2/report/").content.decode()
    page = client.post("/quarters/2026/2/report/", follow=True).content.decode()
    assert "The quarter has not begun." in page


def test_it_compiles_days_visits_and_what_was_given_up(cast, now):
    now.move_to("2026-02-20T09:00:00+07:00")
    done = make_visit(cast)  # 20 and 21 January
    recommendation = make_recommendation(cast, make_result(cast, done), "open")
    owed = make_visit(cast, first=date(2026, 2, 3), days=1)
    gone = make_visit(cast, first=date(2026, 2, 5), days=1)
    gone.perform("close", by=cast.officer, comment="Mưa lớn", variance="weather")
    report = make_quarter_report(cast)
    sheet = officer_sheet(report, cast.officer)
    figures = [(str(f.label), f.days) for f in sheet.figures]
    assert figures == [
        ("registered", 4),
        ("approved", 4),  # the day given up among them
        ("reported", 2),
        ("accepted", 2),
        ("confirmed by the host", 0),
        ("accepted, ad-hoc", 0),
    ]
    assert [(r.visit, r.present, r.counted) for r in sheet.planned] == [(done, 2, 2)]
    assert [r.visit for r in sheet.adhoc] == [r.visit for r in sheet.owed] == [owed]
    assert [(r.visit, r.visit.variance, r.reason) for r in sheet.given_up] == [(gone, "weather", "Mưa lớn")]
    assert sheet.recommendations == [recommendation]


@pytest.mark.parametrize("state", ["withdrawn", "refused"])
def test_an_adhoc_visit_nobody_ever_agreed_to_is_not_one_that_was_not_carried_out(cast, now, state):
    now.move_to("2026-02-20T09:00:00+07:00")
    make_adhoc(cast, state=state)
    agreed = make_adhoc(cast, state="consented", content="Khảo sát").visit
    make_change(cast, agreed, "granted", kind="cancel", starts=None, ends=None, unit=None)
    sheet = officer_sheet(make_quarter_report(cast), cast.officer)
    assert [row.visit for row in sheet.given_up] == [agreed]
    department = department_sheet(make_department_report(cast), cast.head)
    assert [row.visit for row in department.rows] == [agreed]


def test_figures_that_have_changed_since_it_was_sent_are_shown_beside(cast, now):
    now.move_to("2026-02-20T09:00:00+07:00")
    visit = make_visit(cast)
    result = make_result(cast, visit, "submitted")
    report = make_quarter_report(cast, state="submitted")
    result.perform("accept", by=cast.head)
    report.refresh_from_db()
    changed = {str(f.label): (f.days, f.then) for f in officer_sheet(report, cast.officer).figures}
    assert changed["accepted"] == (2, 0)
    assert changed["reported"] == (2, None)


def test_every_change_is_saved_and_a_second_window_does_not_overwrite_it(cast, quarter, sign_in):
    report = QuarterReport.objects.start(cast.officer, quarter)
    client, url = sign_in(cast.officer), f"/quarter-reports/{report.pk}/text/"
    first = client.post(url, texts(), headers={"HX-Request": "true"})
    assert (first.status_code, first.json()["revision"]) == (200, 1)
    second = client.post(url, texts(self_assessment="Cửa sổ khác"), headers={"HX-Request": "true"})
    assert second.status_code == 409
    assert second.json()["revision"] == 1
    assert "another window" in second.json()["message"]
    report.refresh_from_db()
    assert (report.self_assessment, report.revision) == ("Hoàn thành", 1)
    plain = client.post(url, texts(self_assessment="Cửa sổ khác"))
    assert plain.status_code == 409
    page = plain.content.decode()
    assert "Cửa sổ khác" in page
    assert 'name="revision" value="1"' in page  # saved again, it is meant
    assert client.post(url, texts(self_assessment="Cửa sổ khác", revision="1")).status_code == 302
    report.refresh_from_db()
    assert report.self_assessment == "Cửa sổ khác"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("a" * 10_240, "at most 4000"), ("Hoàn\x00thành", "Null characters")],
)
def test_what_cannot_be_saved_comes_back_with_the_reason(cast, quarter, sign_in, typed, sentence):
    report = QuarterReport.objects.start(cast.officer, quarter)
    client, url = sign_in(cast.officer), f"/quarter-reports/{report.pk}/text/"
    quiet = client.post(url, texts(self_assessment=typed), headers={"HX-Request": "true"})
    assert quiet.status_code == 422
    assert sentence in quiet.json()["errors"]["self_assessment"]
    plain = client.post(url, texts(self_assessment=typed))
    assert plain.status_code == 422
    assert typed.replace("\x00", "") in plain.content.decode().replace("\x00", "")
    report.refresh_from_db()
    assert (report.self_assessment, report.revision) == ("", 0)


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_made_up_revision_breaks_nothing(cast, quarter, sign_in, revision):
    report = QuarterReport.objects.start(cast.officer, quarter)
    answer = sign_in(cast.officer).post(f"/quarter-reports/{report.pk}/text/", texts(revision=revision))
    assert answer.status_code in (302, 409, 422)


def test_a_decomposed_text_is_stored_composed(cast, quarter, sign_in):
    report = QuarterReport.objects.start(cast.officer, quarter)
    sign_in(cast.officer).post(
        f"/quarter-reports/{report.pk}/text/", texts(self_assessment="To\u0302\u0301t")
    )
    report.refresh_from_db()
    assert report.self_assessment == "Tốt"


def test_sent_it_is_read_only_and_says_so(cast, quarter, sign_in):
    report = make_quarter_report(cast, state="submitted")
    client = sign_in(cast.officer)
    page = client.get(f"/quarter-reports/{report.pk}/").content.decode()
    assert "data-autosave" not in page
    assert "Hoàn thành kế hoạch quý" in page
    refused = client.post(f"/quarter-reports/{report.pk}/text/", texts(), headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "Withdraw it first" in refused.json()["message"]
    assert "revision" not in refused.json()


def test_sending_late_asks_for_the_reason_and_keeps_it(cast, quarter, sign_in, now):
    report = make_quarter_report(cast)
    now.move_to("2026-04-06T09:00:00+07:00")
    client = sign_in(cast.officer)
    assert "was due on 05/04/2026" in client.get(f"/quarter-reports/{report.pk}/").content.decode()
    client.post(f"/quarter-reports/{report.pk}/submit/", {"seen": "0"})
    report.refresh_from_db()
    assert report.state == "draft"
    client.post(f"/quarter-reports/{report.pk}/submit/", {"seen": "0", "comment": "Đi cơ sở dài ngày"})
    report.refresh_from_db()
    assert (report.state, report.late, report.last_event.comment) == ("submitted", True, "Đi cơ sở dài ngày")


# --- Who reads and writes what --------------------------------------------------------------------------------------------


def test_a_draft_is_its_officers_alone(cast, quarter, sign_in):
    report = make_quarter_report(cast)
    for who in ("head", "colleague", "coordinator", "results_desk", "member", "executive", "stranger"):
        assert sign_in(getattr(cast, who)).get(f"/quarter-reports/{report.pk}/").status_code == 404, who
        assert sign_in(getattr(cast, who)).post(f"/quarter-reports/{report.pk}/text/").status_code == 404, who


def test_the_head_reads_accepts_and_does_not_write(cast, quarter, sign_in):
    report = make_quarter_report(cast, state="returned")
    client = sign_in(cast.head)
    assert client.get(f"/quarter-reports/{report.pk}/").status_code == 200
    assert client.post(f"/quarter-reports/{report.pk}/text/", texts()).status_code == 403
    report.perform("submit", by=cast.officer)
    assert "Accept" in client.get(f"/quarter-reports/{report.pk}/").content.decode()
    client.post(f"/quarter-reports/{report.pk}/accept/", {"seen": str(report.seen)})
    report.refresh_from_db()
    assert report.state == "accepted"


def test_a_result_one_may_not_read_gives_away_no_word(cast, now, sign_in):
    now.move_to("2026-02-20T09:00:00+07:00")
    make_result(cast, make_visit(cast), "draft", activity="Nội dung chưa gửi", difficulties="Chưa gửi")
    report = make_quarter_report(cast, state="submitted")
    page = sign_in(cast.head).get(f"/quarter-reports/{report.pk}/").content.decode()
    assert "Nội dung chưa gửi" not in page
    assert "Chưa gửi" not in page


# --- The list ----------------------------------------------------------------------------------------------------------------


def listed(cast, quarter, who):
    shown = report_list(quarter, User.objects.get(pk=getattr(cast, who).pk))
    return {str(d.department): [str(r.officer) for r in d.rows] for d in shown.departments}


MOVEMENT = ["Nguyễn Văn An", "Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"]


def test_each_sees_the_reports_of_their_own_rooms(cast, quarter):
    make_quarter_report(cast, state="accepted")
    assert listed(cast, quarter, "officer") == {}
    assert listed(cast, quarter, "driver") == {}
    assert listed(cast, quarter, "head") == {"Ban Phong trào": MOVEMENT}
    for who in ("coordinator", "results_desk", "member"):
        assert list(listed(cast, quarter, who)) == ["Ban Xây dựng Đoàn", "Ban Phong trào"], who
        assert listed(cast, quarter, who)["Ban Phong trào"] == MOVEMENT
    assert listed(cast, quarter, "executive") == {"Ban Phong trào": ["Nguyễn Văn An"]}


def test_a_draft_is_known_and_cannot_be_opened(cast, quarter):
    make_quarter_report(cast)
    (department,) = report_list(quarter, cast.head).departments
    row = next(r for r in department.rows if r.officer == cast.officer)
    assert (row.report.state, row.readable, row.may_accept) == ("draft", False, False)


def test_lateness_counts_from_the_day_after_the_due_date(cast, quarter, now):
    now.move_to("2026-04-05T23:00:00+07:00")
    assert report_list(quarter, cast.officer).mine.late == 0
    now.move_to("2026-04-07T09:00:00+07:00")
    assert report_list(quarter, cast.officer).mine.late == 2
    make_quarter_report(cast, state="submitted")
    assert report_list(quarter, cast.officer).mine.late == 0
    assert report_list(quarter, cast.head).departments[0].late == 2


def test_nobody_is_late_in_a_suspended_quarter(cast, quarter, now):
    quarter.perform("suspend", by=cast.coordinator, comment="Covid-19")
    now.move_to("2026-05-01T09:00:00+07:00")
    shown = report_list(quarter, cast.head)
    assert shown.mine.late == 0
    assert [(d.late, {r.late for r in d.rows}) for d in shown.departments] == [(0, {0})]


def test_many_are_accepted_at_once_but_not_ones_own(cast, quarter, sign_in):
    first, second = (
        make_quarter_report(cast, state="submitted"),
        make_quarter_report(cast, cast.colleague, state="submitted"),
    )
    own = make_quarter_report(cast, cast.head, state="submitted")
    client = sign_in(cast.head)
    page = client.get(LIST).content.decode()
    assert f'value="{first.pk}:{first.seen}"' in page
    assert f'value="{own.pk}:{own.seen}"' not in page
    chosen = [f"{r.pk}:{r.seen}" for r in (first, second, own)]
    client.post("/quarter-reports/accept/", {"paper": chosen})
    assert list(QuarterReport.objects.order_by("pk").values_list("state", flat=True)) == [
        "accepted",
        "accepted",
        "submitted",
    ]


def test_everybody_who_works_opens_the_list(cast, quarter, sign_in):
    make_department_report(cast, "noted")
    for who in ("officer", "head", "coordinator", "results_desk", "member", "executive", "driver"):
        assert sign_in(getattr(cast, who)).get(LIST).status_code == 200, who
    for who in ("administrator", "central", "stranger"):
        assert sign_in(getattr(cast, who)).get(LIST).status_code == 404, who


# --- The department's report ------------------------------------------------------------------------------------------------


def test_a_leader_begins_the_departments_report_and_nobody_else(cast, quarter, sign_in):
    url = f"/quarters/2026/1/departments/{cast.movement.pk}/report/"
    for who in ("officer", "other_head", "executive", "stranger", "administrator"):
        assert sign_in(getattr(cast, who)).get(url).status_code == 404, who
        assert sign_in(getattr(cast, who)).post(url).status_code == 404, who
    assert sign_in(cast.coordinator).get(url).status_code == 404
    assert sign_in(cast.coordinator).post(url).status_code == 403
    assert sign_in(cast.deputy).get(url).status_code == 200
    assert not DepartmentReport.objects.exists()
    made = sign_in(cast.deputy).post(url)
    report = DepartmentReport.objects.get()
    assert made.url == sign_in(cast.head).get(url).url == f"/department-reports/{report.pk}/"


def test_it_compiles_the_department_by_officer_and_by_content_group(cast, now):
    now.move_to("2026-02-20T09:00:00+07:00")
    make_result(cast, make_visit(cast), "accepted")
    make_result(
        cast, make_visit(cast, cast.colleague, group=4), "submitted", members_present=5, members_total=9
    )
    trip = make_adhoc(cast, state="consented", first=date(2026, 2, 21))
    gone = make_visit(cast, first=date(2026, 2, 5), days=1)
    gone.perform("close", by=cast.officer, comment="Đơn vị bận", variance="host")
    said = make_quarter_report(cast, state="submitted")
    make_quarter_report(cast, cast.colleague)
    report = make_department_report(cast)
    sheet = department_sheet(report, cast.head)
    lines = [
        (
            str(o.officer),
            o.approved,
            o.carried_out,
            o.given_up,
            o.adhoc,
            o.days["approved"],
            o.days["accepted"],
        )
        for o in sheet.officers
    ]
    assert lines == [
        ("Nguyễn Văn An", 1, 1, 1, 1, 4, 2),  # the day given up was approved, too
        ("Trần Thị Bình", 1, 1, 0, 0, 2, 0),
        ("Lê Thị Chi", 0, 0, 0, 0, 0, 0),
        ("Phạm Văn Dũng", 0, 0, 0, 0, 0, 0),
    ]
    assert sheet.totals == {"approved": 2, "carried_out": 2, "given_up": 1, "adhoc": 1, "late": 0}
    assert sheet.days["approved"] == 6
    assert {f.label: f.days for f in sheet.figures}["approved"] == 6
    assert [(str(g.label), g.visits, g.days["accepted"]) for g in sheet.groups] == [
        ("1. Thematic survey or study", 1, 2),
        ("2. Organising activities with the host", 0, 0),
        ("4. Attending meetings", 1, 0),
    ]
    assert [r.visit for r in sheet.adhoc] == [trip.visit]
    assert [r.visit for r in sheet.given_up] == [gone]
    assert list(sheet.said) == [said]
    assert [str(line.officer) for line in sheet.missing] == MOVEMENT


def test_it_goes_from_the_department_to_the_committee_which_gives_a_direction(cast, quarter, sign_in):
    report = make_department_report(cast)
    for who in ("coordinator", "results_desk", "member", "officer"):
        assert sign_in(getattr(cast, who)).get(f"/department-reports/{report.pk}/").status_code == 404, who

    def move(who, verb, comment=""):
        report.refresh_from_db()
        sign_in(getattr(cast, who)).post(
            f"/department-reports/{report.pk}/{verb}/", {"seen": str(report.seen), "comment": comment}
        )
        report.refresh_from_db()
        return report.state

    assert move("head", "send") == "draft"  # officers have no accepted report: say why
    assert move("head", "send", "Một số đồng chí gửi sau") == "sent"
    assert move("results_desk", "return", "Bổ sung nguyên nhân") == "returned"
    url = f"/department-reports/{report.pk}/text/"
    typed = {"good_points": "Tốt", "shortcomings": "Ít kiến nghị", "causes": "Cán bộ mới", "proposals": ""}
    assert sign_in(cast.head).post(url, typed | {"revision": str(report.revision)}).status_code == 302
    assert sign_in(cast.results_desk).post(url, typed).status_code == 403
    assert move("head", "send", "Một số đồng chí gửi sau") == "sent"
    assert move("results_desk", "forward") == "forwarded"
    assert move("member", "note", "Nhân rộng cách làm ở Võ Nhai") == "noted"
    assert report.causes == "Cán bộ mới"
    assert Event.objects.of(report).last().comment == "Nhân rộng cách làm ở Võ Nhai"
    page = sign_in(cast.executive).get(f"/department-reports/{report.pk}/").content.decode()
    assert "Nhân rộng cách làm ở Võ Nhai" in page


def test_the_printed_form_names_the_paper_and_leaves_the_number_open(cast, quarter, sign_in):
    report = make_department_report(cast, "sent")
    page = sign_in(cast.head).get(f"/department-reports/{report.pk}/").content.decode()
    assert "-BC/TĐTN" in page
    assert "TRƯỞNG BAN" in page
    own = make_quarter_report(cast)
    page = sign_in(cast.officer).get(f"/quarter-reports/{own.pk}/").content.decode()
    assert "NGƯỜI BÁO CÁO" in page
    assert "Xác nhận của đơn vị" in page


# --- Queries ---------------------------------------------------------------------------------------------------------------------


def more(cast, number):
    """``number`` more officers of the department, each with an accepted result and a report sent."""
    for n in range(number):
        user = User.objects.create_user(f"u{n}", full_name=f"Lê Văn {n}", province=cast.province)
        Membership.objects.create(user=user, department=cast.movement, valid_from=SINCE)
        RoleGrant.objects.create(user=user, role=Role.OFFICER, province=cast.province, valid_from=SINCE)
        make_recommendation(cast, make_result(cast, make_visit(cast, user)), "open")
        make_quarter_report(cast, user, state="submitted")


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_often_for_one_report_as_for_three(
    cast, quarter, number, now, sign_in, django_assert_num_queries
):
    now.move_to("2026-02-20T09:00:00+07:00")
    more(cast, number)
    make_department_report(cast, "sent")
    client = sign_in(cast.head)
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(LIST).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_departments_report_asks_as_often_for_one_officer_as_for_three(
    cast, quarter, number, now, sign_in, django_assert_num_queries
):
    now.move_to("2026-02-20T09:00:00+07:00")
    more(cast, number)
    report = make_department_report(cast)
    client, url = sign_in(cast.head), f"/department-reports/{report.pk}/"
    client.get(url)
    with django_assert_num_queries(DEPARTMENT_QUERIES):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_an_officers_report_asks_as_often_for_one_visit_as_for_three(
    cast, quarter, number, now, sign_in, django_assert_num_queries
):
    now.move_to("2026-02-20T09:00:00+07:00")
    for n in range(number):
        make_recommendation(
            cast, make_result(cast, make_visit(cast, first=date(2026, 1, 20 + n), days=1)), "open"
        )
    report = make_quarter_report(cast)
    client, url = sign_in(cast.officer), f"/quarter-reports/{report.pk}/"
    client.get(url)
    with django_assert_num_queries(OFFICER_QUERIES):
        assert client.get(url).status_code == 200


#: The session and its device (3), powers (2-3), the quarters, the rule; then what the page reads.
LIST_QUERIES = 12
DEPARTMENT_QUERIES = 20
OFFICER_QUERIES = 16


def test_a_former_member_with_visits_stays_in_the_departments_report(cast, now):
    now.move_to("2026-02-20T09:00:00+07:00")
    make_result(cast, make_visit(cast), "accepted")
    report = make_department_report(cast)
    other = Department.objects.get(pk=cast.building.pk)
    Membership.objects.filter(user=cast.officer).update(department=other)
    names = [str(line.officer) for line in department_sheet(report, cast.head).officers]
    assert "Nguyễn Văn An" in names


def test_what_a_post_does_not_speak_of_stays_as_it_was(cast, quarter, sign_in):
    report = make_quarter_report(cast)
    client = sign_in(cast.officer)
    answer = client.post(
        f"/quarter-reports/{report.pk}/text/", {"proposals": "Thêm xe", "revision": str(report.revision)}
    )
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.self_assessment, report.proposals) == ("Hoàn thành kế hoạch quý", "Thêm xe")
