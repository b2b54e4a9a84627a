"""Time as it is worked: timers, entries of a person's day, approval, amendments after close."""
