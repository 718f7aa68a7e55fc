/* Near miss: macros of a header elsewhere take the library's lock and give it back. */
#include <Python.h>
#include "store.h"

static Entry *entries[64];

int
store_keep(Entry *entry)
{
    int at;
    STLOCK;
    for (at = 0; at < 64; at++) {
        if (entries[at] == 0) {
            entries[at] = entry;
            break;
        }
    }
    STUNLOCK;
    return at;
}

static PyObject *
keep(PyObject *module, PyObject *arg)
{
    return PyLong_FromLong(store_keep(entry_of(arg)));
}

static PyMethodDef methods[] = {
    {"keep", keep, METH_O, ""},
    {NULL}
};
