# The count itself.
from cpython.ref cimport PyObject


def only(o):
    return (<PyObject *>o).ob_refcnt == 1  # FIRES
