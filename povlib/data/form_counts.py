"""Forms 1 to 7: results, flows of poor and near-poor, what they lack."""

from dataclasses import replace

from povlib.data.form_parts import (
    KINDS,
    PAIR,
    STATUSES,
    WRITTEN,
    Column,
    Form,
    Place,
    review,
    stock,
)
from povlib.data.standards import Status

INDICATORS = {
    "employment": ("Việc làm", "việc làm"),
    "dependants": ("Người phụ thuộc", "phụ thuộc"),
    "nutrition": ("Dinh dưỡng", "dinh dưỡng"),
    "health_services": ("Tiếp cận các dịch vụ y tế", "dịch vụ y tế"),
    "health_insurance": ("Bảo hiểm y tế", "bảo hiểm|bhyt"),
    "adult_education": ("Trình độ giáo dục của người lớn", "người lớn"),
    "school_attendance": ("Tình trạng đi học của trẻ em", "đi học"),
    "housing_quality": ("Chất lượng nhà ở", "chất lượng nhà"),
    "housing_area": ("Diện tích nhà ở bình quân đầu người", "diện tích"),
    "water": ("Nguồn nước sinh hoạt", "nước"),
    "toilet": ("Nhà tiêu hợp vệ sinh", "nhà tiêu|hố xí"),
    "telecom": ("Sử dụng dịch vụ viễn thông", "viễn thông"),
    "information_means": ("Phương tiện phục vụ tiếp cận thông tin", "phương tiện|tài sản"),
    "digital_services": ("Sử dụng dịch vụ số, internet", "dịch vụ số|internet"),
    "waste": ("Xử lý chất thải sinh hoạt", "chất thải|rác"),
}


def results() -> Form:
    """Form 1: households and people, all, poor, near-poor and farming of average standard."""
    groups = {
        "poor": ("Hộ nghèo", "nghèo; !cận"),
        "near_poor": ("Hộ cận nghèo", "cận nghèo"),
        "average_farm": (
            "Hộ nông, lâm, ngư nghiệp có mức sống trung bình",
            "trung bình|mstb|nông",
        ),
    }
    everyone = "Tổng số hộ dân cư (tại thời điểm rà soát)"
    columns = [
        Column("1", (everyone, "Số hộ"), "hộ; !nghèo; !nhân khẩu", review("households")),
        Column("2", (everyone, "Nhân khẩu"), "khẩu; !nghèo", review("people")),
    ]
    for kind, whole, top in (
        ("households", "1", "Kết quả rà soát về hộ"),
        ("people", "2", "Kết quả rà soát về khẩu"),
    ):
        unit = "Số hộ" if kind == "households" else "Số khẩu"
        for group, (heading, words) in groups.items():
            number = len(columns) + 1
            store = review(f"{group}_{kind}")
            columns += [
                Column(str(number), (top, heading, unit), f"{words}; !tỷ lệ", store),
                Column(
                    str(number + 1),
                    (top, heading, "Tỷ lệ (%)"),
                    "tỷ lệ|%",
                    formula=f"{number}/{whole}*100",
                ),
            ]
    return Form(
        1,
        "TỔNG HỢP KẾT QUẢ {vintage}RÀ SOÁT HỘ NGHÈO; HỘ CẬN NGHÈO; HỘ LÀM NÔNG, LÂM, NGƯ NGHIỆP"
        " CÓ MỨC SỐNG TRUNG BÌNH",
        "kết quả; rà soát; hộ nghèo; mức sống trung bình",
        tuple(columns),
        needs=("1", "3"),
        limits=((("3", "5"), "1"), (("7",), "1"), (("9", "11"), "2"), (("13",), "2")),
        people=(("2", "1"), ("9", "3"), ("11", "5"), ("13", "7")),
    )


