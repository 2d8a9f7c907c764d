"""Does queued jobs inside a test's own transaction, where no worker could see them."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app

from tests.conftest import as_system


def queued_jobs() -> list[tuple[str, dict[str, Any]]]:
    """The name and the arguments of each job that waits, in order."""
    with as_system(), connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [(name, json.loads(arguments)) for name, arguments in cursor.fetchall()]


def run_jobs() -> list[str]:
    """Do what is queued, and what that queues, until nothing is left. Returns the names of the jobs, in order.

    A job that raises ends the test: here nobody tries again.
    """
    done = []
    while job := _take_next():
        name, arguments = job
        app.tasks[name].func(**arguments)
        done.append(name)
    return done


def _take_next() -> tuple[str, dict[str, Any]] | None:
    with as_system(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo')"
            " RETURNING task_name, args"
        )
        row = cursor.fetchone()
        return (row[0], json.loads(row[1])) if row else None
