"""Poverty standards by period: years, indicators and who answers for them."""

from dataclasses import dataclass
from typing import Literal

StandardName = Literal["qd59-2015", "nd07-2021", "nd351-2025", "unstated"]
Status = Literal["poor", "near_poor"]

# The bodies named by Directive 11/CT-UBND, and the communes' committees, which
# it makes responsible for carrying everything out. docs/nomenclature.md lists them.
Body = Literal[
    "agriculture_environment",
    "finance",
    "health",
    "construction",
    "culture_sports_tourism",
    "social_policy_bank",
    "commune_committee",
    "fatherland_front",
]


@dataclass(frozen=True, slots=True)
class Indicator:
    """
    One deprivation that the review counts.

    Attributes
    ----------
    code : str
        Name of the indicator in the tables.
    dimension : str
        The basic service that it belongs to.
    body : str
        Who answers for it under Directive 11: the department that the
        directive names for the field, else the commune's committee.
    """

    code: str
    dimension: str
    body: Body


@dataclass(frozen=True, slots=True)
class Standard:
    """
    A multidimensional poverty standard.

    Attributes
    ----------
    name : str
        Short name used in every table, after the decision or decree that sets it.
    first_year, last_year : int
        Reviews made under it, by the year whose end was reviewed.
    indicators : tuple of Indicator
        In the official column order.
    """

    name: StandardName
    first_year: int
    last_year: int
    indicators: tuple[Indicator, ...]


_TEN = (
    Indicator("health_services", "health", "health"),
    Indicator("health_insurance", "health", "health"),
    Indicator("adult_education", "education", "commune_committee"),
    Indicator("school_attendance", "education", "commune_committee"),
    Indicator("housing_quality", "housing", "construction"),
    Indicator("housing_area", "housing", "construction"),
    Indicator("water", "water_sanitation", "agriculture_environment"),
    Indicator("toilet", "water_sanitation", "health"),
    Indicator("telecom", "information", "culture_sports_tourism"),
    Indicator("information_means", "information", "culture_sports_tourism"),
)

_TWELVE = (
    Indicator("employment", "employment", "commune_committee"),
    Indicator("dependants", "employment", "commune_committee"),
    Indicator("nutrition", "health", "health"),
    *_TEN[1:],
)

_TWELVE_2027 = (
    *(indicator for indicator in _TWELVE if indicator.dimension != "information"),
    Indicator("digital_services", "information", "culture_sports_tourism"),
    Indicator("waste", "water_sanitation", "agriculture_environment"),
)

# Decree 351/2025/ND-CP keeps the 2022-2025 standard for 2026 and applies its own
# from 2027 (article quoted by Vietnam News Agency, 31 December 2025).
STANDARDS: dict[str, Standard] = {
    standard.name: standard
    for standard in (
        Standard("qd59-2015", 2016, 2020, _TEN),  # Decision 59/2015/QĐ-TTg
        Standard("nd07-2021", 2021, 2026, _TWELVE),  # Decree 07/2021/NĐ-CP
        Standard("nd351-2025", 2027, 2030, _TWELVE_2027),  # Decree 351/2025/NĐ-CP
        # A series that does not say how it was counted, from wherever it comes.
        Standard("unstated", 0, -1, ()),
    )
}


def of_year(year: int) -> Standard:
    """
    Return the standard of the review at the end of a year.

    The review of December 2021 was made under both standards; like the press,
    which calls it "the beginning of 2022", this takes the new one.

    Parameters
    ----------
    year : int
        Year whose end was reviewed.

    Returns
    -------
    standard : Standard

    Raises
    ------
    ValueError
        If no standard is known for the year.

    Examples
    --------
    >>> of_year(2021).name
    'nd07-2021'
    """
    for standard in STANDARDS.values():
        if standard.first_year <= year <= standard.last_year:
            return standard
    msg = f"no poverty standard is known for {year}: reviews of 2016 to 2030 have one"
    raise ValueError(msg)
