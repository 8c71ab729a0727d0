/* Coordinate descent for quadratic functions with absolute values and limits; twins in numerics/descent.py. */

#include "active_set.h"
#include "arguments.h"

/* Where a coordinate of curvature h and gradient z = g + h x (of what is maximised) has its best value. */
INLINE double best(double z, double h, double l1, double low, double high)
{
    const double size = fabs(z) - l1;
    double x = size > 0 ? copysign(size, z) / h : 0.0;
    x = x < low ? low : x;
    return x > high ? high : x;
}

/* A sweep over coordinates; returns the largest fall of the function, in h d². */
CLONES static double sweep_gram(const double *H, Py_ssize_t p, const Py_ssize_t *which, Py_ssize_t count,
                                const double *l1, const double *low, const double *high, double *x, double *g)
{
    double largest = 0.0;
    for (Py_ssize_t k = 0; k < count; k++) {
        const Py_ssize_t j = which[k];
        const double *row = H + j * p, h = row[j];
        if (!(h > 0))
            continue;
        const double value = best(g[j] + h * x[j], h, l1[j], low[j], high[j]), d = value - x[j];
        if (d == 0.0)
            continue;
        x[j] = value;
        for (Py_ssize_t i = 0; i < p; i++)
            g[i] -= d * row[i];
        largest = h * d * d > largest ? h * d * d : largest;
    }
    return largest;
}

/* (H, l1, low, high, x, g, tolerance, sweeps): x and g are changed in place; returns the largest fall of the last
   sweep over all coordinates. Between two of these only coordinates that are not 0 are swept. */
static PyObject *descend_gram(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[6];
    Py_buffer view[6] = {{0}};
    double tolerance, fall = 0.0;
    Py_ssize_t sweeps, *which = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOOdn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          &tolerance, &sweeps))
        return NULL;
    int failed = take(object, view, "ddddDD", 6);
    if (!failed) {
        const Py_ssize_t p = view[4].len / 8;
        const double *H = view[0].buf, *l1 = view[1].buf, *low = view[2].buf, *high = view[3].buf;
        double *x = view[4].buf, *g = view[5].buf;
        if (view[0].len / 8 != p * p || !lengths_are(view, 1, 6, p))
            failed = refuse("shapes disagree");
        else if (!(which = malloc(sizeof(Py_ssize_t) * (size_t)(2 * p + 1)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            Py_ssize_t *nonzero = which + p;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t j = 0; j < p; j++)
                which[j] = j;
            while (sweeps-- > 0) {
                fall = sweep_gram(H, p, which, p, l1, low, high, x, g);
                if (fall <= tolerance)
                    break;
                Py_ssize_t count = 0;
                for (Py_ssize_t j = 0; j < p; j++)
                    if (x[j] != 0.0)
                        nonzero[count++] = j;
                while (sweeps-- > 0 && sweep_gram(H, p, nonzero, count, l1, low, high, x, g) > tolerance)
                    ;
            }
            Py_END_ALLOW_THREADS
        }
    }
    free(which);
    return release(view, 6, failed, fall);
}

/* A sweep over groups of K neighbours, d (K,) to work in; returns the largest fall of the function, in bound |d|². */
CLONES static double sweep_groups(const double *H, Py_ssize_t K, Py_ssize_t q, const Py_ssize_t *which,
                                  Py_ssize_t count, const double *l1, const double *bound, double *x, double *g,
                                  double *d)
{
    double largest = 0.0;
    for (Py_ssize_t k = 0; k < count; k++) {
        const Py_ssize_t j = which[k];
        const double h = bound[j];
        if (!(h > 0))
            continue;
        double *const own = x + j * K, size = 0.0, moved = 0.0;
        for (Py_ssize_t i = 0; i < K; i++) {
            d[i] = h * own[i] + g[j * K + i];
            size += d[i] * d[i];
        }
        size = sqrt(size);
        const double share = size > l1[j] ? (size - l1[j]) / (size * h) : 0.0;
        for (Py_ssize_t i = 0; i < K; i++) {
            d[i] = d[i] * share - own[i];
            moved += d[i] * d[i];
            own[i] += d[i];
        }
        if (moved == 0.0)
            continue;
        for (Py_ssize_t i = 0; i < K; i++) {
            const double *row = H + (j * K + i) * q;
            for (Py_ssize_t m = 0; m < q; m++)
                g[m] -= d[i] * row[m];
        }
        largest = h * moved > largest ? h * moved : largest;
    }
    return largest;
}

