"""What a procedure type may not say: against the preparation engine's vocabulary, and against itself."""

from collections.abc import Iterator

from procedures.care import Care, Gate
from procedures.catalogue.checks import Problem
from procedures.catalogue.schema import CatalogueFile, Leg, TypeEntry
from procedures.catalogue.vocabulary import prerequisites, prerequisites_before_a_booking, procedures
from procedures.catalogue.yaml_lines import Path
from procedures.rules import NOT_SEDATED


def type_problems(file: CatalogueFile) -> Iterator[Problem]:
    """Yield everything about the type, its legs and the protocol's fit that cannot be."""
    if file.type.id not in procedures():
        yield Problem(
            path=("type", "id"), reason=f"{file.type.id} is no procedure the preparation engine knows"
        )
        return
    yield from _against_vocabulary(file.type)
    yield from _against_itself(file.type)
    yield from _legs(file)
    yield from _fasting(file)
    yield from _care(file)


def _against_vocabulary(entry: TypeEntry) -> Iterator[Problem]:
    known = procedures()[entry.id]
    if set(entry.targets) != set(known.get("targets", {})):
        yield Problem(path=("type", "targets"), reason="the engine knows other targets")
    if known["bleeding_class"] not in {None, entry.bleeding_class.code}:
        path = ("type", "bleeding_class", "code")
        yield Problem(path=path, reason=f"the engine plans with the class {known['bleeding_class']}")


def _against_itself(entry: TypeEntry) -> Iterator[Problem]:
    for name, span in (("minutes", entry.minutes), ("observe", entry.observe)):
        if span.max < span.min:
            yield Problem(path=("type", name), reason=f"{name}: the range ends before it begins")
    if "en" not in entry.patient_names:
        yield Problem(path=("type", "patient_names"), reason="the name in English is missing")
    if not entry.planned.minutes:
        yield Problem(path=("type", "planned"), reason="planned: a procedure needs at least a minute")


def _legs(file: CatalogueFile) -> Iterator[Problem]:
    keys = [leg.key for leg in file.legs]
    for index, leg in enumerate(file.legs):
        if leg.key in keys[:index]:
            yield Problem(path=("legs", index), reason=f"the leg {leg.key} is listed twice")
        if leg.anchor == "end" and leg.duration_minutes is None:
            yield Problem(
                path=("legs", index), reason=f"the leg {leg.key} begins at the end and has no duration"
            )
        if leg.role == "room" and not _covers_buffers(leg, entry=file.type):
            yield Problem(path=("legs", index), reason=f"the leg {leg.key} must hold set-up and turnover")


def _covers_buffers(leg: Leg, *, entry: TypeEntry) -> bool:
    return -leg.offset_minutes == entry.setup.minutes and leg.tail_minutes == entry.turnover.minutes


def _fasting(file: CatalogueFile) -> Iterator[Problem]:
    if file.protocol is None or set(file.type.anaesthesia.options) <= NOT_SEDATED:
        return
    named = {condition for step in file.protocol.steps for condition in step.conditions}
    for condition in sorted({"fasting_times", "fasting_individual", "liquid_diet"} - named):
        path = ("protocol", "steps")
        yield Problem(path=path, reason=f"a type with sedation needs a step under the condition {condition}")


def _care(file: CatalogueFile) -> Iterator[Problem]:
    if file.protocol is None:
        return
    care = file.protocol.care
    path: Path = ("protocol", "care")
    for index, step in enumerate(care.qualification):
        if step.evidence not in prerequisites():
            reason = f"the preparation engine asks for no {step.evidence}"
            yield Problem(path=(*path, "qualification", index), reason=reason)
        elif step.gate is Gate.HARD and step.evidence not in prerequisites_before_a_booking():
            reason = f"{step.evidence} belongs to one booking, so no booking can wait for it"
            yield Problem(path=(*path, "qualification", index), reason=reason)
    yield from _care_ranges(care, path=path)
    for key in ("criteria", "checklist", "follow_ups"):
        codes = [entry.code for entry in getattr(care, key)]
        for index, code in enumerate(codes):
            if code in codes[:index]:
                yield Problem(path=(*path, key, index), reason=f"{code} is listed twice")


def _care_ranges(care: Care, *, path: Path) -> Iterator[Problem]:
    """Yield the ranges that are none."""
    for index, item in enumerate(care.consumables):
        if item.least < 0 or (item.most is not None and item.most < item.least):
            reason = f"{item.item}: the range ends before it begins"
            yield Problem(path=(*path, "consumables", index), reason=reason)
    for index, contact in enumerate(care.follow_ups):
        if not 0 <= contact.day_from <= contact.day_until:
            reason = f"{contact.code}: the range ends before it begins"
            yield Problem(path=(*path, "follow_ups", index), reason=reason)
    if care.freezing is not None and not 1 <= care.freezing.cycles_least <= care.freezing.cycles_most:
        yield Problem(path=(*path, "freezing"), reason="freezing: the range ends before it begins")
