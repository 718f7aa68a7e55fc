/* Ways out that are no `return`, ends of the other form, and what is no object. */
#include <Python.h>

#define RETURN_IF_FAILED(x) do { if ((x) < 0) return NULL; } while (0)

typedef struct { PyObject_HEAD PyMutex mutex; int n; } Thing;

static PyMutex lock;

static PyObject *
walk(PyObject *self, PyObject *list)
{
    int i = 0;
    for (;;) {
        Py_BEGIN_CRITICAL_SECTION(list);
        RETURN_IF_FAILED(step(list));  /* FIRES */
        if (i++ > 10) {
            break;  /* FIRES */
        }
        if (i == 3)
            continue;  /* FIRES */
        Py_END_CRITICAL_SECTION();
    }
    Py_RETURN_NONE;
}

static void
mixed(PyObject *a, PyObject *b)
{
    Py_BEGIN_CRITICAL_SECTION2(a, b);
    PyList_Append(a, b);
    Py_END_CRITICAL_SECTION();  /* FIRES */
}

static void
count(Thing *self)
{
    Py_BEGIN_CRITICAL_SECTION(&self->mutex);  /* FIRES */
    self->n++;
    Py_END_CRITICAL_SECTION();
}

static int
cleans_up_but_the_lock(PyObject *key)
{
    PyObject *made;
    PyMutex_Lock(&lock);
    made = build(key);
    if (made == NULL) {
        goto error;  /* FIRES */
    }
    PyMutex_Unlock(&lock);
    return 0;
error:
    Py_DECREF(key);
    return -1;
}

static void
reset(Thing *self)
{
    PyMutex_Lock(&self->mutex);
    self->n = 0;
    PyMutex_Unlock(&self->mutex);
}

static void
bump(Thing *thing)
{
    PyMutex_Lock(&thing->mutex);
    if (++thing->n > 10) {
        reset(thing);  /* FIRES */
    }
    PyMutex_Unlock(&thing->mutex);
}