/* (H, l1, bound, x, g, tolerance, sweeps): as descend_gram, over groups of neighbours whose norms are penalised. */
static PyObject *descend_groups(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[5];
    Py_buffer view[5] = {{0}};
    double tolerance, fall = 0.0, *d = NULL;
    Py_ssize_t sweeps, *which = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOdn", object, object + 1, object + 2, object + 3, object + 4, &tolerance, &sweeps))
        return NULL;
    int failed = take(object, view, "dddDD", 5);
    if (!failed) {
        const Py_ssize_t q = view[3].len / 8, G = view[1].len / 8, K = G ? q / G : 0;
        const double *H = view[0].buf, *l1 = view[1].buf, *bound = view[2].buf;
        double *x = view[3].buf, *g = view[4].buf;
        if (view[0].len / 8 != q * q || K * G != q || !lengths_are(view, 2, 3, G) || !lengths_are(view, 4, 5, q))
            failed = refuse("shapes disagree");
        else if (!(which = malloc(sizeof(Py_ssize_t) * (size_t)(2 * G + 1))) ||
                 !(d = malloc(sizeof(double) * (size_t)(K + 1)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            Py_ssize_t *nonzero = which + G;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t j = 0; j < G; j++)
                which[j] = j;
            while (sweeps-- > 0) {
                fall = sweep_groups(H, K, q, which, G, l1, bound, x, g, d);
                if (fall <= tolerance)
                    break;
                Py_ssize_t count = 0;
                for (Py_ssize_t j = 0; j < G; j++)
                    for (Py_ssize_t i = 0; i < K; i++)
                        if (x[j * K + i] != 0.0) {
                            nonzero[count++] = j;
                            break;
                        }
                while (sweeps-- > 0 && sweep_groups(H, K, q, nonzero, count, l1, bound, x, g, d) > tolerance)
                    ;
            }
            Py_END_ALLOW_THREADS
        }
    }
    free(which);
    free(d);
    return release(view, 5, failed, fall);
}

/* Columns of a model: sparse by columns, or dense ones (`row` is NULL) in Fortran's order. */
typedef struct {
    const int64_t *first;
    const int32_t *row;
    const double *value;
    Py_ssize_t n;
} Columns;

CLONES static double dense_dot(const double *value, const double *r, Py_ssize_t n)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    Py_ssize_t i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 += value[i] * r[i];
        s1 += value[i + 1] * r[i + 1];
        s2 += value[i + 2] * r[i + 2];
        s3 += value[i + 3] * r[i + 3];
    }
    for (; i < n; i++)
        s0 += value[i] * r[i];
    return (s0 + s1) + (s2 + s3);
}

CLONES static void dense_update(const double *value, const double *omega, double d, double *r, Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++)
        r[i] -= d * omega[i] * value[i];
}

INLINE double dot(const Columns *X, Py_ssize_t j, const double *r)
{
    if (!X->row)
        return dense_dot(X->value + j * X->n, r, X->n);
    double sum = 0.0;
    for (int64_t k = X->first[j]; k < X->first[j + 1]; k++)
        sum += X->value[k] * r[X->row[k]];
    return sum;
}

INLINE void update(const Columns *X, Py_ssize_t j, const double *omega, double d, double *r)
{
    if (!X->row)
        dense_update(X->value + j * X->n, omega, d, r, X->n);
    else
        for (int64_t k = X->first[j]; k < X->first[j + 1]; k++)
            r[X->row[k]] -= d * omega[X->row[k]] * X->value[k];
}

/* What the sweeps over columns read (one number a column), and what they change. */
typedef struct {
    const double *omega, *sum, *mean, *curvature, *l1, *l2, *low, *high;
    double *x, *r, shift;
} Fit;

