"""Draw a file's description as one HTML page: tables, bytes, what runs where."""
