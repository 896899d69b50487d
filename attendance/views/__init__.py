"""Pages: check access, then form and action, then render or redirect. Those under /admin/ are for staff."""
