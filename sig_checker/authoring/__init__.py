"""What an author of exercises works with: `sig-checker new`, `sig-checker test` and `sig-checker variants`."""
