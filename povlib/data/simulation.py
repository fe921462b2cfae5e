"""
How the simulated tables are made from a review: counts within counts that add up.

Everything here is invented within the rules that real tables keep: flow equations,
links between forms 2 and 3, parts within wholes, money within its plan.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from povlib.data.standards import STANDARDS
from povlib.data.tables import CAUSES

STANDARD = "nd07-2021"
_KEYS = ["area_code", "year", "standard"]

# Part of poor households that lack each service; together above three a household,
# as the definition of poverty asks, and below two thirds of that for the near-poor.
_LACKING = {
    "employment": 0.46,
    "dependants": 0.36,
    "nutrition": 0.20,
    "health_insurance": 0.24,
    "adult_education": 0.44,
    "school_attendance": 0.07,
    "housing_quality": 0.42,
    "housing_area": 0.30,
    "water": 0.30,
    "toilet": 0.58,
    "telecom": 0.32,
    "information_means": 0.16,
}
_GROUPS = {"no_labour_capacity": 0.12, "merit": 0.02, "female_head": 0.27, "with_children": 0.62}
_CAUSES = dict(zip(CAUSES, (0.34, 0.50, 0.20, 0.24, 0.30, 0.36, 0.15, 0.05), strict=True))

BILLION = 1_000_000_000
# Project and source -> allocated and disbursed from 2022 to June 2025, billion dong. The
# sums are published (docs/data-sources.md); how they spread over projects is simulated,
# but for project 1: 441 and 387.
_MONEY = {
    ("project_1", "central_investment"): (428.0, 376.0),
    ("project_1", "local_investment"): (13.0, 11.0),
    ("project_2", "central_recurrent"): (180.0, 120.0),
    ("project_2", "local_recurrent"): (37.2, 25.4),
    ("project_3_1", "central_recurrent"): (100.0, 66.0),
    ("project_3_2", "central_recurrent"): (40.0, 26.0),
    ("project_4_1", "central_investment"): (57.2, 44.0),
    ("project_4_1", "local_investment"): (3.2, 2.6),
    ("project_4_3", "central_recurrent"): (130.0, 78.0),
    ("project_5", "central_recurrent"): (60.0, 50.0),
    ("project_6", "central_recurrent"): (50.0, 32.0),
    ("project_7", "central_recurrent"): (68.1, 41.0),
}
# Project and source -> what it is to reach until 2025, in its own unit: works, models,
# households, courses. The 55 works are published.
_RESULTS = {
    ("project_1", "central_investment"): 55,
    ("project_2", "central_recurrent"): 620,
    ("project_3_1", "central_recurrent"): 4_800,
    ("project_3_2", "central_recurrent"): 21_000,
    ("project_4_1", "central_investment"): 130,
    ("project_4_3", "central_recurrent"): 11_500,
    ("project_5", "central_recurrent"): 1_350,
    ("project_6", "central_recurrent"): 920,
    ("project_7", "central_recurrent"): 1_100,
}
_BEHIND = 0.92  # what is reached for the money, as part of what it was to reach
# Infrastructure and housing of the programme go to the poor districts of its time alone.
_IN_POOR_DISTRICTS = ("project_1", "project_5")
_POOR_DISTRICTS = ("Ngân Sơn", "Pác Nặm")
_FINANCE = [
    "area_code",
    "project",
    "source",
    "period",
    "allocated",
    "carried_over",
    "disbursed",
    "results_planned",
    "results_reached",
]
_ALLOCATED_BY_YEAR = {2022: 0.25, 2023: 0.30, 2024: 0.30, 2025: 0.15}
_DISBURSED_BY_YEAR = {2022: 0.12, 2023: 0.28, 2024: 0.38, 2025: 0.22}
_DISBURSED_BY_MONTH = {"06": 0.12, "10": 0.33, "12": 0.55}

# Lacking -> task, expected result. No names of people: bodies and offices alone.
TASKS = {
    "employment": (
        "Mở lớp đào tạo nghề, kết nối việc làm cho lao động hộ nghèo",
        "Mỗi hộ có ít nhất một người có việc làm ổn định",
    ),
    "dependants": (
        "Rà soát hộ nghèo có nhiều người phụ thuộc, thực hiện trợ giúp xã hội",
        "Người đủ điều kiện đều được hưởng trợ giúp",
    ),
    "nutrition": (
        "Cải thiện dinh dưỡng cho trẻ em dưới 16 tuổi thuộc hộ nghèo",
        "Trẻ suy dinh dưỡng được theo dõi và can thiệp",
    ),
    "health_insurance": (
        "Cấp thẻ bảo hiểm y tế cho thành viên hộ nghèo, hộ cận nghèo",
        "Mọi thành viên có thẻ bảo hiểm y tế",
    ),
    "adult_education": (
        "Vận động lao động trẻ thuộc hộ nghèo học nghề, bổ túc văn hóa",
        "Danh sách người học được lập và giao theo dõi",
    ),
    "school_attendance": (
        "Vận động trẻ em thuộc hộ nghèo đến trường đúng độ tuổi",
        "Không còn trẻ em bỏ học",
    ),
    "housing_quality": ("Hỗ trợ xây mới, sửa chữa nhà ở cho hộ nghèo", "Nhà ở bảo đảm ba cứng"),
    "housing_area": ("Hỗ trợ mở rộng nhà ở cho hộ nghèo ở chật", "Diện tích bình quân đạt chuẩn"),
    "water": (
        "Đầu tư, sửa chữa công trình nước sinh hoạt tập trung",
        "Hộ nghèo có nguồn nước hợp vệ sinh",
    ),
    "toilet": ("Hỗ trợ hộ nghèo xây nhà tiêu hợp vệ sinh", "Hộ nghèo có nhà tiêu hợp vệ sinh"),
    "telecom": (
        "Hỗ trợ hộ nghèo sử dụng dịch vụ internet",
        "Hộ nghèo sử dụng được dịch vụ internet",
    ),
    "information_means": (
        "Hỗ trợ phương tiện nghe nhìn, điện thoại cho hộ nghèo",
        "Hộ nghèo có phương tiện tiếp cận thông tin",
    ),
}
CARRIED_OUT_BY = "Công chức phụ trách giảm nghèo cấp xã"
RESPONSIBILITY = "Tổ chức thực hiện, báo cáo kết quả hằng quý"
AUTHORITY = "Chủ tịch Ủy ban nhân dân cấp xã"
_DEADLINES = ("2026-06-30", "2026-10-31", "2026-12-31", "2027-03-31", "2027-06-30", "2027-12-31")


def allocate(
    weight: NDArray[Any],
    total: int,
    *,
    lower: NDArray[np.int64] | None = None,
    upper: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """
    Split a total into whole numbers in proportion to weights, within bounds.

    Parameters
    ----------
    weight : ndarray, shape (n,)
        Not negative, not all zero.
    total : int
    lower, upper : ndarray of int, shape (n,), optional
        Bounds of each part; zero and the total if not given.

    Returns
    -------
    parts : ndarray of int, shape (n,)
        They sum to `total` exactly; the largest remainders are rounded up.

    Raises
    ------
    ValueError
        If the bounds leave no room for the total.

    Examples
    --------
    >>> allocate(np.array([1.0, 1.0, 2.0]), 10, upper=np.array([9, 1, 9]))
    array([3, 1, 6])
    """
    low = np.zeros(len(weight), dtype=np.int64) if lower is None else lower
    high = np.full(len(weight), total, dtype=np.int64) if upper is None else upper
    if not low.sum() <= total <= high.sum():
        msg = f"a total of {total} does not fit between {low.sum()} and {high.sum()}"
        raise ValueError(msg)
    steps = _bracket(weight, total, low, high)
    exact = np.clip(steps * weight, low, high)
    parts = np.floor(exact + 1e-9).astype(np.int64)
    left = total - int(parts.sum())
    order = np.argsort(parts - exact, kind="stable")
    order = order[parts[order] < high[order]]
    parts[order[:left]] += 1
    return parts


def _bracket(
    weight: NDArray[np.float64], total: int, low: NDArray[np.int64], high: NDArray[np.int64]
) -> float:
    """The factor at which the bounded parts sum to the total, by bisection."""
    small, large = 0.0, 1.0
    while np.clip(large * weight, low, high).sum() < total and large < 1e18:
        large *= 2
    for _ in range(80):
        middle = (small + large) / 2
        if np.clip(middle * weight, low, high).sum() <= total:
            small = middle
        else:
            large = middle
    return small


def _whole(values: pd.Series | NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint(np.asarray(values, dtype=float)).astype(np.int64)


def flows(review: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """
    Make forms 2 and 3 between the reviews of one standard.

    Parameters
    ----------
    review : DataFrame
    rng : numpy.random.Generator

    Returns
    -------
    flows : DataFrame
        Both equations hold exactly, and what leaves one form enters the other.
    """
    rows = review[review["standard"] == STANDARD].sort_values(["area_code", "year"])
    before = rows.groupby("area_code").shift()
    moved = before["households"].notna()
    rows, before = rows[moved], before[moved]
    start, end = _whole(before["poor_households"]), _whole(rows["poor_households"])
    near_start, near_end = (
        _whole(before["near_poor_households"]),
        _whole(rows["near_poor_households"]),
    )
    poor = _small_moves(start, rng)
    poor["in_from_other_status"] = _whole(near_start * rng.uniform(0.01, 0.05, len(rows)))
    net = start - end - poor["other_decrease"] + sum(poor[name] for name in _IN)
    poor["newly_identified"] += np.maximum(-net, 0)
    out = np.maximum(net, 0)
    # The poorer a commune, the more leave only to near-poverty.
    rate = start / _whole(before["households"])
    share = np.clip(0.15 + 1.2 * rate + rng.normal(0, 0.05, len(rows)), 0.05, 0.75)
    poor["out_to_other_status"] = _whole(out * share)
    poor["out_above"] = out - poor["out_to_other_status"]

    near = _small_moves(near_start, rng)
    near["in_from_other_status"] = poor["out_to_other_status"]
    near["out_to_other_status"] = poor["in_from_other_status"]
    near_net = (
        near_start
        - near_end
        - near["other_decrease"]
        - near["out_to_other_status"]
        + sum(near[name] for name in _IN)
    )
    near["out_above"] = np.maximum(near_net, 0)
    near["newly_identified"] += np.maximum(-near_net, 0)
    keys = rows[_KEYS].reset_index(drop=True).assign(unit="households")
    both = (
        keys.assign(status="poor", start=start, end=end, **poor),
        keys.assign(status="near_poor", start=near_start, end=near_end, **near),
    )
    return pd.concat(both, ignore_index=True)


_IN = ("in_from_other_status", "returned", "newly_identified", "other_increase")


def _small_moves(
    start: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Returns, new cases, deaths, moves and splits: small parts of the stock."""
    rates = {"returned": 0.010, "newly_identified": 0.022, "other_increase": 0.004}
    moves = {
        name: rng.binomial(start, rate).astype(np.int64)
        for name, rate in (rates | {"other_decrease": 0.008}).items()
    }
    return moves | {"in_from_other_status": np.zeros_like(start)}


