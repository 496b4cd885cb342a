"""The form of the Union's official papers: QĐ 367-QĐ/TWĐTN-VP and HD 29-HD/TWĐTN-VP of 2013 (domain section 6).

A4, margins 20 / 20 / 30 / 20 mm, Times New Roman, who issues it on the left and ``ĐOÀN TNCS HỒ CHÍ MINH`` on the right, type and
subject centred, ``./.`` after the last word, ``Nơi nhận`` bottom left, the signature bottom right, page numbers at the top from
the second page on. Number and date stay open for the clerk, who numbers by type and term, unless they are given.

Whatever is handed in is text: it is cleaned of what a Word file cannot hold and never read as markup. Widths are millimetres,
type sizes points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from io import BytesIO

import segno
from django.utils.formats import number_format
from django.utils.translation import override
from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from accounts import clock
from accounts.text import clean, fold

from .layout import set_font, set_margins, shade, twips, underline_paragraph

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TOP, BOTTOM, LEFT, RIGHT = 20, 20, 30, 20
SHORT, LONG = 210, 297
#: The heading reaches a little into the left margin, as "BAN CHẤP HÀNH TỈNH …" needs a line of its own.
ISSUER, UNION, OUTDENT = 87, 77, 3
#: A row whose longest cell has fewer characters stays whole on one page.
LONGEST_WHOLE = 400

_NOT_XML = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_CITIES = {"ha noi", "ho chi minh", "hai phong", "da nang", "can tho", "hue"}


# --- Words ---------------------------------------------------------------------------------------------------------------


def printable(value: object) -> str:
    """``value`` as it is printed: dates d/m/Y, numbers the Vietnamese way, text as far as a Word file can hold it.

    Numbers are grouped (1.234,5), so a year is handed in as text.
    """
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    with override("vi"):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(number_format(value, use_l10n=True, force_grouping=True))
        text = str(value)
    return clean(_NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def is_city(province: str) -> bool:
    """Whether ``province`` is a centrally-run city, whose union is a Thành đoàn."""
    return fold(province).removeprefix("thanh pho ").removeprefix("tp. ").removeprefix("tp ") in _CITIES


def union_of(province: str) -> str:
    """The union at the level of a province in a sentence: "Tỉnh đoàn", "Thành đoàn"."""
    return "Thành đoàn" if is_city(province) else "Tỉnh đoàn"


def committee_of(province: str) -> str:
    """Who issues a province's papers: "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN"."""
    name = printable(province).upper()
    for prefix in ("THÀNH PHỐ ", "TP. ", "TP ", "TỈNH "):
        name = name.removeprefix(prefix)
    return f"BAN CHẤP HÀNH {'THÀNH PHỐ' if is_city(province) else 'TỈNH'} {name}"


def short_name(department: str) -> str:
    """A department's name without the union it belongs to: "Văn phòng Tỉnh đoàn" → "Văn phòng"."""
    return re.sub(r"\s+(tỉnh|thành)\s+đoàn$", "", printable(department), flags=re.IGNORECASE)


def initials(department: str) -> str:
    """A department in a paper's code: "Ban Tổ chức - Kiểm tra" → "TCKT", "Văn phòng" → "VP"."""
    words = re.findall(r"\w+", short_name(department))
    if len(words) > 1 and words[0].casefold() == "ban":
        words = words[1:]
    return "".join(word[0] for word in words).upper()


# --- Who signs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """The lines above the room for signature and stamp - the last of them the post - and the name below it."""

    lines: tuple[str, ...]
    name: str = ""
    hint: str = ""


def signed_by_committee(province: str, name: str = "", post: str = "BÍ THƯ") -> Signature:
    return Signature((f"TM. BAN THƯỜNG VỤ {union_of(province).upper()}", post.upper()), name)


def signed_by_head(department: str, name: str = "", deputy: bool = False) -> Signature:
    """A department's paper; a deputy signs for the head (KT.)."""
    head = "CHÁNH VĂN PHÒNG" if fold(department).startswith("van phong") else "TRƯỞNG BAN"
    return Signature((f"KT. {head}", f"PHÓ {head}") if deputy else (head,), name)


def signed_by_officer(role: str, name: str) -> Signature:
    """An officer's own paper: ``role`` says as what, "NGƯỜI ĐĂNG KÝ", "NGƯỜI BÁO CÁO"."""
    return Signature((role.upper(),), name, "(Ký, ghi rõ họ tên)")


# --- The paper -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its share of the width, where its cells stand ("left", "center", "right")."""

    title: str
    share: float
    align: str = "left"


