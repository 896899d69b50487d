"""What our tables share: history, encryption, rows."""
