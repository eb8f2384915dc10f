"""The typed intermediate representation: pure data that imports no machine learning framework."""
