"""
The official forms of the annual review: their titles, columns, and what each column counts.

Forms 1 to 13 hold counts by commune. Forms 14 and 15 list households by name and have no
place here (`povlib.data.personal`). Titles, headings and numbers are those that provinces
print; docs/data-sources.md says where they were read.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import get_args

from povlib.data.standards import STANDARDS, Status
from povlib.data.tables import CAUSES, TOGETHER
from povlib.data.vietnamese import says
from povlib.errors import DataError


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a figure of a form belongs in our tables.

    Attributes
    ----------
    table, column : str
    key : tuple of pairs
        What the key of the row has beside area, year and standard.
    kind : str
        Kind of row of the form (`Form.kinds`) of which this is the place.
    """

    table: str
    column: str
    key: tuple[tuple[str, str], ...] = ()
    kind: str = "households"


@dataclass(frozen=True, slots=True)
class Column:
    """
    A numbered column of a form.

    Attributes
    ----------
    number : str
        As in the row of column numbers; `1.2.*` stands for 1.2.1, 1.2.2, ...
    headings : tuple of str
        From top to bottom.
    words : str
        What the heading must and must not say (`vietnamese.says`).
    stores : tuple of Place
        Where the figure is kept; none if it is only checked.
    equals : tuple of Place
        What else counts the same.
    formula : str
        How the figure follows from others, such as `3/1*100` or `1-2-3-4`.
    also : tuple of str
        Other numbers under which the column is printed.
    """

    number: str
    headings: tuple[str, ...]
    words: str = ""
    stores: tuple[Place, ...] = ()
    equals: tuple[Place, ...] = ()
    formula: str = ""
    also: tuple[str, ...] = ()

    @property
    def percent(self) -> bool:
        """Whether the column is a rate; rates are checked and never kept."""
        return self.formula.endswith("*100")

    def named(self, number: str, heading: str) -> "Column":
        """Return one of the columns that `1.2.*` stands for: an ethnicity under its name."""
        name = "other" if heading.casefold() == "khác" else heading
        stores = tuple(
            replace(place, key=(*place.key[:-1], ("ethnicity", name))) for place in self.stores
        )
        return replace(self, number=number, headings=(*self.headings[:-1], heading), stores=stores)


@dataclass(frozen=True, slots=True)
class Form:
    """
    A form of the review.

    Attributes
    ----------
    number : int
    title : str
    words : str
        What a title says that is this form's.
    columns : tuple of Column
    kinds : dict
        What the column "Phân tổ" says of a row -> kind of row; empty if there is none.
    kind : str
        Kind of the rows where nothing is said.
    needs : tuple of str
        Numbers of columns without which nothing can be read.
    limits : tuple
        Columns that together may not exceed another.
    people : tuple
        Column of people, column of the households that they live in.
    """

    number: int
    title: str
    words: str
    columns: tuple[Column, ...]
    kinds: dict[str, str] = field(default_factory=dict)
    kind: str = "households"
    needs: tuple[str, ...] = ("1",)
    limits: tuple[tuple[tuple[str, ...], str], ...] = ()
    people: tuple[tuple[str, str], ...] = ()


STATUSES: tuple[Status, ...] = get_args(Status)
# Status -> how the forms and our columns write it.
_POOR = {"poor": "nghèo", "near_poor": "cận nghèo"}
_PAIR = {"Hộ": "households", "Nhân khẩu": "people"}
_BOTH = ("households", "people")

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


@cache
def of_standard(name: str) -> tuple[Form, ...]:
    """
    Return forms 1 to 13 as printed under a standard.

    Parameters
    ----------
    name : str
        Name of the standard; its indicators are the columns of forms 4 to 7.

    Returns
    -------
    forms : tuple of Form

    Raises
    ------
    DataError
        If no such standard is known, or it has no indicators.

    Examples
    --------
    >>> [len(form.columns) for form in of_standard("nd07-2021")]
    [14, 9, 9, 14, 13, 14, 13, 10, 8, 8, 8, 22, 22]
    """
    known = [standard.name for standard in STANDARDS.values() if standard.indicators]
    if name not in known:
        msg = f"standard must be one of {', '.join(known)}; found {name}"
        raise DataError(msg)
    codes = tuple(item.code for item in STANDARDS[name].indicators)
    poor, near = STATUSES
    return (
        _results(),
        _flows(2, poor),
        _flows(3, near),
        _deprivations(4, poor, codes),
        _shares(5, poor, codes),
        _deprivations(6, near, codes),
        _shares(7, near, codes),
        _groups(),
        _ethnicities(),
        _causes(),
        _children(),
        _profile(12, poor),
        _profile(13, near),
    )


def _review(column: str, kind: str = "households") -> tuple[Place, ...]:
    return (Place("review", column, (), kind),)


def _stock(status: str) -> tuple[Place, ...]:
    """All households of a status, and their members where rows count people."""
    return tuple(Place("review", f"{status}_{kind}", (), kind) for kind in _BOTH)


