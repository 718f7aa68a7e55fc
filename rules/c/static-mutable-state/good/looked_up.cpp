// Near miss: the container that all threads share is filled while the module is made, or under a lock.
#include <Python.h>
#include <mutex>
#include <unordered_map>

static std::unordered_map<std::string, int> fixed;
static std::unordered_map<std::string, PyTypeObject *> known;
static std::mutex known_lock;

static PyTypeObject *find(const std::string &name)
{
    std::lock_guard<std::mutex> guard(known_lock);
    auto it = known.find(name);
    if (it != known.end()) {
        return it->second;
    }
    PyTypeObject *made = make_type(name);
    known[name] = made;
    return made;
}

static PyObject *get(PyObject *module, PyObject *name)
{
    auto it = fixed.find(PyUnicode_AsUTF8(name));
    if (it != fixed.end()) {
        return PyLong_FromLong(it->second);
    }
    return Py_XNewRef((PyObject *)find(PyUnicode_AsUTF8(name)));
}

static PyMethodDef methods[] = {{"get", get, METH_O, NULL}, {NULL}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "kinds", NULL, 0, methods};

PyMODINIT_FUNC PyInit_kinds(void)
{
    fixed["one"] = 1;
    return PyModuleDef_Init(&definition);
}
