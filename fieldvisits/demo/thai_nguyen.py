"""Thái Nguyên: departments, people and units; the process of 2021 after ``thai-nguyen-2021.txt``."""

from __future__ import annotations

from datetime import date

from accounts.models import Role

from .people import COMMITTEE, COORDINATOR, DEPUTY, HEAD, OFFICER, RESULTS, AdHoc, Person, Script, Unit, Wish

NAME, SLUG, DOCUMENT_CODE = "Thái Nguyên", "thai-nguyen", "TĐTN"
SINCE = date(2019, 1, 1)

DEPARTMENTS = (
    ("vp", "Văn phòng"),
    ("xdd", "Ban Tổ chức - Kiểm tra"),
    ("tg", "Ban Tuyên giáo"),
    ("pt", "Ban Phong trào"),
    ("th", "Ban Thanh thiếu nhi - Trường học"),
    ("dk", "Ban Đoàn kết tập hợp thanh niên"),
)
#: The source calls one department by both names: step 6 by the older, step 2 by the newer. The day is sample data.
RENAMED = ("xdd", "Ban Xây dựng Đoàn", date(2020, 7, 1))
DESK = "xdd"

LEGAL_BASIS_2021 = """Văn bản số 37-HD/TĐTN-TCKT ngày 16/4/2019 của Ban Thường vụ Tỉnh đoàn về chế độ công tác cơ sở 1+2 đối với cán bộ Đoàn cấp tỉnh
Nghị quyết Đại hội đại biểu Đoàn TNCS Hồ Chí Minh tỉnh Thái Nguyên lần thứ XIV, nhiệm kỳ 2017 - 2022
Chương trình công tác Đoàn và phong trào thanh thiếu nhi năm 2021"""
LEGAL_BASIS_NOW = """Văn bản số 37-HD/TĐTN-TCKT ngày 16/4/2019 của Ban Thường vụ Tỉnh đoàn về chế độ công tác cơ sở 1+2 đối với cán bộ Đoàn cấp tỉnh
(số liệu mẫu: thay bằng văn bản của năm)"""

PEOPLE = (
    Person("tn.bithu", "Lương Đình Khải", "vp", "Bí thư Tỉnh đoàn", (OFFICER, COMMITTEE)),
    Person("tn.thuongtruc", "Nông Thị Hồng Vân", "vp", "Phó Bí thư Thường trực", (OFFICER, COMMITTEE)),
    Person("tn.kien", "Vi Trung Kiên", "vp", "Phó Bí thư Tỉnh đoàn", (OFFICER, COMMITTEE)),
    Person("tn.chanhvp", "Hứa Minh Châu", "vp", "Chánh Văn phòng", (OFFICER, HEAD)),
    Person("tn.hau", "Ma Thị Hậu", "vp", "Phó Chánh Văn phòng", (OFFICER, DEPUTY)),
    Person("tn.laixe", "Triệu Văn Sáng", "vp", "Lái xe", (OFFICER,), quota=False),
    Person("tn.ketoan", "Dương Bích Loan", "vp", "Kế toán", (OFFICER,), quota=False),
    Person("tn.quantri", "Lục Thị Nga", "vp", "Văn thư", (Role.ADMINISTRATOR,), quota=False),
    Person("tn.xaydungdoan", "Hoàng Gia Bách", "xdd", "Trưởng ban Xây dựng Đoàn", (OFFICER, HEAD)),
    Person("tn.ketqua", "Đàm Thị Quyên", "xdd", "Phó Trưởng ban Xây dựng Đoàn", (OFFICER, DEPUTY, RESULTS)),
    Person("tn.daumoi", "Phùng Anh Thư", "xdd", "Chuyên viên", (OFFICER, COORDINATOR)),
    Person("tn.tuyengiao", "Chu Thị Mai Lan", "tg", "Trưởng ban Tuyên giáo", (OFFICER, HEAD)),
    Person("tn.thinh", "Bế Quốc Thịnh", "tg", "Chuyên viên"),
    Person("tn.yen", "Lường Hải Yến", "tg", "Chuyên viên"),
    Person("tn.truongban", "Đặng Vũ Phong", "pt", "Trưởng ban Phong trào", (OFFICER, HEAD)),
    Person("tn.phoban", "Nguyễn Diệu Linh", "pt", "Phó Trưởng ban Phong trào", (OFFICER, DEPUTY)),
    Person("tn.canbo", "Quan Văn Thái", "pt", "Chuyên viên"),
    Person("tn.truonghoc", "Trịnh Ngọc Ánh", "th", "Trưởng ban Thanh thiếu nhi - Trường học", (OFFICER, HEAD)),
    Person("tn.duong", "Tô Thùy Dương", "th", "Chuyên viên"),
    Person("tn.doanket", "Mông Đức Toàn", "dk", "Trưởng ban Đoàn kết tập hợp thanh niên", (OFFICER, HEAD)),
    Person("tn.huong", "Âu Thị Hường", "dk", "Chuyên viên"),
    Person("tn.uyvien", "Thẩm Quang Huy", "", "Ủy viên Ban Thường vụ Tỉnh đoàn", (Role.EXECUTIVE,), quota=False),
)  # fmt: skip

