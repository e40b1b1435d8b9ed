"""
Who does what: one exact choice of resources for all legs at one start.

Pure. The bitmaps of the grid judge each leg by itself; here the legs meet, since no resource serves two legs at
once and not every device fits every room.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.availability.grid import LegNeed

Assignment = Mapping[str, tuple[int, ...]]
# For each resource those that may not be booked beside it, said in both directions.
Barred = Mapping[int, frozenset[int]]
NOTHING_BARRED: Barred = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """One resource that one leg still needs, and who may take the place, most preferred first."""

    need: LegNeed
    options: tuple[int, ...]


def barred_pairs(*, only_with: Mapping[int, Iterable[int]], kinds: Mapping[int, str]) -> Barred:
    """
    Return what may not be booked together when each resource of `only_with` is tied to the partners named.

    The tie concerns resources of the partners' kinds: "this console only in rooms 1 and 2" bars it from every
    other room and says nothing of nurses. Without partners a resource is free to go with any. `kinds` must
    name every partner.
    """
    barred: dict[int, frozenset[int]] = {}
    for resource, partners in only_with.items():
        allowed = frozenset(partners)
        tied = {kinds[partner] for partner in allowed}
        shut = frozenset(other for other, kind in kinds.items() if kind in tied) - allowed - {resource}
        barred[resource] = barred.get(resource, frozenset()) | shut
        for other in shut:
            barred[other] = barred.get(other, frozenset()) | {resource}
    return barred


def are_strangers(needs: Sequence[LegNeed], barred: Barred) -> bool:
    """Return whether no leg's choice can limit another's: no resource in two pools, and nothing barred in any."""
    pools = [resource for need in needs for resource in need.pool]
    return len(set(pools)) == len(pools) and barred.keys().isdisjoint(pools)


def fitting(need: LegNeed, start: int, free_by_resource: Mapping[int, int]) -> Iterator[int]:
    """Return those of the leg's pool that are free for all of it if the appointment starts at step `start`."""
    first = start + need.offset_steps
    if first < 0:
        return
    steps = (1 << need.duration_steps) - 1
    for resource in need.pool:
        if (free_by_resource.get(resource, 0) >> first) & steps == steps:
            yield resource


def assign(
    needs: Sequence[LegNeed], start: int, free_by_resource: Mapping[int, int], barred: Barred = NOTHING_BARRED
) -> Assignment | None:
    """
    Return a resource for every place of every leg at step `start`, or nothing if there is no such choice.

    Exact: nothing is returned only if no choice exists. Of several, the one that serves the first leg's
    preferences best, then the second's, and so on.
    """
    return choose(needs, lambda need: fitting(need, start, free_by_resource), barred)


def choose(
    needs: Sequence[LegNeed], able: Callable[[LegNeed], Iterable[int]], barred: Barred = NOTHING_BARRED
) -> Assignment | None:
    """Return what `assign` returns, given who is `able` to serve each leg, most preferred first."""
    favorites = _first_come(needs, able, barred)
    if favorites is not None:
        return favorites
    places = [_Place(need=need, options=tuple(able(need))) for need in needs for _ in range(need.count)]
    chosen = _complete(places, barred) if _matchable(places) else None
    return None if chosen is None else _by_leg(needs, chosen)


def _first_come(
    needs: Sequence[LegNeed], able: Callable[[LegNeed], Iterable[int]], barred: Barred
) -> Assignment | None:
    """Let each place take its favorite of what is left: nearly always enough, and then also the best choice."""
    favorites: dict[str, tuple[int, ...]] = {}
    taken: dict[int, tuple[LegNeed, ...]] = {}
    for need in needs:
        mine: tuple[int, ...] = ()
        for resource in able(need):
            # Most resources are nobody's yet and tied to nothing: the cheap question first.
            if (resource in taken or resource in barred) and _clashes(need, resource, taken, barred):
                continue
            mine = (*mine, resource)
            taken[resource] = (*taken.get(resource, ()), need)
            if len(mine) == need.count:
                break
        else:
            return None
        favorites[need.key] = mine
    return favorites


def _clashes(need: LegNeed, resource: int, taken: Mapping[int, Sequence[LegNeed]], barred: Barred) -> bool:
    unfit = barred.get(resource, frozenset())
    rivals = (legs for other, legs in taken.items() if other == resource or other in unfit)
    return any(need.meets(leg) for legs in rivals for leg in legs)


def _complete(places: Sequence[_Place], barred: Barred) -> tuple[int, ...] | None:
    if not places:
        return ()
    first, *rest = places
    for resource in first.options:
        narrowed = [_narrowed(place, first.need, resource, barred) for place in rest]
        if _matchable(narrowed):
            others = _complete(narrowed, barred)
            if others is not None:
                return (resource, *others)
    return None


def _narrowed(place: _Place, need: LegNeed, resource: int, barred: Barred) -> _Place:
    if not place.need.meets(need):
        return place
    unfit = barred.get(resource, frozenset())
    options = place.options
    if place.need is need:
        # The places of one leg are alike: taking them in the pool's order tries each combination once.
        options = options[options.index(resource) + 1 :]
    return replace(place, options=tuple(each for each in options if each != resource and each not in unfit))


def _matchable(places: Sequence[_Place]) -> bool:
    """
    Return whether, at every moment, the places of that moment can have different resources.

    Necessary, and without barred pairs usually sufficient: it keeps the search from trying every order of too few
    nurses. The crowd of places only grows where a leg begins, so those moments are enough.
    """
    begins = {place.need.offset_steps for place in places}
    return all(
        _all_matched([place for place in places if place.need.offset_steps <= step < place.need.end_steps])
        for step in begins
    )


def _all_matched(places: Sequence[_Place]) -> bool:
    holder: dict[int, int] = {}

    def finds_one(index: int, seen: set[int]) -> bool:
        for resource in places[index].options:
            if resource in seen:
                continue
            seen.add(resource)
            if resource not in holder or finds_one(holder[resource], seen):
                holder[resource] = index
                return True
        return False

    return all(finds_one(index, set()) for index in range(len(places)))


def _by_leg(needs: Sequence[LegNeed], chosen: Sequence[int]) -> Assignment:
    left = iter(chosen)
    return {need.key: tuple(next(left) for _ in range(need.count)) for need in needs}
