"""The annual report to the Central Union: its text, its figures as annexes (a) to (g) (domain section 6).

``AnnualFacts`` is all it prints: of an approved or sent edition what was frozen then, of a draft the figures of now. The Word document is
written here; the workbook (``reports.xlsx.annual``) begins, ends and lists its annexes by the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import override

from ..base import Column as Told
from ..figures import Figures, Table, headline_table, standings_table, tables
from .form import Paper
from .words import Column, Writer, printable, signed_by_committee, union_of

if TYPE_CHECKING:
    from ..models import AnnualReport

#: The five sections of the text, by the names the report keeps them under.
HEADINGS = {
    "situation": "I. ĐẶC ĐIỂM TÌNH HÌNH VÀ CÔNG TÁC CHỈ ĐẠO",
    "results": "II. KẾT QUẢ THỰC HIỆN",
    "assessment": "III. ĐÁNH GIÁ CHUNG",
    "directions": "IV. PHƯƠNG HƯỚNG",
    "proposals": "V. KIẾN NGHỊ, ĐỀ XUẤT",
}


#: Tables of more than this width stand across the page.
_WIDE = 150
#: Columns of one word, which stand in the middle.
_CENTRED = {"status", "adhoc", "recommendations", "group_number"}


@dataclass(frozen=True)
class Annex:
    """An annex: its letter, what it is about, the name of its sheet, whether its tables need the width of the page."""

    letter: str
    title: str
    sheet: str
    landscape: bool = False


ANNEXES = (
    Annex("a", "Kết quả đi công tác cơ sở của từng cán bộ", "PL a - Cán bộ", True),
    Annex("b", "Kết quả đi công tác cơ sở theo ban", "PL b - Ban", True),
    Annex("c", "Kết quả đi công tác cơ sở theo nhóm nội dung", "PL c - Nhóm nội dung", True),
    Annex("d", "Kết quả đi công tác cơ sở theo cấp và theo đơn vị", "PL d - Đơn vị"),
    Annex("e", "Các chuyến đi đột xuất", "PL e - Đột xuất", True),
    Annex("f", "Kiến nghị ghi nhận qua các chuyến đi", "PL f - Kiến nghị", True),
    Annex("g", "Danh sách các chuyến đi", "PL g - Chuyến đi", True),
)


@dataclass(frozen=True)
class AnnualFacts:
    """What an edition of the report prints. ``number`` and ``day`` are as typed, open before; ``as_of`` is the last day counted."""

    province: str
    slug: str
    document_code: str
    year: int
    version: str
    edition: int
    as_of: date
    sections: dict[str, str]
    figures: Figures
    number: str = ""
    day: date | None = None
    is_draft: bool = False

    @property
    def code(self) -> str:
        """What follows the number: as typed with it, else of the department that writes it."""
        _number, _dash, typed = self.number.partition("-")
        return typed.strip() or f"BC/{self._beside.get('code') or self.document_code}"

    @property
    def plain_number(self) -> str:
        return self.number.partition("-")[0].strip()

    @property
    def _beside(self) -> dict[str, Any]:
        return self.figures.get("paper", {})

    @property
    def legal_basis(self) -> list[str]:
        return self._beside.get("legal_basis", [])

    @property
    def signer(self) -> str:
        return self._beside.get("signer", "")

    @property
    def about(self) -> str:
        until = f"số liệu tính đến ngày {printable(self.as_of)}"
        return f"Kết quả cán bộ đi công tác cơ sở năm {self.year}\n({'DỰ THẢO - ' if self.is_draft else ''}{until})"

    @property
    def names(self) -> tuple[object, ...]:
        """What its file is called by: province, paper, period, and what tells it from other editions."""
        return (
            self.slug,
            "bao cao nam",
            self.year,
            "chinh thuc" if self.version == "final" else "tam tinh",
            f"ban {self.edition}" if self.edition > 1 else "",
            "du thao" if self.is_draft else "",
        )


def facts_of(report: AnnualReport) -> AnnualFacts:
    """What ``report`` says: as frozen once it is approved, else - as a draft - as the data say now."""
    return _facts(
        report,
        edition=report.edition,
        as_of=date.fromisoformat(report.figures["as_of"]) if report.is_frozen else report.as_of,
        sections={name: getattr(report, name) for name in HEADINGS},
        figures=report.figures if report.is_frozen else report.compiled(),
        number=report.number,
        day=report.dated,
        is_draft=not report.is_frozen,
    )


def facts_of_edition(report: AnnualReport, copy: dict[str, Any]) -> AnnualFacts:
    """What an edition of ``report`` said, by the copy that was kept of it (``AnnualReport.as_copy``)."""
    return _facts(
        report,
        edition=copy["edition"],
        as_of=date.fromisoformat(copy["as_of"]),
        sections={name: copy[name] for name in HEADINGS},
        figures=copy["figures"],
        number=copy.get("number") or "",
        day=date.fromisoformat(copy["dated"]) if copy.get("dated") else None,
    )


def _facts(report: AnnualReport, *, figures: Figures, **said: Any) -> AnnualFacts:
    return AnnualFacts(
        province=figures["province"]["name"],
        slug=report.province.slug,
        document_code=report.province.document_code,
        year=report.year,
        version=report.version,
        figures=figures,
        **said,
    )


# --- The Word document ---------------------------------------------------------------------------------------------------------


def annual_document(facts: AnnualFacts) -> bytes:
    """The report as a .docx file: its text as it is signed, then the annexes."""
    with override("vi"):
        paper = Paper(facts.province, facts.code, number=facts.plain_number, day=facts.day)
        begin(paper, facts)
        for name, heading in HEADINGS.items():
            paper.heading(heading)
            paper.text(facts.sections[name])
            if name == "results":
                paper.text("Một số kết quả chính (chi tiết tại các phụ lục kèm theo):")
                write_table(paper, headline_table(facts.figures))
        end(paper, facts)
        found = tables(facts.figures)
        paper.annex("BIỂU TỔNG HỢP", _enclosed(facts))
        write_tables(paper, summary(facts, found), size=11)
        write_annexes(paper, facts, found)
        return paper.as_bytes()


def summary(facts: AnnualFacts, found: Sequence[Table]) -> list[Table]:
    """What stands before the annexes."""
    return [standings_table(facts.figures), *(table for table in found if not table.annex)]


# --- What both files have in common --------------------------------------------------------------------------------------------


def begin(paper: Writer, facts: AnnualFacts) -> None:
    paper.subject("Báo cáo", facts.about)
    paper.basis(facts.legal_basis)


def end(paper: Writer, facts: AnnualFacts) -> None:
    union = union_of(facts.province)
    writers = facts.code.rpartition("-")[2].split(" ")[0] if "-" in facts.code else ""
    paper.sign(
        signed_by_committee(facts.province, facts.signer),
        receivers=[
            "Ban Tổ chức Trung ương Đoàn (để báo cáo)",
            f"Thường trực {union}",
            f"Các ban, văn phòng {union}",
            "Lưu: " + ", ".join(filter(None, ["VP", writers])),
        ],
    )


def _enclosed(facts: AnnualFacts) -> str:
    number = f"{facts.plain_number or '     '}-{facts.code}"
    day = f"{facts.day:%d/%m/%Y}" if facts.day else "…/…/…"
    return f"(Kèm theo Báo cáo số {number} ngày {day} của Ban Thường vụ {union_of(facts.province)})"


def write_annexes(paper: Writer, facts: AnnualFacts, found: Sequence[Table]) -> dict[str, Any]:
    """The annexes, each on pages or a sheet of its own. Where each table came to stand, by its key, as the writer tells it."""
    places: dict[str, Any] = {}
    for annex in ANNEXES:
        paper.annex(
            f"PHỤ LỤC {annex.letter.upper()}",
            f"{annex.title}\n{_enclosed(facts)}",
            landscape=annex.landscape,
            name=annex.sheet,
        )
        mine = [table for table in found if table.annex == annex.letter]
        places |= write_tables(paper, mine, size=9 if annex.letter in "eg" else 11)
    return places


def write_tables(paper: Writer, found: Sequence[Table], *, size: float = 12) -> dict[str, Any]:
    places = {}
    for table in found:
        if len(found) > 1:
            paper.heading(table.title, 2)
        if table.rows:
            places[table.key] = write_table(paper, table, size=size)
        elif table.is_kept:
            paper.text("Không có.")
        if table.note:
            paper.text(table.note, italic=True)
    return places


def write_table(paper: Writer, table: Table, *, size: float = 12) -> Any:
    """``table`` on paper: numbered, when its rows are more than figures."""
    numbered = not table.columns[0].is_number
    columns = [_printed(column, not numbered) for column in table.columns]
    rows: list[Sequence[object]] = [*table.rows]
    total: Sequence[object] = table.total
    if numbered:
        whole = sum(column.share for column in columns)
        columns.insert(0, Column("TT", whole * (0.04 if whole > _WIDE else 0.062), "center"))
        rows = [(number, *row) for number, row in enumerate(rows, start=1)]
        total = ("", *total) if total else ()
    return paper.table(columns, rows, total=total or None, size=size)


def _printed(column: Told, centred: bool) -> Column:
    title = f"{column.title} (%)" if column.kind == "percent" else str(column.title)
    if centred or column.name in _CENTRED or column.kind == "date":
        align = "center"
    else:
        align = "right" if column.is_number else "left"
    is_quarter = column.name in ("q0", "q1", "q2", "q3")
    return Column(title, column.width, align, "Số ngày theo quý" if is_quarter else "")
