"""Vĩnh Phúc: departments, people and units; the process of 2020 after ``vinh-phuc-2020.txt``."""

from __future__ import annotations

from datetime import date

from accounts.models import Role

from .people import COMMITTEE, COORDINATOR, DEPUTY, HEAD, OFFICER, RESULTS, AdHoc, Person, Script, Unit

NAME, SLUG, DOCUMENT_CODE = "Vĩnh Phúc", "vinh-phuc", "TĐVP"
SINCE = date(2019, 1, 1)

DEPARTMENTS = (
    ("vp", "Văn phòng"),
    ("tckt", "Ban Tổ chức - Kiểm tra"),
    ("tg", "Ban Tuyên giáo"),
    ("pt", "Ban Phong trào"),
    ("ttn", "Ban Thanh thiếu nhi - Trường học"),
)
DESK = "tckt"
LEGAL_BASIS_2020 = "Kế hoạch đi cơ sở theo chủ trương 1+2 của Ban Bí thư Trung ương Đoàn, do Ban Thường vụ Tỉnh đoàn triển khai năm 2020"

PEOPLE = (
    Person("vp.bithu", "Khổng Duy Mạnh", "vp", "Bí thư Tỉnh đoàn", (OFFICER, COMMITTEE)),
    Person("vp.thuongtruc", "Kim Thị Phương Anh", "vp", "Phó Bí thư Thường trực", (OFFICER, COMMITTEE)),
    Person("vp.chanhvp", "Phan Đăng Lâm", "vp", "Chánh Văn phòng", (OFFICER, HEAD)),
    Person("vp.laixe", "Nghiêm Văn Tý", "vp", "Lái xe", (OFFICER,), quota=False),
    Person("vp.ketoan", "Trương Thị Thắm", "vp", "Kế toán", (OFFICER,), quota=False),
    Person("vp.quantri", "Tạ Minh Huệ", "vp", "Văn thư", (Role.ADMINISTRATOR,), quota=False),
    Person("vp.tochuc", "Trương Hồng Quang", "tckt", "Trưởng ban Tổ chức - Kiểm tra", (OFFICER, HEAD)),
    Person("vp.daumoi", "Lưu Thanh Huyền", "tckt", "Chuyên viên", (OFFICER, COORDINATOR)),
    Person("vp.ketqua", "Bạch Thái Hòa", "tckt", "Chuyên viên", (OFFICER, RESULTS)),
    Person("vp.tuyengiao", "Văn Thị Kiều Trinh", "tg", "Trưởng ban Tuyên giáo", (OFFICER, HEAD)),
    Person("vp.long", "Nghiêm Bảo Long", "tg", "Chuyên viên"),
    Person("vp.truongban", "Đường Xuân Bảo", "pt", "Trưởng ban Phong trào", (OFFICER, HEAD)),
    Person("vp.phoban", "Hạ Thu Trà", "pt", "Phó Trưởng ban Phong trào", (OFFICER, DEPUTY)),
    Person("vp.canbo", "Phó Đức Thành", "pt", "Chuyên viên"),
    Person("vp.thieunhi", "Tăng Thị Cúc", "ttn", "Trưởng ban Thanh thiếu nhi - Trường học", (OFFICER, HEAD)),
    Person("vp.ninh", "Dư Hải Ninh", "ttn", "Chuyên viên"),
    Person("vp.my", "Lại Trà My", "ttn", "Chuyên viên"),
    Person("vp.uyvien", "Quách Thế Vinh", "", "Ủy viên Ban Thường vụ Tỉnh đoàn", (Role.EXECUTIVE,), quota=False),
)  # fmt: skip

