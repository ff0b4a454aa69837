"""The mathematics: the field of exponentials, enclosures, identities, extremes, floating point. Knows no tasks, no points."""
