"""Additions made together leave the tables that they leave one by one, and go away again."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, RemoveField
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from hub.lib.operations import Addition, AdditionsTogether, Together


def shop(name: str) -> CreateModel:
    return CreateModel(name, [("id", models.BigAutoField(primary_key=True)), ("title", models.CharField(max_length=9))])


def pointing_at(model: str) -> models.ForeignKey[models.Model]:
    return models.ForeignKey(f"trade.{model}", models.CASCADE, null=True, related_name="+")


TILL = shop("Till")
BEFORE = [shop("Street")]
ADDITIONS: list[Addition] = [
    TILL,
    shop("Clerk"),
    AddField("Till", "clerk", pointing_at("clerk")),
    AddField("Clerk", "till", pointing_at("till")),
    AddConstraint("Clerk", models.UniqueConstraint(fields=["till", "title"], name="clerk_once_a_till")),
    AddIndex("Till", models.Index(fields=["-title"], name="till_by_title")),
    AddField("Street", "till", pointing_at("till")),
    AddConstraint("Street", models.CheckConstraint(condition=~models.Q(title=""), name="street_has_a_title")),
]


def applied(*operations: Operation, backwards: bool = False) -> list[str]:
    """The statements of these operations on a database in which there is a street, in alphabetical order."""
    states = [ProjectState()]
    for operation in [*BEFORE, *operations]:
        states[-1].apps  # noqa: B018  # rendered, as in a run of migrations
        states.append(states[-1].clone())
        operation.state_forwards("trade", states[-1])
    steps = [*zip(operations, states[1:], states[2:], strict=False)]
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation, before, after in reversed(steps) if backwards else steps:
            if backwards:
                operation.database_backwards("trade", editor, after, before)
            else:
                operation.database_forwards("trade", editor, before, after)
    return sorted(str(statement) for statement in editor.collected_sql or ())


def columns(statements: list[str]) -> set[str]:
    """What stands in tables, wherever it is said: with the table or after it."""
    return {word for statement in statements for word in statement.split('"') if "_id" in word or word == "title"}


@pytest.mark.django_db
def test_the_state_and_the_tables_are_those_of_one_after_the_other() -> None:
    together, apart = ProjectState(), ProjectState()
    for state, operations in ((together, [*BEFORE, Together(ADDITIONS)]), (apart, [*BEFORE, *ADDITIONS])):
        state.apps  # noqa: B018
        for operation in operations:
            operation.state_forwards("trade", state)
    assert together == apart
    assert together.apps.get_model("trade.street")._meta.get_field("till").remote_field.model is (
        together.apps.get_model("trade.till")
    )

    at_once, one_by_one = applied(Together(ADDITIONS)), applied(*ADDITIONS)

    assert columns(at_once) == columns(one_by_one)
    for kept in ("clerk_once_a_till", "till_by_title", "street_has_a_title"):
        assert sum(kept in statement for statement in at_once) == 1
    assert sum("CREATE TABLE" in statement for statement in at_once) == 2
    assert not any("ADD COLUMN" in statement and "street" not in statement for statement in at_once)


@pytest.mark.django_db
def test_the_way_back_takes_away_what_was_added_and_no_more() -> None:
    statements = applied(Together(ADDITIONS), backwards=True)

    assert [each for each in statements if "DROP TABLE" in each] == [
        'DROP TABLE "trade_clerk" CASCADE;',
        'DROP TABLE "trade_till" CASCADE;',
    ]
    assert all("trade_street" in each for each in statements if "DROP TABLE" not in each)
    assert any('DROP COLUMN "till_id"' in each for each in statements)


def test_only_neighbours_are_grouped_and_only_additions() -> None:
    class Opening(AdditionsTogether):
        operations = (TILL, ADDITIONS[2], RemoveField("Till", "clerk"), ADDITIONS[5])

    made = [*Opening("0002_opening", "trade").operations]

    assert [each.additions for each in made if isinstance(each, Together)] == [[TILL, ADDITIONS[2]], [ADDITIONS[5]]]
    assert [isinstance(each, RemoveField) for each in made] == [False, True, False]
    with pytest.raises(TypeError, match="Remove field clerk from Till: this is no addition"):
        Together([RemoveField("Till", "clerk")])  # type: ignore[list-item]


@pytest.mark.django_db
def test_the_migrations_say_all_that_the_models_do() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=1)
