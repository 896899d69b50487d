"""Pages: access, then a form and an action, then a page or a redirect. Those under /admin/ are for staff."""