_LAST = date(2025, 6, 30)
_NOTE = "Từ 01/7/2025 tỉnh Vĩnh Phúc hợp nhất vào tỉnh Phú Thọ."
_DISTRICTS = (
    ("H-VY", "Thành đoàn Vĩnh Yên"),
    ("H-PY", "Thành đoàn Phúc Yên"),
    ("H-BX", "Huyện đoàn Bình Xuyên"),
    ("H-LT", "Huyện đoàn Lập Thạch"),
    ("H-SL", "Huyện đoàn Sông Lô"),
    ("H-TDA", "Huyện đoàn Tam Đảo"),
    ("H-TD", "Huyện đoàn Tam Dương"),
    ("H-VT", "Huyện đoàn Vĩnh Tường"),
    ("H-YL", "Huyện đoàn Yên Lạc"),
)
_AFFILIATED = (
    ("TT-CQ", "Đoàn Khối các cơ quan tỉnh"),
    ("TT-DN", "Đoàn Khối doanh nghiệp tỉnh"),
    ("TT-CA", "Đoàn Thanh niên Công an tỉnh"),
    ("TT-QS", "Đoàn Thanh niên Bộ Chỉ huy Quân sự tỉnh"),
    ("TT-CD", "Đoàn Trường Cao đẳng Vĩnh Phúc"),
)
_COMMUNES = (
    ("X-DD", "Đoàn xã Đại Đình", "H-TDA"),
    ("X-DT", "Đoàn xã Đạo Trù", "H-TDA"),
    ("X-DI", "Đoàn xã Đồng Ích", "H-LT"),
    ("X-NM", "Đoàn xã Ngọc Mỹ", "H-LT"),
    ("X-QY", "Đoàn xã Quang Yên", "H-SL"),
    ("X-HD", "Đoàn xã Hoàng Đan", "H-TD"),
    ("X-LC", "Đoàn xã Liên Châu", "H-YL"),
    ("X-TT", "Đoàn thị trấn Thổ Tang", "H-VT"),
    ("P-TS", "Đoàn phường Tích Sơn", "H-VY"),
    ("P-DX", "Đoàn phường Đồng Xuân", "H-PY"),
)


def units() -> list[Unit]:
    """Parents before children."""
    rows = [Unit(c, n, "district", until=_LAST, note=_NOTE) for c, n in _DISTRICTS]
    rows += [Unit(c, n, "affiliated", until=_LAST, note=_NOTE) for c, n in _AFFILIATED]
    rows += [Unit(c, n, "commune", parent, until=_LAST, note=_NOTE) for c, n, parent in _COMMUNES]
    rows += [
        Unit(f"C-{n}", f"Chi đoàn thôn {n}, {name.removeprefix('Đoàn ')}", "branch", code, until=_LAST, note="Chi đoàn mẫu. " + _NOTE)
        for n, (code, name, _parent) in enumerate(_COMMUNES[:4], start=1)
    ]  # fmt: skip
    return rows


#: The officers in charge of district unions ("đơn vị được phân công phụ trách"); who has which is sample data.
IN_CHARGE = {
    "vp.tochuc": ("H-VY",),
    "vp.daumoi": ("H-PY",),
    "vp.ketqua": ("H-BX",),
    "vp.tuyengiao": ("H-LT",),
    "vp.long": ("H-SL",),
    "vp.truongban": ("H-TDA",),
    "vp.phoban": ("H-TD",),
    "vp.canbo": ("H-VT",),
    "vp.thieunhi": ("H-YL",),
    "vp.ninh": ("TT-CD",),
    "vp.my": ("TT-CQ",),
    "vp.chanhvp": ("TT-DN",),
}
SUSPENDED_ON = date(2020, 2, 4)
SUSPENSION = (
    "Do tình hình diễn biến phức tạp của dịch bệnh Covid-19, Ban Thường vụ Tỉnh đoàn tạm dừng việc đi cơ sở trong quý I; "
    "bắt đầu triển khai từ đầu quý II (ngày ra quyết định là số liệu mẫu)."
)

#: Three quarters are left for the sixty days.
MORE_DAYS = (19, 24)
YEAR_2020 = {
    2: Script(
        days=MORE_DAYS,
        returned={"vp.ninh": "Ghi rõ nội dung làm việc với đơn vị được phân công phụ trách."},
        struck={"vp.canbo": "Trùng với lớp tập huấn cán bộ Đoàn."},
        not_done={"vp.my": ("epidemic", "Đơn vị tạm dừng hoạt động tập trung do dịch Covid-19.")},
    ),
    3: Script(
        days=MORE_DAYS,
        late={"vp.long": "Đi công tác dài ngày theo kế hoạch của Tỉnh ủy."},
        amended={"vp.my": "Đơn vị đề nghị lùi hai ngày."},
        moved={"vp.truongban": "Đơn vị tổ chức đại hội cùng ngày."},
        adhoc=(
            AdHoc(
                "vp.canbo",
                38,
                2,
                "H-TDA",
                2,
                "Phối hợp hỗ trợ thí sinh dự thi theo yêu cầu",
                "Bảo đảm lực lượng tình nguyện",
            ),
        ),
    ),
    4: Script(
        days=MORE_DAYS,
        refused={"vp.phoban": "Đơn vị chuẩn bị đại hội, không bố trí được."},
        rejected={"vp.ketqua": "Tập trung phục vụ công tác chuẩn bị đại hội; chuyển sang năm sau."},
    ),
}
