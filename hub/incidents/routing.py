"""In which order specialists are asked, and for what. Pure.

Whoever owns the system comes first: the schedules of its service, when the incident is declared. Then come those for
its domain, those for its severity alone, those for a tag or a type, and those who are chosen by what they know. A role
that one person holds is taken by the first of them; roles that several hold are given to each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from hub.incidents.models import ResponseTeam, Route


def route_of(team: ResponseTeam) -> Route:
    """What leads to a team: of the conditions that it names, the one that is asked first."""
    if team.domain_id is not None:
        return Route.DOMAIN
    if team.tag or team.incident_type_id is not None:
        return Route.TAG
    return Route.EXPERTISE if team.expertise else Route.SEVERITY


def in_order(teams: Iterable[ResponseTeam]) -> list[ResponseTeam]:
    """The teams in the order in which they are asked; as they were given where that says nothing."""
    order = list(Route)
    return sorted(teams, key=lambda team: order.index(route_of(team)))


def is_for(team: ResponseTeam, *, domains: Collection[int], tags: Collection[str], types: Collection[int]) -> bool:
    """Whether an incident in these domains, with these tags and of these types is what the team is there for."""
    return (
        team.domain_id in {None, *domains}
        and team.incident_type_id in {None, *types}
        and (not team.tag or team.tag in tags)
    )


def led_by(team: ResponseTeam) -> str:
    """Why the team is asked, as the reason of a role says it."""
    if team.domain is not None:
        return f"engaged by the domain {team.domain.name}"
    return f"engaged by the tag {team.tag}" if team.tag else "engaged by severity"
