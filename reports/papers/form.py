"""The form of the Union's official papers: QĐ 367-QĐ/TWĐTN-VP and HD 29-HD/TWĐTN-VP of 2013 (domain section 6).

A4, margins 20 / 20 / 30 / 20 mm, Times New Roman, who issues it on the left and ``ĐOÀN TNCS HỒ CHÍ MINH`` on the right, type and
subject centred, ``./.`` after the last word, ``Nơi nhận`` bottom left, the signature bottom right, page numbers at the top from
the second page on. Number and date stay open for the clerk, who numbers by type and term, unless they are given.

Whatever is handed in is text: it is cleaned of what a Word file cannot hold and never read as markup. Widths are millimetres,
type sizes points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date
from io import BytesIO

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

from .layout import set_font, set_margins, shade, twips, underline_paragraph
from .words import (
    BOTTOM,
    ISSUER,
    LEFT,
    LONG,
    RIGHT,
    SHORT,
    TOP,
    UNION,
    Column,
    Row,
    Section,
    Signature,
    basis_lines,
    committee_of,
    heading_rows,
    initials,
    issuer_lines,
    place_and_day,
    printable,
    property_text,
    qr_png,
    receiver_lines,
    short_name,
    signed_by_committee,
    signed_by_head,
    signed_by_officer,
    union_of,
)

__all__ = [
    "CONTENT_TYPE",
    "Column",
    "Paper",
    "Section",
    "Signature",
    "committee_of",
    "initials",
    "printable",
    "qr_png",
    "short_name",
    "signed_by_committee",
    "signed_by_head",
    "signed_by_officer",
    "union_of",
]


CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: The heading reaches a little into the left margin, as "BAN CHẤP HÀNH TỈNH …" needs a line of its own.
OUTDENT = 3
#: Characters of place and day that no longer fit on a line at 13 points.
LONGEST_PLACE = 38
#: A row whose longest cell has fewer characters stays whole on one page.
LONGEST_WHOLE = 400


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
        landscape: bool = False,
    ) -> None:
        self.document = Document()
        self.width: float = 0
        self._last: Paragraph | None = None
        self._set_styles()
        self._set_page(self.document.sections[0], landscape=landscape)
        self._number_pages()
        self._heading(province, code, department, number, day)
        properties = self.document.core_properties
        properties.author = property_text(f"{union_of(province)} {province}")
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
        self.document.core_properties.title = property_text(f"{kind} {about}")

    def addressed_to(self, whom: str) -> None:
        self._paragraph(f"Kính gửi: {printable(whom)}", bold=True, align="center", before=4, after=10)

    def basis(self, documents: Iterable[str]) -> None:
        """The documents a paper rests on, a "Căn cứ" line each."""
        for line in basis_lines(documents):
            self.text(line, italic=True)

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
        rows: Iterable[Row],
        *,
        total: Sequence[object] | None = None,
        size: float = 12,
    ) -> Table:
        """A table as wide as the text; its headings are repeated on every page it reaches."""
        rows = [*rows, *([total] if total is not None else [])]
        head = heading_rows(columns)
        shares = sum(column.share for column in columns)
        widths = [self.width * column.share / shares for column in columns]
        table = self._grid(len(head) + len(rows), widths, borders=True)
        for at, line in enumerate(head):
            self._head_row(table, at, line, size)
        for at, (row, values) in enumerate(zip(list(table.rows)[len(head) :], rows, strict=True), start=1):
            bold = total is not None and at == len(rows)
            texts = [values.text] if isinstance(values, Section) else [printable(v) for v in values]
            cells = list(row.cells)
            if isinstance(values, Section):
                whole = cells[0].merge(cells[-1])
                self._fill(whole, printable(values.text), size, bold=True, align="left")
                whole.paragraphs[-1].paragraph_format.keep_with_next = True
            else:
                for column, cell, text in zip(columns, cells, texts, strict=True):
                    self._fill(cell, text, size, bold=bold, align=column.align)
            if max(map(len, texts), default=0) < LONGEST_WHOLE:
                row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
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
            self._last.paragraph_format.keep_with_next = True  # no signature alone on a page
        table = self._grid(1, [self.width * 0.45, self.width * 0.55])
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        first, second = table.rows[0].cells
        above = max(len(side.lines) + bool(side.hint) for side in (left or right, right))
        if left is not None:
            self._sign(first, left, above)
        elif receivers:
            self._write(first.paragraphs[0], "Nơi nhận:", size=13, underline=True)
            first.paragraphs[0].paragraph_format.space_after = Pt(2)
            for line in receiver_lines(receivers):
                paragraph = first.add_paragraph()
                paragraph.paragraph_format.space_after = Pt(0)
                self._write(paragraph, line, size=12)
        self._sign(second, right, above)
        self._gap(1)  # a document ends with a paragraph

    def annex(self, title: str, about: str = "", *, landscape: bool = False, name: str = "") -> None:
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
        spare = (self.width + OUTDENT + 1 - ISSUER - UNION) / 2
        table = self._grid(1, [ISSUER + spare, UNION + spare], outdent=OUTDENT)
        left, right = table.rows[0].cells
        for position, (text, bold) in enumerate(issuer_lines(province, code, department, number)):
            paragraph = left.paragraphs[0] if position == 0 else left.add_paragraph()
            self._write(paragraph, text, size=13, bold=bold, align="center", after=0)
        self._write(right.paragraphs[0], "ĐOÀN TNCS HỒ CHÍ MINH", size=15, bold=True, align="center", after=4)
        underline_paragraph(right.paragraphs[0], 2 + spare / 2)
        where = place_and_day(province, day)
        size = 13 if len(where) < LONGEST_PLACE else 12  # it keeps its one line
        self._write(right.add_paragraph(), where, size=size, italic=True, align="center", after=0)

    def _sign(self, cell: _Cell, signature: Signature, above: int) -> None:
        """``above`` lines stand above the room to sign in, so that two names stand side by side."""
        for number, line in enumerate(signature.lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            self._write(paragraph, line, size=14, bold=True, align="center", after=0)
            paragraph.paragraph_format.keep_with_next = True
        if signature.hint:
            self._write(cell.add_paragraph(), signature.hint, size=12, italic=True, align="center", after=0)
        for _line in range(above - len(signature.lines) - bool(signature.hint)):
            self._write(cell.add_paragraph(), "", size=12, after=0)
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

    def _head_row(self, table: Table, at: int, line: Sequence[tuple[str, int, int]], size: float) -> None:
        """A row of the heading; a cell of a column without a group reaches down into the second one."""
        row = table.rows[at]
        cells = list(row.cells)
        for number, (text, across, down) in enumerate(line):
            if not across:
                continue
            cell = cells[number]
            if across > 1 or down > 1:
                cell = cell.merge(table.cell(at + down - 1, number + across - 1))
                cell.vertical_alignment = 1  # centred
            self._fill(cell, text, size, bold=True, align="center")
            shade(cell)
        if at or any(down > 1 for _text, _across, down in line):
            row.height = Mm(
                8
            )  # at least: what reaches over both rows needs room where the heading is repeated
        for mark in ("w:cantSplit", "w:tblHeader"):
            row._tr.get_or_add_trPr().append(OxmlElement(mark))

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
        set_margins(properties, 1.2 if borders else 0)
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
