"""
For whom a protocol's step is meant: the conditions that steps may name.

Pure: no framework, no database, no clock.
"""

from collections.abc import Callable, Iterable, Mapping

from procedures.preparation import Case, PreparationPlan

Condition = Callable[[PreparationPlan, Case], bool]

# The contract of plan_case: a child is younger than 18, and everything but none and local counts as sedated.
ADULT_FROM_YEARS = 18
NOT_SEDATED = frozenset({"none", "local"})


class UnknownCondition(LookupError):
    """This step names a condition that nobody can check."""


def _has_fasting_times(plan: PreparationPlan, case: Case) -> bool:
    return plan.fasting is not None and not plan.fasting.individual_plan


def _has_individual_fasting(plan: PreparationPlan, case: Case) -> bool:
    return plan.fasting is not None and plan.fasting.individual_plan


def _needs_liquid_diet(plan: PreparationPlan, case: Case) -> bool:
    # The plan lists the text as one that must not go unless the risk is elevated and there are fasting times.
    return "liquid_diet" not in plan.never_send


def _is_sedated(plan: PreparationPlan, case: Case) -> bool:
    return case.anaesthesia not in NOT_SEDATED


def _is_child(plan: PreparationPlan, case: Case) -> bool:
    return case.patient.age_years < ADULT_FROM_YEARS


def _is_aged(from_years: int, below_years: int) -> Condition:
    return lambda plan, case: from_years <= case.patient.age_years < below_years


# How children are told differs by age; the bands are those in which child life advice is given.
# Years of age, from and below.
CHILD_AGES: Mapping[str, tuple[int, int]] = {
    "child_under_3": (0, 3),
    "child_3_to_5": (3, 6),
    "child_6_to_9": (6, 10),
    "child_10_to_13": (10, 14),
    "child_14_to_17": (14, ADULT_FROM_YEARS),
}
CONDITIONS: Mapping[str, Condition] = {
    "fasting_times": _has_fasting_times,
    "fasting_individual": _has_individual_fasting,
    "liquid_diet": _needs_liquid_diet,
    "not_liquid_diet": lambda plan, case: not _needs_liquid_diet(plan, case),
    "escort_needed": lambda plan, case: plan.escort_needed,
    "not_self_driving": lambda plan, case: plan.transport == "not_self_driving",
    "sedated": _is_sedated,
    "not_sedated": lambda plan, case: not _is_sedated(plan, case),
    "has_holds": lambda plan, case: bool(plan.holds),
    "no_holds": lambda plan, case: not plan.holds,
    "breast_fed": lambda plan, case: "breast_fed" in case.patient.conditions,
    "formula_fed": lambda plan, case: "formula_fed" in case.patient.conditions,
    "child": _is_child,
    "adult": lambda plan, case: not _is_child(plan, case),
    **{name: _is_aged(*years) for name, years in CHILD_AGES.items()},
    "pregnancy_test_missing": lambda plan, case: "pregnancy_test" in plan.prerequisites_missing,
}


def holding(conditions: Iterable[str], *, plan: PreparationPlan, case: Case) -> bool:
    """
    Return whether every condition holds; none at all holds always.

    :raises UnknownCondition: if one is not in `CONDITIONS`
    """
    return unmet(conditions, plan=plan, case=case) is None


def unmet(conditions: Iterable[str], *, plan: PreparationPlan, case: Case) -> str | None:
    """
    Return the first condition that does not hold, None when all do.

    :raises UnknownCondition: if one before it is not in `CONDITIONS`
    """
    for name in conditions:
        if name not in CONDITIONS:
            raise UnknownCondition(name)
        if not CONDITIONS[name](plan, case):
            return name
    return None
