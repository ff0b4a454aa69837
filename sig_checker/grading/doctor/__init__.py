"""What of an installation is there and what is missing."""
