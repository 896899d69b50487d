"""Whether others can tell that emails really come from our domain: SPF, DKIM and DMARC, explained (decision 0054)."""
