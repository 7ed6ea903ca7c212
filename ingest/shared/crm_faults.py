"""What PostgreSQL's faults mean: which pass by themselves, and how each is told (rule: source).

A message of the server may quote a row's value, and one of a driver the URL with its password.
So a fault is told by the name of its code; only where the code is about names or the server does the server's
own sentence follow.
"""

from psycopg.errors import lookup

# Connection, resources, another transaction, an operator's or a replica's cancel, a lock.
PASSING_CLASSES = ("08", "53", "57")
PASSING_CODES = ("40001", "40P01", "55P03", "25P03", "58000")
# Codes about names, rights and the server's state, whose sentences hold no value of a row.
CLASSES_WITHOUT_VALUES = ("08", "25", "28", "3D", "3F", "42", "53", "55", "57")
# What follows the server's sentence may quote a value: DETAIL and CONTEXT do.
SENTENCE_ENDS = (
    *(" DETAIL:", " HINT:", " CONTEXT:", " LINE 1:"),
    *("Query was:", ". SQLSTATE", " SQLSTATE:"),
)
PASSING_WORDS = {
    "Connection refused": "the connection is refused",
    "could not translate host name": "its host's name cannot be resolved (DNS)",
    "timeout expired": "it does not answer in time",
    "server closed the connection unexpectedly": "it closed the connection",
    "terminating connection": "it closed the connection",
    "SSL connection has been closed": "it closed the connection",
    "no connection to the server": "the connection is lost",
    "could not receive data": "the connection is lost",
    "could not send data": "the connection is lost",
    "Connection reset by peer": "the connection is lost",
    "starting up": "it is starting up",
    "shutting down": "it is shutting down",
    "too many clients": "it has too many clients",
    "too many connections": "it has too many clients",
    "query_wait_timeout": "its pool has no free connection",
    "server login has been failing": "its pool cannot reach it",
}
CUT_SHORT_WORDS = ("conflict with recovery", "query timeout", "query_timeout")
LASTING_WORDS = {
    "row-level security policy": "row-level security hides rows from this role: it needs BYPASSRLS",
    "password authentication failed": "it refuses the user or password",
    "no password supplied": "the URL has no password",
    "no pg_hba.conf entry": "it does not let this machine, user or database in",
    "unsupported startup parameter": "its pool does not take a start-up parameter of the URL",
    "in statement pooling mode": "its pool takes no transactions: session or transaction is needed",
    "invalid port number": "the URL's port is none",
}


def describe_fault(code: str | None, text: str) -> tuple[str, bool]:
    """Return what is wrong, without any value, and whether it may pass by itself.

    Args:
        code: The SQLSTATE, where the server gave one.
        text: The driver's whole text.
    """
    for words, said in LASTING_WORDS.items():
        if words in text:
            return said, False
    for words, said in PASSING_WORDS.items():
        if words in text:
            return said, True
    if not code or len(code) != 5:
        return _sentence(text, ("FATAL:",)) or "no usable answer", False
    is_passing = code.startswith(PASSING_CLASSES) or code in PASSING_CODES
    try:
        name = lookup(code).__name__
    except KeyError:
        name = "an error"
    sentence = (
        _sentence(text, ("FATAL:", "ERROR:")) if code.startswith(CLASSES_WITHOUT_VALUES) else ""
    )
    return f"{sentence or name} ({code})", is_passing


def is_cut_short(code: str | None, text: str) -> bool:
    """Tell whether a statement was ended since it took long: by a time-out, a replica or a pool."""
    return code == "57014" or any(words in text for words in CUT_SHORT_WORDS)


def _sentence(text: str, marks: tuple[str, ...]) -> str:
    """Take PostgreSQL's own sentence out of a driver's text."""
    line = " ".join(text.split())
    for mark in marks:
        if mark in line:
            said = line.rpartition(mark)[2]
            for end in SENTENCE_ENDS:
                said = said.split(end)[0]
            return said.strip(" .")
    return ""
