"""English: the 12-hour clock with its part of the day, never the word for 0:00 that names two nights."""

import datetime as dt

from procedures.wording import lengths
from procedures.wording.frame import Frame
from procedures.wording.plurals import Forms, one_is_single

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# The first hour of each part of the day. Hour 0 is told apart below: it belongs to the night before.
DAY_PARTS = (
    (22, "at night"),
    (18, "in the evening"),
    (12, "in the afternoon"),
    (1, "in the morning"),
    (0, "at night"),
)
FRAME = Frame(
    name="English",
    plan="Your plan: {link}",
    more="More in your plan: {link}",
    questions="Questions: {phone}",
    reply="Reply 1 if you are coming, 2 if you cannot come, 3 to ask us to call you.",
    greeting="Hello {first_name},",
    open_plan="Open your plan",
    call="Questions? Call",
)


def weekday(day: dt.date, *, short: bool) -> str:
    """Return "Tuesday", or "Tue" where room is scarce."""
    name = WEEKDAYS[day.weekday()]
    return name[:3] if short else name


def date(day: dt.date, *, with_year: bool) -> str:
    """Return "16 March" or "16 March 2027"; the month is never a number."""
    said = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{said} {day.year}" if with_year else said


def clock(time: dt.time, *, short: bool) -> str:
    """
    Return "3:00 in the morning" or "3am".

    The hour after 0:00 is "12:30 at night" in both lengths, because "12:30am" is read as noon and as night.
    """
    if (time.hour, time.minute) == (12, 0):
        return "12 noon"
    afternoon, hour = divmod(time.hour, 12)
    hour = hour or 12
    if short and time.hour:
        minutes = f":{time.minute:02}" if time.minute else ""
        return f"{hour}{minutes}{'pm' if afternoon else 'am'}"
    part = next(words for first_hour, words in DAY_PARTS if time.hour >= first_hour)
    return f"{hour}:{time.minute:02} {part}"


def day(value: dt.date, *, short: bool, with_year: bool) -> str:
    """Return "Tuesday 16 March"."""
    return f"{weekday(value, short=short)} {date(value, with_year=with_year)}"


def moment(*, day: str, time: str) -> str:
    """Join a day and a time."""
    return f"{day}, {time}"


end_day = day
end = moment


def night(*, before: dt.date, after: dt.date, short: bool) -> str:
    """Name a night by its two weekdays."""
    return f"the night from {weekday(before, short=short)} to {weekday(after, short=short)}"


def repeated(time: str, *, first: bool) -> str:
    """Tell apart the two times a clock shows in the hour that a change repeats."""
    return f"{time}, {'before' if first else 'after'} the clocks go back"


def hours(*, first: int, last: int, opens: str, closes: str) -> str:
    """Return "Monday to Friday, 8:00 in the morning to 6:00 in the evening"."""
    days = WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]} to {WEEKDAYS[last]}"
    return f"{days}, {opens} to {closes}"


def length(duration: dt.timedelta) -> str:
    """Return "6 hours 30 minutes"; from 48 hours on in days; whole minutes, rest dropped."""
    return lengths.said(
        duration,
        plural=plural,
        day=Forms(one="day", many="days"),
        hour=Forms(one="hour", many="hours"),
        minute=Forms(one="minute", many="minutes"),
    )


def number(count: int) -> str:
    """Return numerals, with a comma from 1,000."""
    return f"{count:,}"


plural = one_is_single


def typeset(text: str) -> str:
    """Return the text as it is: English puts no space before its marks."""
    return text
