"""E-mails as rows: written in the transaction of what they tell, delivered once by a worker (decision 0012)."""
