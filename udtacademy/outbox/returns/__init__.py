"""What came back: mail about our emails is read from a mailbox or a provider's webhook, and matched with them (decision 0054)."""
