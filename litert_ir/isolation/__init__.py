"""Run native work in a child process, so that what kills it is an exception here."""
