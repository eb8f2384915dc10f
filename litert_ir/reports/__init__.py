"""Results for persons and programs: described once, rendered as text, HTML and JSON."""
