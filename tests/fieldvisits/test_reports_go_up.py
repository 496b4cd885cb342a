"""What a quarter report must say before it goes up, whom it names, when it is late, and whose own it is."""

from datetime import date

import pytest

from accounts.models import Role
from fieldvisits.models import DepartmentReport, NotNow

from ..factories import make_department_report, make_quarter, make_quarter_report, make_visit
from .test_quota_in_days import exempt
from .test_workflow_matrix import attempt
from .test_workflow_matrix_carrying_out import stands_in
from .test_workflow_matrix_results import make_sent_by_stand_in


def test_no_report_is_missing_from_whoever_is_exempt(cast, now):
    exempt(cast, date(2026, 1, 1), date(2026, 12, 31))
    missing = DepartmentReport(quarter=make_quarter(cast), department=cast.movement).missing()
    assert missing == ["Trần Thị Bình", "Lê Thị Chi", "Phạm Văn Dũng"]


def test_what_was_not_carried_out_is_told(cast, now):
    visit = make_visit(cast)
    now.move_to("2026-01-23T09:00:00+07:00")
    visit.perform("close", by=cast.officer, comment="Mưa", variance="weather")
    report = make_quarter_report(cast)
    report.write(by=cast.officer.powers, not_carried_out="")
    with pytest.raises(NotNow):
        report.perform("submit", by=cast.officer)
    report.write(by=cast.officer.powers, not_carried_out="Một chuyến, vì mưa lũ")
    report.perform("submit", by=cast.officer)
    assert report.state == "submitted"


@pytest.mark.parametrize(("day", "late"), [("2026-04-05", False), ("2026-04-06", True)])
def test_a_department_report_is_late_after_the_fifth_day_of_the_next_quarter(cast, now, day, late):
    quarter = make_quarter(cast)
    now.move_to(f"{day}T09:00:00+07:00")
    assert make_department_report(cast, "sent", quarter).late is late


def test_nobody_takes_note_of_what_was_sent_in_their_stead(cast):
    """Sent by a member in the head's place; the head, who stands in for another member, does not decide on it."""
    report = make_sent_by_stand_in(cast)
    assert report.authors == {cast.member.pk, cast.other_head.pk}
    stands_in(cast.second_member, Role.COMMITTEE, cast.other_head)
    assert attempt(report, "note", cast.other_head) == "not allowed"
