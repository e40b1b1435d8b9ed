"""Stored codes of the scheduling package; FHIR R4's where FHIR has them."""

from django.db.models import TextChoices


class AppointmentStatus(TextChoices):
    """FHIR AppointmentStatus, the codes in use."""

    PROPOSED = "proposed", "Proposed"
    BOOKED = "booked", "Booked"
    ARRIVED = "arrived", "Arrived"
    FULFILLED = "fulfilled", "Left"
    CANCELLED = "cancelled", "Cancelled"
    NOSHOW = "noshow", "Did not come"
    ENTERED_IN_ERROR = "entered-in-error", "Void"


# While in one of these, an appointment keeps its patient and its resources to itself.
OCCUPYING = (AppointmentStatus.PROPOSED, AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)

# Not begun yet, and meant to be.
AHEAD = (AppointmentStatus.PROPOSED, AppointmentStatus.BOOKED)


class ChangeKind(TextChoices):
    BOOKED = "booked", "Booked"
    MOVED = "moved", "Moved"
    STATUS = "status", "Status changed"
    ENDED = "ended", "Times recorded"
    PROTOCOL = "protocol", "Protocol changed"
    SWAPPED = "swapped", "Swapped"
    BEGAN = "began", "Procedure began"
    LENGTHENED = "lengthened", "Takes longer"
    DEPOSIT = "deposit", "Deposit"


class ClosureAnswer(TextChoices):
    """What staff chose for a booking that a closure hits."""

    SWAP = "swap", "Use something else"
    MOVE = "move", "Move the visit"
    LEAVE = "leave", "Leave it as it is"


class CancellationReason(TextChoices):
    """Who or what ended the appointment, from FHIR's appointment-cancellation-reason."""

    PATIENT = "pat", "Patient"
    PATIENT_DECEASED = "pat-cpp", "Patient deceased"
    PATIENT_ADMITTED = "pat-adm", "Patient admitted elsewhere"
    PROVIDER = "prov", "Clinic"
    NOT_PREPARED = "prov-prep", "Not prepared in time"
    EQUIPMENT = "oth-mu", "Room or device down"
    ERROR = "oth-err", "Booked in error"
    OTHER = "other", "Other"


# After these nothing is sent at all, not even the cancellation.
SILENT_REASONS = (
    CancellationReason.PATIENT_DECEASED,
    CancellationReason.PATIENT_ADMITTED,
)
# After these the patient does not want a visit now, or cannot have one; after others the clinic still owes one.
NOT_WANTED_ANY_MORE = (CancellationReason.PATIENT, *SILENT_REASONS)


class ResourceKind(TextChoices):
    """What kind of thing is used; the same words as a procedure's legs."""

    PRACTITIONER = "practitioner", "Practitioner"
    ROOM = "room", "Room"
    DEVICE = "device", "Device"
    BAY = "bay", "Recovery bay"
    EQUIPMENT = "equipment", "Equipment"


class Sex(TextChoices):
    FEMALE = "f", "Female"
    MALE = "m", "Male"
    OTHER = "other", "Other"


class Relationship(TextChoices):
    """A guardian answers for a child; a carer is somebody the patient trusts."""

    GUARDIAN = "guardian", "Parent or guardian"
    CARER = "carer", "Carer"


class DecisionKind(TextChoices):
    """What a clinician decided about one medicine for one booking."""

    HOLD = "hold", "Stop before the visit"
    REDUCE = "reduce", "Take part of the usual dose"
    CONTINUE = "continue", "Go on as now"
    PHONE = "phone", "Send nothing, phone instead"
    REFUSE = "refuse", "Refuse the proposal, phone instead"


# Nothing is written about a medicine so decided: a person phones.
BY_PHONE = (DecisionKind.PHONE, DecisionKind.REFUSE)
# After these the patient takes less than usual, until a restart is decided.
HOLDING = (DecisionKind.HOLD, DecisionKind.REDUCE)


class RestartKind(TextChoices):
    """What was decided after the procedure about a medicine that was held for it."""

    RESTART = "restart", "Take it again"
    STAY_OFF = "stay-off", "Do not take it again"
    ASK_AGAIN = "ask-again", "Not yet, ask again"


# With these nobody asks again.
RESTART_SETTLED = (RestartKind.RESTART, RestartKind.STAY_OFF)


class MedicineIdentity(TextChoices):
    """
    How sure we are which medicine an entry of the list is.

    `recorded` is a generic name that staff wrote themselves. What was given as free text is `unconfirmed` until a
    person says which medicine it is, or that it is none of the vocabulary's.
    """

    RECORDED = "recorded", "Recorded by its generic name"
    UNCONFIRMED = "unconfirmed", "Not confirmed"
    CONFIRMED = "confirmed", "Confirmed"
    UNLISTED = "unlisted", "None of the list"