static double sweep_columns(const Columns *X, const int64_t *which, Py_ssize_t count, Fit *fit)
{
    double largest = 0.0;
    for (Py_ssize_t k = 0; k < count; k++) {
        const Py_ssize_t j = which[k];
        const double h = fit->curvature[j] + fit->l2[j];
        if (!(h > 0))
            continue;
        const double g = dot(X, j, fit->r) + fit->shift * fit->sum[j];
        const double value = best(g + fit->curvature[j] * fit->x[j], h, fit->l1[j], fit->low[j], fit->high[j]);
        const double d = value - fit->x[j];
        if (d == 0.0)
            continue;
        fit->x[j] = value;
        update(X, j, fit->omega, d, fit->r);
        fit->shift += d * fit->mean[j];
        largest = h * d * d > largest ? h * d * d : largest;
    }
    return largest;
}

/* (first, row, value, which, omega, sum, mean, curvature, l1, l2, low, high, x, r, shift, tolerance, sweeps): x, r and
   shift (1,) are changed in place. The residual of a row is r + shift·omega: columns are centred, at `mean`, without
   being written out. */
static PyObject *descend_columns(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[15];
    Py_buffer view[15] = {{0}};
    double tolerance, fall = 0.0;
    Py_ssize_t sweeps;
    int64_t *nonzero = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOOOOdn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, object + 9, object + 10, object + 11, object + 12,
                          object + 13, object + 14, &tolerance, &sweeps))
        return NULL;
    int failed = take(object, view, "QIdqddddddddDDD", 15);
    if (!failed) {
        const Py_ssize_t n = view[13].len / 8, p = view[12].len / 8, count = view[3].len / 8;
        const Columns X = {view[0].buf, view[1].buf, view[2].buf, n};
        const int64_t *which = view[3].buf;
        double *shift = view[14].buf;
        Fit fit = {view[4].buf, view[5].buf, view[6].buf,  view[7].buf,  view[8].buf, view[9].buf,
                   view[10].buf, view[11].buf, view[12].buf, view[13].buf, 0.0};
        int inside = view[4].len / 8 == n && lengths_are(view, 5, 13, p) && view[14].len == 8;
        inside = inside && (X.row ? view[0].len / 8 == p + 1 && X.first[0] >= 0 : view[2].len / 8 == n * p);
        for (Py_ssize_t j = 0; inside && X.row && j < p; j++)
            inside = X.first[j] <= X.first[j + 1];
        inside = inside && (!X.row || (X.first[p] <= view[1].len / 4 && X.first[p] <= view[2].len / 8));
        for (int64_t k = 0; inside && X.row && k < X.first[p]; k++)
            inside = X.row[k] >= 0 && X.row[k] < n;
        for (Py_ssize_t k = 0; inside && k < count; k++)
            inside = which[k] >= 0 && which[k] < p;
        if (!inside)
            failed = refuse("shapes disagree");
        else if (!(nonzero = malloc(sizeof(int64_t) * (size_t)(count + 1)))) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            Py_BEGIN_ALLOW_THREADS
            fit.shift = *shift;
            while (sweeps-- > 0) {
                fall = sweep_columns(&X, which, count, &fit);
                if (fall <= tolerance)
                    break;
                Py_ssize_t used = 0;
                for (Py_ssize_t k = 0; k < count; k++)
                    if (fit.x[which[k]] != 0.0)
                        nonzero[used++] = which[k];
                while (sweeps-- > 0 && sweep_columns(&X, nonzero, used, &fit) > tolerance)
                    ;
            }
            *shift = fit.shift;
            Py_END_ALLOW_THREADS
        }
    }
    free(nonzero);
    return release(view, 15, failed, fall);
}

/* Whether columns lie inside their arrays, of n rows and p columns. */
static int sparse_inside(const Py_buffer *view, Py_ssize_t n, Py_ssize_t p)
{
    const int64_t *first = view[0].buf;
    const int32_t *row = view[1].buf;
    int inside = first && row && view[0].len / 8 == p + 1 && first[0] >= 0;
    for (Py_ssize_t j = 0; inside && j < p; j++)
        inside = first[j] <= first[j + 1];
    inside = inside && first[p] <= view[1].len / 4 && first[p] <= view[2].len / 8;
    for (int64_t k = 0; inside && k < first[p]; k++)
        inside = row[k] >= 0 && row[k] < n;
    return inside;
}

