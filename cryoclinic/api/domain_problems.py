"""What the operations refuse, as problems. A test fails when an operation has an error that is not listed here."""

from cryoclinic.api.problem_type import ProblemType
from cryoclinic.api.waiting_problems import WAITING
from notifications.api.pauses import AdministratorsOnly
from notifications.operations import access, page_answers, pauses, unsubscribing
from notifications.operations.explain import NothingToExplain
from procedures.exchange.entries import MomentBetweenMinutes
from procedures.exchange.yaml_file import CannotBeWritten
from procedures.operations import catalogue, drafts, protocols
from procedures.preparation import InvalidCase, RulesNotKept
from scheduling import calendars, rules
from scheduling.api import preconditions
from scheduling.operations import (
    actor,
    adoption,
    changes,
    choosing,
    closures,
    consent,
    day_record,
    decisions,
    duplicates,
    evidence,
    feasibility,
    feeds,
    holds,
    late,
    limits,
    medicines,
    merging,
    opening,
    policies,
    progress,
    qualifying,
    registration,
    restarts,
    roll_forward,
    seating,
    signing,
    statuses,
    swaps,
    tasks,
    terms,
)

BOOKING: dict[type[Exception], ProblemType] = {
    terms.StartIsNaive: ProblemType(422, "start-is-naive", "The start has no time zone."),
    terms.StartInPast: ProblemType(422, "start-in-past", "The start has passed."),
    terms.TooShortNotice: ProblemType(422, "too-short-notice", "The start is too soon for the clinic."),
    terms.BeyondHorizon: ProblemType(422, "beyond-horizon", "The start is too far ahead."),
    terms.OfferingInactive: ProblemType(422, "offering-inactive", "This is not offered at present."),
    terms.NoActiveProtocol: ProblemType(422, "no-active-protocol", "There is no approved protocol."),
    terms.AnaesthesiaNotOffered: ProblemType(
        422, "anaesthesia-not-offered", "This anaesthesia is not offered."
    ),
    terms.GuidanceNotOffered: ProblemType(422, "guidance-not-offered", "This imaging is not offered."),
    terms.ContrastUnknown: ProblemType(422, "contrast-unknown", "This contrast is not known."),
    terms.TargetNeeded: ProblemType(
        422, "target-needed", "The target is missing or not one of the procedure's."
    ),
    terms.OtherOrganization: ProblemType(422, "other-organization", "These belong to different clinics."),
    terms.PatientMerged: ProblemType(409, "patient-merged", "The record was merged into another."),
    terms.PatientDeceased: ProblemType(422, "patient-deceased", "The patient has died."),
    feasibility.CannotBePrepared: ProblemType(
        422, "cannot-be-prepared", "The patient cannot be prepared by then."
    ),
    feasibility.PlanUndecided: ProblemType(422, "plan-undecided", "The preparation is not decided yet."),
    feasibility.OverrideRefused: ProblemType(
        403, "override-refused", "You may not override the preparation."
    ),
    qualifying.NotQualified: ProblemType(422, "not-qualified", "Something must come first."),
    qualifying.TooCloseToTreatment: ProblemType(
        422, "too-close-to-treatment", "Another treatment of the patient is too close."
    ),
    choosing.NoSuchResource: ProblemType(422, "no-such-resource", "The location lacks what this needs."),
    choosing.OutsideHours: ProblemType(422, "outside-hours", "The start is outside the opening hours."),
    choosing.PractitionerDoesNotFit: ProblemType(
        422, "practitioner-does-not-fit", "The person does not do this here."
    ),
    limits.DayIsFull: ProblemType(409, "day-is-full", "No more of these are done on that day."),
    choosing.SlotTaken: ProblemType(409, "slot-taken", "The slot is already taken."),
    seating.PatientBusy: ProblemType(409, "patient-busy", "The patient has another appointment then."),
    holds.HoldIsTooLong: ProblemType(422, "hold-is-too-long", "The time cannot be kept for so long."),
    holds.HoldIsGone: ProblemType(409, "hold-is-gone", "The time is no longer kept."),
    holds.HoldDoesNotFit: ProblemType(422, "hold-does-not-fit", "What is kept is for something else."),
    opening.RegionUnknown: ProblemType(
        409, "region-unknown", "The location is set up with an unknown region."
    ),
    rules.LegIsEmpty: ProblemType(409, "leg-is-empty", "The offering is set up with an empty leg."),
    RulesNotKept: ProblemType(409, "rules-not-kept", "The rules this was booked under are gone."),
    InvalidCase: ProblemType(422, "case-does-not-make-sense", "What is recorded does not make a plan."),
}

