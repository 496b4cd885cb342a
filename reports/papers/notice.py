"""The notice to a host unit: who comes, when and for what, and how to answer (step 5).

A department's paper, signed by its head: as a Word document, and as a short text to paste into a chat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import override

from accounts import clock
from accounts.models import User
from fieldvisits.models import Change, HostNotice, NoticeLine, Purpose
from fieldvisits.pages.department_papers import head_of, name_of
from fieldvisits.pages.notices import NoticeSheet

from .form import Paper
from .words import Column, Writer, initials, printable, short_name, signed_by_head, union_of

#: Longest content of a visit in the chat text, in characters: the paper has it whole.
MOST_IN_CHAT = 160


@dataclass(frozen=True)
class NoticeRow:
    """A visit of the notice; dates are inclusive, ``group`` is the label of its content group."""

    officer: str
    post: str
    first: date
    last: date
    group: str | Promise
    content: str
    companions: str = ""
    is_adhoc: bool = False

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class TakenBack:
    """A visit the unit was told of that is changed since: ``became`` says what has become of it."""

    officer: str
    first: date
    last: date
    became: str


@dataclass(frozen=True)
class NoticeFacts:
    """What a notice says. ``quarter`` reads as in a sentence ("quý IV/2026"); ``link`` is where the unit answers, if anywhere.

    Without ``rows`` it tells that nobody comes as announced: ``taken_back``. ``replaces`` names the notice in whose place it is
    written ("thông báo trước đây số 12-TB/TĐTN"), empty when the unit knows of none.

    ``number`` and ``day`` stay open for the clerk unless given; ``signer`` is the head, or the deputy who signs for the head.
    """

    province: str
    document_code: str
    department: str
    unit: str
    quarter: str
    rows: tuple[NoticeRow, ...]
    contact: str = ""
    contact_phone: str = ""
    note: str = ""
    link: str | None = None
    signer: str = ""
    signer_is_deputy: bool = False
    legal_basis: tuple[str, ...] = ()
    answer_by: date | None = None
    number: str = ""
    day: date | None = None
    replaces: str = ""
    taken_back: tuple[TakenBack, ...] = ()


def facts_of(notice: HostNotice, reader: User, absolute: Callable[[str], str]) -> NoticeFacts:
    """What the letter says. The link of the unit is only in what its department's leaders take away: it answers in the unit's
    name."""
    sheet = NoticeSheet(notice, reader)
    lines = sheet.letter
    answerable = sheet.leads and any(line.is_open for line in lines)
    link = sheet.link_for(Purpose.ANSWER) if answerable else None
    head = head_of(notice.department)
    first = min((line.starts for line in lines), default=None)
    with override("vi"):
        return NoticeFacts(
            province=notice.quarter.province.name,
            document_code=notice.quarter.province.document_code,
            department=name_of(notice.department, notice.quarter),
            unit=notice.unit.name,
            quarter=str(notice.quarter),
            rows=tuple(
                NoticeRow(
                    line.visit.officer.full_name,
                    line.visit.officer.post,
                    line.starts,
                    line.ends,
                    line.visit.get_group_display(),
                    line.visit.content,
                    ", ".join(str(person) for person in line.visit.companions.all()),
                    line.visit.is_adhoc,
                )
                for line in lines
            ),
            contact=notice.contact.full_name,
            contact_phone=notice.contact_phone,
            note=notice.note,
            link=absolute(link.path) if link and link.is_open else None,
            signer=(head or notice.composed_by).full_name,
            signer_is_deputy=head is None,
            legal_basis=tuple(notice.quarter.rule.legal_basis.splitlines()),
            answer_by=first if first and first > clock.today() else None,
            number=notice.number,
            day=notice.dated,
            replaces=_named(sheet.replaced) if sheet.replaced else "",
            taken_back=tuple(
                TakenBack(line.visit.officer.full_name, line.starts, line.ends, _became(line))
                for line in (view.line for view in sheet.taken_back)
            ),
        )


def _named(notice: HostNotice) -> str:
    department = name_of(notice.department, notice.quarter)
    code = _code(notice.quarter.province.document_code, department)
    return "thông báo trước đây" + _cited(notice.number, code, notice.dated)


def _code(document_code: str, department: str) -> str:
    """What follows the number of a notice."""
    return f"TB/{document_code}-{initials(department)}"


def _cited(number: str, code: str, day: date | None) -> str:
    """ " số 12-TB/TĐTN-PT ngày 03/01/2026", as far as they are known."""
    return (f" số {_line(number)}-{code}" if number else "") + (f" ngày {printable(day)}" if day else "")


def _became(line: NoticeLine) -> str:
    """What the unit reads of a visit that is no longer as announced; where else it goes is no matter of this unit."""
    if line.change == Change.CANCELLED:
        return "không thực hiện"
    if line.change == Change.ELSEWHERE:
        return "không đến đơn vị theo lịch này"
    return f"chuyển sang {_when(line.visit.starts, line.visit.ends)} (có thông báo riêng)"


COLUMNS = (
    Column("TT", 9, "center"),
    Column("Cán bộ", 38),
    Column("Thời gian", 28, "center"),
    Column("Nội dung làm việc", 52),
    Column("Cán bộ cùng đi", 33),
)

COLUMNS_TAKEN_BACK = (
    Column("TT", 9, "center"),
    Column("Cán bộ", 45),
    Column("Thời gian đã thông báo", 46, "center"),
    Column("Thay đổi", 60),
)


def notice(facts: NoticeFacts) -> bytes:
    """The notice as a .docx file."""
    with override("vi"):
        return write(Paper, facts)


def write(writer: type[Writer], facts: NoticeFacts) -> bytes:
    union = union_of(facts.province)
    code = initials(facts.department)
    invites = bool(facts.rows)
    paper = writer(
        facts.province,
        _code(facts.document_code, facts.department),
        department=facts.department,
        number=facts.number if invites else "",  # they are those of the notice that is taken back
        day=facts.day if invites else None,
    )
    if invites:
        _invite(paper, facts, union)
    else:
        _take_back(paper, facts, union)
    paper.sign(
        signed_by_head(facts.department, facts.signer, facts.signer_is_deputy),
        receivers=[
            "Như trên",
            f"Thường trực {union} (để báo cáo)",
            "Lưu: " + ", ".join(dict.fromkeys(["VP", code])),
        ],
    )
    return paper.as_bytes()


def _invite(paper: Writer, facts: NoticeFacts, union: str) -> None:
    paper.subject("Thông báo", f"Về việc cán bộ {union} đi công tác cơ sở {facts.quarter}")
    paper.addressed_to(facts.unit)
    paper.basis(facts.legal_basis)
    paper.text(
        f"Thực hiện chủ trương 1+2 về chế độ đi công tác cơ sở của cán bộ Đoàn chuyên trách cấp tỉnh, trên cơ sở "
        f"{_ground(facts, union)}, {facts.department} trân trọng thông báo lịch "
        f"cán bộ đến làm việc tại đơn vị như sau:"
    )
    paper.table(COLUMNS, [_cells(number, row) for number, row in enumerate(facts.rows, start=1)])
    if facts.replaces:
        paper.text(f"{_replacing(facts)}.")
    if facts.note:
        paper.text(facts.note)
    paper.text(
        "Đề nghị đơn vị sắp xếp thời gian, phân công người phối hợp và trả lời"
        + (f" trước ngày {printable(facts.answer_by)}" if facts.answer_by else "")
        + " về việc đồng ý, đề nghị đổi ngày hoặc chưa thể tiếp đoàn"
        + (f" theo {'một trong hai cách' if facts.contact_phone else 'cách sau'}:" if facts.link else ".")
    )
    if facts.link:
        paper.code_beside(
            facts.link,
            [
                "Trả lời trực tuyến: quét mã QR hoặc mở địa chỉ dưới đây, không cần tài khoản. "
                "Địa chỉ này dành riêng cho đơn vị, đề nghị không chuyển tiếp."
            ],
        )
    if _contact(facts):
        paper.text(f"Liên hệ: {_contact(facts)}.")
    paper.text("Rất mong nhận được sự phối hợp của đơn vị để đợt công tác đạt kết quả tốt.")


def _take_back(paper: Writer, facts: NoticeFacts, union: str) -> None:
    paper.subject("Thông báo", f"Về việc thay đổi lịch cán bộ {union} đi công tác cơ sở {facts.quarter}")
    paper.addressed_to(facts.unit)
    cited = _cited(facts.number, _code(facts.document_code, facts.department), facts.day)
    told = f" tại Thông báo{cited}" if cited else ""
    paper.text(
        f"{facts.department} trân trọng thông báo: lịch cán bộ đến làm việc tại đơn vị đã thông báo{told} có thay đổi như sau:"
    )
    rows = [
        (number, printable(row.officer), _when(row.first, row.last), row.became)
        for number, row in enumerate(facts.taken_back, start=1)
    ]
    paper.table(COLUMNS_TAKEN_BACK, rows)
    if _contact(facts):
        paper.text(f"Liên hệ: {_contact(facts)}.")
    paper.text("Rất mong đơn vị thông cảm và tiếp tục phối hợp.")


def _ground(facts: NoticeFacts, union: str) -> str:
    """On whose word the officers come: the approved plan, for ad-hoc visits the consent to each."""
    planned = f"kế hoạch {facts.quarter} đã được Thường trực {union} phê duyệt"
    adhoc = f"ý kiến đồng ý của Thường trực {union} đối với chuyến đi đột xuất"
    kinds = {row.is_adhoc for row in facts.rows}
    return " và ".join(text for kind, text in ((False, planned), (True, adhoc)) if kind in kinds)


def _replacing(facts: NoticeFacts) -> str:
    return (
        f"Thông báo này thay thế {facts.replaces}; lịch không còn nêu trong thông báo này thì không thực hiện"
    )


def chat_text(facts: NoticeFacts) -> str:
    """The notice as a message: plain text, a line a visit, the link last so that a chat previews it."""
    with override("vi"):
        union = f"{union_of(facts.province)} {printable(facts.province)}"
        sender = f"{_line(short_name(facts.department))} {union}"
        lines = [f"Kính gửi {_line(facts.unit)},"]
        if not facts.rows:
            lines.append(f"{sender} xin thông báo thay đổi lịch cán bộ đến công tác tại đơn vị:")
            lines += [
                f"- {capfirst(_when(row.first, row.last))}, đ/c {_line(row.officer)}: {_line(row.became)}."
                for row in facts.taken_back
            ]
            lines.append("Rất mong đơn vị thông cảm.")
            if _contact(facts):
                lines.append(f"Liên hệ: {_contact(facts)}.")
            return "\n".join([*lines, "Trân trọng cảm ơn!"])
        lines.append(f"{sender} xin thông báo lịch cán bộ đến công tác tại đơn vị {_line(facts.quarter)}:")
        lines += [_in_chat(row) for row in facts.rows]
        if facts.replaces:
            lines.append(f"{_replacing(facts)}.")
        if facts.note:
            lines.append(f"Lưu ý: {_line(facts.note)}")
        by = f" trước ngày {printable(facts.answer_by)}" if facts.answer_by else ""
        lines.append(f"Rất mong đơn vị sắp xếp, phối hợp và trả lời giúp{by}.")
        if _contact(facts):
            lines.append(f"Liên hệ: {_contact(facts)}.")
        lines.append("Trân trọng cảm ơn!")
        if facts.link:
            lines.append(f"Trả lời nhanh, không cần tài khoản: {facts.link}")
        return "\n".join(lines)


def _cells(number: int, row: NoticeRow) -> tuple[object, ...]:
    when = printable(row.first) if row.days == 1 else f"{printable(row.first)} -\n{printable(row.last)}"
    return (
        number,
        f"{printable(row.officer)}\n{printable(row.post)}".strip(),
        f"{when}\n({row.days} ngày)",
        f"{_group(row)}:\n{printable(row.content)}" if printable(row.content) else _group(row),
        row.companions,
    )


def _in_chat(row: NoticeRow) -> str:
    when = capfirst(_when(row.first, row.last))
    if row.days > 1:
        when += f" ({row.days} ngày)"
    who = ", ".join(filter(None, [f"đ/c {_line(row.officer)}", _line(row.post)]))
    companions = f", cùng đi: {_line(row.companions)}" if _line(row.companions) else ""
    content = _line(row.content)
    if len(content) > MOST_IN_CHAT:
        content = content[: MOST_IN_CHAT - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
    return f"- {when}: {who}{companions}. Nội dung: {content or _group(row)}"


def _when(first: date, last: date) -> str:
    if first == last:
        return f"ngày {printable(first)}"
    return f"từ {printable(first)} đến {printable(last)}"


def _group(row: NoticeRow) -> str:
    """The group's label without its number, which tells a host nothing."""
    return _line(row.group).lstrip("0123456789. ")


def _contact(facts: NoticeFacts) -> str:
    name = f"đ/c {_line(facts.contact)}" if _line(facts.contact) else ""
    phone = f"điện thoại {_line(facts.contact_phone)}" if _line(facts.contact_phone) else ""
    return ", ".join(filter(None, [name, phone]))


def _line(text: object) -> str:
    """Text on one line."""
    return " ".join(printable(text).split())