/* (first, row, value, weight, mean, squares): weighted means (p,) of sparse columns and sums of squares about them, of
   zeros by the weight that is left. */
static PyObject *moments(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[6];
    Py_buffer view[6] = {{0}};
    if (!PyArg_ParseTuple(args, "OOOOOO", object, object + 1, object + 2, object + 3, object + 4, object + 5))
        return NULL;
    int failed = take(object, view, "qiddDD", 6);
    if (!failed) {
        const Py_ssize_t n = view[3].len / 8, p = view[4].len / 8;
        if (!sparse_inside(view, n, p) || view[5].len / 8 != p)
            failed = refuse("shapes disagree");
        else {
            const int64_t *first = view[0].buf;
            const int32_t *row = view[1].buf;
            const double *value = view[2].buf, *weight = view[3].buf;
            double *mean = view[4].buf, *squares = view[5].buf, total = 0.0;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t i = 0; i < n; i++)
                total += weight[i];
            for (Py_ssize_t j = 0; j < p; j++) {
                double sum = 0.0, held = 0.0, about = 0.0;
                for (int64_t k = first[j]; k < first[j + 1]; k++) {
                    const double w = weight[row[k]];
                    sum += w * value[k], held += w;
                }
                mean[j] = sum / total;
                for (int64_t k = first[j]; k < first[j + 1]; k++) {
                    const double d = value[k] - mean[j];
                    about += weight[row[k]] * d * d;
                }
                squares[j] = about + (total > held ? total - held : 0.0) * mean[j] * mean[j];
            }
            Py_END_ALLOW_THREADS
        }
    }
    return release(view, 6, failed, 0.0);
}

/* Rows of the root of a matrix of products: values times the roots of weights, row by row. */
typedef struct {
    int64_t *first;
    int32_t *column;
    double *value;
    Py_ssize_t n, p;
} Rooted;

/* to = (X'WX - total mean mean' + diag(l2)) v, each row of X read once. */
static void times_rooted(const Rooted *X, const double *mean, double total, const double *l2, const double *v,
                         double *to)
{
    double along = 0.0;
    for (Py_ssize_t j = 0; j < X->p; j++)
        along += mean[j] * v[j];
    for (Py_ssize_t j = 0; j < X->p; j++)
        to[j] = l2[j] * v[j] - total * along * mean[j];
    for (Py_ssize_t i = 0; i < X->n; i++) {
        double eta = 0.0;
        for (int64_t k = X->first[i]; k < X->first[i + 1]; k++)
            eta += X->value[k] * v[X->column[k]];
        for (int64_t k = X->first[i]; k < X->first[i + 1]; k++)
            to[X->column[k]] += eta * X->value[k];
    }
}

/* The columns `which`, turned to rows. */
static int rooted(const Columns *X, const int64_t *which, Py_ssize_t count, const double *weight, Rooted *to)
{
    int64_t size = 0;
    for (Py_ssize_t c = 0; c < count; c++)
        size += X->first[which[c] + 1] - X->first[which[c]];
    to->n = X->n, to->p = count;
    to->first = calloc((size_t)X->n + 2, sizeof(int64_t));
    to->column = malloc(sizeof(int32_t) * (size_t)(size + 1));
    to->value = malloc(sizeof(double) * (size_t)(size + 1));
    if (!to->first || !to->column || !to->value)
        return 0;
    for (Py_ssize_t c = 0; c < count; c++)
        for (int64_t k = X->first[which[c]]; k < X->first[which[c] + 1]; k++)
            to->first[X->row[k] + 2]++;
    for (Py_ssize_t i = 2; i <= X->n + 1; i++)
        to->first[i] += to->first[i - 1];
    for (Py_ssize_t c = 0; c < count; c++)
        for (int64_t k = X->first[which[c]]; k < X->first[which[c] + 1]; k++) {
            const int64_t at = to->first[X->row[k] + 1]++;
            to->column[at] = (int32_t)c;
            to->value[at] = sqrt(weight[X->row[k]]) * X->value[k];
        }
    return 1;
}

