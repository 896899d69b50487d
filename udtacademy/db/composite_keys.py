"""Foreign keys of several columns, for `Meta.constraints`, which Django does not have (ticket 373)."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Field, Model
from django.db.models.constraints import BaseConstraint


def of_one_edition(*fields: str) -> list["CompositeForeignKey"]:
    """Return constraints: the row is of the same edition as each row that `fields` refer to.

    All models have a field `edition`; the other models also a unique constraint over ("id", "edition").
    """
    return [
        CompositeForeignKey(field=field, matching=["edition"], name=f"%(app_label)s_%(class)s_{field}_id_same_edition")
        for field in fields
    ]


class CompositeForeignKey(BaseConstraint):
    """The fields `matching` have the same values in this row and in the row that the foreign key `field` refers to.

    The other model needs a unique constraint over its primary key and these fields. The database checks the constraint at
    the end of the transaction and raises IntegrityError. Forms do not check it: they offer only valid choices.
    """

    def __init__(self, *, field: str, matching: Collection[str], name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.field, self.matching = field, tuple(matching)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CompositeForeignKey) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.matching))

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field, "matching": self.matching}

    def constraint_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        return self.create_sql(model, schema_editor)

    def create_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Add the constraint at the end of the migration, when the tables and unique constraints it needs exist."""
        assert model and schema_editor  # noqa: PT018, S101 - Django always passes both
        schema_editor.deferred_sql.append(self.statement(model, schema_editor.quote_name))
        return ""

    def statement(self, model: type[Model], quote: Callable[[str], str]) -> str:
        target = model._meta.get_field(self.field).related_model
        assert isinstance(target, type)  # noqa: S101 - a foreign key refers to a model
        columns = [column_of(model, name) for name in (self.field, *self.matching)]
        targets = [column_of(target, name) for name in (target._meta.pk.name, *self.matching)]
        return (
            f"ALTER TABLE {quote(model._meta.db_table)} ADD CONSTRAINT {quote(self.name)}"
            f" FOREIGN KEY ({', '.join(map(quote, columns))})"
            f" REFERENCES {quote(target._meta.db_table)} ({', '.join(map(quote, targets))})"
            " DEFERRABLE INITIALLY DEFERRED"
        )

    def remove_sql(self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model and schema_editor  # noqa: PT018, S101 - Django always passes both
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, model: type[Model], instance: Model, exclude: Any = None, using: str = DEFAULT_DB_ALIAS) -> None:
        """Do nothing: the database checks the constraint."""


def column_of(model: type[Model], name: str) -> str:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - a column, not a reverse relation
    return str(field.column)
