"""Training: what is asked of oneself, going through it, and how far others have come."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.lib.unchanged import UNCHANGED
from hub.oncall import access as oncall
from hub.web.components import Filter
from hub.web.grounds import rests_on
from hub.web.signing_in import acting_page, reading_page
from knowledge.articles import access, actions, training
from knowledge.articles.models import USUAL_DAYS, Article, Audience
from knowledge.articles.questions import of_rows
from knowledge.postmortems.prose import render as render_prose
from tenants import access as tenants


@reading_page
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is asked of me, the soonest due first."""
    duties = list(training.my_duties(actor))
    soon = clock.now().date() + training.SOON
    due = [each for each in duties if each.due_on and (each.completed_at is None or each.due_on <= soon)]
    context = {
        "due": due,
        "done": [each for each in duties if each not in due],
        "may_oversee": bool(training.units_to_oversee(actor)),
    }
    return render(request, "articles/my_training.html", context)


@require_http_methods(["GET", "POST"])
@acting_page
def go_through(request: HttpRequest, actor: Actor, duty_id: int) -> HttpResponse:
    """The article with what it asks, and the answers. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    duty = training.duty_for(actor, duty_id)
    asked = training.training_for(actor, duty.training_id)
    article = access.article_for(actor, asked.article_id)
    current = article.current
    questions = of_rows(current.questions) if current is not None else []
    wrong: tuple[int, ...] = ()
    chosen: list[int | None] = [None] * len(questions)
    if request.method == "POST":
        chosen = [whole_number(request.POST.get(f"answer-{place}", "")) for place in range(len(questions))]
        if None in chosen:
            place = chosen.index(None)
            raise Invalid(f"Question {place + 1} is not answered.", path=["answers", str(place)])
        answered = actions.confirm_training(
            actor=actor,
            duty_id=duty_id,
            revision_number=whole_number(request.POST.get("revision", "")) or 0,
            answers=[each for each in chosen if each is not None],
        )
        if not answered.wrong:
            return redirect("my-training")
        wrong, duty = answered.wrong, answered.duty
    context = {
        "duty": duty,
        "article": article,
        "current": current,
        "text": render_prose(current.text) if current is not None else "",
        "questions": [
            {"question": each, "chosen": chosen[place], "is_wrong": place in wrong}
            for place, each in enumerate(questions)
        ],
        "wrong": wrong,
        "is_mine": duty.person_id == actor.person_id,
        "is_asked": duty.ended_at is None and asked.ended_at is None and article.is_published,
    }
    return render(request, "articles/go_through.html", context)


@reading_page
def coverage(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every training of the units that one oversees: of how many it is asked, who has gone through it, who is late."""
    overseen = training.units_to_oversee(actor)
    units = list(tenants.units(actor).filter(pk__in=overseen))
    chosen = {unit.pk for unit in units if unit.slug in request.GET.getlist("unit")} or overseen
    rows = training.coverage(actor, training.active(actor).filter(unit__in=chosen))
    asked, current = sum(each.asked for each in rows), sum(each.current for each in rows)
    context = {
        "filter": Filter.from_query(
            request.GET, name="unit", label="Unit", options=[(unit.slug, unit.name) for unit in units]
        ),
        "rows": rows,
        "asked": asked,
        "current": current,
        "late": sum(each.late for each in rows),
        "share": round(100 * current / asked) if asked else None,
        "may_oversee": bool(overseen),
        "rests": rests_on([("Asked of somebody", training.coverage_grounds(rows))], {u.pk: u.name for u in units}),
    }
    return render(request, "articles/training_coverage.html", context)


@reading_page
def one(request: HttpRequest, actor: Actor, training_id: int) -> HttpResponse:
    """A training with everybody of whom it is asked, as far as one sees them. Raises `NotFound`."""
    asked = training.training_for(actor, training_id)
    may_assign = training.may_assign(actor, asked.unit_id)
    people = list(training.duties(actor, asked).prefetch_related("completions__revision"))
    context = {
        "training": asked,
        "article": asked.article,
        "people": [{"duty": each, "latest": next(iter(each.completions.all()), None)} for each in people],
        "late": sum(each.is_late for each in people),
        "current": sum(each.completed_at is not None and not each.is_late for each in people),
        "not_asked": list(training.not_asked(actor, asked)) if may_assign and asked.ended_at is None else [],
        "may_assign": may_assign,
    }
    return render(request, "articles/training.html", context)


@require_POST
@acting_page
def assign(request: HttpRequest, actor: Actor, article_id: int) -> HttpResponse:
    """Ask people to go through an article. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    kind, _, key = said.get("audience", "").partition(":")
    if kind not in Audience.values:
        raise Invalid("Say who has to go through it.", path=["audience"])
    audience, number = Audience(kind), whole_number(key)
    assigned = actions.assign_training(
        actor=actor,
        article_id=article_id,
        audience=audience,
        role_id=number if audience == Audience.ROLE else None,
        schedule_id=number if audience == Audience.SCHEDULE else None,
        expertise=said.get("expertise", "") if audience == Audience.EXPERTISE else "",
        due_on=_day(said),
        days=whole_number(said.get("days", "")) or USUAL_DAYS,
        repeat_months=whole_number(said.get("repeat_months", "")),
        grants=said.get("grants", ""),
    )
    return redirect("training", assigned.pk)


@require_POST
@acting_page
def change(request: HttpRequest, actor: Actor, training_id: int) -> HttpResponse:
    """Change a training or end it: `do` says what. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    said = request.POST
    match said.get("do"):
        case "edit":
            actions.change_training(
                actor=actor,
                training_id=training_id,
                due_on=_day(said),
                days=whole_number(said.get("days", "")),
                repeat_months=whole_number(said["repeat_months"]) if "repeat_months" in said else UNCHANGED,
                grants=said.get("grants"),
                version=whole_number(said.get("version", "")),
            )
        case "end":
            actions.end_training(actor=actor, training_id=training_id)
        case _:
            raise Invalid("The form does not say what to do with the training.", path=["do"])
    return redirect("training", training_id)


def training_context(actor: Actor, article: Article) -> dict[str, Any]:
    """What an article's page shows of its training: how far it has come for who oversees it, and one's own part."""
    may_assign = training.may_assign(actor, article.unit_id)
    found = training.active(actor).filter(article=article)
    return {
        "trainings": training.coverage(actor, found) if may_assign else (),
        "my_duty": training.my_duties(actor).filter(training__article=article).first(),
        "may_assign": may_assign and article.is_published,
        "roles": tenants.roles_of(actor, article.unit_id) if may_assign else (),
        "schedules": oncall.schedules(actor).filter(unit=article.unit_id).order_by("name") if may_assign else (),
        "usual_days": USUAL_DAYS,
    }


def _day(said: QueryDict) -> date:
    try:
        return date.fromisoformat(said.get("due_on", "").strip())
    except ValueError:
        raise Invalid("The day is written as 2026-03-31.", path=["dueOn"]) from None
