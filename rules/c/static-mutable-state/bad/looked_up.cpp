#include <Python.h>
#include <unordered_map>

static std::unordered_map<std::string, PyTypeObject *> known; // FIRES

static PyTypeObject *find(const std::string &name)
{
    auto it = known.find(name); // FIRES
    if (it != known.end()) {
        return it->second;
    }
    PyTypeObject *made = make_type(name);
    known[name] = made; // FIRES
    return made;
}

static PyObject *get(PyObject *module, PyObject *name)
{
    return Py_XNewRef((PyObject *)find(PyUnicode_AsUTF8(name)));
}

static PyMethodDef methods[] = {{"get", get, METH_O, NULL}, {NULL}};
