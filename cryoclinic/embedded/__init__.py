"""
A real PostgreSQL and a real Redis without installation, for a first look, the demo and the tests.

`database_url`, `redis_url` and `local_secret` are for the settings: they start nothing. Both servers outlive the
process that starts them and listen on Unix sockets alone. Nothing here needs Django.
"""

from cryoclinic.embedded.places import EmbeddedServiceUnavailable, database_url, local_secret, redis_url
from cryoclinic.embedded.postgres import start_postgres
from cryoclinic.embedded.redis import start_redis
from cryoclinic.embedded.running import EmbeddedStatus, crashed, status, stop_all

__all__ = [
    "EmbeddedServiceUnavailable",
    "EmbeddedStatus",
    "crashed",
    "database_url",
    "local_secret",
    "redis_url",
    "start_postgres",
    "start_redis",
    "status",
    "stop_all",
]
