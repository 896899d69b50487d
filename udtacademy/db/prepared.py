"""Prepared statements: PostgreSQL plans them once for each connection, and Django compiles them once in a process (decision 18).

For a few rows, planning and compiling take longer than the answer. What a scan reads of a person took PostgreSQL 0.6 ms, and
takes 0.2; half of Django's work on a click is gone. A query about many is not prepared, as its plan depends on how many.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from itertools import count
from typing import Any, Generic, TypeVar, cast
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.compiler import SQLCompiler
from django.db.models import QuerySet, Value
from django.db.models.sql import Query

Row = TypeVar("Row")
_numbers = count(1)


class PreparedStatement:
    """A statement that is prepared when a connection first needs it. It outlives a rollback, and a change of its tables.

    `sql` has parameters as PostgreSQL numbers them ($1), of the `types`, if they do not follow from it. Its columns must
    keep their types.
    """

    def __init__(self, sql: str, types: str = "") -> None:
        self.name = f"prepared_{next(_numbers)}"
        self.preparation = f"PREPARE {self.name}{types and f' ({types})'} AS {sql}"
        self._prepared_on: WeakSet[Any] = WeakSet()  # the driver's connections

    def execution(self, n_parameters: int) -> str:
        """Return the SQL that executes it, with %s for each parameter. Prepare it first, if the connection is new to it."""
        with connection.cursor() as cursor:
            if connection.connection not in self._prepared_on:
                with connection.wrap_database_errors:  # the driver's cursor, so that this is not counted as a query
                    cursor.cursor.execute(self.preparation)
                self._prepared_on.add(connection.connection)
        marks = f" ({', '.join(['%s'] * n_parameters)})" if n_parameters else ""
        return f"EXECUTE {self.name}{marks}"

    def fetch_one(self, *parameters: Any) -> tuple[Any, ...] | None:
        """Return the first row, if any. One query."""
        sql = self.execution(len(parameters))
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            row: tuple[Any, ...] | None = cursor.fetchone()
            return row


class Parameter(Value):
    """Stands in a prepared query for a value that each call gives under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self.name = name

    def as_sql(self, *_context: Any, **_more: Any) -> Any:
        return "%s", [self]


class PreparedQuery(Generic[Row]):
    """A query to call with the values of its parameters."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build

    def __call__(self, **values: Any) -> list[Row]:
        """Return the rows for these values."""
        queryset = self._queryset.all()
        query: Any = queryset.query
        query.values_given = values
        return list(queryset)

    @cached_property
    def _queryset(self) -> QuerySet[Any, Row]:
        queryset = self._build()
        query: Any = queryset.query
        query.compiled = _Compiler(query, connection, DEFAULT_DB_ALIAS)
        query.__class__ = _Query
        return queryset


class _Query(Query):
    """The query as one call asks it."""

    compiled: "_Compiler"

    def get_compiler(self, using: Any = None, *_: Any, **__: Any) -> "_Compiler":
        compiler = copy(self.compiled)
        compiler.query, compiler.connection = self, connections[using]
        return compiler


class _Compiler(SQLCompiler):
    """Django's compiler of the query after its work, so it knows which columns to make objects of."""

    query: Any

    def __init__(self, query: Query, *database: Any) -> None:
        super().__init__(query, *database)
        sql, params = super().as_sql()
        self.names = list(dict.fromkeys(it.name for it in cast("Any", params) if isinstance(it, Parameter)))
        self.statement = PreparedStatement(sql % tuple(self._written(params)))

    def _written(self, params: Iterable[Any]) -> Iterator[str]:
        """Return parameters as the statement has them: $1, $2 and so on, and those that never change as literals."""
        with self.connection.cursor() as cursor:
            for it in params:
                is_given = isinstance(it, Parameter)
                yield f"${self.names.index(it.name) + 1}" if is_given else cursor.mogrify("%s", [it]).decode()

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        return self.statement.execution(len(self.names)), [self.query.values_given[name] for name in self.names]


def prepared(build: Callable[[], QuerySet[Any, Row]]) -> PreparedQuery[Row]:
    """Return a prepared query. `build`: returns the queryset, with a `Parameter` for each value that differs."""
    return PreparedQuery(build)
