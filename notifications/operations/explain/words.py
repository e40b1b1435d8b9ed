"""Codes as staff read them: complete sentences, no names, no addresses, nothing that was said."""

from notifications.codes import RequestReason
from procedures.steps import Trigger

TRIGGERS = {
    Trigger.SCHEDULED: "The protocol plans it for this time.",
    Trigger.CORRECTION: "The start we had told no longer held, so it had to be corrected.",
    Trigger.AMENDMENT: "Something we had told no longer held, so it had to be corrected.",
    Trigger.CANCELLATION: "The visit will not take place, so what we had told had to be taken back.",
    Trigger.COLLAPSED: "Several messages were due already when the start became known; this one says them all.",
    Trigger.UNANSWERED: "The patient had not answered, so somebody who helps them was asked.",
}
OFFERED = (
    "A time became free, and it was offered to the patient from the waiting list; somebody phones as well."
)
ASKED_AGAIN = "Nobody had answered, so the same was asked over another channel."
WAITING = {
    RequestReason.UNSIGNED: "It waits for a clinician's signature.",
    RequestReason.NO_TEXT: "It waits, because there is no approved text in the person's language.",
    RequestReason.UNRENDERABLE: "It waits, because the text could not be filled in. Somebody was asked to phone.",
    RequestReason.UNREACHABLE: "It waits, because no address of the person works. Somebody was asked to phone.",
    RequestReason.IN_DOUBT: "It waits until the provider has been asked what became of the last attempt.",
    RequestReason.BREAKER: "It waits, because messages to this person repeated themselves. Somebody must look first.",
    RequestReason.KILL_SWITCH: "It waits, because the clinic has paused its channel.",
    RequestReason.SUPERSEDED: "The plan changed while it was on its way; it waits for what becomes of that.",
}
NEVER = {
    RequestReason.SUPERSEDED: "It was not sent, because the plan changed before it was due.",
    RequestReason.EXPIRED: "It was not sent, because its time had passed.",
    RequestReason.GAVE_UP: "It was not sent, because every channel refused it.",
    RequestReason.UNREACHABLE: "It was not sent, because no address of the person works.",
    RequestReason.CAPPED: "It was not sent, because the person had had as many messages as the clinic allows.",
    RequestReason.IN_DOUBT: "The provider says that it did not arrive, and there was no time to send it again.",
    RequestReason.UNSIGNED: "It was not sent, because no clinician signed in time.",
}
NOT_OWED = {
    "cancelled": "the visit is cancelled",
    "silent": "nothing is sent about this visit any more",
    "over": "the visit is over",
    "not-for": "it is not meant for this person",
    "never-send": "it must not be sent to this patient",
    "condition-not-met": "its condition is not met",
    "missing-fact": "a fact it needs is missing",
    "said-by": "another message has said it",
    "no-channel": "there is no address to send it to",
    "too-late": "it would come too late",
    "answered": "somebody has answered",
    "no-time-to-ask-again": "there is no time to ask again before the answer is needed",
    "no-text": "there is no approved text in the person's language",
    "quiet-hours-do-not-fit": "it would have to come at night",
    "undecided": "a clinician must first decide about the preparation",
}
ATTEMPTS = {
    "preparation": "It is being handed over.",
    "completed": "The provider took it.",
    "not-done": "It was not sent.",
    "unknown": "Nobody can say whether it was sent.",
}
CALLS_NOT_MADE = {
    "lease-half-gone": "The sender woke up too late to make the call; it did not count.",
    "rate-limited-here": "The provider had enough for the moment; it did not count.",
    "found-by-look-up": "The provider was asked afterwards and has it.",
    "absent-by-look-up": "The provider was asked afterwards and does not have it.",
    "lease-lapsed": "The sender stopped in the middle of it.",
}


def waiting(reason: str) -> str:
    """Return why a request is on hold."""
    return WAITING.get(RequestReason(reason), f"It waits: {RequestReason(reason).label.lower()}.")


def never(reason: str) -> str:
    """Return why a request was closed unsent."""
    return NEVER.get(RequestReason(reason), f"It was not sent: {RequestReason(reason).label.lower()}.")


def not_owed(reason: str) -> str:
    """Return why a notice is not owed, with its condition or fact by name."""
    code, _, detail = reason.partition(":")
    words = NOT_OWED.get(code, code.replace("-", " "))
    # What told it is a request or a trigger; the list beside it names that better.
    shown = detail.replace("_", " ").replace("-", " ") if detail and code != "said-by" else ""
    return f"Not owed, because {words}{f' ({shown})' if shown else ''}."


def name(code: str) -> str:
    """Return a notice, step or channel code as words."""
    return code.replace("-", " ").replace("_", " ")


def attempt(status: str, reason: str) -> str:
    """Return what came of an attempt."""
    told = ATTEMPTS[status]
    why = CALLS_NOT_MADE.get(reason, f"Reason: {name(reason)}." if reason else "")
    return f"{told} {why}".strip()
