"""The error of actions. Its message is a sentence for people."""


class AcademyError(Exception):
    """An action is not possible. The message says why, and what to do instead."""
