/* Near miss: the supported question. Py_REFCNT(ob) == 1 stands in this comment only. */
#include <Python.h>

static PyObject *
grow(PyObject *self, PyObject *ob)
{
    if (PyUnstable_Object_IsUniquelyReferenced(ob)) {
        return Py_NewRef(ob);
    }
    return PySequence_List(ob);
}

static void
show(PyObject *ob)
{
    printf("%zd\n", Py_REFCNT(ob));
}

struct counted { int refcnt; };

static int
own_count(struct counted *thing)
{
    return thing->refcnt == 1;
}
