"""
What each recipient may believe by now, judged by what was told.

A recipient believes the newest value that was certainly told, and may believe every value perhaps told since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifications.planning.facts import WITHDRAWN, is_about_medicine
from notifications.planning.values import Told
from procedures.steps import Notice, Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Beliefs:
    """
    What one recipient has been told since the last cancellation that certainly arrived.

    `entries` is newest first. `standing` names, per fact, those that asserted a value the recipient may hold.
    """

    entries: tuple[Told, ...]
    standing: Mapping[str, tuple[Told, ...]]

    def told_wrong(self, facts_now: Mapping[str, str]) -> dict[str, tuple[Told, ...]]:
        """
        Return, per fact, the entries that said something else than is true now.

        Who was told that a medicine plan no longer holds waits for the next one: that it is there is news, told by
        its own notice, and takes nothing back.
        """
        wrong = {
            name: tuple(
                told
                for told in entries
                if told.facts[name] != facts_now.get(name, WITHDRAWN)
                and not (told.facts[name] == WITHDRAWN and is_about_medicine(name))
            )
            for name, entries in self.standing.items()
        }
        return {name: entries for name, entries in wrong.items() if entries}

    def relied_on(self) -> tuple[Told, ...]:
        """Return the entries, by request, that the recipient may still go by."""
        by_fact = {
            told.request: told
            for name, entries in self.standing.items()
            for told in entries
            if told.facts[name] != WITHDRAWN
        }
        without_facts = {told.request: told for told in self.entries if not told.facts}
        relied_on = by_fact | without_facts
        return tuple(relied_on[request] for request in sorted(relied_on))


def beliefs_by_recipient(told: Iterable[Told], *, notices: Mapping[str, Notice]) -> dict[str, Beliefs]:
    """Return what each recipient may believe; those who were told nothing are left out."""
    by_recipient: dict[str, list[Told]] = {}
    for entry in told:
        by_recipient.setdefault(entry.recipient, []).append(entry)
    cancellations = {code for code, notice in notices.items() if notice.trigger is Trigger.CANCELLATION}
    beliefs = {
        recipient: _beliefs(entries, cancellations=cancellations)
        for recipient, entries in sorted(by_recipient.items())
    }
    return {recipient: belief for recipient, belief in beliefs.items() if belief.entries}


def _beliefs(entries: list[Told], *, cancellations: set[str]) -> Beliefs:
    newest_first = sorted(
        entries, key=lambda told: (told.told_at, told.notice in cancellations, told.request), reverse=True
    )
    kept: list[Told] = []
    for told in newest_first:
        if told.notice not in cancellations:
            kept.append(told)
        elif told.certainty == "told":
            break
    names = sorted({name for told in kept for name in told.facts})
    return Beliefs(entries=tuple(kept), standing={name: _standing(name, kept) for name in names})


def _standing(name: str, newest_first: Iterable[Told]) -> tuple[Told, ...]:
    standing: list[Told] = []
    certain: str | None = None
    for told in newest_first:
        value = told.facts.get(name)
        if value is None:
            continue
        if certain is not None and value != certain:
            break
        if told.certainty == "told":
            certain = value
        standing.append(told)
    return tuple(standing)
