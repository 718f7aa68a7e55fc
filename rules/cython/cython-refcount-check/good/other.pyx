# Near miss: a function of the project's own that is called so, and counts of other things.
from .pool import Py_REFCNT


def uses(pool):
    return Py_REFCNT(pool) == 1 or pool.refcount() == 1
