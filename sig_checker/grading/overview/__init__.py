"""The class as a whole: its page, its tables for other programs."""