def _by_status(review: pd.DataFrame) -> pd.DataFrame:
    """One row per review under the standard and status, with its stock of households."""
    rows = review[review["standard"] == STANDARD]
    stocks = {"poor": "poor_households", "near_poor": "near_poor_households"}
    em = {"poor": "em_poor_households", "near_poor": "em_near_poor_households"}
    parts = [
        rows[_KEYS].assign(status=status, stock=rows[column], em=rows[em[status]])
        for status, column in stocks.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _shares(
    rows: pd.DataFrame, level: float, rng: np.random.Generator, *, spread: float
) -> NDArray[np.float64]:
    """A share for every row around a level, its own in each area, the same over years."""
    codes, position = np.unique(rows["area_code"], return_inverse=True)
    own = rng.normal(0, spread, len(codes))[position]
    odds = level / (1 - level) * np.exp(own)
    return np.asarray(odds / (1 + odds))


def deprivations(review: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """
    Make forms 4 to 7: households that lack each service.

    Returns
    -------
    deprivations : DataFrame
        At least three deprivations a poor household on average, fewer than three
        a near-poor one; fewer every year.
    """
    rows = _by_status(review)
    poor = (rows["status"] == "poor").to_numpy()
    shares = np.column_stack(
        [_shares(rows, level, rng, spread=0.35) for level in _LACKING.values()]
    )
    shares *= (0.97 ** (rows["year"].to_numpy(float) - 2021))[:, None]
    mean = shares.sum(axis=1)
    wanted = np.where(poor, np.maximum(mean, 3.1), np.minimum(0.55 * mean, 2.7))
    shares = np.minimum(shares * (wanted / mean)[:, None], 1.0)
    # Rounded up for the poor, down for others, so that the definition holds to the household.
    exact = shares * rows["stock"].to_numpy(float)[:, None]
    counts = np.where(poor[:, None], np.ceil(exact), np.floor(exact)).astype(np.int64)
    parts = [
        rows[[*_KEYS, "status"]].assign(
            indicator=name, deprived_households=counts[:, column], households=rows["stock"]
        )
        for column, name in enumerate(_LACKING)
    ]
    return pd.concat(parts, ignore_index=True)


def groups(review: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make form 8: groups among poor and near-poor households; minorities as reviewed."""
    rows = _by_status(review)
    keys = rows[[*_KEYS, "status"]]
    parts = [keys.assign(group="ethnic_minority", households=rows["em"])]
    for group, level in _GROUPS.items():
        share = _shares(rows, level, rng, spread=0.25)
        parts.append(keys.assign(group=group, households=_whole(rows["stock"] * share)))
    return pd.concat(parts, ignore_index=True)


def causes(review: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Make form 10: causes of poverty; a household may name several."""
    rows = _by_status(review)
    keys = rows[[*_KEYS, "status"]]
    parts = []
    for cause, level in _CAUSES.items():
        share = _shares(rows, level, rng, spread=0.30)
        parts.append(keys.assign(cause=cause, households=_whole(rows["stock"] * share)))
    return pd.concat(parts, ignore_index=True)


def programmes(
    joined: pd.DataFrame, review: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Give every programme the households it reached and the money it spent."""
    price = {"cow_breeding": 22e6, "credit": 60e6, "housing_support": 50e6}  # VND a household
    first = review[review["year"] == 2021].set_index("area_code")["poor_households"]
    poor = first.reindex(joined["area_code"]).to_numpy(float)
    reached = _whole(poor * rng.uniform(0.08, 0.25, len(joined)))
    return joined.assign(
        households_reached=reached, money_spent=_whole(reached * joined["programme"].map(price))
    )


def finance(units: pd.DataFrame, review: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """
    Make the programme's money by commune, project, source and month.

    Returns
    -------
    finance : DataFrame
        Sums as published; nothing is disbursed before it is allocated; in January
        what is left of the years before is carried over. Some communes disburse
        more slowly than others, in all projects.
    """
    poor = review[review["year"] == 2021].set_index("area_code")["poor_households"]
    weight = poor.reindex(units["area_code"]).to_numpy(float)
    weight = weight * np.where(units["difficult"], 1.5, 1.0)
    poor_district = units["district"].isin(_POOR_DISTRICTS).to_numpy()
    pace = np.exp(rng.normal(0, 0.15, len(units)))
    rows: list[tuple[Any, ...]] = []
    for (project, source), amounts in _MONEY.items():
        allocated, disbursed = (round(amount * BILLION) for amount in amounts)
        own = np.where(poor_district, weight, 0.0) if project in _IN_POOR_DISTRICTS else weight
        given = allocate(own, allocated)
        spent = allocate(given * pace, disbursed, upper=given)
        planned = allocate(given.astype(float), _RESULTS.get((project, source), 0))
        rows += [
            (code, project, source, *month)
            for code, *sums in zip(units["area_code"], given, spent, planned, strict=True)
            if sums[0]
            for month in _months(*map(int, sums))
        ]
    made = pd.DataFrame(rows, columns=_FINANCE)
    return made.astype(dict.fromkeys(_FINANCE[4:], "Int64"))


def _months(given: int, spent: int, planned: int) -> list[tuple[Any, ...]]:
    """One commune's months of one project, by the columns of the table."""
    allocated = {f"{year}-03": part for year, part in _split(given, _ALLOCATED_BY_YEAR).items()}
    disbursed: dict[str, int] = {}
    for year, part in _split(spent, _DISBURSED_BY_YEAR).items():
        months = {"05": 0.4, "06": 0.6} if year == 2025 else _DISBURSED_BY_MONTH
        disbursed |= {f"{year}-{month}": sum_ for month, sum_ in _split(part, months).items()}
    carried = {
        f"{year}-01": _before(allocated, year) - _before(disbursed, year)
        for year in (2023, 2024, 2025)
    }
    # Planned with the first money; reached, as known, with the last.
    reached = int(_BEHIND * planned * spent / given)
    first, last = min(allocated), max(disbursed)
    return [
        (
            period,
            allocated.get(period, 0),
            carried.get(period),
            disbursed.get(period, 0),
            planned if planned and period == first else None,
            reached if planned and period == last else None,
        )
        for period in sorted({*allocated, *disbursed, *carried})
    ]


def _split(total: int, shares: dict[Any, float]) -> dict[Any, int]:
    """Whole parts of a total; the last takes what rounding leaves."""
    parts = {key: int(total * share) for key, share in shares.items()}
    last = list(parts)[-1]
    return parts | {last: total - sum(parts.values()) + parts[last]}


def _before(amounts: dict[str, int], year: int) -> int:
    return sum(amount for period, amount in amounts.items() if period < f"{year}")


def actions(
    units: pd.DataFrame, deprivations_: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Make an action register: four to six tasks a commune, for its largest deprivations."""
    bodies = {item.code: item.body for item in STANDARDS[STANDARD].indicators}
    last = deprivations_[(deprivations_["year"] == 2024) & (deprivations_["status"] == "poor")]
    ordered = last.sort_values(["area_code", "deprived_households"], ascending=[True, False])
    count = dict(zip(units["area_code"], rng.integers(4, 7, len(units)), strict=True))
    place = ordered.groupby("area_code").cumcount()
    rows = ordered[place < ordered["area_code"].map(count)].reset_index(drop=True)
    deadline = rng.choice(_DEADLINES, len(rows))
    passed = deadline < "2026-11"
    drawn = rng.choice(["planned", "under_way", "done"], len(rows), p=[0.35, 0.45, 0.20])
    late = rng.choice(
        ["done", "under_way", "planned", "cancelled"], len(rows), p=[0.7, 0.17, 0.1, 0.03]
    )
    status = np.where(passed, late, drawn)
    expected = rows["indicator"].map({name: result for name, (_, result) in TASKS.items()})
    has_result = (status == "done") & (rng.random(len(rows)) < 0.7)
    return pd.DataFrame(
        {
            "area_code": rows["area_code"],
            "task": rows["indicator"].map({name: task for name, (task, _) in TASKS.items()}),
            "indicator": rows["indicator"],
            "lead_body": rows["indicator"].map(bodies),
            "carried_out_by": CARRIED_OUT_BY,
            "responsibility": RESPONSIBILITY,
            "deadline": deadline,
            "authority": AUTHORITY,
            "expected_result": expected,
            "status": status,
            "result": expected.where(has_result),
        }
    )
