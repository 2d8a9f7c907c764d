from hub.oncall.actions.calendars import (
    NewLink,
    create_calendar_link,
    import_calendar,
    revoke_calendar_link,
)
from hub.oncall.actions.feeds import Held, note_calendar_problem, take_over_calendar
from hub.oncall.actions.layers import Turns, add_layer, end_layer, set_rotation
from hub.oncall.actions.leave import add_leave, remove_leave
from hub.oncall.actions.planning import PlannedShift, plan_shifts
from hub.oncall.actions.schedules import certify_expertise, create_schedule, revoke_expertise, update_schedule
from hub.oncall.actions.stand_ins import add_override, plan_gap, remove_override, remove_planned_gap, take_shift
from hub.oncall.actions.swaps import accept_swap, offer_swap, refuse_swap, withdraw_swap

__all__ = [
    "Held",
    "NewLink",
    "PlannedShift",
    "Turns",
    "accept_swap",
    "add_layer",
    "add_leave",
    "add_override",
    "certify_expertise",
    "create_calendar_link",
    "create_schedule",
    "end_layer",
    "import_calendar",
    "note_calendar_problem",
    "offer_swap",
    "plan_gap",
    "plan_shifts",
    "refuse_swap",
    "remove_leave",
    "remove_override",
    "remove_planned_gap",
    "revoke_calendar_link",
    "revoke_expertise",
    "set_rotation",
    "take_over_calendar",
    "take_shift",
    "update_schedule",
    "withdraw_swap",
]