#: (user name, first day, last day): maternity leave; number and days are sample data.
LEAVE = ("tn.duong", date(2021, 3, 15), date(2021, 9, 14))

MERGED = date(2025, 7, 1)
_LAST = date(2025, 6, 30)
_INCOMPLETE = "Danh sách xã, phường từ 01/7/2025 trong số liệu mẫu chưa đầy đủ."

#: district: (code, name, communes that carry it on since 1 July 2025). An incomplete sample of the 92 communes and wards;
#: the assignment of successors is indicative where a new commune took in places of several districts.
_DISTRICTS = (
    ("H-TN", "Thành đoàn Thái Nguyên", ("Phường Phan Đình Phùng", "Phường Gia Sàng", "Phường Quan Triều", "Phường Tích Lương", "Phường Quyết Thắng", "Phường Linh Sơn", "Xã Tân Cương", "Xã Đại Phúc")),
    ("H-SC", "Thành đoàn Sông Công", ("Phường Sông Công", "Phường Bá Xuyên", "Phường Bách Quang")),
    ("H-PY", "Thị đoàn Phổ Yên", ("Phường Phổ Yên", "Phường Vạn Xuân", "Phường Trung Thành", "Phường Phúc Thuận", "Xã Thành Công", "Xã Đại Phúc")),
    ("H-VN", "Huyện đoàn Võ Nhai", ("Xã Võ Nhai", "Xã Dân Tiến", "Xã Nghinh Tường", "Xã Thần Sa", "Xã La Hiên", "Xã Tràng Xá", "Xã Sảng Mộc")),
    ("H-DT", "Huyện đoàn Đại Từ", ("Xã Đại Từ", "Xã Đức Lương", "Xã Phú Thịnh", "Xã La Bằng", "Xã Phú Lạc", "Xã An Khánh", "Xã Quân Chu", "Xã Vạn Phú", "Xã Phú Xuyên", "Xã Đại Phúc")),
    ("H-DH", "Huyện đoàn Định Hóa", ("Xã Định Hóa", "Xã Bình Yên", "Xã Trung Hội", "Xã Phượng Tiến", "Xã Phú Đình", "Xã Bình Thành", "Xã Kim Phượng", "Xã Lam Vỹ")),
    ("H-DHY", "Huyện đoàn Đồng Hỷ", ("Xã Đồng Hỷ", "Xã Quang Sơn", "Xã Trại Cau", "Xã Nam Hòa", "Xã Văn Hán", "Xã Văn Lăng")),
    ("H-PB", "Huyện đoàn Phú Bình", ("Xã Phú Bình", "Xã Tân Thành", "Xã Điềm Thụy", "Xã Kha Sơn", "Xã Tân Khánh")),
    ("H-PL", "Huyện đoàn Phú Lương", ("Xã Phú Lương", "Xã Vô Tranh", "Xã Yên Trạch", "Xã Hợp Thành")),
)  # fmt: skip
#: From the former province of Bắc Kạn, without predecessors here.
_FROM_BAC_KAN = ("Phường Đức Xuân", "Phường Bắc Kạn", "Xã Ba Bể", "Xã Chợ Rã", "Xã Chợ Mới", "Xã Na Rì", "Xã Ngân Sơn", "Xã Nà Phặc", "Xã Chợ Đồn", "Xã Bạch Thông")  # fmt: skip

