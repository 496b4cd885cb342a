"""What Word's own file format needs and python-docx has no word for: fonts of every script, margins of cells, rules."""

from __future__ import annotations

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import _Cell
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"


def twips(mm: float) -> int:
    return round(mm * 1440 / 25.4)


def set_font(properties) -> None:
    """The font for every script, and none of the template's theme fonts, which would win over it."""
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def set_margins(properties, side: float) -> None:
    margins = OxmlElement("w:tblCellMar")
    for name, width in [("top", side / 3), ("left", side), ("bottom", side / 3), ("right", side)]:
        edge = OxmlElement(f"w:{name}")
        edge.set(qn("w:w"), str(twips(width)))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties.insert_element_before(margins, "w:tblLook")


def shade(cell: _Cell) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), "EDEDED")
    cell._tc.get_or_add_tcPr().append(shade)


def underline_paragraph(paragraph: Paragraph, side: float = 2) -> None:
    """A line beneath as long as the words: ``side`` mm shorter than the column at both ends."""
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(side)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in [("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")]:
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:rPr")