/* Steps of the method for H x = v from x = 0, until what is left, in the metric of the diagonal, is a share of v;
   work (3, p). */
static void gradients(const Rooted *X, const double *mean, double total, const double *l2, const double *diagonal,
                      const double *v, double *x, double *work, double left, Py_ssize_t steps)
{
    const Py_ssize_t p = X->p;
    double *r = work, *along = work + p, *q = work + 2 * p, rho = 0.0;
    for (Py_ssize_t j = 0; j < p; j++) {
        x[j] = 0.0, r[j] = v[j], along[j] = v[j] / diagonal[j];
        rho += r[j] * along[j];
    }
    const double least = left * left * rho;
    while (steps-- > 0 && rho > least) {
        double curvature = 0.0, next = 0.0;
        times_rooted(X, mean, total, l2, along, q);
        for (Py_ssize_t j = 0; j < p; j++)
            curvature += along[j] * q[j];
        const double length = rho / curvature;
        for (Py_ssize_t j = 0; j < p; j++) {
            x[j] += length * along[j];
            r[j] -= length * q[j];
            next += r[j] * (r[j] / diagonal[j]);
        }
        for (Py_ssize_t j = 0; j < p; j++)
            along[j] = r[j] / diagonal[j] + next / rho * along[j];
        rho = next;
    }
}

/* (first, row, value, which, weight, mean, l2, diagonal, v, x, left, steps): x (k,) becomes H⁻¹v by conjugate
   gradients, H being the products of the k sparse columns `which` about their means and l2 on the diagonal. */
static PyObject *conjugate_gradients(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[10];
    Py_buffer view[10] = {{0}};
    double left;
    Py_ssize_t steps;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOdn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, object + 9, &left, &steps))
        return NULL;
    int failed = take(object, view, "qidqdddddD", 10);
    if (!failed) {
        const Py_ssize_t p = view[0].len / 8 - 1, n = view[4].len / 8, count = view[3].len / 8;
        const int64_t *which = view[3].buf;
        int inside = sparse_inside(view, n, p) && lengths_are(view, 5, 10, count) && count < INT32_MAX;
        for (Py_ssize_t c = 0; inside && c < count; c++)
            inside = which[c] >= 0 && which[c] < p;
        if (!inside)
            failed = refuse("shapes disagree");
        else {
            const Columns X = {view[0].buf, view[1].buf, view[2].buf, n};
            const double *weight = view[4].buf;
            double *work = malloc(sizeof(double) * (size_t)(3 * count + 1)), total = 0.0;
            Rooted root = {0};
            int ready;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t i = 0; i < n; i++)
                total += weight[i];
            ready = work && rooted(&X, which, count, weight, &root);
            if (ready)
                gradients(&root, view[5].buf, total, view[6].buf, view[7].buf, view[8].buf, view[9].buf, work, left,
                          steps);
            Py_END_ALLOW_THREADS
            free(work), free(root.first), free(root.column), free(root.value);
            if (!ready) {
                PyErr_NoMemory();
                failed = 1;
            }
        }
    }
    return release(view, 10, failed, 0.0);
}

static PyMethodDef methods[] = {
    {"descend_gram", descend_gram, METH_VARARGS, "Coordinate descent on a matrix of products."},
    {"descend_groups", descend_groups, METH_VARARGS, "Coordinate descent by groups on a matrix of products."},
    {"descend_columns", descend_columns, METH_VARARGS, "Coordinate descent on columns and a residual."},
    {"moments", moments, METH_VARARGS, "Weighted means and sums of squares of sparse columns."},
    {"conjugate_gradients", conjugate_gradients, METH_VARARGS, "Solution by products with sparse columns."},
    {"active_set", active_set, METH_VARARGS, "Steps to a penalised maximum by what is not 0."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_descent", "Coordinate descent.", 0, methods, NULL, NULL,
                                    NULL, NULL};

PyMODINIT_FUNC PyInit__descent(void)
{
    return PyModule_Create(&module);
}
