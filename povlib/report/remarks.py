"""Findings of the audit as neutral sentences."""

from typing import Any

import pandas as pd

from povlib.models.measurement import WHOLE
from povlib.report.language import Language

_STATUSES = {"poor": "poor households", "near_poor": "near-poor households"}

# Each says what was found and what it was held against; none says why.
SENTENCES = {
    "flow_residual": "{year}, {status}: the flow equation gives {expected} households at the end of"
    " the year, {value} are recorded; worth a second look.",
    "flow_end_not_review": "{year}, {status}: the flows end with {value} households, the review"
    " counts {expected}; worth a second look.",
    "flows_disagree": "{year}: one form lets {value} households pass between the lists of the poor"
    " and the near-poor, the other {expected}; worth a second look.",
    "start_not_last_end": "{year}, {status}: the year starts with {value} households, the year"
    " before ended with {expected}; monthly decisions can explain it.",
    "rate_above_one": "{year}: {value} households are counted of {expected}; one of the two figures"
    " cannot be.",
    "lost_digit": "{year}, {status}: {value} households, about {expected} in the years beside it;"
    " has a digit been lost?",
    "jump": "{year}: the poverty rate changed by {points} in one year; worth a second look.",
    "households_jump": "{year}: {value} households in all, {expected} the year before; worth a"
    " second look.",
    "repeated_row": "{year}: the counts are those of the year before or of another area; worth a"
    " second look.",
    "class_not_kind": "The area's class, urban or rural, is not that of its kind, ward or commune;"
    " worth a second look.",
    "surprise": "{year}: {value} poor households, where the years before and the other areas would"
    " lead to about {expected}; worth a second look.",
    "at_target": "{year}: {value} poor households, exactly the number assigned, as in more areas"
    " than chance would lead to; worth a second look.",
    "below_criterion": "{year}: {value} areas lie just below the target rate, where chance would"
    " put about {expected} of those that near; worth a second look.",
    "escapes_to_near_poor": "{year}: {value} households left poverty only to near-poverty, where"
    " the other areas would lead to about {expected}; worth a second look.",
    "last_digits": "{year}: one last digit ends {value} counts, where {expected} are usual; worth a"
    " second look.",
}

TARGETS = (
    "{year}: {value} areas count exactly the number assigned to them, where chance would lead to"
    " about {expected}; worth a second look."
)


def sentence(words: Language, row: Any) -> str:
    """
    Say a finding.

    Parameters
    ----------
    words : Language
    row : namedtuple
        A row of the table `findings`.
    """
    whole = row.code == "at_target" and row.area_code == WHOLE
    return words.text(
        TARGETS if whole else SENTENCES[row.code],
        year="" if pd.isna(row.year) else row.year,
        status=words.text(_STATUSES[row.status]) if row.status in _STATUSES else "",
        value=words.number(row.value),
        expected="" if pd.isna(row.expected) else words.number(row.expected),
        points=words.points(row.value),
    )
