"""The exit codes of the command, beside 0 when all went well."""

FAILED = 1
WRONG_USAGE = 2
DIFFERS = 7
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
UNREAD = 141  # 128 + SIGPIPE
