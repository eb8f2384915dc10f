"""Draw a file's description as one HTML page that needs no network: tables, bytes, what runs where."""
