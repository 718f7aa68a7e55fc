/* The part of CPython's binary interface that an extension module's description uses, in our own words, so
 * that cases can be compiled for any machine without an interpreter. Offsets were checked against
 * rules/facts/slots.toml by the cases themselves.
 *
 * FT      free-threaded layout (cp313t and later); without it, the layout of builds with the GIL
 * PY315   slot ids of the 3.15 headers; without it, those of 3.13 and 3.14
 * PY313   the object header of 3.13; PY312 that of 3.12; without them, that of 3.14 and later
 */
#ifndef PYABI_H
#define PYABI_H

typedef __SIZE_TYPE__ size;
typedef struct object PyObject;

#ifdef _WIN32
#define EXPORT __attribute__((dllexport))
#define IMPORT __attribute__((dllimport))
#else
#define EXPORT __attribute__((visibility("default")))
#define IMPORT
#endif
#define HIDDEN static

#ifdef FT
typedef struct {
    size tid;
    unsigned short flags;
    unsigned char mutex, gc_bits;
    unsigned ref_local;
    size ref_shared;
    void *type;
} Head;
#ifdef PY313
#define HEAD { 0, 0, 0, 0, 0xffffffffu, 0, 0 }
#else
#define HEAD { 0, 4, 0, 0, 0xffffffffu, 0, 0 }
#endif
#else
typedef struct {
#if defined(PY312) || defined(PY313)
    size refcnt;
#ifdef PY312
#define HEAD { 1, 0 }
#else
#define HEAD { 0xffffffffu, 0 }
#endif
#elif __SIZEOF_POINTER__ == 8
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    unsigned short flags, overflow;
    unsigned refcnt;
#define HEAD { 5, 0, 0xc0000000u, 0 }
#else
    unsigned refcnt;
    unsigned short overflow, flags;
#define HEAD { 0xc0000000u, 0, 5, 0 }
#endif
#else
    unsigned refcnt;
#define HEAD { 0x70000000u, 0 }
#endif
    void *type;
} Head;
#endif

typedef struct { const char *name; void *meth; int flags; const char *doc; } PyMethodDef;
typedef struct { int slot; void *value; } PyModuleDef_Slot;
typedef struct {
    Head head;
    void *init;
    size index;
    void *copy;
    const char *name, *doc;
    size state_size;
    PyMethodDef *methods;
    PyModuleDef_Slot *slots;
    void *traverse, *clear, *free;
} PyModuleDef;

/* 3.15 */
typedef struct { unsigned short id, flags; unsigned reserved; union { void *ptr; unsigned long long word; } value; } PySlot;
typedef struct { unsigned char major, minor; unsigned short flags; unsigned build_version, abi_version; } PyABIInfo;

#ifdef PY315
enum { MOD_CREATE = 84, MOD_EXEC = 85, MOD_INTERPRETERS = 86, MOD_GIL = 87 };
#else
enum { MOD_CREATE = 1, MOD_EXEC = 2, MOD_INTERPRETERS = 3, MOD_GIL = 4 };
#endif
enum { SLOT_SUBSLOTS = 92, MOD_SLOTS = 94, MOD_NAME = 100, MOD_ABI = 109 };
enum { INTPTR = 4 };

#ifdef __cplusplus
extern "C" {
#endif
IMPORT PyObject *PyModuleDef_Init(PyModuleDef *);
IMPORT PyObject *PyModule_Create2(PyModuleDef *, int);
IMPORT int PyUnstable_Module_SetGIL(PyObject *, void *);
IMPORT int PyModule_AddIntConstant(PyObject *, const char *, long);
IMPORT const char *Py_GetVersion(void);
#ifdef __cplusplus
}
#endif

#endif
