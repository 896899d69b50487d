"""Pure rules of attendance, standing and reminders, over plain values: no ORM, no clock."""
