/* Near miss: what only the set-up of the module changes, and a variable of the project's own by such a name. */
#include <Python.h>
#include <readline/readline.h>

static _Thread_local int rl_calls;

static PyObject *
get_delimiters(PyObject *module, PyObject *unused)
{
    rl_calls = 1;
    return PyUnicode_FromString(rl_completer_word_break_characters);
}

static int
module_exec(PyObject *module)
{
    rl_completer_word_break_characters = " \t\n";
    return 0;
}

static PyMethodDef methods[] = {{"get_delimiters", get_delimiters, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, module_exec}, {Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "editor", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_editor(void) { return PyModuleDef_Init(&definition); }
