"""
A ruling: what the rules say about one drug, before it is written into a plan.

Pure: no framework, no database, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from procedures.preparation.plan import HoldOption, HoldStatus

NO_CODES: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """
    The outcome for one drug.

    `status` None means continued. `options` holds the candidates whatever the status: one for a proposed hold, the two
    ends of a range, any number for an open question. `missing` are prerequisite items, `actions` clinician actions
    raised on the way.
    """

    drug: str
    status: HoldStatus | None
    options: tuple[HoldOption, ...] = ()
    actions: frozenset[str] = NO_CODES
    missing: frozenset[str] = NO_CODES
    rule_ids: tuple[str, ...] = ()
    feasible: bool | None = None

    @property
    def is_continued(self) -> bool:
        """Return whether the drug goes on unchanged."""
        return self.status is None

    @property
    def is_undecided(self) -> bool:
        """Return whether a clinician must decide and no date may be computed."""
        return self.status is HoldStatus.NEEDS_CLINICIAN and not self.options

    def adding(
        self, *, actions: Iterable[str] = (), missing: Iterable[str] = (), rule_ids: Iterable[str] = ()
    ) -> Self:
        """Return the same outcome with more codes; what was raised before stays."""
        return replace(
            self,
            actions=self.actions.union(actions),
            missing=self.missing.union(missing),
            rule_ids=tuple(dict.fromkeys([*self.rule_ids, *rule_ids])),
        )

    def left_to_clinician(self) -> Self:
        """Return the same numbers as candidates only."""
        return replace(self, status=HoldStatus.NEEDS_CLINICIAN)

    def without_options(self) -> Self:
        """Return the question without any number."""
        return replace(self, status=HoldStatus.NEEDS_CLINICIAN, options=())


def continued(drug: str, *, rule_ids: Iterable[str] = ()) -> Ruling:
    """Return a drug that goes on unchanged."""
    return Ruling(drug=drug, status=None, rule_ids=tuple(rule_ids))


def undecided(
    drug: str, *, actions: Iterable[str] = (), missing: Iterable[str] = (), rule_ids: Iterable[str] = ()
) -> Ruling:
    """Return a drug that a clinician must decide about, without any number."""
    return Ruling(
        drug=drug,
        status=HoldStatus.NEEDS_CLINICIAN,
        actions=frozenset(actions),
        missing=frozenset(missing),
        rule_ids=tuple(rule_ids),
    )


def to_clarify(drug: str, *, rule_ids: Iterable[str] = ()) -> Ruling:
    """Return a drug about which the list does not say enough: its name, route, regimen, times or weekday."""
    return undecided(drug, actions=[f"clarify_medicine:{drug}"], rule_ids=[*rule_ids, "safety/no_rule"])


def candidates(drug: str, *, options: Iterable[HoldOption], rule_ids: Iterable[str] = ()) -> Ruling:
    """Return a drug that a clinician must decide about, with the numbers to choose from."""
    return Ruling(
        drug=drug, status=HoldStatus.NEEDS_CLINICIAN, options=tuple(options), rule_ids=tuple(rule_ids)
    )


def from_row(drug: str, *, options: tuple[HoldOption, ...] | None, rule_id: str) -> Ruling:
    """
    Return what one row says: one number is proposed, a range is for a clinician to pick from.

    `options` None means that the row needs dose times and there are none.
    """
    if options is None:
        return to_clarify(drug, rule_ids=[rule_id])
    status = HoldStatus.PROPOSED if len(options) == 1 else HoldStatus.NEEDS_CHOICE
    return Ruling(drug=drug, status=status, options=options, rule_ids=(rule_id,))
