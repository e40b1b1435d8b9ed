"""
ACE inhibitors and ARBs before general anaesthesia (AHA/ACC 2024, class 2b, not checked: a clinician decides).

Pure: no framework, no database, no clock.
"""

from procedures.preparation.counting import row_options
from procedures.preparation.rule_rows import Drug
from procedures.preparation.ruling import Ruling, continued, from_row
from procedures.preparation.situation import ListedDrug, Situation


def raas_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Return what holds for an ACE inhibitor or ARB: only general anaesthesia raises the question."""
    if situation.case.anaesthesia != "general":
        return continued(listed.name)
    row = situation.rows(risk="general_anaesthesia", drug=drug)[0]
    if row.not_with_condition is not None and situation.has(row.not_with_condition):
        return continued(listed.name, rule_ids=[row.id])
    options = row_options(row=row, schedule=listed.schedule, start=situation.start)
    return from_row(listed.name, options=options, rule_id=row.id).left_to_clinician()
