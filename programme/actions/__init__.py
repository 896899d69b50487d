"""The verbs that change things. Each is one transaction, keyword-only, and knows its actor as `by`."""
