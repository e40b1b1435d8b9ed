import datetime as dt
from zoneinfo import ZoneInfo

from scheduling.operations.slots.outlook import FREE, Outlook, Scope, SlotState, Verdict

NEW_YORK = ZoneInfo("America/New_York")
TOO_SOON = Verdict(state=SlotState.TOO_SOON, reason="Later.")
PROVISIONAL = Verdict(state=SlotState.PROVISIONAL, reason="Ask.")


def at(day: int, hour: int) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, tzinfo=NEW_YORK).astimezone(dt.UTC)


def outlook(judge, scope: Scope = Scope.HOUR) -> tuple[Outlook, list[dt.datetime]]:
    asked: list[dt.datetime] = []

    def remembered(start: dt.datetime) -> Verdict:
        asked.append(start)
        return judge(start)

    return Outlook(judge=remembered, zone=NEW_YORK, scope=scope), asked


def test_outlook_asks_twice_for_a_day_on_which_nothing_changes():
    of, asked = outlook(lambda start: FREE)

    assert [of.of(at(16, hour)) for hour in (9, 10, 15)] == [FREE, FREE, FREE]
    assert asked == [at(16, 9), dt.datetime(2027, 3, 16, 23, 55, tzinfo=NEW_YORK)]


def test_outlook_judges_each_start_of_a_day_on_which_something_changes():
    of, _ = outlook(lambda start: TOO_SOON if start < at(16, 12) else FREE)

    assert [of.of(at(16, hour)) for hour in (9, 11, 12, 15)] == [TOO_SOON, TOO_SOON, FREE, FREE]


def test_outlook_remembers_by_local_day():
    of, _ = outlook(lambda start: PROVISIONAL if start < at(17, 0) else FREE)

    assert [of.of(each) for each in (at(16, 23), at(17, 0), at(17, 23))] == [PROVISIONAL, FREE, FREE]


def test_outlook_knows_the_last_start_of_a_day_that_has_23_hours():
    of, asked = outlook(lambda start: FREE)

    of.of(at(14, 1))

    assert asked[1] == dt.datetime(2027, 3, 14, 23, 55, tzinfo=NEW_YORK)


def test_outlook_asks_once_a_day_where_the_hour_does_not_matter():
    of, asked = outlook(lambda start: TOO_SOON, scope=Scope.DAY)

    assert [of.of(at(16, hour)) for hour in (9, 10)] == [TOO_SOON, TOO_SOON]
    assert asked == [at(16, 9)]


def test_outlook_asks_nobody_where_there_is_no_patient():
    of, asked = outlook(lambda start: TOO_SOON, scope=Scope.NONE)

    assert of.of(at(16, 9)) == FREE
    assert asked == []