def _results() -> Form:
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
        Column("1", (everyone, "Số hộ"), "hộ; !nghèo; !nhân khẩu", _review("households")),
        Column("2", (everyone, "Nhân khẩu"), "khẩu; !nghèo", _review("people")),
    ]
    for kind, whole, top in (
        ("households", "1", "Kết quả rà soát về hộ"),
        ("people", "2", "Kết quả rà soát về khẩu"),
    ):
        unit = "Số hộ" if kind == "households" else "Số khẩu"
        for group, (heading, words) in groups.items():
            number = len(columns) + 1
            store = _review(f"{group}_{kind}")
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


def _flows(number: int, status: Status) -> Form:
    other = STATUSES[1 - STATUSES.index(status)]
    name, others = _POOR[status], _POOR[other]
    near = status == "near_poor"

    def _column(place: str, headings: tuple[str, ...], words: str, twin: str = "") -> Column:
        def _places(status: str, column: str) -> tuple[Place, ...]:
            return tuple(
                Place("flows", column, (("status", status), ("unit", kind)), kind) for kind in _BOTH
            )

        equals = _stock(status) if place == "end" else _places(other, twin) if twin else ()
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
        kinds=_PAIR,
        needs=("1", "9"),
    )


def _deprivations(number: int, status: Status, codes: tuple[str, ...]) -> Form:
    name = _POOR[status]
    top = "Các chỉ số thiếu hụt dịch vụ xã hội cơ bản"
    keys = {code: (("status", status), ("indicator", code)) for code in codes}
    whole = tuple(Place("deprivations", "households", key) for key in keys.values())
    total = "+".join(str(place) for place in range(1, len(codes) + 1))
    columns = (
        Column("hh", (f"Tổng số hộ {name}",), "tổng số; hộ; !thiếu hụt", whole, _stock(status)[:1]),
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


def _shares(number: int, status: Status, codes: tuple[str, ...]) -> Form:
    name = _POOR[status]
    top = "Tỷ lệ các chỉ số thiếu hụt dịch vụ xã hội cơ bản (%)"
    columns = (
        Column("hh", (f"Tổng số hộ {name}",), "tổng số; hộ", equals=_stock(status)[:1]),
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


def _groups() -> Form:
    columns: list[Column] = []
    limits = []
    for status, name in _POOR.items():
        first = len(columns) + 1
        top = f"Hộ {name}"
        columns.append(Column(str(first), (top, "Tổng số"), "tổng", equals=_stock(status)))
        for group in list(_GROUPS)[:3]:
            heading, words = _GROUPS[group]
            key = (("status", status), ("group", group))
            stores = tuple(Place("groups", kind, key, kind) for kind in _BOTH)
            equals = _review(f"em_{status}_households") if group == "ethnic_minority" else ()
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
        kinds=_PAIR,
        limits=tuple(limits),
    )


def _ethnicities() -> Form:
    columns: list[Column] = []
    limits: list[tuple[tuple[str, ...], str]] = []
    for place, (status, name) in enumerate(_POOR.items(), 1):
        top, key = f"Hộ {name}", ("status", status)

        def _store(ethnicity: str, key: tuple[str, str] = key) -> tuple[Place, ...]:
            return (Place("ethnicities", "households", (key, ("ethnicity", ethnicity))),)

        kinh, minority = f"{place}.1", f"{place}.2"
        columns += [
            Column(
                str(place),
                (top, "Tổng số"),
                "tổng; !dtts",
                equals=_stock(status)[:1],
                formula=f"{kinh}+{minority}",
            ),
            Column(kinh, (top, "Kinh"), "kinh", _store("Kinh")),
            Column(
                minority,
                (top, "Tổng DTTS"),
                "dtts|dân tộc thiểu số",
                _review(f"em_{status}_households"),
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


def _causes() -> Form:
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


def _children() -> Form:
    needs = {
        "health_insurance": ("Y tế", "Bảo hiểm y tế", "y tế|bảo hiểm|bhyt"),
        "nutrition": ("Y tế", "Dinh dưỡng", "y tế|dinh dưỡng"),
        "school_attendance": ("Giáo dục", "Giáo dục", "giáo dục|đi học"),
    }
    columns: list[Column] = []
    limits = []
    for status, name in _POOR.items():
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


def _profile(number: int, status: Status) -> Form:
    """Households and people by ethnicity: of all, and of those poor or near-poor."""
    name = _POOR[status]
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
                _review(count),
                formula=f"{first + 1}+{first + 2}",
            ),
            Column(str(first + 1), (top, "Kinh"), "kinh", formula=f"{first}-{first + 2}"),
            Column(str(first + 2), (top, minority), "dtts|dân tộc", _review(f"em_{count}")),
            Column(
                str(first + 3),
                (top, "Trong đó DT tại chỗ"),
                "tại chỗ|dttc",
                _review(f"local_em_{count}"),
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


def recognise(texts: list[str], standard: str) -> Form | None:
    """
    Return the form that a title is of: the first text that is the title of just one form.

    Parameters
    ----------
    texts : list of str
        Rows above the columns.
    standard : str

    Returns
    -------
    form : Form or None
    """
    for text in texts:
        found = [form for form in of_standard(standard) if says(text, form.words)]
        if len(found) == 1:
            return found[0]
    return None
