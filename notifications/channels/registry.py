"""Which provider stands behind a channel's name, as `settings.CHANNELS` says."""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Channel
from notifications.channels.chain import Chain, takes_replies

Arguments = tuple[tuple[str, str | int], ...]
Entry = str | tuple[str, Mapping[str, str | int]]


class UnknownChannel(LookupError):
    """There is no channel of this name. Add it to CHANNELS in the settings."""


def channel(name: str) -> Channel:
    """
    Return the channel of that name, made once per process.

    A setting is a dotted path, a pair of a dotted path and the arguments its class takes, or a list of these: then
    each provider stands in for those before it.

    :raises UnknownChannel: if the settings name none
    """
    configured: Mapping[str, Entry | list[Entry]] = settings.CHANNELS
    if name not in configured:
        raise UnknownChannel(f"{name!r} is not in CHANNELS: {', '.join(sorted(configured))}")
    entry = configured[name]
    entries = entry if isinstance(entry, list) else [entry]
    return _made(name=name, links=tuple(_read(each) for each in entries))


def replies_reach_us(name: str, *, to: str) -> bool:
    """
    Return whether an answer to a message over that channel reaches us.

    :raises UnknownChannel: if the settings name no such channel
    """
    return takes_replies(channel(name), to)


def _read(entry: Entry) -> tuple[str, Arguments]:
    path, arguments = (entry, {}) if isinstance(entry, str) else entry
    return path, tuple(sorted(arguments.items()))


@lru_cache
def _made(*, name: str, links: tuple[tuple[str, Arguments], ...]) -> Channel:
    made = tuple(_link(name, path, arguments) for path, arguments in links)
    return made[0] if len(made) == 1 else Chain(name=name, links=made)


def _link(name: str, path: str, arguments: Arguments) -> Channel:
    return cast(Channel, import_string(path)(name=name, **dict(arguments)))
