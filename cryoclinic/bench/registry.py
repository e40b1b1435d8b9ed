"""Every measurement by its name, in the order in which they run: what fills the database comes last."""

from collections.abc import Callable, Mapping

from cryoclinic.bench.booking import booking_rate
from cryoclinic.bench.contended import booking_contended_p99_ms
from cryoclinic.bench.crowd import booking_16_clients, booking_p99_ms, booking_p99_paced_ms
from cryoclinic.bench.dispatching import (
    dispatch_beside_eta,
    dispatch_beside_open_transaction,
    dispatch_rate,
    dispatch_rate_50ms,
    lateness_p99_s,
    sweep_p95_ms,
    worker_memory_mb,
)
from cryoclinic.bench.figures import Figure
from cryoclinic.bench.planning import plan_ms, replan_ms
from cryoclinic.bench.preparation import prepare_ms
from cryoclinic.bench.slots import (
    explain_ms,
    explain_wide,
    slots_first20_ms,
    slots_growth,
    slots_http_ms,
    slots_range31_medicines_ms,
    slots_range31_ms,
    slots_range31_wide,
    slots_wide,
)

BENCHES: Mapping[str, Callable[[], Figure]] = {
    "prepare_ms": prepare_ms,
    "slots_first20_ms": slots_first20_ms,
    "slots_range31_ms": slots_range31_ms,
    "slots_range31_medicines_ms": slots_range31_medicines_ms,
    "explain_ms": explain_ms,
    "slots_http_ms": slots_http_ms,
    "booking_rate": booking_rate,
    "booking_p99_ms": booking_p99_ms,
    "booking_p99_paced_ms": booking_p99_paced_ms,
    "booking_contended_p99_ms": booking_contended_p99_ms,
    "booking_16_clients": booking_16_clients,
    "plan_ms": plan_ms,
    "replan_ms": replan_ms,
    "dispatch_rate": dispatch_rate,
    "dispatch_rate_50ms": dispatch_rate_50ms,
    "dispatch_beside_eta": dispatch_beside_eta,
    "dispatch_beside_open_transaction": dispatch_beside_open_transaction,
    "worker_memory_mb": worker_memory_mb,
    "lateness_p99_s": lateness_p99_s,
    "sweep_p95_ms": sweep_p95_ms,
    "slots_growth": slots_growth,
    "slots_wide": slots_wide,
    "slots_range31_wide": slots_range31_wide,
    "explain_wide": explain_wide,
}
