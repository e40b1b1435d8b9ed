"""The same work in several threads at once, each with a database connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")


def at_once(*works: Callable[[], Result]) -> list[Result]:
    """Run all together, from the same moment on; return their results in order, or raise the first error."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result:
        try:
            gate.wait(timeout=30)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
        return [future.result(timeout=60) for future in futures]
