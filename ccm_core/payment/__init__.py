"""What a claim line should bring: Medicare's part, the patient's part, what is cut."""
