/* Near miss: a helper that promises to leave alone what it hands on to the library. */
#include <Python.h>
#include <shapes.h>

typedef struct {
    PyObject_HEAD
    Shape *shape;
} Outline;

static int
fits(ShapeContext *context, const Shape *shape, double most)
{
    double wide = 0.0;
    return ShapeMeasureWidth(context, shape, &wide) && wide < most;
}

static PyObject *
outline_fits(Outline *self, PyObject *most)
{
    ShapeContext *context = ShapeContext_create();
    int answer = fits(context, self->shape, PyFloat_AsDouble(most));
    ShapeContext_destroy(context);
    return PyBool_FromLong(answer);
}

static PyMethodDef methods[] = {
    {"fits", (PyCFunction)outline_fits, METH_O, ""},
    {NULL}
};

static PyType_Slot slots[] = {
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {"shapes.Outline", sizeof(Outline), 0, 0, slots};