CHANGING: dict[type[Exception], ProblemType] = {
    changes.TransitionRefused: ProblemType(
        409, "transition-refused", "The appointment cannot change that way."
    ),
    changes.StaleRevision: ProblemType(412, "stale-revision", "The appointment has changed."),
    changes.AlreadyThere: ProblemType(409, "already-there", "The appointment starts then already."),
    statuses.TimesDoNotFit: ProblemType(422, "times-do-not-fit", "The two times do not fit together."),
    statuses.NotYetStarted: ProblemType(409, "not-yet-started", "The appointment has not begun."),
    statuses.DeathInFuture: ProblemType(422, "death-in-future", "The date is in the future."),
    preconditions.RevisionNeeded: ProblemType(428, "revision-needed", "Say which revision you saw."),
    preconditions.RevisionUnreadable: ProblemType(412, "revision-unreadable", "If-Match holds no revision."),
    day_record.NothingToRecord: ProblemType(409, "nothing-to-record", "The patient has not arrived."),
    day_record.NobodyNamed: ProblemType(422, "nobody-named", "The record names a person."),
    day_record.FreezeIsEmpty: ProblemType(422, "freeze-is-empty", "The freeze has no length."),
    day_record.NotOnTheChecklist: ProblemType(422, "not-on-the-checklist", "The checklist has no such item."),
    day_record.AlreadyTicked: ProblemType(409, "already-ticked", "This was ticked off before."),
    qualifying.TreatmentEndsBeforeItBegan: ProblemType(
        422, "treatment-ends-before-it-began", "The two dates do not fit together."
    ),
    qualifying.AuthorizationNeedsAnEnd: ProblemType(
        422, "authorization-needs-an-end", "The agreement has no last day."
    ),
    registration.BornInFuture: ProblemType(422, "born-in-future", "The birth date has not come yet."),
    registration.IdentifierTaken: ProblemType(409, "identifier-taken", "The identifier is in use."),
    duplicates.LikelyDuplicate: ProblemType(
        409, "likely-duplicate", "The patient may be registered already."
    ),
    merging.SamePatient: ProblemType(422, "same-patient", "This is one record already."),
    merging.DeathOnOneRecord: ProblemType(409, "death-on-one-record", "Only one record has a death."),
    merging.IdentityUndecided: ProblemType(422, "identity-undecided", "The records differ."),
    merging.BookingsOverlap: ProblemType(409, "bookings-overlap", "Both records have a visit at that time."),
    merging.RecordsChanged: ProblemType(412, "records-changed", "One of the records has changed."),
    merging.WaitsTwice: ProblemType(409, "waits-twice", "Both records wait for the same procedure."),
    consent.ConsentStands: ProblemType(409, "consent-stands", "Consent stands."),
    consent.NoConsent: ProblemType(409, "no-consent", "There is no consent."),
    calendars.AddressRefused: ProblemType(422, "address-refused", "The address cannot be read."),
    calendars.CalendarUnreadable: ProblemType(422, "calendar-unreadable", "The calendar cannot be read."),
    feeds.NoPractitioner: ProblemType(422, "no-practitioner", "Nobody signs in for this resource."),
}

