"""What operations on those who wait, on series and on what follows a procedure refuse, as problems."""

from cryoclinic.api.problem_type import ProblemType
from scheduling.operations import backfill, follow_ups, offers, series, series_rest, waitlist

WAITING: dict[type[Exception], ProblemType] = {
    backfill.AlreadyLooking: ProblemType(409, "already-looking", "The start is offered already."),
    backfill.NotFree: ProblemType(409, "start-not-free", "The start is not free."),
    backfill.BackfillHasEnded: ProblemType(409, "backfill-has-ended", "The start is no longer offered."),
    offers.OfferIsGone: ProblemType(409, "offer-is-gone", "The time is no longer offered."),
    offers.NoLongerMeant: ProblemType(409, "no-longer-meant", "The patient does not wait for this any more."),
    waitlist.AlreadyWaiting: ProblemType(409, "already-waiting", "The patient waits for this already."),
    waitlist.NotOfferedThere: ProblemType(422, "not-offered-there", "None of the locations offers this."),
    waitlist.WishesDoNotFit: ProblemType(422, "wishes-do-not-fit", "The wishes contradict each other."),
    waitlist.NotTheirVisit: ProblemType(422, "not-their-visit", "The patient has no such visit to give up."),
    waitlist.SayWhichVisit: ProblemType(409, "say-which-visit", "The patient has several such visits."),
    waitlist.NothingEarlier: ProblemType(422, "nothing-earlier", "No earlier time can fit the wishes."),
    waitlist.NothingToPutBack: ProblemType(
        409, "nothing-to-put-back", "No visit of this entry was cancelled."
    ),
    waitlist.NoLongerWaiting: ProblemType(409, "no-longer-waiting", "The entry is closed."),
    series.SeriesNotPossible: ProblemType(422, "series-not-possible", "The series has impossible numbers."),
    series.NotRepeatable: ProblemType(422, "not-repeatable", "The protocol does not repeat this."),
    series.RepeatTooSoon: ProblemType(422, "repeat-too-soon", "The sessions come too soon."),
    series.SeriesDoesNotFit: ProblemType(409, "series-does-not-fit", "Not all sessions fit."),
    series_rest.NothingMissing: ProblemType(409, "nothing-missing", "No session is missing."),
    series_rest.NotOfThisSeries: ProblemType(422, "not-of-this-series", "The visit is not of this series."),
    series.NotPartOfThis: ProblemType(422, "not-part-of-this", "The visit cannot be part of this series."),
    follow_ups.NothingToFollow: ProblemType(409, "nothing-to-follow", "The procedure has not ended."),
    follow_ups.NoSuchFollowUp: ProblemType(422, "no-such-follow-up", "The protocol has no such follow-up."),
    follow_ups.FollowUpBooked: ProblemType(409, "follow-up-booked", "The follow-up is booked already."),
    follow_ups.OutsideTheWindow: ProblemType(422, "outside-the-window", "The protocol wants other days."),
}
