/* An object of the project's own class, which all threads share and whose member functions assign its fields. */
#include <Python.h>

class Engine {
public:
    Engine();
    bool load(const char *name);
    void height(double h) { m_height = h; }
    double width() const { return m_width; }

private:
    int m_face;
    double m_height;
    double m_width;
};

bool Engine::load(const char *name)
{
    m_face = open_face(name);
    return m_face != 0;
}

static Engine engine;  /* FIRES */

static PyObject *do_load(PyObject *self, PyObject *args)
{
    const char *name;
    if (!PyArg_ParseTuple(args, "s", &name))
        return NULL;
    if (!engine.load(name))  /* FIRES */
        return PyErr_NoMemory();
    engine.height(12.0);  /* FIRES */
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"load", do_load, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