#: Old communes: (code, name, district, successor).
_OLD_COMMUNES = (
    ("X-BY", "Đoàn xã Bình Yên", "H-DH", "Xã Bình Yên"),
    ("X-PD", "Đoàn xã Phú Đình", "H-DH", "Xã Phú Đình"),
    ("X-LV", "Đoàn xã Lam Vỹ", "H-DH", "Xã Lam Vỹ"),
    ("X-TX", "Đoàn xã Tràng Xá", "H-VN", "Xã Tràng Xá"),
    ("X-LH", "Đoàn xã La Hiên", "H-VN", "Xã La Hiên"),
    ("X-TS", "Đoàn xã Thần Sa", "H-VN", "Xã Thần Sa"),
    ("X-LB", "Đoàn xã La Bằng", "H-DT", "Xã La Bằng"),
    ("X-VT", "Đoàn xã Vô Tranh", "H-PL", "Xã Vô Tranh"),
    ("X-YT", "Đoàn xã Yên Trạch", "H-PL", "Xã Yên Trạch"),
    ("X-DT", "Đoàn xã Điềm Thụy", "H-PB", "Xã Điềm Thụy"),
    ("X-KS", "Đoàn xã Kha Sơn", "H-PB", "Xã Kha Sơn"),
    ("X-VH", "Đoàn xã Văn Hán", "H-DHY", "Xã Văn Hán"),
    ("X-TC", "Đoàn xã Tân Cương", "H-TN", "Xã Tân Cương"),
    ("X-TCG", "Đoàn xã Thành Công", "H-PY", "Xã Thành Công"),
    ("P-BX", "Đoàn xã Bá Xuyên", "H-SC", "Phường Bá Xuyên"),
)
_AFFILIATED = (
    ("TT-CQ", "Đoàn Khối các cơ quan tỉnh"),
    ("TT-DN", "Đoàn Khối doanh nghiệp tỉnh"),
    ("TT-CA", "Đoàn Thanh niên Công an tỉnh"),
    ("TT-QS", "Đoàn Thanh niên Bộ Chỉ huy Quân sự tỉnh"),
    ("TT-DH", "Đoàn Đại học Thái Nguyên"),
    ("TT-CD", "Đoàn Trường Cao đẳng Sư phạm Thái Nguyên"),
)
_SCHOOLS = (
    ("T-DH", "Đoàn Trường THPT Định Hóa", "H-DH", "Xã Định Hóa"),
    ("T-VN", "Đoàn Trường THPT Võ Nhai", "H-VN", "Xã Võ Nhai"),
    ("T-DT", "Đoàn Trường THPT Đại Từ", "H-DT", "Xã Đại Từ"),
    ("T-LNQ", "Đoàn Trường THPT Lương Ngọc Quyến", "H-TN", "Phường Phan Đình Phùng"),
)


_NEW = tuple(dict.fromkeys([name for row in _DISTRICTS for name in row[2]] + list(_FROM_BAC_KAN)))


def _new_code(name: str) -> str:
    return f"XP-{_NEW.index(name) + 1:02d}"


def _lower(name: str) -> str:
    """ "Xã Bình Yên" as it stands inside a name."""
    return name[0].lower() + name[1:]


def units() -> list[Unit]:
    """Parents before children, successors before what they succeed."""
    rows = [Unit(code, name, "affiliated") for code, name in _AFFILIATED]
    rows += [
        Unit(_new_code(name), f"Đoàn {_lower(name)}", "commune", since=MERGED, note=_INCOMPLETE)
        for name in _NEW
    ]
    place = {}
    for code, name, then in _DISTRICTS:
        place[code] = name.split("đoàn ")[1]
        successors = tuple(_new_code(commune) for commune in then)
        rows.append(Unit(code, name, "district", until=_LAST, successors=successors))
    for code, name, district, then in _OLD_COMMUNES:
        full_name = f"{name} ({place[district]})"
        rows.append(Unit(code, full_name, "commune", district, until=_LAST, successors=(_new_code(then),)))
    for code, name, district, then in _SCHOOLS:
        rows += _twice(code, name, name, "grassroots", district, then)
    for number, (code, name, _district, then) in enumerate(_OLD_COMMUNES[:6], start=1):
        branch = f"Chi đoàn xóm {number},"
        old, new = f"{branch} {name.removeprefix('Đoàn ')}", f"{branch} {_lower(then)}"
        rows += _twice(f"C-{number}", old, new, "branch", code, then, "Chi đoàn mẫu.")
    return rows


def _twice(code: str, old: str, new: str, level: str, parent: str, then: str, note: str = "") -> list[Unit]:
    """A unit below a place that ended on 30 June 2025, and what carries it on below the new commune."""
    later = f"{code}-25"
    return [
        Unit(later, new, level, _new_code(then), since=MERGED, note=note),
        Unit(code, old, level, parent, until=_LAST, successors=(later,), note=note),
    ]


