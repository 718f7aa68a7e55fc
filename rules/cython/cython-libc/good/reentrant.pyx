# Near miss: the re-entrant form, a lock around call and use, and Python's function of that name.
from libc.time cimport localtime as c_localtime, time
from time import localtime
import threading

lock = threading.Lock()


def year():
    return localtime().tm_year


def locked():
    cdef time_t now = time(NULL)
    with lock:
        return c_localtime(&now).tm_year
