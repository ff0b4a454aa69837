"""The mathematics: the field of exponentials, enclosures, identities, extremes, floating point. Knows nothing of tasks or points."""
