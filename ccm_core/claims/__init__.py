"""From audited patient-months to claims, from remittances to posted payments."""
