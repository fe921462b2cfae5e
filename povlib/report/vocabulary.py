"""The names that readers see for the codes in the tables; messages of the catalogues."""

from povlib.report.language import Language

# Code -> English name. docs/nomenclature.md gives the meaning of each; the
# catalogues give the names in the other languages.
NAMES = {
    # Measures
    "poverty_rate": "poverty rate",
    "near_poverty_rate": "near-poverty rate",
    "multidimensional_rate": "multidimensional poverty rate (poor + near-poor)",
    "em_poverty_rate": "poverty rate of ethnic-minority households",
    # Standards
    "unstated": "not stated",
    "qd59-2015": "2016-2020",
    "nd07-2021": "2022-2026",
    "nd351-2025": "2027-2030",
    # Status of a target
    "met": "met",
    "on_track": "on track",
    "at_risk": "at risk",
    "off_track": "off track",
    "cannot_tell": "cannot tell",
    # Deprivations
    "employment": "Employment",
    "dependants": "Dependants in the household",
    "nutrition": "Nutrition",
    "health_services": "Health services",
    "health_insurance": "Health insurance",
    "adult_education": "Education of adults",
    "school_attendance": "School attendance of children",
    "housing_quality": "Quality of housing",
    "housing_area": "Housing area per person",
    "water": "Source of domestic water",
    "toilet": "Hygienic toilet",
    "telecom": "Telecommunication services",
    "information_means": "Means of access to information",
    "digital_services": "Digital services",
    "waste": "Domestic waste treatment",
    # Bodies
    "agriculture_environment": "Department of Agriculture and Environment",
    "finance": "Department of Finance",
    "health": "Department of Health",
    "construction": "Department of Construction",
    "culture_sports_tourism": "Department of Culture, Sports and Tourism",
    "social_policy_bank": "Social Policy Bank",
    "commune_committee": "People's Committee of the commune or ward",
    "fatherland_front": "Fatherland Front",
    # Groups
    "ethnic_minority": "Ethnic-minority households",
    "no_labour_capacity": "Households without labour capacity",
    "merit": "Households of people with merit",
    "female_head": "Households headed by a woman",
    "with_children": "Households with children",
    # Projects of the national programme 2021-2025
    "project_1": "1. Infrastructure in poor districts",
    "project_1_1": "1.1 Infrastructure of poor districts and difficult communes",
    "project_1_2": "1.2 Help for poor districts to leave the list",
    "project_2": "2. Diverse livelihoods, poverty models",
    "project_3": "3. Agricultural production, nutrition",
    "project_3_1": "3.1 Agricultural production",
    "project_3_2": "3.2 Better nutrition",
    "project_4": "4. Vocational training, jobs",
    "project_4_1": "4.1 Vocational education",
    "project_4_2": "4.2 Contract work abroad",
    "project_4_3": "4.3 Lasting employment",
    "project_5": "5. Housing in poor districts",
    "project_6": "6. Communication, information poverty",
    "project_6_1": "6.1 Information poverty",
    "project_6_2": "6.2 Communication on poverty reduction",
    "project_7": "7. Capacity, monitoring, evaluation",
    "project_7_1": "7.1 Capacity to carry out the programme",
    "project_7_2": "7.2 Monitoring, evaluation",
    "all_projects": "All projects",
    # Programmes of the embedded data set
    "cow_breeding": "Cow breeding",
    "housing_support": "Housing support",
    "credit": "Preferential credit",
    # Sources of money
    "central_investment": "Central budget, investment",
    "central_recurrent": "Central budget, recurrent",
    "local_investment": "Local budget, investment",
    "local_recurrent": "Local budget, recurrent",
    # The audit's findings: kinds and rules
    "impossible": "cannot be",
    "identity": "does not add up",
    "unusual": "unusual",
    "flow_residual": "Flow equation",
    "flow_end_not_review": "Flows against the review",
    "flows_disagree": "Flows of two forms",
    "start_not_last_end": "Start against the end of the year before",
    "rate_above_one": "More counted than there are",
    "lost_digit": "Lost digit",
    "jump": "Jump of the rate",
    "households_jump": "Jump of all households",
    "repeated_row": "Repeated counts",
    "class_not_kind": "Class against kind",
    "surprise": "Far from what was expected",
    "at_target": "Exactly the assigned number",
    "below_criterion": "Just below the target",
    "escapes_to_near_poor": "Out only to near-poverty",
    "last_digits": "Last digits",
    # Verdicts on a programme
    "decreased": "reduced poverty",
    "increased": "raised poverty",
    "none_seen": "no effect found",
    "pretrends_differ": "trends before it differ: do not use",
    "not_estimated": "cannot be estimated",
    # What is clear of an action
    "people": "people",
    "work": "work",
    "time": "time",
    "responsibility": "responsibility",
    "authority": "authority",
    "result": "result",
    # Actions
    "due_soon": "due within 30 days",
    "done_without_result": "done, no result given",
    "planned": "planned",
    "under_way": "under way",
    "done": "done",
    "cancelled": "cancelled",
    "overdue": "overdue",
}

