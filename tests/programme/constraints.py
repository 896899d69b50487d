"""What constraints say when they are violated, so that tests name the constraint. `models/test_constraints.py` tests the words."""


def message_of(model, name):
    (constraint,) = [it for it in model._meta.constraints if it.name == name]
    return constraint.violation_error_message
