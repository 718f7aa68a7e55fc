# A variable that is no C variable is no better: two threads make two objects, and what is put in one is not in the other.
_parser = None
_table = None

class Parser:
    def __init__(self):
        self.seen = []

def load(name):
    global _parser
    if _parser is None:  # FIRES
        _parser = Parser()
    return _parser.load(name)

def table():
    global _table
    if _table is None:  # FIRES
        _table = {}
    return _table