class Paper:
    """An official paper, written from top to bottom; ``as_bytes`` is the .docx file.

    ``code`` is what follows the number ("BC/TĐTN-XDĐ"); without it the paper bears no number (an officer's own paper).
    ``department`` is named below the committee when the paper is the department's.
    """

    def __init__(
        self,
        province: str,
        code: str = "",
        *,
        department: str = "",
        number: str = "",
        day: date | None = None,
    ) -> None:
        self.document = Document()
        self.width: float = 0
        self._last: Paragraph | None = None
        self._set_styles()
        self._set_page(self.document.sections[0])
        self._number_pages()
        self._heading(province, code, department, number, day)
        properties = self.document.core_properties
        properties.author = _property(f"{union_of(province)} {province}")
        properties.last_modified_by = properties.comments = ""
        properties.created = properties.modified = clock.now().astimezone(UTC).replace(tzinfo=None)
        properties.language = "vi-VN"

    # What a paper says, from top to bottom

    def subject(self, kind: str, about: str = "") -> None:
        """Type and subject, centred: "BÁO CÁO", "Kết quả đi công tác cơ sở năm 2021"."""
        self._paragraph(kind.upper(), bold=True, size=16, align="center", before=14, after=0)
        if about:
            self._paragraph(about, bold=True, align="center", after=0)
        self._paragraph("---------", align="center", after=8)
        self.document.core_properties.title = _property(f"{kind} {about}")

    def addressed_to(self, whom: str) -> None:
        self._paragraph(f"Kính gửi: {printable(whom)}", bold=True, align="center", before=4, after=10)

    def basis(self, documents: Iterable[str]) -> None:
        """The documents a paper rests on, a "Căn cứ" line each."""
        for text in filter(None, map(printable, documents)):
            line = text.rstrip(".;, ").removeprefix("- ")
            if not line.casefold().startswith("căn cứ"):
                line = f"Căn cứ {line}"
            self.text(f"{line};", italic=True)

    def heading(self, text: str, level: int = 1) -> None:
        """A part's heading ("I. ĐẶC ĐIỂM TÌNH HÌNH"); Word shows it in its navigation."""
        paragraph = self.document.add_paragraph(style=f"Heading {level}")
        self._write(paragraph, text)

    def text(self, text: str, *, italic: bool = False, bold: bool = False) -> None:
        """Running text; a line break that was typed begins a new paragraph."""
        for line in printable(text).split("\n"):
            if line.strip():
                self._last = self._paragraph(
                    line.strip(), italic=italic, bold=bold, align="justify", indent=12.7
                )

    def items(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.text(f"- {printable(line)}")

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[object]],
        *,
        total: Sequence[object] | None = None,
        size: float = 12,
    ) -> Table:
        """A table as wide as the text; its headings are repeated on every page it reaches."""
        rows = list(rows)
        shares = sum(column.share for column in columns)
        widths = [self.width * column.share / shares for column in columns]
        table = self._grid(len(rows) + 1 + (total is not None), widths, borders=True)
        texts = [
            [printable(value) for value in row]
            for row in ([column.title for column in columns], *rows, *([total] if total is not None else []))
        ]
        for number, (row, values) in enumerate(zip(table.rows, texts, strict=True)):
            head, last = number == 0, total is not None and number == len(texts) - 1
            for column, cell, text in zip(columns, row.cells, values, strict=True):
                self._fill(cell, text, size, bold=head or last, align="center" if head else column.align)
                if head:
                    shade(cell)
            properties = row._tr.get_or_add_trPr()
            if max(map(len, values), default=0) < LONGEST_WHOLE:
                properties.append(OxmlElement("w:cantSplit"))
            if head:
                properties.append(OxmlElement("w:tblHeader"))
        self._gap()
        return table

    def code_beside(self, link: str, lines: Sequence[str]) -> None:
        """The QR code of ``link``, beside it what it is for and the address itself, which opens at a click."""
        side = 32.0
        table = self._grid(1, [side + 4, self.width - side - 4])
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        left, right = table.rows[0].cells
        shape = left.paragraphs[0].add_run().add_picture(BytesIO(qr_png(link)), width=Mm(side))
        shape._inline.docPr.set("descr", printable(f"Mã QR mở địa chỉ {link}"))
        left.paragraphs[0].paragraph_format.space_after = Pt(0)
        for number, line in enumerate(lines):
            paragraph = right.paragraphs[0] if number == 0 else right.add_paragraph()
            self._write(paragraph, line, size=13)
        paragraph = right.add_paragraph() if lines else right.paragraphs[0]
        self._link(paragraph, printable(link))
        right.vertical_alignment = 1  # centred
        self._gap()

    def sign(self, right: Signature, *, left: Signature | None = None, receivers: Sequence[str] = ()) -> None:
        """Bottom of the paper: ``receivers`` (Nơi nhận) or a second signature on the left, who signs on the right.

        What was written last with ``text`` gets the sign that nothing follows: "./.".
        """
        if self._last is not None:
            run = self._last.runs[-1]
            run.text = run.text.rstrip(". ") + "./."
        table = self._grid(1, [self.width * 0.45, self.width * 0.55])
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        first, second = table.rows[0].cells
        if left is not None:
            self._sign(first, left)
        elif receivers:
            self._write(first.paragraphs[0], "Nơi nhận:", size=13, underline=True)
            first.paragraphs[0].paragraph_format.space_after = Pt(2)
            for number, receiver in enumerate(receivers, start=1):
                mark = "." if number == len(receivers) else ";"
                paragraph = first.add_paragraph()
                paragraph.paragraph_format.space_after = Pt(0)
                self._write(paragraph, f"- {printable(receiver).rstrip('.;')}{mark}", size=12)
        self._sign(second, right)
        self._gap(1)  # a document ends with a paragraph

    def annex(self, title: str, about: str = "", *, landscape: bool = False) -> None:
        """A new page for an annex, upright or, for wide tables, across."""
        self._set_page(self.document.add_section(WD_SECTION.NEW_PAGE), landscape=landscape)
        self._paragraph(title, bold=True, align="center", after=0)
        if about:
            self._paragraph(about, italic=True, align="center", after=8)

    def as_bytes(self) -> bytes:
        stream = BytesIO()
        self.document.save(stream)
        return stream.getvalue()

    # How it is set

    def _set_styles(self) -> None:
        styles = self.document.styles
        for name, size, bold, italic in [
            ("Normal", 14, False, False),
            ("Heading 1", 14, True, False),
            ("Heading 2", 14, True, True),
        ]:
            style = styles[name]
            style.font.size, style.font.bold, style.font.italic = Pt(size), bold, italic
            style.font.color.rgb = RGBColor(0, 0, 0)
            set_font(style.element.get_or_add_rPr())
            style.paragraph_format.space_before = Pt(0)
            style.paragraph_format.space_after = Pt(6)
            style.paragraph_format.line_spacing = 1.1
        for name in ("Heading 1", "Heading 2"):
            styles[name].paragraph_format.first_line_indent = Mm(12.7)
            # the template's blue twin for parts of a line
            styles[name].element.remove(styles[name].element.find(qn("w:link")))
        # what Word falls back to where no style speaks, as inside tables
        defaults = styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
        set_font(defaults)
        for tag in ("w:sz", "w:szCs"):
            defaults.find(qn(tag)).set(qn("w:val"), "28")
        defaults.find(qn("w:lang")).set(qn("w:val"), "vi-VN")

    def _set_page(self, section, *, landscape: bool = False) -> None:
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        across, down = (LONG, SHORT) if landscape else (SHORT, LONG)
        section.page_width, section.page_height = Mm(across), Mm(down)
        section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
        section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
        section.header_distance = section.footer_distance = Mm(10)
        first = len(self.document.sections) == 1
        section.different_first_page_header_footer = first
        if first:
            section.first_page_header.is_linked_to_previous = False  # the first page bears no number
        self.width = across - LEFT - RIGHT

    def _number_pages(self) -> None:
        paragraph = self.document.sections[0].header.paragraphs[0]
        paragraph.alignment = ALIGN.CENTER
        for kind, text in [("begin", ""), ("", "PAGE"), ("separate", ""), ("", "2"), ("end", "")]:
            run = paragraph.add_run()
            run.font.size = Pt(13)
            if kind:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
                run._r.append(mark)
            elif text == "PAGE":
                code = OxmlElement("w:instrText")
                code.text = text
                run._r.append(code)
            else:
                run.text = text

    def _heading(self, province: str, code: str, department: str, number: str, day: date | None) -> None:
        table = self._grid(1, [ISSUER, UNION], outdent=OUTDENT)
        left, right = table.rows[0].cells
        lines = [(committee_of(province), not department)]
        if department:
            lines.append((printable(department).upper(), True))
        lines.append(("***", False))
        if code:
            lines.append((f"Số: {printable(number) or '     '}-{printable(code)}", False))
        for position, (text, bold) in enumerate(lines):
            paragraph = left.paragraphs[0] if position == 0 else left.add_paragraph()
            self._write(paragraph, text, size=13, bold=bold, align="center", after=0)
        self._write(right.paragraphs[0], "ĐOÀN TNCS HỒ CHÍ MINH", size=15, bold=True, align="center", after=4)
        underline_paragraph(right.paragraphs[0])
        when = f"ngày {day:%d} tháng {day:%m} năm {day.year}" if day else "ngày … tháng … năm …"
        place = printable(province)
        self._write(right.add_paragraph(), f"{place}, {when}", size=13, italic=True, align="center", after=0)

    def _sign(self, cell: _Cell, signature: Signature) -> None:
        for number, line in enumerate(signature.lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            self._write(paragraph, line, size=14, bold=True, align="center", after=0)
            paragraph.paragraph_format.keep_with_next = True
        if signature.hint:
            self._write(cell.add_paragraph(), signature.hint, size=12, italic=True, align="center", after=0)
        # the room for signature and stamp
        self._write(
            cell.add_paragraph(), signature.name, size=14, bold=True, align="center", before=72, after=0
        )

    def _paragraph(
        self,
        text: str,
        *,
        size: float = 14,
        bold: bool = False,
        italic: bool = False,
        align: str = "left",
        indent: float = 0,
        before: float = 0,
        after: float = 6,
    ) -> Paragraph:
        paragraph = self.document.add_paragraph()
        if indent:
            paragraph.paragraph_format.first_line_indent = Mm(indent)
        self._write(
            paragraph, text, size=size, bold=bold, italic=italic, align=align, before=before, after=after
        )
        return paragraph

    def _write(
        self,
        paragraph: Paragraph,
        text: object,
        *,
        size: float | None = None,
        bold: bool | None = None,
        italic: bool | None = None,
        underline: bool | None = None,
        align: str = "",
        before: float | None = None,
        after: float | None = None,
    ) -> Run:
        run = paragraph.add_run(printable(text))
        run.bold, run.italic, run.underline = bold, italic, underline
        if size:
            run.font.size = Pt(size)
        if align:
            paragraph.alignment = _ALIGN[align]
        if before is not None:
            paragraph.paragraph_format.space_before = Pt(before)
        if after is not None:
            paragraph.paragraph_format.space_after = Pt(after)
        return run

    def _fill(self, cell: _Cell, text: str, size: float, *, bold: bool, align: str) -> None:
        for number, line in enumerate(text.split("\n")):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.paragraph_format.line_spacing = 1.0
            self._write(paragraph, line, size=size, bold=bold or None, align=align, after=0)

    def _link(self, paragraph: Paragraph, link: str) -> None:
        part = self.document.part
        hyperlink = OxmlElement("w:hyperlink")
        hyperlink.set(qn("r:id"), part.relate_to(link, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        run = paragraph.add_run(link)
        run.font.size, run.font.underline = Pt(11), True
        run.font.color.rgb = RGBColor(0x0B, 0x3D, 0x91)
        hyperlink.append(run._r)
        paragraph._p.append(hyperlink)

    def _grid(
        self, rows: int, widths: Sequence[float], *, borders: bool = False, outdent: float = 0
    ) -> Table:
        """A table of fixed ``widths``; without borders its text stands exactly at the margins."""
        table = self.document.add_table(rows, len(widths))
        table.autofit = False
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        properties = table._tbl.tblPr
        if borders:
            table.style = "Table Grid"
        set_margins(properties, 1.5 if borders else 0)
        if outdent:
            indent = OxmlElement("w:tblInd")
            indent.set(qn("w:w"), str(-twips(outdent)))
            indent.set(qn("w:type"), "dxa")
            properties.insert_element_before(indent, *_AFTER_INDENT)
        whole = properties.find(qn("w:tblW"))
        whole.set(qn("w:type"), "dxa")
        whole.set(qn("w:w"), str(twips(sum(widths))))
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Mm(width)
        return table

    def _gap(self, height: float = 8) -> None:
        """The empty line that Word asks for after a table, kept low."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(height)


# Word reads the properties of a table in this order only.
_AFTER_INDENT = ("w:tblBorders", "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
_ALIGN = {"left": ALIGN.LEFT, "center": ALIGN.CENTER, "right": ALIGN.RIGHT, "justify": ALIGN.JUSTIFY}


def qr_png(link: str) -> bytes:
    """The QR code of ``link`` as a PNG, with the quiet zone scanners ask for, fine enough for print."""
    stream = BytesIO()
    segno.make(link, error="m", micro=False).save(stream, kind="png", scale=10, border=4)
    return stream.getvalue()


def _property(text: str) -> str:
    """``text`` as a property of the document, which holds one line of at most 255 characters."""
    return " ".join(printable(text).split())[:255]
