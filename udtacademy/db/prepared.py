"""Prepared statements: Django compiles them once in a process, PostgreSQL parses them once in a connection (decision 18).

It also plans them, for the given values the first five times; then it keeps one plan for any values if that is estimated no
dearer, as for all that clicks, scans and portals ask. Forcing that plan (`plan_cache_mode`) brings nothing and binds triggers too.

For a few rows, planning and compiling take longer than the answer. What a scan reads of a person took PostgreSQL 0.6 ms, and
takes 0.2; half of Django's work on a click is gone. A query about many is not prepared, as its plan depends on how many.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from functools import cached_property, partial
from itertools import count
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

import pghistory.runtime
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections
from django.db.backends.postgresql.compiler import SQLCompiler
from django.db.models import QuerySet, Value
from django.db.models.sql import Query

Row = TypeVar("Row")
Answer = TypeVar("Answer")
_numbers = count(1)
# In a form's request pghistory names the actor before each statement but SELECT, for the triggers. What is prepared only reads.
HARMLESS = ("execute", "savepoint", "release")
pghistory.runtime.IGNORED_SQL_PREFIXES = (*pghistory.runtime.IGNORED_SQL_PREFIXES, *HARMLESS)  # type: ignore[assignment]


class PreparedStatement:
    """A statement that is prepared when a connection first needs it. It outlives a rollback, and a change of its tables.

    `sql` has parameters as PostgreSQL numbers them ($1), of the `types`, if they do not follow from it.
    """

    def __init__(self, sql: str, types: str = "") -> None:
        self.definition = f"{types and f'({types}) '}AS {sql}"
        self._names: WeakKeyDictionary[Any, str] = WeakKeyDictionary()  # by the driver's connection

    def execution(self, n_parameters: int) -> str:
        """Return the SQL that executes it, with %s for each parameter. Prepare it first, if the connection is new to it."""
        with connection.cursor() as cursor:
            name = self._names.get(connection.connection)
            if name is None:
                name = f"prepared_{next(_numbers)}"
                with connection.wrap_database_errors:  # the driver's cursor, so that this is not counted as a query
                    cursor.cursor.execute(f"PREPARE {name} {self.definition}")
                self._names[connection.connection] = name
        marks = f" ({', '.join(['%s'] * n_parameters)})" if n_parameters else ""
        return f"EXECUTE {name}{marks}"

    def answer(self, ask: Callable[[], Answer]) -> Answer:
        """Return what `ask` returns, which executes the statement; ask again if a migration has changed a column's type.

        PostgreSQL then refuses the statement. Raises NotSupportedError in a transaction, which is lost; the next call prepares
        the statement again. It gets a new name, because the old one is taken until the connection closes.
        """
        try:
            return ask()
        except NotSupportedError:
            self._names.pop(connection.connection, None)
            if connection.in_atomic_block:
                raise
            return ask()

    def fetch_one(self, *parameters: Any) -> tuple[Any, ...] | None:
        """Return the first row, if any. One query."""

        def row() -> tuple[Any, ...] | None:
            with connection.cursor() as cursor:
                cursor.execute(self.execution(len(parameters)), parameters)
                first: tuple[Any, ...] | None = cursor.fetchone()
                return first

        return self.answer(row)


class Parameter(Value):
    """Stands in a prepared query for a value that each call gives under this name."""

    def __init__(self, name: str) -> None:
        super().__init__(None)
        self.name = name

    def as_sql(self, *_context: Any, **_more: Any) -> Any:
        return "%s", (self,)


class AnyOf(Parameter):
    """Stands in a prepared query for a list of values: `filter(pk=AnyOf("pks"))` matches each of them."""

    def as_sql(self, *_context: Any, **_more: Any) -> Any:
        return "ANY(%s)", (self,)


class PreparedQuery(Generic[Row]):
    """A query to call with the values of its parameters.

    It relies on what Django does not promise: a queryset takes its compiler from `query.get_compiler`; a compiler, after
    `as_sql`, knows how to make objects of rows (`klass_info`, `annotation_col_map`); `execute_sql` takes what to execute from
    `as_sql`; copies of a query keep its class and attributes. If that changes, tests/udtacademy/db/test_prepared.py fails,
    first `test_a_prepared_query_returns_objects_with_their_relations`.
    """

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
        self.converters = super().get_converters([column for column, *_ in self.select[: self.col_count]])

    def _written(self, params: Iterable[Any]) -> Iterator[str]:
        """Return parameters as the statement has them: $1, $2 and so on, and those that never change as literals."""
        with self.connection.cursor() as cursor:
            for value in params:
                is_given = isinstance(value, Parameter)
                yield f"${self.names.index(value.name) + 1}" if is_given else cursor.mogrify("%s", [value]).decode()

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        return self.statement.execution(len(self.names)), tuple(self.query.values_given[name] for name in self.names)

    def get_converters(self, expressions: Any) -> Any:  # noqa: ARG002 - Django gives it
        """Return what makes values of columns. Found once: asking each column each time took a twentieth of a seat choice."""
        return self.converters

    def execute_sql(self, *how: Any, **more: Any) -> Any:
        return self.statement.answer(partial(super().execute_sql, *how, **more))


def prepared(build: Callable[[], QuerySet[Any, Row]]) -> PreparedQuery[Row]:
    """Return a prepared query. `build`: returns the queryset, with a `Parameter` for each value that differs."""
    return PreparedQuery(build)
