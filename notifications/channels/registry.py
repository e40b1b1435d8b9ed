"""Which provider stands behind a channel's name, as `settings.CHANNELS` says."""

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Channel


class UnknownChannel(LookupError):
    """There is no channel of this name. Add it to CHANNELS in the settings."""


def channel(name: str) -> Channel:
    """
    Return the channel of that name, made once per process.

    A setting is a dotted path, or a pair of a dotted path and the arguments its class takes.

    :raises UnknownChannel: if the settings name none
    """
    configured: Mapping[str, str | tuple[str, Mapping[str, str | int]]] = settings.CHANNELS
    if name not in configured:
        raise UnknownChannel(f"{name!r} is not in CHANNELS: {', '.join(sorted(configured))}")
    entry = configured[name]
    path, arguments = (entry, {}) if isinstance(entry, str) else entry
    return _made(name=name, path=path, arguments=tuple(sorted(arguments.items())))


@lru_cache
def _made(*, name: str, path: str, arguments: tuple[tuple[str, str | int], ...]) -> Channel:
    return cast(Channel, import_string(path)(name=name, **dict(arguments)))
