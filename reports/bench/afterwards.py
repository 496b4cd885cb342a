"""What follows a quarter of the large database: letters to the host units, their feedback, quarter reports, annual reports."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from datetime import date, timedelta
from random import Random

from django.contrib.contenttypes.models import ContentType

from accounts.models import Role
from fieldvisits.models import (
    DepartmentReport,
    Event,
    HostFeedback,
    HostLink,
    HostNotice,
    NoticeLine,
    QuarterReport,
    Visit,
    YearRule,
)

from ..annual import compile_figures
from ..models import SECTIONS, AnnualReport, fingerprint_of
from .people import Place
from .quarters import QuarterRun, moment
from .writing import Writer

#: Letters of a department in a quarter.
_LETTERS = 3
_SIGNED = ("Bí thư Đoàn xã", "Phó Bí thư", "Bí thư chi đoàn")


def make_letters(run: QuarterRun) -> None:
    """For each department letters to the first few units it visits, with answers; and feedback on what is accepted there."""
    at: dict[tuple[int, int], list[Visit]] = defaultdict(list)
    for visit in run.visits:
        if visit.state == "approved":
            at[visit.department_id, visit.unit_id].append(visit)
    told: dict[int, int] = defaultdict(int)
    for (department_id, _unit), visits in at.items():
        if told[department_id] < _LETTERS:
            told[department_id] += 1
            _letter(run, visits)


def _letter(run: QuarterRun, visits: list[Visit]) -> None:
    write, first = run.write, visits[0]
    head = run.place.teams[run.place.departments.index(first.department)][0]
    day = min(run.quarter.committee_due + timedelta(days=1), run.today)
    notice = write.add(
        HostNotice,
        quarter=run.quarter,
        department=first.department,
        unit=first.unit,
        composed_by=head,
        composed_at=moment(day),
        contact=head,
        contact_phone="0900 000 000",
        sent_on=day,
        sent_how="email",
    )
    last = max(visit.ends for visit in visits)
    link = write.add(
        HostLink,
        notice=notice,
        purpose="feedback",
        nonce=f"bench{notice.pk}",
        token_hash=hashlib.sha256(f"bench{notice.pk}".encode()).hexdigest(),
        issued_by=head,
        issued_at=moment(day),
        expires_at=moment(last + timedelta(days=22)),
    )
    for visit in visits:
        write.add(
            NoticeLine, notice=notice, visit=visit, starts=visit.starts, ends=visit.ends, answer="agreed"
        )
        result = run.results.get(visit.pk)
        if result is not None and result.state == "accepted" and run.rng.random() < 0.8:
            _feedback(run, visit, link)


def _feedback(run: QuarterRun, visit: Visit, link: HostLink) -> None:
    marks = ("told_in_time", "knew_the_unit", "helped_prepare", "reviewed_after", "was_useful")
    run.write.add(
        HostFeedback,
        visit=visit,
        link=link,
        text="Đơn vị được hướng dẫn cụ thể, mong đoàn tiếp tục về cơ sở.",
        given_by=run.rng.choice(_SIGNED),
        at=moment(visit.ends + timedelta(days=2)),
        **{name: run.rng.choice((2, 3, 3, 3)) for name in marks},
    )


def make_quarter_reports(run: QuarterRun) -> None:
    """Of a quarter that is over: every officer's report accepted, every department's taken note of."""
    write, place, quarter = run.write, run.place, run.quarter
    if quarter.ends >= run.today:
        return
    run.kinds |= ContentType.objects.get_for_models(QuarterReport, DepartmentReport)
    in_time = min(quarter.ends + timedelta(days=4), run.today)
    too_late = quarter.ends + timedelta(days=8)

    def handed_in() -> tuple[date, bool]:
        """On which day a report is handed in, and whether that is late."""
        late = run.rng.random() < 0.05 and too_late <= run.today
        return (too_late if late else in_time), late

    for n, department in enumerate(place.departments):
        head = place.teams[n][0]
        for officer in place.teams[n]:
            told, late = handed_in()
            report = write.add(
                QuarterReport,
                quarter=quarter,
                officer=officer,
                department=department,
                state="accepted",
                self_assessment="Hoàn thành kế hoạch quý, bám sát cơ sở.",
                not_carried_out="Một số chuyến lùi do thời tiết.",
                submitted_on=told,
                late=late,
            )
            run.moved(report, "submit", ("draft", "submitted"), (officer, Role.OFFICER), told)
            run.moved(report, "accept", ("submitted", "accepted"), run.leader_of(n, officer), told)
        told, late = handed_in()
        paper = write.add(
            DepartmentReport,
            quarter=quarter,
            department=department,
            state="noted",
            good_points="Các đồng chí đi đúng kế hoạch, có sản phẩm cụ thể.",
            shortcomings="Kiến nghị của cơ sở còn ít.",
            sent_by=head,
            sent_on=told,
            late=late,
        )
        desk = (place.results_desk, Role.RESULTS_DESK)
        run.moved(paper, "send", ("draft", "sent"), (head, Role.HEAD), told)
        run.moved(paper, "forward", ("sent", "forwarded"), desk, told)
        run.moved(paper, "note", ("forwarded", "noted"), run.member_for(head), told)


def make_annual_report(write: Writer, place: Place, rule: YearRule, today: date) -> None:
    """The final report of a year that is over, approved and sent, with the figures its days give."""
    as_of = date(rule.year, 12, 31)
    approved, sent = (min(as_of + timedelta(days=n), today) for n in (15, 18))
    rule.province = place.province
    figures = json.loads(json.dumps(compile_figures(rule, as_of)))
    digest = fingerprint_of(figures)
    texts = dict.fromkeys(SECTIONS, "Nội dung báo cáo mẫu để đo tốc độ; không phải số liệu thật.")
    number = f"{Random(place.province.slug).randrange(100, 900)}-BC/{place.province.document_code}-XDĐ"
    report = write.add(
        AnnualReport,
        province=place.province,
        year=rule.year,
        version="final",
        state="sent",
        figures=figures,
        figures_sha256=digest,
        submitted_by=place.coordinator,
        approved_on=approved,
        number=number,
        dated=sent,
        sent_on=sent,
        **texts,
    )
    writer, member = (place.coordinator, Role.COORDINATOR), (place.member, Role.COMMITTEE)
    frozen = {"edition": 1, "as_of": as_of.isoformat(), **texts, "figures": figures, "sha256": digest}
    open_ = {"number": "", "dated": None, "sent_on": None}
    closed = {"number": number, "dated": sent.isoformat(), "sent_on": sent.isoformat()}
    for verb, way, by, day, copy in (
        ("submit", ("draft", "submitted"), writer, approved, None),
        ("approve", ("submitted", "approved"), member, approved, frozen | open_),
        ("send", ("approved", "sent"), writer, sent, frozen | closed),
    ):
        report.last_event = write.add(
            Event,
            content_type=ContentType.objects.get_for_model(AnnualReport),
            object_id=report.pk,
            province_id=place.province.pk,
            verb=verb,
            actor=by[0],
            role=by[1],
            from_state=way[0],
            to_state=way[1],
            at=moment(day),
            copy=copy,
        )
