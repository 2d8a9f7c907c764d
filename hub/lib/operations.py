"""Migrations of which all additions are made together, so that models are rendered once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddConstraint, AddField, AddIndex, CreateModel, Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

Addition = CreateModel | AddField | AddIndex | AddConstraint


class Together(Operation):
    """Models, fields, indexes and constraints that are added, as one operation.

    After each operation Django renders the model anew with all that are related to it, and here nearly every model is:
    that was most of the time in which an empty database is migrated. As nothing here changes or removes what
    another addition made, all of them can work from one state before and one after. A model that is created comes with
    whatever the other additions give it; PostgreSQL adds foreign keys at the end of the migration, so models may point
    at each other.

    Args:
        additions: in an order in which they could be made one by one.

    Raises:
        TypeError: an operation that is no addition.
    """

    def __init__(self, additions: Sequence[Addition]) -> None:
        for each in additions:
            if not isinstance(each, CreateModel | AddField | AddIndex | AddConstraint):
                raise TypeError(f"{each.describe()}: this is no addition, and stands in a migration by itself")
        self.additions = additions
        self.created = {each.name_lower for each in additions if isinstance(each, CreateModel)}

    def describe(self) -> str:
        return "; ".join(each.describe() for each in self.additions)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        rendered = state.__dict__.pop("apps", None)
        for each in self.additions:
            each.state_forwards(app_label, state)
        if rendered is not None:
            state.__dict__["apps"] = rendered
            state.reload_models([*{(app_label, _model(each)) for each in self.additions}], delay=False)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for each in self._effective():
            each.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for each in reversed([*self._effective()]):
            each.database_backwards(app_label, schema_editor, from_state, to_state)

    def _effective(self) -> Iterator[Addition]:
        """The additions that are not part of a model which is created whole."""
        return (each for each in self.additions if isinstance(each, CreateModel) or _model(each) not in self.created)


def _model(addition: Addition) -> str:
    return addition.name_lower if isinstance(addition, CreateModel) else addition.model_name_lower


class AdditionsTogether(Migration):
    """A migration in which additions that follow each other are one operation: see `Together`."""

    def __init__(self, name: str, app_label: str) -> None:
        super().__init__(name, app_label)
        # Each instance has a list of its own, which the stubs take for the class's.
        self.operations = [*_in_groups(self.operations)]  # type: ignore[misc]


def _in_groups(operations: Sequence[Operation]) -> Iterator[Operation]:
    for are_additions, group in groupby(operations, key=lambda each: isinstance(each, Addition)):
        if are_additions:
            yield Together([each for each in group if isinstance(each, Addition)])
        else:
            yield from group
