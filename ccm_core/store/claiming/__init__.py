"""The claim loop in the store: batches, files, answers, rework, samples."""
