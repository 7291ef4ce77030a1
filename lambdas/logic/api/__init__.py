"""The HTTP API: what may be asked, how it is read and checked, and what is answered from the live serving bundle."""
