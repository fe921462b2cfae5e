"""Forms 8 to 13: the poor and near-poor by group, ethnicity, cause, children, profile."""

from povlib.data.form_parts import KINDS, PAIR, WRITTEN, Column, Form, Place, review, stock
from povlib.data.standards import Status
from povlib.data.tables import CAUSES, TOGETHER

_GROUPS = {
    "ethnic_minority": ("Hộ DTTS", "dtts|dân tộc"),
    "no_labour_capacity": ("Hộ không có khả năng lao động", "lao động|kcknlđ"),
    "merit": ("Hộ có người có công", "có công|cscc"),
    "female_head": ("Chủ hộ là nữ", "nữ"),
}
_CAUSES = dict(
    zip(
        CAUSES,
        (
            ("Không có/thiếu đất sản xuất", "đất"),
            ("Thiếu vốn sản xuất, kinh doanh", "vốn"),
            ("Thiếu lao động", "lao động; !kỹ năng"),
            ("Thiếu công cụ, phương tiện sản xuất", "công cụ|phương tiện"),
            ("Thiếu kiến thức về sản xuất", "kiến thức"),
            ("Thiếu kỹ năng lao động", "kỹ năng"),
            ("Ốm đau, bệnh nặng, tai nạn", "ốm|bệnh|tai nạn"),
            ("Nguyên nhân khác", "khác"),
        ),
        strict=True,
    )
)


def groups() -> Form:
    """Form 8: groups among the poor and near-poor, which may overlap."""
    columns: list[Column] = []
    limits = []
    for status, name in WRITTEN.items():
        first = len(columns) + 1
        top = f"Hộ {name}"
        columns.append(Column(str(first), (top, "Tổng số"), "tổng", equals=stock(status)))
        for group in list(_GROUPS)[:3]:
            heading, words = _GROUPS[group]
            key = (("status", status), ("group", group))
            stores = tuple(Place("groups", kind, key, kind) for kind in KINDS)
            equals = review(f"em_{status}_households") if group == "ethnic_minority" else ()
            columns.append(Column(str(len(columns) + 1), (top, heading), words, stores, equals))
            limits.append(((str(len(columns)),), str(first)))
        formula = "-".join(str(place) for place in range(first, first + 4))
        columns.append(Column(str(first + 4), (top, "Khác"), "khác", formula=formula))
        limits.append(((str(first + 4),), str(first)))
    return Form(
        8,
        "PHÂN TÍCH HỘ NGHÈO, HỘ CẬN NGHÈO THEO CÁC NHÓM ĐỐI TƯỢNG",
        "nhóm đối tượng",
        tuple(columns),
        kinds=PAIR,
        limits=tuple(limits),
    )


def ethnicities() -> Form:
    """Form 9: ethnicities; the list is that of the province."""
    columns: list[Column] = []
    limits: list[tuple[tuple[str, ...], str]] = []
    for place, (status, name) in enumerate(WRITTEN.items(), 1):
        top, key = f"Hộ {name}", ("status", status)

        def _store(ethnicity: str, key: tuple[str, str] = key) -> tuple[Place, ...]:
            return (Place("ethnicities", "households", (key, ("ethnicity", ethnicity))),)

        kinh, minority = f"{place}.1", f"{place}.2"
        columns += [
            Column(
                str(place),
                (top, "Tổng số"),
                "tổng; !dtts",
                equals=stock(status)[:1],
                formula=f"{kinh}+{minority}",
            ),
            Column(kinh, (top, "Kinh"), "kinh", _store("Kinh")),
            Column(
                minority,
                (top, "Tổng DTTS"),
                "dtts|dân tộc thiểu số",
                review(f"em_{status}_households"),
                formula=f"{minority}.*",
            ),
            Column(f"{minority}.*", (top, "*"), "!tổng", _store("*")),
        ]
        limits += [((kinh, minority), str(place)), ((f"{minority}.*",), minority)]
    return Form(
        9,
        "PHÂN TÍCH HỘ NGHÈO, HỘ CẬN NGHÈO THEO DÂN TỘC",
        "theo dân tộc|theo thành phần dân tộc",
        tuple(columns),
        limits=tuple(limits),
    )


