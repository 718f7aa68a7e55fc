/* What a thread leaves behind is dropped when it ends, and a thread of the library's own has no thread state at all. */
#include <Python.h>
#include <pthread.h>

struct kept {
    PyObject *callback;
};

static pthread_key_t key;

static void
drop(void *value)
{
    struct kept *kept = (struct kept *)value;
    Py_XDECREF(kept->callback);  /* FIRES */
    free(value);
}

static void
make_key(void)
{
    pthread_key_create(&key, drop);
}

static PyObject *
fail(void)
{
    PyErr_SetString(PyExc_OSError, "no work");
    return NULL;
}

static void *
work(void *given)
{
    if (next_of(given) < 0) {
        fail();  /* FIRES */
    }
    return NULL;
}

static PyObject *
start(PyObject *self, PyObject *unused)
{
    pthread_t id;
    if (self == NULL) {
        return fail();
    }
    make_key();
    pthread_create(&id, NULL, (void *(*)(void *))work, self);
    Py_RETURN_NONE;
}
