"""Serves the page to one browser of this machine, and makes its AWS calls with credentials it never sees."""
