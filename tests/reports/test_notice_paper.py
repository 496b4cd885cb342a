"""The notice to a host unit and the form of official papers, read back from the Word file."""

import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from django.utils.translation import gettext_lazy, override
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports.papers.form import (
    Column,
    Paper,
    committee_of,
    initials,
    printable,
    qr_png,
    signed_by_committee,
    signed_by_head,
    signed_by_officer,
    union_of,
)
from reports.papers.notice import NoticeFacts, NoticeRow, chat_text, notice

LINK = "https://visits.example.vn/host/9f3a7c1e5b2d4860/"
FACTS = NoticeFacts(
    province="Thái Nguyên",
    document_code="TĐTN",
    department="Ban Phong trào",
    unit="Huyện đoàn Định Hóa",
    quarter="quý IV/2021",
    rows=(
        NoticeRow(
            "Trần Ngọc Tùng",
            "Trưởng ban",
            date(2021, 10, 5),
            date(2021, 10, 7),
            "2. Phối hợp tổ chức hoạt động",
            "Chương trình “Tôi yêu Tổ quốc tôi” tại xã Bình Yên",
            "Lê Thị Hà",
        ),
        NoticeRow(
            "Nguyễn Thị Nhung",
            "Chuyên viên",
            date(2021, 11, 12),
            date(2021, 11, 12),
            "4. Dự sinh hoạt",
            "Chi đoàn xóm Thẩm Rộc",
        ),
    ),
    contact="Nguyễn Thị Nhung",
    contact_phone="0912 345 678",
    note="Đoàn công tác tự túc phương tiện.",
    link=LINK,
    signer="Trần Ngọc Tùng",
    legal_basis=("Hướng dẫn số 37-HD/TĐTN-TCKT ngày 16/4/2019 của Ban Thường vụ Tỉnh đoàn;",),
    answer_by=date(2021, 9, 30),
)


def read(data):
    return Document(BytesIO(data))


def lines(cell):
    return [paragraph.text for paragraph in cell.paragraphs]


def words(document):
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text]


