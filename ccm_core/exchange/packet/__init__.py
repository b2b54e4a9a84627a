"""The audit packet of one patient and month: what a reviewer asks for, in the asked order."""
