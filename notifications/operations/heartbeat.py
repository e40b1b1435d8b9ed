"""The sign of life of a sweep."""

import datetime as dt

from django.db import connection


def beat(*, name: str, now: dt.datetime) -> None:
    """Note that a sweep came to its end at `now` (aware); an older sign never overwrites a newer one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_heartbeat (name, beat_at) VALUES (%s, %s)
            ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at
            WHERE notifications_heartbeat.beat_at < EXCLUDED.beat_at
            """,
            [name, now],
        )
