"""Several networks of clinics that live the same year, each in a process and a database of its own."""

import functools
import json
import multiprocessing
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import django
import psycopg
from django.db import connection

from cryoclinic.soak.verdict import Say, Verdict, lived

# Seeds of networks of one year lie so far apart that two years share none.
_SEEDS_APART = 1_000_003


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One network's part of the year."""

    database: str
    messages: int
    seed: int


def lived_side_by_side(*, messages: int, seed: int, networks: int, say: Say) -> Verdict:
    """
    Live a year of about so many messages, shared out to networks, in copies of this empty database.

    The same seed and the same number of networks give the same year; `say` gets what was broken and a line a month.
    """
    if networks == 1:
        return lived(messages=messages, seed=seed, say=say)
    shares = list(shares_of(messages=messages, seed=seed, networks=networks))
    _copy([share.database for share in shares])
    # A process for each: what the carrier remembers belongs to one network.
    with multiprocessing.get_context("spawn").Pool(networks, initializer=django.setup) as pool:
        return functools.reduce(Verdict.plus, pool.map(_lived_in, shares, chunksize=1))


def shares_of(*, messages: int, seed: int, networks: int) -> Iterator[Share]:
    """Yield each network's part; the first has the seed itself."""
    for number in range(networks):
        yield Share(
            database=f"network_{number}",
            messages=max(1, messages // networks),
            seed=seed + _SEEDS_APART * number,
        )


def _copy(names: list[str]) -> None:
    """Copy the database we stand on, which nobody may use meanwhile."""
    origin = connection.settings_dict["NAME"]
    connection.close()
    address = {**connection.get_connection_params(), "dbname": "postgres"}
    kept = {name: address[name] for name in ("dbname", "user", "host") if address.get(name)}
    with psycopg.connect(autocommit=True, **kept) as server:
        for name in names:
            server.execute(
                psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    psycopg.sql.Identifier(name), psycopg.sql.Identifier(origin)
                )
            )


def _lived_in(share: Share) -> Verdict:
    """Live one network's part in its database, in a process that does nothing else."""
    connection.close()
    connection.settings_dict["NAME"] = share.database
    return lived(messages=share.messages, seed=share.seed, say=_Teller(share.database))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says which network a line is of."""

    network: str

    def __call__(self, line: str) -> None:
        sys.stdout.write(json.dumps({"network": self.network, "said": line}) + "\n")
        sys.stdout.flush()
