"""What changes attendance: one transaction each, `by` the actor, idempotent where a person may click twice."""
