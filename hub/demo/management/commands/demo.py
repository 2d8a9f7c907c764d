"""`manage.py demo`: load the demonstration organisation into an empty hub."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from hub.demo.analyses import load_analyses
from hub.demo.articles import load_articles
from hub.demo.calendars import load_calendars
from hub.demo.contacts import load_phone_numbers
from hub.demo.customization import load_customization
from hub.demo.disclosures import load_disclosures
from hub.demo.escalation import load_policies
from hub.demo.maintenance import load_maintenance
from hub.demo.meetings import load_meetings
from hub.demo.organisation import load_organisation
from hub.demo.problems import load_problems
from hub.demo.questions import load_questions
from hub.demo.reach import load_drill, load_phone_trees
from hub.demo.responsibilities import load_responsibilities
from hub.demo.runbooks import load_runbooks
from hub.demo.searches import load_searches
from hub.demo.story import load_history
from hub.demo.taxonomy import load_taxonomy
from hub.demo.thresholds import load_thresholds
from hub.lib.identity import SEED, acting_as
from knowledge.search.actions import index_all
from tenants.models import BusinessUnit


class Command(BaseCommand):
    requires_system_checks = ()  # they load every page and the API first, which takes as long as the start itself
    help = "Load the demonstration organisation: units, people, services, two years of incidents and their reviews."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there are units already")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as(SEED):
            if BusinessUnit.objects.exists():
                if options["if_empty"]:
                    return
                raise CommandError("There are business units already: the demonstration needs an empty hub.")
            self.stdout.write("People, units, services and terms …")
            organisation = load_organisation(settings.DEMO_PASSWORD)
            load_phone_numbers(organisation)
            load_policies(organisation)
            load_maintenance(organisation)
            load_taxonomy(organisation)
            load_calendars(organisation)
            load_history(organisation, self._progress)
            load_thresholds(organisation)
            load_responsibilities(organisation)
            load_analyses()
            load_questions(organisation)
            load_disclosures(organisation)
            load_meetings(organisation)
            load_problems(organisation)
            load_runbooks(organisation)
            load_articles(organisation)
            load_phone_trees(organisation)
            load_drill(organisation)
            load_customization(organisation)
            self.stdout.write("Search …")
            index_all(actor=SEED)
            load_searches(organisation)

    def _progress(self, what: str) -> None:
        self.stdout.write(what)
        self.stdout.flush()
