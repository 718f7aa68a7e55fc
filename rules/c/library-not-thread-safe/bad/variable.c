/* The library has one string of delimiters, which one function replaces while another reads it. */
#include <Python.h>
#include <readline/readline.h>

static PyObject *
set_delimiters(PyObject *module, PyObject *text)
{
    char *old = (char *)rl_completer_word_break_characters;  /* FIRES */
    rl_completer_word_break_characters = strdup(PyUnicode_AsUTF8(text));
    free(old);
    Py_RETURN_NONE;
}

static PyObject *
get_delimiters(PyObject *module, PyObject *unused)
{
    return PyUnicode_FromString(rl_completer_word_break_characters);  /* FIRES */
}

static PyMethodDef methods[] = {
    {"set_delimiters", set_delimiters, METH_O, NULL},
    {"get_delimiters", get_delimiters, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_gil, Py_MOD_GIL_NOT_USED}, {0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "editor", NULL, 0, methods, slots};
PyMODINIT_FUNC PyInit_editor(void) { return PyModuleDef_Init(&definition); }
