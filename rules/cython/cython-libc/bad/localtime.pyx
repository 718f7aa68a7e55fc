# The result lies in a static structure; the list of logins has one position.
from libc.time cimport localtime, time

cdef extern from "utmp.h":
    utmp *getutent()


def year():
    cdef time_t now = time(NULL)
    return localtime(&now).tm_year  # FIRES


def user():
    return getutent() != NULL  # FIRES
