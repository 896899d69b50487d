"""Bulk actions that affect seats."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest

from programme.actions.city_waiting_lists import serving_waiting_lists
from programme.actions.waiting_lists import carrying_out_at_the_end, locked_plan
from programme.admin.confirmation import confirmation_of
from programme.queries.seat_effects import SeatEffect
from udtacademy.accounts.requests import signed_in
from udtacademy.admin.bulk_actions import BulkAction, BulkActionAdmin
from udtacademy.admin.confirmation import Confirmation

M = TypeVar("M", bound=models.Model)


class SeatBulkActionAdmin(BulkActionAdmin[M]):
    """A ModelAdmin whose bulk actions plan the effects on seats and carry them out once confirmed."""

    def plan(self, action: BulkAction[M], objects: list[M], cleaned: dict[str, Any]) -> Confirmation:
        plan = action.plan
        return confirmation_of(locked_plan(lambda: plan(objects, **cleaned))) if plan else Confirmation()

    def carry_out(
        self,
        action: BulkAction[M],
        objects: list[M],
        request: HttpRequest,
        cleaned: dict[str, Any],
        effects: Sequence[SeatEffect],
    ) -> int:
        with serving_waiting_lists([], by=signed_in(request)), carrying_out_at_the_end(effects):
            return super().carry_out(action, objects, request, cleaned, effects)
