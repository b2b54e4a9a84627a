"""The steps of enrollment, kept beside the records they follow from, in the same transaction."""