KEEPING_THE_DAY: dict[type[Exception], ProblemType] = {
    actor.PersonNeeded: ProblemType(403, "person-needed", "A person of the clinic decides this."),
    policies.TooLateToCancel: ProblemType(
        422, "too-late-to-cancel", "The cut-off for cancelling has passed."
    ),
    policies.TooLateToMove: ProblemType(422, "too-late-to-move", "The cut-off for moving has passed."),
    policies.TooManyMoves: ProblemType(422, "too-many-moves", "The visit was moved too often."),
    progress.AlreadyBegun: ProblemType(409, "already-begun", "The beginning is recorded."),
    statuses.BeginningUnknown: ProblemType(422, "beginning-unknown", "No beginning is recorded."),
    swaps.LegNotServed: ProblemType(422, "leg-not-served", "The visit has no such leg ahead."),
    swaps.LegHasSeveral: ProblemType(422, "leg-has-several", "Several serve this leg."),
    late.DelayOutOfRange: ProblemType(422, "delay-out-of-range", "The delay is too short or too long."),
    late.NothingToDelay: ProblemType(409, "nothing-to-delay", "Nothing is ahead there."),
    late.ProposalChanged: ProblemType(409, "proposal-changed", "What follows has changed."),
    late.StandsInTheWay: ProblemType(409, "stands-in-the-way", "A visit that keeps its time is in the way."),
    late.BeyondHours: ProblemType(422, "beyond-hours", "Some visits would end after closing time."),
    closures.EndsBeforeItBegins: ProblemType(
        422, "ends-before-it-begins", "The two times do not fit together."
    ),
    closures.ClosureIsOver: ProblemType(422, "closure-is-over", "The time has passed."),
    closures.ClosureNeedsAReason: ProblemType(422, "closure-needs-a-reason", "The reason is missing."),
    closures.ElsewhereResource: ProblemType(422, "elsewhere-resource", "This belongs to another location."),
    closures.AlreadyReopened: ProblemType(409, "already-reopened", "This is open again already."),
    closures.NotHit: ProblemType(409, "not-hit", "The closure does not hit this visit."),
    closures.NewStartNeeded: ProblemType(422, "new-start-needed", "The new start is missing."),
}

DECIDING: dict[type[Exception], ProblemType] = {
    signing.NotAClinician: ProblemType(403, "not-a-clinician", "Only a clinician can sign."),
    decisions.AppointmentIsOver: ProblemType(409, "appointment-is-over", "There is nothing left to sign."),
    decisions.BasisChanged: ProblemType(409, "basis-changed", "What the decision rests on has changed."),
    decisions.NotOnTheList: ProblemType(422, "not-on-the-list", "The medicine is not on the list."),
    decisions.LastDoseNeeded: ProblemType(422, "last-dose-needed", "The last dose is missing."),
    decisions.LastDoseNotAsked: ProblemType(422, "last-dose-not-asked", "There is no last dose to name."),
    decisions.LastDoseAfterStart: ProblemType(422, "last-dose-after-start", "The last dose is too late."),
    decisions.OutsideTheRange: ProblemType(
        422, "outside-the-range", "The last dose is not one of the rules'."
    ),
    signing.SentenceMissing: ProblemType(422, "sentence-missing", "A signed sentence is missing."),
    signing.ReasonMissing: ProblemType(422, "reason-missing", "A reason is needed."),
    decisions.ShareNeeded: ProblemType(422, "share-needed", "The share of the usual dose is missing."),
    decisions.ShareNotAsked: ProblemType(422, "share-not-asked", "There is no share to name."),
    decisions.ShareOutsideTheRange: ProblemType(
        422, "share-outside-the-range", "The share is not one of the rules'."
    ),
    decisions.AlreadyDecided: ProblemType(409, "already-decided", "A decision stands."),
    decisions.AlreadyWithdrawn: ProblemType(409, "already-withdrawn", "The decision was withdrawn before."),
    evidence.UnknownItem: ProblemType(422, "unknown-item", "There is no such item of preparation."),
    evidence.EvidenceNeedsADate: ProblemType(422, "evidence-needs-a-date", "One date is needed."),
    evidence.DoneInFuture: ProblemType(422, "done-in-future", "The day has not come yet."),
    evidence.OtherPatient: ProblemType(422, "other-patient", "This belongs to another patient."),
    evidence.AlreadyVoid: ProblemType(409, "already-void", "The entry is void already."),
    medicines.NothingWritten: ProblemType(422, "nothing-written", "The medicine has no name."),
    medicines.MayNotConfirm: ProblemType(403, "may-not-confirm", "Only a nurse or a clinician can confirm."),
    medicines.UnknownMedicine: ProblemType(422, "unknown-medicine", "The list has no such medicine."),
    medicines.AlreadyConfirmed: ProblemType(409, "already-confirmed", "The medicine is confirmed."),
    restarts.NotOverYet: ProblemType(409, "not-over-yet", "The procedure has no recorded end."),
    restarts.NotHeld: ProblemType(422, "not-held", "The medicine was not held."),
    restarts.BleedingNotStopped: ProblemType(
        422, "bleeding-not-stopped", "The bleeding is not recorded as stopped."
    ),
    restarts.RestartTimeNeeded: ProblemType(422, "restart-time-needed", "The restart has no time."),
    restarts.RestartTooSoon: ProblemType(
        422, "restart-too-soon", "The restart is sooner than the rules propose."
    ),
    restarts.AskAgainNeeded: ProblemType(422, "ask-again-needed", "There is no time at which to ask again."),
    tasks.TaskTaken: ProblemType(409, "task-taken", "Somebody else has this task."),
    tasks.TaskClosed: ProblemType(409, "task-closed", "The task is closed."),
    tasks.TaskNotTaken: ProblemType(409, "task-not-taken", "The task is not yours."),
}

