/* The macro reads the count of what the reference points to: by then another thread may have freed it. */
#include <Python.h>

typedef struct { PyObject_HEAD PyObject *function; PyObject *self_ref; } Wrapper;

static int
wrapper_is(Wrapper *wrapper, PyObject *method)
{
    if (wrapper->function != PyMethod_GET_FUNCTION(method)) {
        return 0;
    }
    return PyWeakref_GET_OBJECT(wrapper->self_ref) == PyMethod_GET_SELF(method);  /* FIRES */
}

static int
wrapper_is_same(Wrapper *wrapper, PyObject *other)
{
    return other != PyWeakref_GET_OBJECT(wrapper->self_ref);  /* FIRES */
}

static int
wrapper_is_alive(Wrapper *wrapper)
{
    return PyWeakref_GET_OBJECT(wrapper->self_ref) != Py_None;  /* FIRES */
}
