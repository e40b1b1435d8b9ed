"""Why something was sent, or was not, in words that staff would use. Pure."""

import datetime as dt

from procedures.steps import Anchor, Moment, Notice, Trigger

_ANCHORS = {
    Anchor.BOOKING: "the booking, or the last move",
    Anchor.ARRIVE: "the arrival",
    Anchor.START: "the visit",
    Anchor.END: "the end of the treatment",
}
_TRIGGERS = {
    Trigger.CORRECTION: "the start that was told no longer held",
    Trigger.AMENDMENT: "something that was told no longer held",
    Trigger.CANCELLATION: "the visit will not take place",
    Trigger.COLLAPSED: "several notices were due already, so one message said them all",
}
# What the plan decided not to say: its codes, the part before the colon.
_NOT_OWED = {
    "not-for": "It is not meant for this person.",
    "never-send": "The plan forbids this text for this patient.",
    "condition-not-met": "It does not apply to this patient.",
    "missing-fact": "What it would say is not known yet.",
    "said-by": "Another message has said it.",
    "too-late": "Its time had passed before it was known.",
    "no-channel": "No address of this person works.",
}
_CLOSED = {
    "superseded": "The plan changed before it was due.",
    "expired": "Its time passed before it could be sent.",
    "gave-up": "The channels refused it.",
    "unreachable": "The address does not work.",
    "in-doubt": "It was perhaps sent; the channel cannot tell.",
    "capped": "The person had enough messages in these days.",
    "refused": "The person wants no routine messages there.",
    "rerouted": "It did not arrive, so it went another way.",
    "undelivered": "It did not arrive.",
}
_WAITS = {
    "unsigned": "It waits for a clinician's signature.",
    "no-text": "There is no approved text in this language.",
    "unrenderable": "The text could not be filled in.",
    "unreachable": "The address does not work.",
    "in-doubt": "It was perhaps sent; the channel is asked again.",
    "breaker": "Messages to this person repeat themselves; a person must look first.",
    "kill-switch": "The clinic has paused the channel.",
}


def why_sent(*, trigger: str, notice: Notice | None) -> str:
    """Return why a message went when it did: what changed, or the moment its notice names."""
    if trigger in _TRIGGERS:
        return _TRIGGERS[Trigger(trigger)]
    return moment_in_words(notice.when) if notice and notice.when else "the protocol asks for it"


def moment_in_words(moment: Moment) -> str:
    """Return "3 days before the visit at 17:00", or "at the booking"."""
    anchor = _ANCHORS[moment.anchor]
    if moment.elapsed is not None:
        if not moment.elapsed:
            return f"at {anchor}"
        return f"{_length(abs(moment.elapsed))} {'after' if moment.elapsed > dt.timedelta(0) else 'before'} {anchor}"
    days, clock = moment.days or 0, f"{moment.local_time:%H:%M}"
    if not days:
        return f"on the day of {anchor} at {clock}"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"{count} {'after' if days > 0 else 'before'} {anchor} at {clock}"


def why_not_owed(reason: str) -> str:
    """Return the sentence for a reason of the plan; one without a sentence stands as it is."""
    code, _, detail = reason.partition(":")
    sentence = _NOT_OWED.get(code, f"{reason}.")
    shown = code in {"condition-not-met", "never-send", "missing-fact"} and detail
    return f"{sentence[:-1]} ({detail.replace('_', ' ')})." if shown else sentence


def why_closed(reason: str) -> str:
    """Return why a request was closed without being sent."""
    return _CLOSED.get(reason, f"{reason}.")


def why_waiting(reason: str) -> str:
    """Return why a request waits."""
    return _WAITS.get(reason, f"{reason}.")


def _length(duration: dt.timedelta) -> str:
    hours, minutes = divmod(duration // dt.timedelta(minutes=1), 60)
    parts = [
        f"{count} {unit}{'s' if count > 1 else ''}"
        for count, unit in ((hours, "hour"), (minutes, "minute"))
        if count
    ]
    return " ".join(parts)