# The same rates where there is little room: heads of tables, key figures.
SHORT_NAMES = {
    "poverty_rate": "Poverty rate",
    "near_poverty_rate": "Near-poverty rate",
    "multidimensional_rate": "Poor + near-poor",
    "em_poverty_rate": "Poverty, EM",
}


# Ways to a target (models.alternatives) as the end of a sentence that begins with "if".
ALTERNATIVES = {
    "continue": "things go on as in the years reviewed",
    "pace_ends": "the common fall ends now",
    "faster": "the rate falls {faster} faster",
    "best_quarter": "it falls like the best quarter of its like",
    "programme": "the programme of the scenario works everywhere",
    "roll_out": "{programme} also reaches the {areas} areas of its kind that lack it",
    "new_standard": "things go on, counted under the new standard",
}


# Columns of what figures draw, as the heads of their sheets in the workbook; the CSV of a
# figure keeps the names of docs/nomenclature.md, the same in every language.
COLUMNS = {
    "series": "Series",
    "standard": "Standard",
    "year": "Year",
    "time": "Year",
    "rate": "Rate",
    "rate_lb": "Rate, lower limit",
    "rate_ub": "Rate, upper limit",
    "rate_now": "Rate now",
    "kind": "Kind",
    "label": "Name",
    "pace": "Pace",
    "households": "Households",
    "poor_households": "Poor households",
    "allocated": "Allocated",
    "indicator": "Indicator",
    "own": "Here",
    "alike": "Similar areas",
    "whole": "All areas",
    "area_code": "Area code",
    "name": "Name",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "status": "Status",
    "event_time": "Years since the start",
    "estimate": "Effect",
    "lb": "95 % interval, lower limit",
    "ub": "95 % interval, upper limit",
    "band_lb": "Interval of all at once, lower limit",
    "band_ub": "Interval of all at once, upper limit",
    "observed": "as reviewed",
    "sdid": "without it, by synthetic difference-in-differences",
    "sc": "without it, by synthetic control",
}

# What the rows of such a sheet are.
DRAWN = {
    "review": "review",
    "projection": "projection",
    "target": "target",
    "level": "stock",
    "so_far": "so far",
    "needed": "needed",
    "alike": "similar areas",
    "whole": "all areas",
    "out": "decrease",
    "in": "increase",
}

# What the numbers of a column are counted in.
UNITS = {
    "share": "share",
    "share of all": "share of all",
    "points": "percentage points",
    "count": "count",
    "households": "households",
    "degrees": "degrees",
    "year": "year",
}


def name_of(words: Language, code: str) -> str:
    """
    Return the name of a code in a language; a code without one is shown as it is.

    Examples
    --------
    >>> from povlib.report import language
    >>> name_of(language.of("en"), "water"), name_of(language.of("en"), "Dự án 9")
    ('Source of domestic water', 'Dự án 9')
    """
    return words.text(NAMES[code]) if code in NAMES else code
