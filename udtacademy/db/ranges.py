"""Ranges for exclusion constraints."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.db.models import F, Func, Value


def int_range(low: str) -> Func:
    """Return the range of one number. It replaces equality, which GiST indexes do not have without btree_gist."""
    return Func(F(low), F(low), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


def time_range() -> Func:
    return Func(F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField())
