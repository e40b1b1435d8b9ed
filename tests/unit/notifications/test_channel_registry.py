"""Which provider stands behind a channel's name."""

import pytest
from pytest_django import Settings

from notifications.channels import UnknownChannel, channel
from notifications.channels.email import EmailChannel
from notifications.channels.outbox import OutboxChannel

OUTBOX = "notifications.channels.outbox.OutboxChannel"


def test_channel_is_made_from_its_path_and_knows_its_name(settings: Settings) -> None:
    settings.CHANNELS = {"sms": OUTBOX}

    made = channel("sms")

    assert (type(made), made.name) == (OutboxChannel, "sms")


def test_channel_takes_the_arguments_of_the_settings(settings: Settings) -> None:
    settings.CHANNELS = {
        "email": ("notifications.channels.email.EmailChannel", {"host": "mail.example", "port": 26})
    }

    made = channel("email")

    assert isinstance(made, EmailChannel)
    assert made._server == {"host": "mail.example", "port": 26}


def test_channel_is_made_once(settings: Settings) -> None:
    settings.CHANNELS = {"sms": OUTBOX, "email": OUTBOX}

    assert (channel("sms") is channel("sms"), channel("sms") is channel("email")) == (True, False)


def test_unknown_channel_is_refused_with_the_names_there_are(settings: Settings) -> None:
    settings.CHANNELS = {"sms": OUTBOX, "email": OUTBOX}

    with pytest.raises(UnknownChannel, match="'pigeon' is not in CHANNELS: email, sms"):
        channel("pigeon")
