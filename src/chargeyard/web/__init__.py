"""The dashboard: pages, templates and their static files."""