# Such an entry is known to the plan by the words that were written, in quotes, which no vocabulary name has.
IN_ITS_OWN_WORDS = (MedicineIdentity.UNCONFIRMED, MedicineIdentity.UNLISTED)


class AnswerCode(TextChoices):
    """FHIR ParticipationStatus, as an answer to a notice."""

    ACCEPTED = "accepted", "Is coming"
    DECLINED = "declined", "Cannot come"
    TENTATIVE = "tentative", "Asks for a call"


class TaskStatus(TextChoices):
    """FHIR TaskStatus, the codes in use."""

    REQUESTED = "requested", "Open"
    IN_PROGRESS = "in-progress", "Taken"
    COMPLETED = "completed", "Done"
    CANCELLED = "cancelled", "No longer needed"


class TaskSeverity(TextChoices):
    URGENT = "urgent", "Call now"
    ATTENTION = "attention", "Needs attention"
    ROUTINE = "routine", "Routine"


class TaskKind(TextChoices):
    """What somebody must do; the words staff see."""

    SIGN_MEDICINES = "sign-medicines", "Sign the medication plan"
    PHONE_PATIENT = "phone-patient", "Phone the patient"
    MAY_HAVE_STOPPED = "may-have-stopped", "Phone: may have stopped a medicine"
    RESTART_MEDICINES = "restart-medicines", "Decide when held medicines start again"
    RECORD_END = "record-end", "Record when the procedure ended"
    IN_DOUBT = "in-doubt", "A safety message is in doubt"
    CANNOT_PLAN = "cannot-plan", "The plan could not be made"
    INTERPRETER = "interpreter", "Phone with an interpreter"
    CLINICIAN_REVIEW = "clinician-review", "A clinician must decide"
    RE_REVIEW_PROTOCOL = "re-review-protocol", "The rules changed: review again"
    DELIVERY_TROUBLE = "delivery-trouble", "Messages are stuck: look into it"
    NOT_READY = "not-ready", "Make the visit ready"
    CANNOT_GO_AHEAD = "cannot-go-ahead", "The visit cannot go ahead: decide"
    BUSY_ELSEWHERE = "busy-elsewhere", "Booked, and busy in an outside calendar"
    CLOSURE_HITS = "closure-hits", "Settle the visits that a closure hits"
    UNKNOWN_SENDER = "unknown-sender", "Read a text from an unknown number"


class AuthorizationStatus(TextChoices):
    """How far a payer has come with agreeing to pay."""

    REQUESTED = "requested", "Asked for"
    APPROVED = "approved", "Agreed"
    REFUSED = "refused", "Refused"


class WaitlistPriority(TextChoices):
    """How soon a waiting patient should have the procedure, as a clinician sees it; in the order of rank."""

    URGENT = "urgent", "Urgent"
    SOON = "soon", "Soon"
    ROUTINE = "routine", "Routine"


class WaitlistStatus(TextChoices):
    WAITING = "waiting", "Waiting"
    BOOKED = "booked", "Booked"
    REMOVED = "removed", "Removed"


class BackfillStatus(TextChoices):
    """How far the search for somebody who takes a freed start has come."""

    LOOKING = "looking", "Looking"
    FILLED = "filled", "Filled"
    NOBODY = "nobody", "Nobody on the list can take it"
    GONE = "gone", "No longer free"
    STOPPED = "stopped", "Stopped by staff"


class BackfillStepKind(TextChoices):
    """What happened on the way."""

    FREED = "freed", "Became free"
    STARTED = "started", "Started by staff"
    OFFERED = "offered", "Offered"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "No answer in time"
    WITHDRAWN = "withdrawn", "Offer withdrawn"
    REFUSED = "refused", "Could not be offered"
    WAITED = "waited", "Waits until somebody may be called"
    ACCEPTED = "accepted", "Accepted"
    ENDED = "ended", "Ended"


class SeriesMode(TextChoices):
    """Whether a series that does not fit as a whole is booked as far as it fits."""

    WHOLE = "whole", "All or nothing"
    AS_FAR_AS = "as-far-as", "As many as fit"


class ReadinessState(TextChoices):
    """Whether a visit can go ahead; the words of `scheduling.readiness.State`."""

    READY = "ready", "Ready"
    ON_TRACK = "on-track", "On track"
    AT_RISK = "at-risk", "At risk"
    BLOCKED = "blocked", "Blocked"