def everything(data):
    """All text of the file, tables too, and addresses of links."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
    return "\n".join(node.text or "" for node in read(data).element.body.iter(qn("w:t")))


# --- The form ------------------------------------------------------------------------------------------------------------


def test_the_page_is_a4_with_the_margins_of_official_papers():
    section = read(notice(FACTS)).sections[0]
    assert [
        round(length.mm)
        for length in (
            section.page_width,
            section.page_height,
            section.top_margin,
            section.bottom_margin,
            section.left_margin,
            section.right_margin,
        )
    ] == [210, 297, 20, 20, 30, 20]


def test_the_type_is_times_new_roman_14():
    document = read(notice(FACTS))
    assert (document.styles["Normal"].font.name, document.styles["Normal"].font.size) == (
        "Times New Roman",
        Pt(14),
    )
    with zipfile.ZipFile(BytesIO(notice(FACTS))) as archive:
        styles = archive.read("word/styles.xml").decode()
    defaults = styles[styles.index("<w:docDefaults>") : styles.index("</w:docDefaults>")]
    assert 'w:ascii="Times New Roman"' in defaults
    assert "Theme" not in defaults
    assert 'w:lang w:val="vi-VN"' in defaults


def test_a_departments_paper_names_committee_and_department_and_leaves_number_and_date_open():
    left, right = read(notice(FACTS)).tables[0].rows[0].cells
    assert lines(left) == [
        "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN",
        "BAN PHONG TRÀO",
        "***",
        "Số:      -TB/TĐTN-PT",
    ]
    assert lines(right) == ["ĐOÀN TNCS HỒ CHÍ MINH", "Thái Nguyên, ngày … tháng … năm …"]
    title = right.paragraphs[0]
    assert (title.runs[0].font.size, title.runs[0].bold) == (Pt(15), True)
    assert title._p.pPr.find(qn("w:pBdr")) is not None


def test_number_and_date_are_printed_once_the_clerk_has_typed_them():
    left, right = read(notice(replace(FACTS, number="12", day=date(2021, 9, 5)))).tables[0].rows[0].cells
    assert lines(left)[-1] == "Số: 12-TB/TĐTN-PT"
    assert lines(right)[-1] == "Thái Nguyên, ngày 05 tháng 09 năm 2021"


def test_a_provinces_paper_is_the_committees_alone():
    paper = Paper("Vĩnh Phúc", "BC/TĐTN-XDĐ")
    assert lines(paper.document.tables[0].rows[0].cells[0]) == [
        "BAN CHẤP HÀNH TỈNH VĨNH PHÚC",
        "***",
        "Số:      -BC/TĐTN-XDĐ",
    ]


def test_pages_are_numbered_at_the_top_from_the_second_on():
    section = read(notice(FACTS)).sections[0]
    assert section.different_first_page_header_footer
    assert section.first_page_header.paragraphs[0].text == ""
    code = section.header.paragraphs[0]._p.findall(f".//{qn('w:instrText')}")
    assert [node.text for node in code] == ["PAGE"]
    assert section.header.paragraphs[0].alignment == 1  # centred


def test_an_annex_may_lie_across_and_goes_on_with_the_page_numbers():
    paper = Paper("Thái Nguyên", "BC/TĐTN-XDĐ")
    paper.annex("PHỤ LỤC 1", "Danh sách chuyến đi", landscape=True)
    table = paper.table([Column("TT", 1), Column("Họ và tên", 3)], [(1, "An")])
    section = read(paper.as_bytes()).sections[1]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert not section.different_first_page_header_footer
    assert section.header.is_linked_to_previous
    assert [round(cell.width.mm) for cell in table.rows[0].cells] == [62, 185]


def test_a_table_is_as_wide_as_the_text_and_repeats_its_headings():
    paper = Paper("Thái Nguyên")
    rows = [(n, f"Cán bộ {n}", 1234.5) for n in range(1, 81)]
    paper.table(
        [Column("TT", 10, "center"), Column("Họ và tên", 50), Column("Số ngày", 20, "right")],
        rows,
        total=("", "Cộng", 60),
    )
    table = read(paper.as_bytes()).tables[1]
    assert len(table.rows) == 82
    assert [round(cell.width.mm) for cell in table.rows[0].cells] == [20, 100, 40]
    repeated = [n for n, row in enumerate(table.rows) if row._tr.find(f".//{qn('w:tblHeader')}") is not None]
    assert repeated == [0]
    assert [cell.text for cell in table.rows[1].cells] == ["1", "Cán bộ 1", "1.234,5"]
    assert [cell.text for cell in table.rows[81].cells] == ["", "Cộng", "60"]
    assert table.rows[81].cells[1].paragraphs[0].runs[0].bold
    assert not table.rows[80].cells[1].paragraphs[0].runs[0].bold


def test_a_short_row_is_not_torn_over_two_pages_and_a_long_one_may_be():
    paper = Paper("Thái Nguyên")
    paper.table([Column("Nội dung", 1)], [("ngắn",), ("dài " * 3000,)])
    table = read(paper.as_bytes()).tables[1]
    assert [row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows] == [True, True, False]


def test_the_properties_of_a_table_stand_in_the_order_word_reads_them():
    order = ["tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblCellMar", "tblLook"]
    for table in read(notice(FACTS)).tables:
        names = [child.tag.split("}")[1] for child in table._tbl.tblPr]
        assert names == [name for name in order if name in names]


def test_headings_are_headings_and_black():
    paper = Paper("Thái Nguyên")
    paper.heading("I. ĐẶC ĐIỂM TÌNH HÌNH")
    document = read(paper.as_bytes())
    heading = next(p for p in document.paragraphs if p.text == "I. ĐẶC ĐIỂM TÌNH HÌNH")
    assert heading.style.name == "Heading 1"
    assert str(heading.style.font.color.rgb) == "000000"
    assert heading.style.font.color.theme_color is None


def test_every_basis_begins_with_can_cu_once():
    paper = Paper("Thái Nguyên")
    paper.basis(["Căn cứ Điều lệ Đoàn;", "- Hướng dẫn số 37.", "", "căn cứ Kế hoạch 5"])
    assert words(paper.document) == [
        "Căn cứ Điều lệ Đoàn;",
        "Căn cứ Hướng dẫn số 37;",
        "căn cứ Kế hoạch 5;",
    ]


def test_the_last_word_is_followed_by_the_sign_of_the_end():
    paper = Paper("Thái Nguyên")
    paper.text("Đoạn một.\n\nĐoạn cuối.")
    paper.sign(signed_by_committee("Thái Nguyên", "Nguyễn Văn A"), receivers=["Trung ương Đoàn", "Lưu: VP."])
    document = read(paper.as_bytes())
    assert words(document) == ["Đoạn một.", "Đoạn cuối./."]
    left, right = document.tables[-1].rows[0].cells
    assert lines(left) == ["Nơi nhận:", "- Trung ương Đoàn;", "- Lưu: VP."]
    assert lines(right) == ["TM. BAN THƯỜNG VỤ TỈNH ĐOÀN", "BÍ THƯ", "Nguyễn Văn A"]


def test_an_officers_paper_has_no_number_the_officer_signs_right_and_the_head_left():
    paper = Paper("Thái Nguyên", department="Ban Phong trào")
    paper.text("Nội dung")
    paper.sign(
        signed_by_officer("Người đăng ký", "Lê Thị Hà"),
        left=signed_by_head("Ban Phong trào", "Trần Ngọc Tùng"),
    )
    document = read(paper.as_bytes())
    assert lines(document.tables[0].rows[0].cells[0])[-1] == "***"
    left, right = document.tables[-1].rows[0].cells
    assert lines(left) == ["TRƯỞNG BAN", "", "Trần Ngọc Tùng"]  # the empty line: the names stand side by side
    assert lines(right) == ["NGƯỜI ĐĂNG KÝ", "(Ký, ghi rõ họ tên)", "Lê Thị Hà"]


@pytest.mark.parametrize(
    ("department", "deputy", "expected"),
    [
        ("Ban Phong trào", False, ("TRƯỞNG BAN",)),
        ("Ban Phong trào", True, ("KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN")),
        ("Văn phòng", False, ("CHÁNH VĂN PHÒNG",)),
        ("Văn phòng Tỉnh đoàn", True, ("KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG")),
    ],
)
def test_who_signs_for_a_department(department, deputy, expected):
    assert signed_by_head(department, "", deputy).lines == expected


@pytest.mark.parametrize(
    ("department", "code"),
    [
        ("Ban Xây dựng Đoàn", "XDĐ"),
        ("Ban Tổ chức - Kiểm tra", "TCKT"),
        ("Văn phòng", "VP"),
        ("Văn phòng Tỉnh đoàn", "VP"),
        ("Ban Thanh thiếu nhi - Trường học", "TTNTH"),
        ("Ban", "B"),
        ("", ""),
    ],
)
def test_a_department_in_a_papers_code(department, code):
    assert initials(department) == code


@pytest.mark.parametrize(
    ("province", "committee", "union"),
    [
        ("Thái Nguyên", "BAN CHẤP HÀNH TỈNH THÁI NGUYÊN", "Tỉnh đoàn"),
        ("Đà Nẵng", "BAN CHẤP HÀNH THÀNH PHỐ ĐÀ NẴNG", "Thành đoàn"),
        ("Thành phố Hồ Chí Minh", "BAN CHẤP HÀNH THÀNH PHỐ HỒ CHÍ MINH", "Thành đoàn"),
        ("TP. Hồ Chí Minh", "BAN CHẤP HÀNH THÀNH PHỐ HỒ CHÍ MINH", "Thành đoàn"),
        ("Thừa Thiên Huế", "BAN CHẤP HÀNH TỈNH THỪA THIÊN HUẾ", "Tỉnh đoàn"),
    ],
)
def test_a_city_is_not_called_a_province(province, committee, union):
    assert (committee_of(province), union_of(province)) == (committee, union)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (date(2021, 10, 5), "05/10/2021"),
        (1234, "1.234"),
        (0.5, "0,5"),
        ("a\x00b\x0b\ufffe\ud800c\u202e", "abc"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("Đi\u0323nh", "Định"),
    ],
)
def test_what_is_printed(value, text):
    with override("en"):
        assert printable(value) == text


# --- The notice ----------------------------------------------------------------------------------------------------------


def test_the_notice_says_who_comes_when_and_for_what():
    document = read(notice(FACTS))
    table = document.tables[1]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["TT", "Cán bộ", "Thời gian", "Nội dung làm việc", "Cán bộ cùng đi"],
        [
            "1",
            "Trần Ngọc Tùng\nTrưởng ban",
            "05/10/2021 -\n07/10/2021\n(3 ngày)",
            "Phối hợp tổ chức hoạt động:\nChương trình “Tôi yêu Tổ quốc tôi” tại xã Bình Yên",
            "Lê Thị Hà",
        ],
        [
            "2",
            "Nguyễn Thị Nhung\nChuyên viên",
            "12/11/2021\n(1 ngày)",
            "Dự sinh hoạt:\nChi đoàn xóm Thẩm Rộc",
            "",
        ],
    ]
    assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
    assert [round(cell.width.mm) for cell in table.rows[0].cells] == [9, 38, 28, 52, 33]


def test_the_notice_in_words():
    assert words(read(notice(FACTS))) == [
        "THÔNG BÁO",
        "Về việc cán bộ Tỉnh đoàn đi công tác cơ sở quý IV/2021",
        "---------",
        "Kính gửi: Huyện đoàn Định Hóa",
        "Căn cứ Hướng dẫn số 37-HD/TĐTN-TCKT ngày 16/4/2019 của Ban Thường vụ Tỉnh đoàn;",
        "Thực hiện chủ trương 1+2 về chế độ đi công tác cơ sở của cán bộ Đoàn chuyên trách cấp tỉnh, trên cơ sở "
        "kế hoạch quý IV/2021 đã được Thường trực Tỉnh đoàn phê duyệt, Ban Phong trào trân trọng thông báo lịch "
        "cán bộ đến làm việc tại đơn vị như sau:",
        "Đoàn công tác tự túc phương tiện.",
        "Đề nghị đơn vị sắp xếp thời gian, phân công người phối hợp và trả lời trước ngày 30/09/2021 về việc "
        "đồng ý, đề nghị đổi ngày hoặc chưa thể tiếp đoàn theo một trong hai cách:",
        "Liên hệ: đ/c Nguyễn Thị Nhung, điện thoại 0912 345 678.",
        "Rất mong nhận được sự phối hợp của đơn vị để đợt công tác đạt kết quả tốt./.",
    ]


def test_the_head_signs_the_notice_and_the_receivers_stand_left():
    left, right = read(notice(FACTS)).tables[-1].rows[0].cells
    assert lines(left) == [
        "Nơi nhận:",
        "- Như trên;",
        "- Thường trực Tỉnh đoàn (để báo cáo);",
        "- Lưu: VP, PT.",
    ]
    assert lines(right) == ["TRƯỞNG BAN", "Trần Ngọc Tùng"]


def test_a_deputy_signs_for_the_head():
    right = read(notice(replace(FACTS, signer_is_deputy=True))).tables[-1].rows[0].cells[1]
    assert lines(right) == ["KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN", "Trần Ngọc Tùng"]


def test_the_link_is_a_qr_code_and_an_address_that_opens():
    document = read(notice(FACTS))
    (shape,) = document.inline_shapes
    assert shape.width == shape.height == Mm(32)
    assert shape._inline.docPr.get("descr") == f"Mã QR mở địa chỉ {LINK}"
    targets = [rel.target_ref for rel in document.part.rels.values() if rel.is_external]
    assert targets == [LINK]
    pictures = [rel.target_part.blob for rel in document.part.rels.values() if "image" in rel.reltype]
    assert pictures == [qr_png(LINK)]
    assert pictures[0].startswith(b"\x89PNG")


def test_without_link_and_contact_the_notice_asks_for_an_answer_all_the_same():
    data = notice(replace(FACTS, link=None, contact="", contact_phone="", answer_by=None, note=""))
    document = read(data)
    assert len(document.inline_shapes) == 0
    assert len(document.tables) == 3
    assert (
        "Đề nghị đơn vị sắp xếp thời gian, phân công người phối hợp và trả lời về việc đồng ý, "
        "đề nghị đổi ngày hoặc chưa thể tiếp đoàn."
    ) in words(document)
    assert "Liên hệ" not in everything(data)


def test_the_notice_is_vietnamese_on_an_english_screen():
    row = replace(FACTS.rows[0], group=gettext_lazy("4. Attending meetings"))
    with override("en"):
        text = everything(notice(replace(FACTS, rows=(row,))))
    assert "Attending" not in text
    with override("vi"):
        assert str(row.group).removeprefix("4. ") in text


NASTY = "<w:p/>&amp; </w:t> ]]> \x00\x01\x0b\x0c\x1f\x7f\ufffe\uffff\ud800\u202e {{ x }} =1+1 " + "ư" * 10_000


def test_nothing_that_was_typed_breaks_the_file():
    row = NoticeRow(NASTY, NASTY, date(2021, 10, 5), date(2021, 10, 5), NASTY, NASTY, NASTY)
    facts = NoticeFacts(
        *[NASTY] * 5, (row,), NASTY, NASTY, NASTY, LINK, NASTY, legal_basis=(NASTY, "\n\x00\n"), number=NASTY
    )
    data = notice(facts)
    text = everything(data)
    assert text.count("<w:p/>&amp; </w:t> ]]>") >= 10
    assert "{{ x }} =1+1" in text
    assert not set(text) & set("\x00\x01\x0b\x0c\x1f\x7f\ufffe\uffff\ud800\u202e")
    assert len(read(data).tables) == 4
    chat_text(facts).encode()


def test_a_notice_of_many_visits_keeps_them_all():
    assert len(read(notice(replace(FACTS, rows=FACTS.rows * 100))).tables[1].rows) == 201


# --- The text for a chat -------------------------------------------------------------------------------------------------


def test_the_text_for_a_chat():
    assert chat_text(FACTS).split("\n") == [
        "Kính gửi Huyện đoàn Định Hóa,",
        "Ban Phong trào Tỉnh đoàn Thái Nguyên xin thông báo lịch cán bộ đến công tác tại đơn vị quý IV/2021:",
        "- Từ 05/10/2021 đến 07/10/2021 (3 ngày): đ/c Trần Ngọc Tùng, Trưởng ban, cùng đi: Lê Thị Hà. "
        "Nội dung: Chương trình “Tôi yêu Tổ quốc tôi” tại xã Bình Yên",
        "- Ngày 12/11/2021: đ/c Nguyễn Thị Nhung, Chuyên viên. Nội dung: Chi đoàn xóm Thẩm Rộc",
        "Lưu ý: Đoàn công tác tự túc phương tiện.",
        "Rất mong đơn vị sắp xếp, phối hợp và trả lời giúp trước ngày 30/09/2021.",
        "Liên hệ: đ/c Nguyễn Thị Nhung, điện thoại 0912 345 678.",
        "Trân trọng cảm ơn!",
        f"Trả lời nhanh, không cần tài khoản: {LINK}",
    ]


def test_the_text_for_a_chat_is_short():
    row = replace(FACTS.rows[1], content="Dự đại hội\nchi đoàn " * 40)
    line = chat_text(replace(FACTS, rows=(row,))).split("\n")[2]
    assert line.endswith("…")
    assert len(line) < 240


def test_without_content_the_chat_names_the_group():
    row = replace(FACTS.rows[1], content=" ", companions="", post="")
    line = chat_text(replace(FACTS, rows=(row,), link=None)).split("\n")[2]
    assert line == "- Ngày 12/11/2021: đ/c Nguyễn Thị Nhung. Nội dung: Dự sinh hoạt"
