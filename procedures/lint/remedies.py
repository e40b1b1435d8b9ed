"""What to do about each kind of finding, in one sentence."""

from collections.abc import Mapping

REMEDIES: Mapping[str, str] = {
    "listed-twice": "Give each its own code, or remove one.",
    "change-not-told": "Write exactly one notice for each kind of change and audience.",
    "unknown-condition": "Use one of the conditions that the program can check.",
    "unknown-subject": "Use a code of the plan's list of what is never sent, or leave the subject empty.",
    "number-without-source": "Name the source of the number in the step, or leave the number out.",
    "missing-language": "Write the text in this language, or take the language off the protocol.",
    "empty-text": "Write it: it is shown or sent as it stands.",
    "unknown-fact": "Use a fact of the booking, or derive it in the protocol.",
    "carer-asked": "Address the patient alone, or ask for nothing.",
    "misread-time": "Say the day and the time with a placeholder.",
    "fixed-time": "Use a placeholder, so that the time is the patient's own.",
    "medicine-name": "Leave the name out: the signed plan says it.",
    "medicine-in-page": "Leave the advice out: the signed plan gives it.",
    "unsigned-medicine": "Put the notice behind a signature, or leave medicine out of its words.",
    "exclamation": "End the sentence with a full stop.",
    "carrier-word": "Ask for a digit.",
    "told-by-sms": "Leave the word out; the page behind the link says it.",
    "told-by-subject": "Give the news and the weekday, and leave health to the text.",
    "stray-bracket": "Remove the bracket or complete the placeholder.",
    "unknown-placeholder": "Use one of the facts, in a way it can be said.",
    "fact-not-listed": "Add the fact to the notice's facts, or leave the placeholder out.",
    "no-wording": "Choose a language that dates and times can be said in.",
    "no-word-list": "Read this text with particular care: only English words were looked for.",
    "sms-too-long": "Shorten the text, or avoid the characters that force the large alphabet.",
    "subject-too-long": "Shorten the subject: phones cut it off.",
    "hard-to-read": "Use shorter sentences and shorter words.",
    "too-hard-to-read": "Use shorter sentences and shorter words.",
    "typed-address": "Use the placeholder: numbers and links are the location's own.",
    "person-in-sms": "Leave the name out; the page behind the link says it.",
    "told-after-fact": "Let the notice go earlier, or leave the fact out.",
    "latest-after-fact": "Let the notice end before what it tells.",
    "contradiction": "Set conditions so that only one of the steps holds for a patient.",
    "fact-not-there": "Add the condition under which the plan has this fact.",
    "uncovered-fasting": "Write a step for these patients, or add the condition to one.",
    "uncovered-child": "Write a step for children, even if it only asks to call.",
    "uncovered-holds": "Write a step under the condition has_holds with a notice behind a signature.",
    "uncovered-escort": "Write a step under the condition escort_needed.",
    "uncovered-red-flags": "Write a step in the section red-flags that holds for these patients.",
    "no-phone": "Add {phone:phone} or {emergency_number} to the page text.",
    "red-flag-without-days": "Give the step its days after the procedure: first, and last if there is one.",
}


def remedy_for(code: str) -> str:
    """
    Return the remedy for a kind of finding.

    :raises KeyError: if there is no such kind
    """
    return REMEDIES[code]