def causes() -> Form:
    """Form 10: causes; a household may name several."""
    kinds = {"Hộ nghèo": "poor", "Hộ cận nghèo": "near_poor", "Hộ nghèo, hộ cận nghèo": TOGETHER}
    columns = tuple(
        Column(
            str(place),
            (heading,),
            words,
            tuple(
                Place("causes", "households", (("status", kind), ("cause", cause)), kind)
                for kind in kinds.values()
            ),
        )
        for place, (cause, (heading, words)) in enumerate(_CAUSES.items(), 1)
    )
    return Form(
        10,
        "PHÂN NHÓM HỘ NGHÈO, HỘ CẬN NGHÈO THEO CÁC NGUYÊN NHÂN NGHÈO",
        "nguyên nhân",
        columns,
        kinds=kinds,
        kind=TOGETHER,
    )


def children() -> Form:
    """Form 11: children and what they lack."""
    needs = {
        "health_insurance": ("Y tế", "Bảo hiểm y tế", "y tế|bảo hiểm|bhyt"),
        "nutrition": ("Y tế", "Dinh dưỡng", "y tế|dinh dưỡng"),
        "school_attendance": ("Giáo dục", "Giáo dục", "giáo dục|đi học"),
    }
    columns: list[Column] = []
    limits = []
    for status, name in WRITTEN.items():
        top = f"Chỉ số thiếu hụt về trẻ em thuộc hộ {name}"
        keys = {code: (("status", status), ("indicator", code)) for code in needs}
        whole = tuple(Place("children", "children", key) for key in keys.values())
        first = str(len(columns) + 1)
        columns.append(Column(first, (top, "Tổng số trẻ em"), "tổng", whole))
        for code, (middle, leaf, words) in needs.items():
            number = str(len(columns) + 1)
            store = (Place("children", "deprived_children", keys[code]),)
            headings = (top, middle) if middle == leaf else (top, middle, leaf)
            columns.append(Column(number, headings, words, store))
            limits.append(((number,), first))
    return Form(
        11,
        "TỔNG HỢP CHỈ TIÊU THIẾU HỤT CỦA TRẺ EM THUỘC HỘ NGHÈO, HỘ CẬN NGHÈO",
        "trẻ em; thiếu hụt",
        tuple(columns),
        limits=tuple(limits),
    )


def profile(number: int, status: Status) -> Form:
    """Households and people by ethnicity: of all, and of those poor or near-poor."""
    name = WRITTEN[status]
    tops = (
        "Tổng số hộ chung",
        "Tổng số khẩu chung",
        f"Tổng số hộ {name}",
        f"Tổng số khẩu hộ {name}",
    )
    counts = ("households", "people", f"{status}_households", f"{status}_people")
    columns: list[Column] = []
    for top, count in zip(tops, counts, strict=True):
        first = len(columns) + 1
        minority = "DTTS chung"
        columns += [
            Column(
                str(first),
                (top, "Tổng số"),
                "tổng",
                review(count),
                formula=f"{first + 1}+{first + 2}",
            ),
            Column(str(first + 1), (top, "Kinh"), "kinh", formula=f"{first}-{first + 2}"),
            Column(str(first + 2), (top, minority), "dtts|dân tộc", review(f"em_{count}")),
            Column(
                str(first + 3),
                (top, "Trong đó DT tại chỗ"),
                "tại chỗ|dttc",
                review(f"local_em_{count}"),
            ),
        ]
        if count == f"{status}_households":
            for group in ("merit", "no_labour_capacity", "female_head"):
                heading, words = _GROUPS[group]
                store = (Place("groups", "households", (("status", status), ("group", group))),)
                columns.append(Column(str(len(columns) + 1), ("Trong đó", heading), words, store))
    rates = {
        "20": ("Tỷ lệ hộ", "9/1*100"),
        "21": ("Tỷ lệ DTTS chung", "11/3*100"),
        "22": ("Tỷ lệ DTTS tại chỗ", "12/4*100"),
    }
    columns += [
        Column(place, ("Tỷ lệ (%)", heading), "tỷ lệ|%", formula=formula)
        for place, (heading, formula) in rates.items()
    ]
    parts = "2<1 3<1 4<3 6<5 7<5 8<7 9<1 10<9 11<9 12<11 13<9 14<9 15<9 16<5 17<16 18<16 19<18"
    return Form(
        number,
        f"TỔNG HỢP KẾT QUẢ RÀ SOÁT HỘ {name.upper()} THEO CHUẨN NGHÈO ĐA CHIỀU",
        f"kết quả rà soát hộ {name} theo chuẩn",
        tuple(columns),
        needs=("1", "9"),
        limits=tuple(
            ((part,), whole) for part, whole in (pair.split("<") for pair in parts.split())
        ),
        people=(
            ("5", "1"),
            ("6", "2"),
            ("7", "3"),
            ("8", "4"),
            ("16", "9"),
            ("17", "10"),
            ("18", "11"),
            ("19", "12"),
        ),
    )
