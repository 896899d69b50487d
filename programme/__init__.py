"""What is true before a session starts: who takes part, what is offered, when and where."""
