"""What officers go for: realistic visits in the four content groups, spread over a quarter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from fieldvisits.models import HostUnit

#: Content group: (what for, expected result, levels of host it suits).
WORK: dict[int, tuple[tuple[str, str, str], ...]] = {
    1: (
        ("Khảo sát chất lượng sinh hoạt chi đoàn, công tác quản lý đoàn viên", "Báo cáo khảo sát, đề xuất giải pháp", "district commune"),
        ("Nắm tình hình tư tưởng đoàn viên, thanh thiếu nhi trên địa bàn", "Báo cáo nhanh tình hình thanh thiếu nhi", "district commune affiliated"),
        ("Khảo sát nhu cầu vay vốn phát triển kinh tế của thanh niên", "Danh sách mô hình cần hỗ trợ vốn", "commune"),
        ("Nghiên cứu mô hình đoàn kết, tập hợp thanh niên công nhân", "Đề xuất mô hình điểm của quý", "affiliated district"),
        ("Điều tra tình hình thanh niên đi làm ăn xa, đoàn viên không có việc làm", "Số liệu phân theo chi đoàn", "commune branch"),
        ("Tìm hiểu việc chuyển sinh hoạt đoàn, trưởng thành đoàn tại cơ sở", "Kiến nghị với Ban Thường vụ Tỉnh đoàn", "grassroots commune"),
    ),
    2: (
        ("Phối hợp tổ chức ra quân Ngày Chủ nhật xanh, trồng cây tại cơ sở", "Hỗ trợ trước, cùng rút kinh nghiệm sau hoạt động", "commune district"),
        ("Hỗ trợ cơ sở chuẩn bị chương trình “Tôi yêu Tổ quốc tôi”", "Kế hoạch chi tiết của đơn vị; phân công rõ người", "district commune grassroots"),
        ("Phối hợp triển khai công trình thanh niên thắp sáng đường quê", "Công trình khởi công đúng kế hoạch", "commune branch"),
        ("Phối hợp tổ chức diễn đàn khởi nghiệp cho thanh niên nông thôn", "Hai mô hình đăng ký hỗ trợ", "district commune"),
        ("Hướng dẫn tổ chức sinh hoạt hè, phòng chống đuối nước cho thiếu nhi", "Đơn vị có lịch sinh hoạt và người phụ trách", "commune branch"),
        ("Phối hợp tổ chức ngày hội hiến máu tình nguyện", "Bảo đảm số lượng đăng ký và an toàn", "affiliated grassroots district"),
        ("Phối hợp tổ chức hội thi tìm hiểu lịch sử Đoàn", "Hội thi cấp cơ sở được tổ chức, rút kinh nghiệm sau hội thi", "grassroots affiliated"),
    ),
    3: (
        ("Kiểm tra công tác Đoàn và phong trào thanh thiếu nhi theo chương trình năm", "Biên bản kiểm tra; kiến nghị sau kiểm tra", "district affiliated"),
        ("Kiểm tra việc thu nộp đoàn phí, quản lý sổ chi đoàn", "Biên bản kiểm tra; khắc phục trong quý", "commune grassroots"),
        ("Giám sát việc thực hiện kết luận kiểm tra kỳ trước", "Danh mục nội dung đã khắc phục", "district commune"),
        ("Kiểm tra việc tuyên truyền, cài đặt ứng dụng công dân số", "Tổng hợp vướng mắc của cơ sở", "commune district"),
    ),
    4: (
        ("Dự hội nghị Ban Chấp hành đoàn cấp dưới", "Ý kiến chỉ đạo tại hội nghị", "district commune affiliated"),
        ("Dự sinh hoạt chi đoàn theo chủ điểm tháng", "Ghi nhận số đoàn viên dự trên tổng số; góp ý chất lượng sinh hoạt", "branch commune"),
        ("Dự hội nghị Ban Thường vụ đoàn cấp dưới, đoàn trực thuộc", "Nắm việc triển khai nhiệm vụ quý", "district commune affiliated"),
        ("Dự sinh hoạt chuyên đề “Nghe thanh niên nói”", "Tổng hợp kiến nghị của thanh niên", "commune grassroots"),
    ),
}  # fmt: skip


def spans(
    random: Random, first: date, last: date, avoid: set[date], taken: set[date], days: tuple[int, int]
) -> Iterator[tuple[date, date]]:
    """Visits of two to five days, ``days`` together (fewest, most), that do not touch one another nor ``avoid``."""
    fewest, most = days
    lengths: list[int] = []
    while not fewest <= sum(lengths) <= most:
        lengths = [random.randint(2, 5) for _ in range(random.randint(fewest // 4 + 1, most // 4 + 1))]
    slot = ((last - first).days + 1) // len(lengths)
    for number, length in enumerate(lengths):
        opening = first + timedelta(days=number * slot)
        room = [
            opening + timedelta(days=n)
            for n in range(max(1, slot - length))
            if (opening + timedelta(days=n)).weekday() != 6
        ] or [opening]
        random.shuffle(room)
        for starts in room:
            days = {starts + timedelta(days=n) for n in range(length)}
            if not days & (avoid | taken) and max(days) <= last:
                yield starts, max(days)
                break


def visits(
    random: Random,
    window: tuple[date, date],
    units: Sequence[HostUnit],
    favourites: Sequence[HostUnit],
    avoid: set[date],
    taken: set[date],
    days: tuple[int, int],
) -> Iterator[dict]:
    """The lines of one plan inside ``window``; every other one at a favourite unit where there is one."""
    groups = [1, 2, 3, 4, random.choice((1, 2, 2))]
    random.shuffle(groups)
    for number, (starts, ends) in enumerate(spans(random, *window, avoid, taken, days)):
        group = groups[number % len(groups)]
        valid = [u for u in units if u.holds_on(starts) and u.holds_on(ends)]
        content, expected, levels = random.choice(WORK[group])
        liked = [u for u in favourites if u in valid] if number % 2 == 0 else []
        suited = [u for u in valid if u.level in levels.split()] or valid
        yield {
            "starts": starts,
            "ends": ends,
            "unit": random.choice(liked or suited),
            "group": group,
            "content": content,
            "expected": expected,
        }
