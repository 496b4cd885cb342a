"""What officers report, recommend and hear: realistic texts for results, by content group. All of it is sample data."""

from __future__ import annotations

from .people import SAMPLE

#: Content group: (help before, the activity, the review afterwards, difficulties).
RESULTS: dict[int, tuple[tuple[str, str, str, str], ...]] = {
    1: (
        ("Gửi đề cương khảo sát, thống nhất thành phần làm việc với Ban Thường vụ đơn vị", "Làm việc với 4 chi đoàn, phỏng vấn 32 đoàn viên; đã có bảng tổng hợp tình hình", "Trao đổi kết quả khảo sát, đơn vị đăng ký ba việc cần làm ngay", "Đoàn viên đi làm ăn xa nhiều, khó tập hợp vào ngày thường"),
        ("Hướng dẫn đơn vị chuẩn bị số liệu đoàn viên theo chi đoàn", "Nắm tình hình tư tưởng thanh thiếu nhi, gặp gỡ bí thư các chi đoàn", "Thống nhất báo cáo nhanh hằng tháng về Tỉnh đoàn", ""),
    ),
    2: (
        ("Đến trước hai ngày, cùng đơn vị xây dựng kịch bản, phân công từng bộ phận", "Chương trình tổ chức đúng kế hoạch, 150 đoàn viên thanh niên tham gia", "Họp rút kinh nghiệm ngay sau chương trình: khâu hậu cần cần chuẩn bị sớm hơn", "Kinh phí tổ chức còn hạn chế"),
        ("Góp ý kế hoạch, hỗ trợ liên hệ lực lượng phối hợp", "Hoàn thành công trình thanh niên, bàn giao cho địa phương", "Cùng đơn vị đánh giá, lập hồ sơ đề nghị khen thưởng", ""),
    ),
    3: (
        ("Gửi quyết định và đề cương kiểm tra trước bảy ngày", "Kiểm tra hồ sơ sổ sách, việc thu nộp đoàn phí; lập biên bản", "Thông qua biên bản, đơn vị tiếp thu và nêu thời hạn khắc phục", "Sổ chi đoàn ghi chép chưa đầy đủ"),
        ("", "Giám sát việc khắc phục sau kiểm tra, 5/6 nội dung đã thực hiện", "Nhắc đơn vị hoàn thành nội dung còn lại trong quý", ""),
    ),
    4: (
        ("Góp ý dự thảo báo cáo và chương trình hội nghị", "Dự và phát biểu chỉ đạo; hội nghị thống nhất chương trình công tác quý", "Trao đổi với Ban Thường vụ về nâng cao chất lượng sinh hoạt", ""),
        ("Gợi ý nội dung sinh hoạt theo chủ điểm", "Dự sinh hoạt chi đoàn, trao đổi về nguyện vọng của đoàn viên", "", "Tỷ lệ đoàn viên dự sinh hoạt chưa cao"),
    ),
}  # fmt: skip

#: (what is recommended, to whom, name of an outside body).
RECOMMENDATIONS = (
    ("Bổ sung kinh phí hoạt động cho các chi đoàn thôn, xóm", "outside", "Ủy ban nhân dân xã"),
    ("Mở lớp tập huấn kỹ năng cho bí thư chi đoàn trong quý sau", "province", ""),
    ("Hoàn thiện sổ chi đoàn, cập nhật danh sách đoàn viên đi làm ăn xa", "unit", ""),
    ("Hướng dẫn cụ thể việc chuyển sinh hoạt đoàn qua phần mềm", "department", ""),
    ("Ban hành hướng dẫn về sinh hoạt chi đoàn ở nơi có đông công nhân", "central", ""),
    ("Bố trí nhà văn hóa thôn làm nơi sinh hoạt cho thanh thiếu nhi", "outside", "Phòng Văn hóa và Thông tin"),
    ("Phân công cán bộ theo dõi, giúp đỡ chi đoàn yếu kém", "unit", ""),
)  # fmt: skip
ANSWERS = (
    "Đã có văn bản trả lời, thực hiện trong quý.",
    "Đơn vị đã bổ sung đầy đủ, có minh chứng kèm theo.",
    "Đã đưa vào chương trình công tác quý sau.",
)
#: What units write when they leave feedback.
FEEDBACK = (
    "Cán bộ nhiệt tình, góp ý sát tình hình đơn vị.",
    "Đề nghị thông báo lịch sớm hơn một tuần để đơn vị bố trí thành phần.",
    "Mong Tỉnh đoàn tiếp tục cử cán bộ về dự sinh hoạt chi đoàn.",
    "",
)
SELF_ASSESSMENTS = (
    "Thực hiện đúng kế hoạch đã được duyệt; bám sát cơ sở, kịp thời báo cáo kết quả",
    "Hoàn thành cơ bản kế hoạch quý; cần chủ động hơn trong phối hợp với đơn vị",
    "Hoàn thành tốt kế hoạch; các kiến nghị của cơ sở đã được phản ánh đầy đủ",
)
GOOD_POINTS = f"Cán bộ của Ban thực hiện nghiêm kế hoạch, giúp cơ sở chuẩn bị trước và cùng rút kinh nghiệm sau hoạt động {SAMPLE}."
SHORTCOMINGS = f"Một số chuyến đi phải đổi lịch; số kiến nghị, đề xuất qua các chuyến đi còn ít {SAMPLE}."
CAUSES = (
    f"Cơ sở tổ chức nhiều hoạt động cùng thời điểm; cán bộ còn kiêm nhiệm nhiều việc tại cơ quan {SAMPLE}."
)
PROPOSALS = f"Đề nghị gửi thông báo cho cơ sở trước ít nhất bảy ngày {SAMPLE}."

#: The five sections of the annual report: texts of the demonstration.
SECTIONS = {
    "situation": "Ban Thường vụ Tỉnh đoàn tiếp tục chỉ đạo cán bộ cơ quan thực hiện chủ trương 1+2: ban hành văn bản hướng dẫn, phân công đơn vị phụ trách, "
    "giao Ban đầu mối theo dõi việc đi cơ sở theo quý.",
    "results": f"Cán bộ trong diện đã đăng ký, được duyệt kế hoạch từng quý và báo cáo kết quả sau mỗi chuyến đi; số liệu chi tiết tại phụ lục {SAMPLE}.",
    "assessment": f"Ưu điểm: việc đi cơ sở đi vào nền nếp, cán bộ nắm chắc tình hình hơn.\nHạn chế: số kiến nghị, đề xuất còn ít; một số chuyến đi phải đổi lịch.\n"
    f"Nguyên nhân: cán bộ trẻ, chưa nhiều kinh nghiệm thực tiễn; dịch bệnh diễn biến phức tạp {SAMPLE}.",
    "directions": f"Tiếp tục thực hiện phương châm “đi trước, về sau”; ưu tiên đơn vị lâu chưa có cán bộ đến; theo dõi đến cùng các kiến nghị {SAMPLE}.",
    "proposals": f"Đề nghị Ban Bí thư Trung ương Đoàn tổ chức trao đổi kinh nghiệm giữa các tỉnh về thực hiện chủ trương 1+2 {SAMPLE}.",
}