PROTOCOLS: dict[type[Exception], ProblemType] = {
    drafts.ProcedureNotLoaded: ProblemType(409, "procedure-not-loaded", "The procedure is not set up here."),
    catalogue.DraftInTheWay: ProblemType(409, "draft-in-the-way", "There is a draft already."),
    protocols.TransitionRefused: ProblemType(
        409, "protocol-transition-refused", "The protocol cannot change that way."
    ),
    protocols.ApproverIsAuthor: ProblemType(403, "approver-is-author", "A second person must approve."),
    protocols.NotAllowedHere: ProblemType(403, "not-allowed-here", "Your role does not allow this."),
    CannotBeWritten: ProblemType(409, "cannot-be-written", "The version cannot be written as a file."),
    MomentBetweenMinutes: ProblemType(409, "moment-between-minutes", "A moment is not in whole minutes."),
    adoption.MayNotAdopt: ProblemType(403, "may-not-adopt", "Your role does not allow this."),
    adoption.NotForThisOffering: ProblemType(
        422, "not-for-this-offering", "The protocol is for something else."
    ),
    adoption.NotApproved: ProblemType(409, "not-approved", "The version is not active."),
    adoption.AlreadyAdopted: ProblemType(409, "already-adopted", "The location has this version already."),
    roll_forward.ReasonMissing: ProblemType(422, "reason-missing", "A reason is needed."),
    roll_forward.OnlyClinicians: ProblemType(403, "only-clinicians", "Only a clinician can do this."),
    roll_forward.NoLongerAhead: ProblemType(409, "no-longer-ahead", "The visit is not ahead any more."),
    roll_forward.NotAnOlderVersion: ProblemType(
        409, "not-an-older-version", "The booking is not under an older version."
    ),
    roll_forward.NotInForceYet: ProblemType(409, "not-in-force-yet", "The version is not in force yet."),
    protocols.ProtocolHasProblems: ProblemType(422, "protocol-has-problems", "The protocol has problems."),
}

SENDING: dict[type[Exception], ProblemType] = {
    pauses.ChannelUnknown: ProblemType(422, "channel-unknown", "There is no such channel."),
    pauses.PauseNeedsAReason: ProblemType(422, "pause-needs-a-reason", "The reason is missing."),
    pauses.AlreadyPaused: ProblemType(409, "already-paused", "The channel is paused."),
    pauses.NotPaused: ProblemType(409, "not-paused", "The channel is not paused."),
    AdministratorsOnly: ProblemType(
        403, "administrators-only", "Only an administrator in person can do this."
    ),
}

READING: dict[type[Exception], ProblemType] = {
    NothingToExplain: ProblemType(404, "nothing-to-explain", "There is nothing with this uid."),
    access.LinkGone: ProblemType(404, "link-gone", "The link no longer works."),
    access.LinkLocked: ProblemType(403, "link-locked", "The link is locked after too many tries."),
    access.NotShared: ProblemType(403, "not-shared", "The plan is no longer shared."),
    access.WrongDate: ProblemType(422, "wrong-date", "The date does not match."),
    unsubscribing.TokenUnknown: ProblemType(404, "link-unknown", "The link is not complete."),
    page_answers.NotYoursToAnswer: ProblemType(403, "not-yours-to-answer", "Somebody else must answer."),
    page_answers.VisitChanged: ProblemType(409, "visit-changed", "The visit has changed."),
}

DOMAIN_PROBLEMS = {
    **BOOKING,
    **CHANGING,
    **KEEPING_THE_DAY,
    **DECIDING,
    **WAITING,
    **PROTOCOLS,
    **SENDING,
    **READING,
}
