"""
Diabetes drugs other than GLP-1: held or reduced for the fast that sedation needs; metformin also for contrast.

Sources by row: FDA 2020 (SGLT2), ADA 2024 (oral drugs, insulin), ACR (contrast). Pure: no framework, no database,
no clock.
"""

from procedures.preparation.counting import morning_doses, morning_doses_option, row_options
from procedures.preparation.plan import HoldOption
from procedures.preparation.rule_rows import Drug, HoldRow
from procedures.preparation.ruling import Ruling, candidates, continued, from_row, to_clarify, undecided
from procedures.preparation.situation import ListedDrug, Situation

METFORMIN = "metformin"


def glucose_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Return what holds for SGLT2 inhibitors, metformin and the other oral drugs."""
    rows = situation.rows(risk="sedated", drug=drug) if situation.sedated else ()
    if drug.group == METFORMIN:
        rows = (*rows, *_contrast_rows(situation))
    holding = [row for row in rows if row.kind != "none"]
    rule_ids = [row.id for row in rows]
    if not holding:
        return continued(listed.name, rule_ids=rule_ids)
    if holding[0].kind == "d0_doses":
        return _morning_ruling(listed, situation=situation, rule_ids=rule_ids)
    options = row_options(row=holding[0], schedule=listed.schedule, start=situation.start)
    return from_row(listed.name, options=options, rule_id=holding[0].id)


def insulin_ruling(listed: ListedDrug, *, drug: Drug, situation: Situation) -> Ruling:
    """Return the share of the usual dose a clinician may choose; insulin is never stopped by a rule."""
    if not situation.sedated:
        return continued(listed.name)
    row = situation.rows(risk="sedated", drug=drug)[0]
    if row.share_of == "last_before_start":
        return candidates(
            listed.name, options=_basal_options(listed, row=row, situation=situation), rule_ids=[row.id]
        )
    if row.share_of != "d0_doses":
        return undecided(listed.name, rule_ids=[row.id])
    if not listed.schedule.has_times:
        return to_clarify(listed.name, rule_ids=[row.id])
    options = [
        HoldOption(dose_percent=row.minimum, dose_at=situation.start.local(dose.instant))
        for dose in morning_doses(schedule=listed.schedule, start=situation.start)
    ]
    return candidates(listed.name, options=options, rule_ids=[row.id])


def metformin_names(situation: Situation) -> list[str]:
    """Return the listed names that are metformin or a tablet containing it."""
    return [
        listed.name
        for listed in situation.drugs
        if listed.drug is not None and METFORMIN in {listed.drug.name, *listed.drug.components}
    ]


def contrast_holds_metformin(situation: Situation) -> bool:
    """Return whether this contrast and this kidney function hold metformin, sedated or not (ACR)."""
    return any(row.kind != "none" for row in _contrast_rows(situation))


def contrast_spares_metformin(situation: Situation) -> bool:
    """Return whether intravenous contrast is planned at an eGFR at which metformin is not held for it (ACR)."""
    rows = _contrast_rows(situation)
    return bool(rows) and all(row.kind == "none" for row in rows)


def egfr_too_low_for_metformin(situation: Situation) -> bool:
    """Return whether the eGFR is known and below the contrast row's limit (30, ACR)."""
    egfr = situation.case.patient.egfr
    holding = _contrast_holding_rows(situation)
    return egfr is not None and any(row.covers_egfr(egfr) for row in holding)


def _contrast_rows(situation: Situation) -> tuple[HoldRow, ...]:
    """Return the metformin row of the planned contrast; unknown kidney function and arteries take the holding one."""
    if situation.case.contrast == "none":
        return ()
    egfr = situation.case.patient.egfr
    if egfr is None or situation.case.contrast == "iodinated_arterial":
        return _contrast_holding_rows(situation)
    rows = situation.rules.rows_for(risk="iodinated_contrast", drug=METFORMIN)
    return tuple(row for row in rows if row.covers_egfr(egfr))


def _contrast_holding_rows(situation: Situation) -> tuple[HoldRow, ...]:
    rows = situation.rules.rows_for(risk="iodinated_contrast", drug=METFORMIN)
    return tuple(row for row in rows if row.kind != "none")


def _morning_ruling(listed: ListedDrug, *, situation: Situation, rule_ids: list[str]) -> Ruling:
    if not listed.schedule.has_times:
        return to_clarify(listed.name, rule_ids=rule_ids)
    option = morning_doses_option(schedule=listed.schedule, start=situation.start)
    if option is None:
        return continued(listed.name, rule_ids=rule_ids)
    return from_row(listed.name, options=(option,), rule_id=rule_ids[0]).adding(rule_ids=rule_ids)


def _basal_options(listed: ListedDrug, *, row: HoldRow, situation: Situation) -> list[HoldOption]:
    dose_at = None
    if listed.schedule.has_times:
        doses = listed.schedule.backwards(until=situation.start.instant, start=situation.start)
        dose_at = situation.start.local(next(doses).instant)
    return [HoldOption(dose_percent=percent, dose_at=dose_at) for percent in row.numbers]