CHECKPOINT = Wish(50, 2, "H-VN", 3, "Kiểm tra, thăm tặng quà chốt kiểm dịch Covid-19 tại Huyện đoàn Võ Nhai", "Nắm tình hình lực lượng trực chốt; trao quà cho đoàn viên tham gia trực")  # fmt: skip
APP = Wish(55, 3, "H-DT", 3, "Kiểm tra việc triển khai tuyên truyền phần mềm công dân số C-Thái Nguyên", "Đoàn viên cài đặt và sử dụng phần mềm; tổng hợp vướng mắc của cơ sở")  # fmt: skip
HOMELAND = Wish(60, 3, "X-BY", 2, "Phối hợp tổ chức chương trình “Tôi yêu Tổ quốc tôi”, giao lưu văn hóa tại xã Bình Yên, huyện Định Hóa", "Chương trình được tổ chức an toàn; rút kinh nghiệm với Đoàn xã")  # fmt: skip

YEAR_2021 = {
    1: Script(
        returned={"tn.yen": "Bổ sung kết quả dự kiến của từng nội dung; ghi rõ đơn vị phối hợp."},
        refused={"tn.kien": "Trùng lịch Hội nghị Ban Chấp hành Tỉnh đoàn."},
        moved={"tn.doanket": "Đơn vị tổ chức hội nghị cùng ngày."},
        sloppy={"tn.canbo": "Bổ sung số đoàn viên tham gia và minh chứng."},
        adhoc=(
            AdHoc("tn.phoban", 47, 2, "H-DH", 2, "Khảo sát đột xuất địa điểm tổ chức Tháng Thanh niên", "Thống nhất địa điểm, lực lượng"),
            AdHoc("tn.hau", 62, 1, "H-SC", 1, "Nắm tình hình theo yêu cầu", "Báo cáo nhanh", refused="Đã có Ban Phong trào nắm tình hình tại đơn vị."),
        ),
    ),
    2: Script(
        late={"tn.canbo": "Tham gia đoàn công tác của tỉnh từ ngày 01 đến ngày 06 nên đăng ký chậm."},
        late_departments={"dk": "Ban chờ lịch phối hợp của Hội LHTN Việt Nam tỉnh nên họp chậm."},
        struck={"tn.huong": "Đơn vị đang tổ chức đại hội, chuyển sang quý sau."},
        wishes={"tn.truongban": (HOMELAND,)},
        not_done={"tn.yen": ("epidemic", "Đơn vị tạm dừng hoạt động tập trung do dịch Covid-19.")},
        cancelled={"tn.hau": "Phục vụ bầu cử đại biểu Quốc hội và Hội đồng nhân dân các cấp."},
        reports_late=("tn.kien",),
    ),
    3: Script(
        amended={"tn.truonghoc": "Đơn vị đề nghị lùi hai ngày do trùng lịch tập huấn."},
        incomplete_departments={"pt": "Bổ sung đơn vị phối hợp của chương trình “Tôi yêu Tổ quốc tôi”."},
        wishes={"tn.bithu": (CHECKPOINT,), "tn.thuongtruc": (APP,)},
        acting_heads={"tg": "tn.thinh"},
        elsewhere={"tn.huong": "Đơn vị đăng ký trước đang trong vùng cách ly."},
        not_done={"tn.chanhvp": ("epidemic", "Địa bàn giãn cách xã hội."), "tn.duong": ("illness", "Cán bộ nghỉ ốm.")},
        adhoc=(
            AdHoc("tn.canbo", 31, 3, "H-VN", 2, "Tham gia trực, hỗ trợ chốt kiểm dịch theo yêu cầu của tỉnh", "Bảo đảm lực lượng trực", by_phone=True),
        ),
    ),
    4: Script(
        refused={"tn.phoban": "Nội dung đã có Ban Tuyên giáo thực hiện tại cùng đơn vị."},
        returned={"tn.hau": "Điều chỉnh thời gian, tránh trùng đợt tổng kết năm."},
        cancelled_meeting="Hoãn họp do Thường trực dự hội nghị của Tỉnh ủy.",
        moved={"tn.thinh": "Trùng Hội nghị tổng kết năm của Tỉnh đoàn."},
        adhoc=(AdHoc("tn.truongban", 50, 2, "X-PD", 2, "Thăm, tặng quà đoàn viên vùng khó khăn", "Trao 50 suất quà"),),
    ),
}  # fmt: skip
