"""Health care claims (837P) and remittances (835) of X12 version 5010, read and written."""
