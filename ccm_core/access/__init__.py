"""Who may sign in, who is signed in, and what each role may do."""
