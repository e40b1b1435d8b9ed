"""
Every sentence of the page, by where it stands. A language gives them all or does not type-check.

`{name}` is filled with `str.format`. Texts said of somebody else are for carers: what they may see is less.
"""

from dataclasses import dataclass

from procedures.wording import Forms


@dataclass(frozen=True, kw_only=True, slots=True)
class Shell:
    """What every page has: its name, the way to the clinic, and whom to call in an emergency."""

    title: str
    error_title: str  # {title}
    skip: str
    your_clinic: str
    language: str
    call_us: str
    or_call: str  # {phone}
    number_elsewhere: str
    emergency: str  # {number}
    emergency_unknown: str
    hours_as_written: str  # {hours}
    open_until: str  # {time}
    opens_again: str  # {at}
    emergency_now: str  # {number}
    emergency_signs: str
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """The page that asks for the date of birth."""

    title: str
    why: str
    legend: str
    hint: str
    day: str
    month: str
    year: str
    button: str
    for_someone: str
    for_someone_how: str
    wrong_date: str
    tries_left: Forms  # {count}
    date_unread: str
    year_unread: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The pages that show no plan, each with a way on."""

    closed: str
    closed_how: str
    gone: str
    gone_why: Forms  # {count} days
    gone_how: str
    locked: str
    locked_told: str
    locked_call: str  # {phone}
    locked_until: str  # {at}
    not_shared: str
    not_shared_how: str
    cannot_show: str
    cannot_show_how: str
    failed: str
    failed_saved: str
    failed_how: str
    failed_number: str  # {phone}
    stale_title: str
    stale: str
    stale_why: str
    stale_how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """The page that takes a problem in writing. `reads_` says who reads it when; {hours} are the clinic's words."""

    title: str
    reads_today: str  # {time} {length}
    reads_then: str  # {at}
    reads_in_hours: str  # {hours}
    reads_some_time: str
    label: str
    hint: str  # {count}
    button: str
    back: str
    empty: str
    too_long: str  # {count}
    sent: str
    sent_worse: str  # {number}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """One end of eating or drinking: the clock's name, the sentence before it by whose it is, and what holds after."""

    name: str
    ahead: str  # {until}
    ahead_for_child: str  # {until}
    ahead_for_them: str  # {until}
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stops:
    """Food and drink; the names are those of the facts."""

    liquid_diet_from: Stop
    solids_stop: Stop
    formula_stop: Stop
    breast_milk_stop: Stop
    clear_liquids_stop: Stop


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The instruction that holds now, what comes next, and the lines of the days."""

    stops: Stops
    in_time: str  # {length}
    that_is_night: str  # {night}
    from_then: str  # {time} {after}
    since_then: str  # {time} {after}
    come: str  # {place} {at}
    come_at: str  # {place} {time}
    begins: str  # {at}
    begins_at: str  # {time}
    medicine_step: str  # {day}
    medicine_begins: str
    nothing_until: str  # {day}
    call_now: str  # {phone}
    medicines_void: str
    with_us: str
    with_us_for_them: str
    call_about: str  # {phone}
    was_due: str  # {at}
    come_now: str  # {place}
    late: str  # {time} {phone}
    no_food_or_drink: str
    no_food: str
    follow_medicines: str
    follow_medicines_why: str
    tell_us: str  # {day}
    you_are_due: str  # {place} {at}
    allowed: str
    not_any_more: str
    clock_until: str
    clock_end: str  # {until}
    in_city: str  # {said} {city}
    today: str  # {day}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Headings and labels of the plan, and the sentences that stand in it whatever the visit."""

    for_parent: str  # {name}
    for_carer: str  # {name}
    not_in_language: str
    changed_now: str
    old_time: str
    call: str  # {phone}
    as_of_with_countdown: str  # {countdown} {at}
    as_of: str  # {at}
    all_times_in: str  # {city}
    clocks_change: str
    printed: str
    next: str
    question: str  # {at}
    answered: str  # {answer}
    told_us: str  # {at}
    change_answer: str
    coming: str
    cannot_come: str
    call_me: str
    said_coming: str
    said_cannot_come: str
    said_call_me: str
    after_coming: str
    after_cannot_come: str
    after_call_me: str
    visit_changed: str
    food: str
    aftercare: str
    medicines: str
    medicines_again: str
    medicines_before: str
    your_visit: str
    the_visit: str
    come_at: str
    begins_about: str
    where: str
    how_long: str
    stay: str  # {length}
    going_home: str
    you_take_them: str
    adult_takes_them: str
    escort: str  # {name}
    no_escort: str  # {phone}
    days: str
    more: str
    help: str
    not_seen: str
    not_seen_what: str
    report: str
    history: str
    close: str
    over: str
    text_missing: str  # {phone}
    text_missing_how: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What happened to the visit, and what no longer holds."""

    moved_now: str  # {at}
    plan_changed: str
    no_longer_holds: str
    line: str  # {at} {said}
    booked: str  # {at}
    moved: str  # {old} {new}
    cancelled: str
    off: str  # {day}
    off_for_them: str  # {day}
    need_not_fast: str
    need_not_fast_for_them: str
    changed_a_medicine: str  # {phone}
    we_also_call: str
    sorry: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferWords:
    """A free time from the waiting list: to take or to leave, and what to say when it is over."""

    free: str  # {at}
    answer_by: str  # {by}
    first: str
    take: str
    leave: str
    over: str
    over_why: str
    left: str
    left_how: str
    by_phone: str  # {phone}
    by_phone_why: str
    earlier: str  # {at}
    moves: str  # {at}
    stays: str  # {at}
    moved: str  # {at}
    moved_why: str
    booked: str
    booked_why: str  # {at}


@dataclass(frozen=True, kw_only=True, slots=True)
class MedicineWords:
    """What is said around the signed words: who signed, what waits, what no longer holds."""

    checked: str  # {name} {day}
    a_doctor: str
    about: Forms  # {count}
    deciding: str  # {about} {told} {phone}
    tell_by: str  # {day}
    tell_soon: str
    tell_late: str
    void: str  # {about} {phone}
    by_phone: str  # {about} {phone}


@dataclass(frozen=True, kw_only=True, slots=True)
class PageWords:
    """Everything the page says in one language."""

    language: str
    shell: Shell
    door: Door
    refusal: Refusal
    problem: Problem
    now: Now
    plan: Plan
    changes: Changes
    offer: OfferWords
    medicines: MedicineWords
