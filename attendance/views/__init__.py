"""Pages: access, then a form and an action, then a page or a way on. Those under /admin/ are for staff."""
