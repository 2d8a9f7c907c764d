from django.urls import path

from hub.oncall.pages import balance, changing, feeds, mine, overview, schedule

urlpatterns = [
    path("on-call", overview.show, name="on-call"),
    path("on-call/balance", balance.report, name="on-call-balance"),
    path("on-call/mine", mine.mine, name="my-shifts"),
    path("on-call/<int:schedule_id>", schedule.schedule, name="schedule"),
    path("on-call/swaps/<int:swap_id>", mine.answer, name="swap"),
    path("on-call/<int:schedule_id>/balance", balance.propose, name="schedule-balance"),
    path("on-call/<int:schedule_id>/change", changing.change, name="on-call-change"),
    path("calendar/<str:key>.ics", feeds.calendar, name="calendar"),
]
