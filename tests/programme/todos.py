"""Which to-dos a portal shows."""


def has_todo(portal, kind):
    """Return whether the page shows a to-do of this kind, a function in `queries.todos`."""
    context = portal.context
    return kind(context["participant"], context["choices"], context["now"]) in context["todos"]
