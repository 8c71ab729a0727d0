/* Folds over rows that weigh them by their leverages, beside the row pass in the same extension module. */

#ifndef GLMLOGIT_LEVERAGES_H
#define GLMLOGIT_LEVERAGES_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#define WIDEST_CURVATURE 64 /* columns of a root: beyond, sums of products of three leave the cache */

PyObject *glmlogit_info_gradient(PyObject *self, PyObject *args);
PyObject *glmlogit_info_curvature(PyObject *self, PyObject *args);
PyObject *glmlogit_rotated_information(PyObject *self, PyObject *args);
PyObject *glmlogit_info_cubes(PyObject *self, PyObject *args);

#endif
