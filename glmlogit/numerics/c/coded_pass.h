/* What _rowpass.c lists of _cells.c. */

#ifndef GLMLOGIT_CELLS_H
#define GLMLOGIT_CELLS_H

#define MOST_CELLS 32 /* sets of cells in one call */

PyObject *glmlogit_accumulate_cells(PyObject *self, PyObject *args);
PyObject *glmlogit_accumulate_events(PyObject *self, PyObject *args);

#endif