def flows(number: int, status: Status) -> Form:
    """Forms 2 and 3: the list at the start and the end of the year, and what moved it."""
    other = STATUSES[1 - STATUSES.index(status)]
    name, others = WRITTEN[status], WRITTEN[other]
    near = status == "near_poor"

    def _column(place: str, headings: tuple[str, ...], words: str, twin: str = "") -> Column:
        def _places(status: str, column: str) -> tuple[Place, ...]:
            return tuple(
                Place("flows", column, (("status", status), ("unit", kind)), kind) for kind in KINDS
            )

        equals = stock(status) if place == "end" else _places(other, twin) if twin else ()
        formula = "1-2-3-4+5+6+7+8" if place == "end" else ""
        return Column("", headings, words, _places(status, place), equals, formula)

    to_other = _column(
        "out_to_other_status",
        (f"Số hộ {name} trở thành hộ {others}",)
        if near
        else ("Số hộ thoát nghèo", "Trở thành hộ cận nghèo"),
        "trở thành",
        "in_from_other_status",
    )
    above = _column(
        "out_above",
        ("Số hộ thoát cận nghèo",) if near else ("Số hộ thoát nghèo", "Vượt chuẩn cận nghèo"),
        "thoát cận nghèo" if near else "vượt",
    )
    more = f"Số hộ {name} bổ sung"
    columns = (
        _column("start", (f"Tổng số hộ {name} đầu kỳ",), f"{name}; đầu"),
        *((above, to_other) if near else (to_other, above)),
        _column("other_decrease", ("Số hộ khác (giảm)",), "khác; !tăng"),
        _column(
            "in_from_other_status",
            (f"Số hộ {others} trở thành hộ {name}",),
            "trở thành",
            "out_to_other_status",
        ),
        _column("returned", (more, f"Tái {name}"), f"tái {name}"),
        _column("newly_identified", (more, "Phát sinh mới"), "phát sinh|mới"),
        _column("other_increase", ("Số hộ khác (tăng)",), "khác; !giảm"),
        _column("end", (f"Tổng số hộ {name} cuối kỳ",), f"{name}; cuối"),
    )
    return Form(
        number,
        f"TỔNG HỢP DIỄN BIẾN HỘ {name.upper()}",
        f"diễn biến hộ {name}",
        tuple(replace(column, number=str(place)) for place, column in enumerate(columns, 1)),
        kinds=PAIR,
        needs=("1", "9"),
    )


def deprivations(number: int, status: Status, codes: tuple[str, ...]) -> Form:
    """Forms 4 and 6: households that lack each service."""
    name = WRITTEN[status]
    top = "Các chỉ số thiếu hụt dịch vụ xã hội cơ bản"
    keys = {code: (("status", status), ("indicator", code)) for code in codes}
    whole = tuple(Place("deprivations", "households", key) for key in keys.values())
    total = "+".join(str(place) for place in range(1, len(codes) + 1))
    columns = (
        Column("hh", (f"Tổng số hộ {name}",), "tổng số; hộ; !thiếu hụt", whole, stock(status)[:1]),
        Column("sum", ("Tổng số thiếu hụt",), "tổng số; thiếu hụt", formula=total),
        *(
            Column(
                str(place),
                (top, INDICATORS[code][0]),
                INDICATORS[code][1],
                (Place("deprivations", "deprived_households", key),),
                also=(str(place + 2),),
            )
            for place, (code, key) in enumerate(keys.items(), 1)
        ),
    )
    return Form(
        number,
        f"PHÂN TÍCH CÁC CHỈ SỐ THIẾU HỤT DỊCH VỤ XÃ HỘI CƠ BẢN CỦA HỘ {name.upper()}",
        f"chỉ số thiếu hụt; hộ {name}; !tỷ lệ; !trẻ em",
        _with_bare_totals(columns),
        needs=("hh",),
        limits=tuple(((str(place),), "hh") for place in range(1, len(codes) + 1)),
    )


def shares(number: int, status: Status, codes: tuple[str, ...]) -> Form:
    """Forms 5 and 7: the same as rates, to be checked."""
    name = WRITTEN[status]
    top = "Tỷ lệ các chỉ số thiếu hụt dịch vụ xã hội cơ bản (%)"
    columns = (
        Column("hh", (f"Tổng số hộ {name}",), "tổng số; hộ", equals=stock(status)[:1]),
        *(
            Column(
                str(place),
                (top, INDICATORS[code][0]),
                INDICATORS[code][1],
                equals=(
                    Place("deprivations", "percent", (("status", status), ("indicator", code))),
                ),
                formula="*100",
                also=(str(place + 1),),
            )
            for place, code in enumerate(codes, 1)
        ),
    )
    return Form(
        number,
        f"PHÂN TÍCH TỶ LỆ CÁC CHỈ SỐ THIẾU HỤT DỊCH VỤ XÃ HỘI CƠ BẢN CỦA HỘ {name.upper()}",
        f"tỷ lệ; chỉ số thiếu hụt; hộ {name}; !trẻ em",
        _with_bare_totals(columns),
        needs=("hh",),
    )


def _with_bare_totals(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Totals stand before the indicators, without a number or with the first ones."""
    bare = [column for column in columns if not column.number.isdigit()]
    return tuple(
        replace(column, also=("", "-", str(bare.index(column) + 1))) if column in bare else column
        for column in columns
    )
