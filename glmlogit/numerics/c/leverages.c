/* The information of a logit model in other coordinates, its derivatives, and leverages: folds over z = root'x of every
   row.

   The twin of the NumPy lines in _leverages.py, which says what is computed and why. */

#include "rows.h"
#include "leverages.h"

/* What a fold has beside a tile: the root, filled up to `across` columns, and of each four of its columns the number of
   rows down to the last that is not zero; z column by column; sums of products, as in a Work. */
typedef struct {
    Work *work;
    void *memory;
    double *root, *z, *sums;
    Py_ssize_t m, across, count;
    Py_ssize_t depth[WIDEST / 4];
    double q[MOST_ROWS], first[MOST_ROWS], second[MOST_ROWS], along[MOST_ROWS];
} Fold;

/* Four columns of z over two vectors of rows at a time: eight sums stay in registers over the columns of x. */
#define PROJECTION(name, Vector)                                                                                  \
    INLINE void name(const double *x, Py_ssize_t stride, const double *root, Py_ssize_t across, Py_ssize_t depth, \
                     int rows, double *z, Py_ssize_t step)                                                        \
    {                                                                                                             \
        const int lanes = sizeof(Vector) / sizeof(double);                                                        \
        for (int i = 0; i < rows; i += 2 * lanes) {                                                               \
            Vector s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};                \
            for (Py_ssize_t j = 0; j < depth; j++) {                                                              \
                const double *from = x + j * stride + i, *r = root + j * across;                                  \
                const Vector u = *(const Vector *)from, v = *(const Vector *)(from + lanes);                      \
                s0 += u * r[0], s1 += v * r[0], s2 += u * r[1], s3 += v * r[1];                                   \
                s4 += u * r[2], s5 += v * r[2], s6 += u * r[3], s7 += v * r[3];                                   \
            }                                                                                                     \
            double *to = z + i;                                                                                   \
            *(Vector *)to = s0, *(Vector *)(to + lanes) = s1, to += step;                                         \
            *(Vector *)to = s2, *(Vector *)(to + lanes) = s3, to += step;                                         \
            *(Vector *)to = s4, *(Vector *)(to + lanes) = s5, to += step;                                         \
            *(Vector *)to = s6, *(Vector *)(to + lanes) = s7;                                                     \
        }                                                                                                         \
    }

PROJECTION(project_by_two, Two)
PROJECTION(project_by_four, Four)
PROJECTION(project_by_eight, Eight)

INLINE void project(const Fold *fold, Py_ssize_t k, int rows, double *z, Py_ssize_t step)
{
    const Work *work = fold->work;
    const double *root = fold->root + k;
    const Py_ssize_t depth = fold->depth[k / 4];
    if (work->width == 8)
        project_by_eight(work->x, work->stride, root, fold->across, depth, rows, z, step);
    else if (work->width == 4)
        project_by_four(work->x, work->stride, root, fold->across, depth, rows, z, step);
    else
        project_by_two(work->x, work->stride, root, fold->across, depth, rows, z, step);
}

/* z of each row. */
INLINE void rotate(Fold *fold, int rows)
{
    const Py_ssize_t step = fold->work->stride;
    for (Py_ssize_t k = 0; k < fold->across; k += 4)
        project(fold, k, rows, fold->z + k * step, step);
}

/* q = |z|^2 of each row; z itself is kept where there is room for it. */
INLINE void lengths(Fold *fold, int rows)
{
    Work *work = fold->work;
    const Py_ssize_t step = fold->z ? work->stride : MOST_ROWS + 8;
    double *restrict q = fold->q;
    memset(q, 0, sizeof fold->q);
    for (Py_ssize_t k = 0; k < fold->across; k += 4) {
        double *z = fold->z ? fold->z + k * step : work->left[0];
        project(fold, k, rows, z, step);
        const double *restrict z0 = z, *restrict z1 = z + step, *restrict z2 = z1 + step, *restrict z3 = z2 + step;
#pragma omp simd simdlen(8)
        for (int i = 0; i < rows; i++)
            q[i] += (z0[i] * z0[i] + z1[i] * z1[i]) + (z2[i] * z2[i] + z3[i] * z3[i]);
    }
}

typedef struct {
    double largest, squares;
} Spread;

/* Leverages h = w q take the place of q: exactly 0 where a row has no weight, however far off its columns are.
   Returns the largest q of the others, and the sum of w q^2. */
INLINE Spread weigh(Fold *fold, int rows)
{
    const double *restrict weight = fold->work->weight;
    double *restrict q = fold->q;
    double largest = 0.0, squares = 0.0;
#pragma omp simd reduction(max : largest) reduction(+ : squares) simdlen(8)
    for (int i = 0; i < rows; i++) {
        const double size = weight[i] != 0.0 ? q[i] : 0.0, h = weight[i] * size;
        q[i] = h;
        squares += h * size;
        largest = size > largest ? size : largest;
    }
    return (Spread){largest, squares};
}

/* 1 - 2p, of which the derivative of w = p (1 - p) is a multiple: from t = e^-|eta|. */
INLINE double skew(double eta, double t, double big)
{
    const double size = (1.0 - t) * big;
    return eta >= 0.0 ? -size : size;
}

INLINE Spread gradient_tile(const Data *data, Fold *fold, Py_ssize_t first, int rows, double *hat)
{
    Work *work = fold->work;
    const int filled = enter(data, work, first, rows);
    tails(work, filled);
    lengths(fold, filled);
    const Spread spread = weigh(fold, filled);
    if (hat)
        memcpy(hat + first, fold->q, sizeof(double) * (size_t)rows);
    const double *restrict eta = work->eta, *restrict t = work->t, *restrict h = fold->q;
    double *restrict third = work->residual;
#pragma omp simd simdlen(8)
    for (int i = 0; i < filled; i++)
        third[i] = h[i] * skew(eta[i], t[i], 1.0 / (1.0 + t[i]));
    add_score(work, filled);
    return spread;
}

/* out: the largest q, the sum of w q^2, then the gradient. */
CLONES static void gradient_pass(const Data *data, Fold *fold, Py_ssize_t first, Py_ssize_t stop, double *out,
                                 double *hat)
{
    const int size = fold->work->size;
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        double squares = 0.0;
        for (; first < end; first += size) {
            const Spread of = gradient_tile(data, fold, first, end - first < size ? (int)(end - first) : size, hat);
            out[0] = of.largest > out[0] ? of.largest : out[0];
            squares += of.squares;
        }
        out[1] += squares;
        flush(data, fold->work, out + 1, 0);
    }
}

/* Products of columns j, ..., j + 3 of z with j and all later ones, from column `from` on; returns the next sums. */
INLINE double *add_products(Fold *fold, Py_ssize_t from, const double *weight, int rows, double *sum)
{
    Work *work = fold->work;
    const Py_ssize_t stride = work->stride;
    for (Py_ssize_t j = from; j < fold->m; j += 4) {
        for (int k = 0; k < 4; k++)
            multiply(weight, fold->z + (j + k) * stride, work->left[k], rows);
        for (Py_ssize_t k = j; k < fold->m; k += 4, sum += 16 * work->width)
            product(work->left, fold->z + k * stride, stride, rows, work->width, sum);
    }
    return sum;
}

INLINE void curvature_tile(const Data *data, Fold *fold, Py_ssize_t start, int rows)
{
    Work *work = fold->work;
    rows = enter(data, work, start, rows);
    tails(work, rows);
    lengths(fold, rows);
    weigh(fold, rows);
    const double *restrict eta = work->eta, *restrict t = work->t, *restrict weight = work->weight;
    const double *restrict h = fold->q;
    double *restrict first = fold->first, *restrict second = fold->second;
#pragma omp simd simdlen(8)
    for (int i = 0; i < rows; i++) {
        const double big = 1.0 / (1.0 + t[i]);
        first[i] = weight[i] * skew(eta[i], t[i], big);
        second[i] = h[i] * (1.0 - 6.0 * (t[i] * big * big));
    }
    double *sum = add_products(fold, 0, second, rows, fold->sums);
    for (Py_ssize_t a = 0; a < fold->m; a++) {
        multiply(first, fold->z + a * work->stride, fold->along, rows);
        sum = add_products(fold, a & ~(Py_ssize_t)3, fold->along, rows, sum);
    }
}

/* Lanes of sums of products added to the upper triangle of m by m; returns the next sums. */
static const double *drain(const Fold *fold, Py_ssize_t from, const double *sum, double *out)
{
    const Py_ssize_t m = fold->m;
    const int width = fold->work->width;
    for (Py_ssize_t j = from; j < m; j += 4)
        for (Py_ssize_t k = j; k < m; k += 4)
            for (int e = 0; e < 16; e++, sum += width) {
                const Py_ssize_t row = j + e % 8 / 2, column = k + e / 8 * 2 + e % 2;
                if (row <= column && column < m)
                    out[row * m + column] += lanes(sum, width);
            }
    return sum;
}

/* out: the trace of the second derivatives, then the first ones, at places that rise (a <= b <= c). */
CLONES static void curvature_pass(const Data *data, Fold *fold, Py_ssize_t first, Py_ssize_t stop, double *out)
{
    const Py_ssize_t square = fold->m * fold->m;
    const int size = fold->work->size;
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        for (; first < end; first += size)
            curvature_tile(data, fold, first, end - first < size ? (int)(end - first) : size);
        const double *sum = drain(fold, 0, fold->sums, out);
        for (Py_ssize_t a = 0; a < fold->m; a++)
            sum = drain(fold, a & ~(Py_ssize_t)3, sum, out + (1 + a) * square);
        memset(fold->sums, 0, sizeof(double) * (size_t)fold->count);
    }
}

INLINE void rotated_tile(const Data *data, Fold *fold, Py_ssize_t first, int rows)
{
    Work *work = fold->work;
    rows = enter(data, work, first, rows);
    tails(work, rows);
    rotate(fold, rows);
    add_products(fold, 0, work->weight, rows, fold->sums);
}

/* out: the upper triangle of the information. */
CLONES static void rotated_pass(const Data *data, Fold *fold, Py_ssize_t first, Py_ssize_t stop, double *out)
{
    const int size = fold->work->size;
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        for (; first < end; first += size)
            rotated_tile(data, fold, first, end - first < size ? (int)(end - first) : size);
        drain(fold, 0, fold->sums, out);
        memset(fold->sums, 0, sizeof(double) * (size_t)fold->count);
    }
}

/* Sums of w' z^3, four columns of z at a time. */
INLINE void cubes_tile(const Data *data, Fold *fold, Py_ssize_t first, int rows)
{
    Work *work = fold->work;
    rows = enter(data, work, first, rows);
    tails(work, rows);
    rotate(fold, rows);
    const double *restrict eta = work->eta, *restrict t = work->t, *restrict weight = work->weight;
    double *restrict third = fold->first;
#pragma omp simd simdlen(8)
    for (int i = 0; i < rows; i++)
        third[i] = weight[i] * skew(eta[i], t[i], 1.0 / (1.0 + t[i]));
    for (Py_ssize_t k = 0; k < fold->across; k += 4) {
        const double *restrict z0 = fold->z + k * work->stride, *restrict z1 = z0 + work->stride;
        const double *restrict z2 = z1 + work->stride, *restrict z3 = z2 + work->stride;
        double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
#pragma omp simd reduction(+ : s0, s1, s2, s3) simdlen(8)
        for (int i = 0; i < rows; i++) {
            s0 += third[i] * z0[i] * z0[i] * z0[i];
            s1 += third[i] * z1[i] * z1[i] * z1[i];
            s2 += third[i] * z2[i] * z2[i] * z2[i];
            s3 += third[i] * z3[i] * z3[i] * z3[i];
        }
        double *sum = fold->sums + k;
        sum[0] += s0, sum[1] += s1, sum[2] += s2, sum[3] += s3;
    }
}

/* out: a sum for each column of the root. */
CLONES static void cubes_pass(const Data *data, Fold *fold, Py_ssize_t first, Py_ssize_t stop, double *out)
{
    const int size = fold->work->size;
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        for (; first < end; first += size)
            cubes_tile(data, fold, first, end - first < size ? (int)(end - first) : size);
        for (Py_ssize_t k = 0; k < fold->m; k++)
            out[k] += fold->sums[k];
        memset(fold->sums, 0, sizeof(double) * (size_t)fold->count);
    }
}

typedef enum { GRADIENT, CURVATURE, ROTATED, CUBES } Kind;

/* Four by four blocks of products in add_products, for the trace and for each first derivative where these are asked
   for. */
static Py_ssize_t blocks_of_products(Kind kind, Py_ssize_t m)
{
    const Py_ssize_t all = (m + 3) / 4;
    Py_ssize_t blocks = kind == GRADIENT || kind == CUBES ? 0 : all * (all + 1) / 2;
    for (Py_ssize_t a = 0; kind == CURVATURE && a < m; a++)
        blocks += (all - a / 4) * (all - a / 4 + 1) / 2;
    return blocks;
}

static void copy_root(Fold *fold, const double *root, Py_ssize_t p)
{
    for (Py_ssize_t j = 0; j < p; j++)
        for (Py_ssize_t k = 0; k < fold->m; k++) {
            fold->root[j * fold->across + k] = root[j * fold->m + k];
            if (root[j * fold->m + k] != 0.0)
                fold->depth[k / 4] = j + 1;
        }
}

static void release(Fold *fold)
{
    if (!fold)
        return;
    free(fold->work);
    free(fold->memory);
    free(fold);
}

static Fold *open_fold(const Data *data, const double *root, Py_ssize_t m, Kind kind)
{
    Fold *fold = calloc(1, sizeof(Fold));
    if (!fold || !(fold->work = prepare(data))) {
        release(fold);
        return NULL;
    }
    fold->m = m, fold->across = (m + 3) & ~(Py_ssize_t)3;
    fold->count = kind == CUBES ? fold->across : 16 * fold->work->width * blocks_of_products(kind, m);
    /* All parts are whole cache lines of eight doubles. */
    const Py_ssize_t columns = (data->p * fold->across + 7) & ~(Py_ssize_t)7;
    const Py_ssize_t z = kind == GRADIENT ? 0 : fold->across * fold->work->stride;
    fold->memory = calloc((size_t)(columns + z + fold->count + 8), sizeof(double));
    if (!fold->memory) {
        release(fold);
        return NULL;
    }
    fold->root = (double *)((char *)fold->memory + (64 - (uintptr_t)fold->memory % 64) % 64);
    fold->z = kind == GRADIENT ? NULL : fold->root + columns;
    fold->sums = fold->root + columns + z;
    copy_root(fold, root, data->p);
    return fold;
}

/* Arguments: those of a Data up to beta, then these. */
enum { ROOT = BETA + 1, OUT, HAT, ALL };

static int take_root(PyObject *object, Py_buffer *view, Py_ssize_t p, Py_ssize_t most)
{
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (view->ndim != 2 || view->shape[0] != p || view->shape[1] < 1 || view->shape[1] > most)
        return refuse("the root must have as many rows as X has columns, and not too many columns");
    if (!is_format(view, "d") || (uintptr_t)view->buf % sizeof(double))
        return refuse("the root is not of float64");
    return 0;
}

static int take_writable(PyObject *object, Py_buffer *view, Py_ssize_t count)
{
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0)
        return -1;
    if (!is_format(view, "d") || view->len != count * (Py_ssize_t)sizeof(double) || (uintptr_t)view->buf % sizeof(double))
        return refuse("an output is not of float64 or of another size");
    return 0;
}

static Py_ssize_t outputs(Kind kind, Py_ssize_t p, Py_ssize_t m)
{
    return kind == GRADIENT ? 2 + p : kind == CURVATURE ? (1 + m) * m * m : kind == CUBES ? m : m * m;
}

static int take_all(PyObject *const object[], Py_buffer view[], Data *data, Kind kind)
{
    if (take_matrix(object[MATRIX], view + MATRIX, data, 1) < 0)
        return -1;
    const Py_ssize_t n = data->n, p = data->p;
    const double **to[] = {NULL,           &data->events, &data->trials, &data->nonevents, &data->weights,
                           &data->offset, &data->limit,  &data->beta};
    for (int i = EVENTS; i <= BETA; i++)
        if (take_vector(object[i], view + i, i < BETA ? n : p, i == EVENTS || i == BETA, to[i]) < 0)
            return -1;
    if (take_root(object[ROOT], view + ROOT, p, kind == CURVATURE ? WIDEST_CURVATURE : WIDEST) < 0)
        return -1;
    if (take_writable(object[OUT], view + OUT, outputs(kind, p, view[ROOT].shape[1])) < 0)
        return -1;
    return object[HAT] == Py_None ? 0 : take_writable(object[HAT], view + HAT, n);
}

static void run(const Data *data, Fold *fold, const Py_buffer view[], Py_ssize_t first, Py_ssize_t stop, Kind kind)
{
    double *out = view[OUT].buf;
    memset(out, 0, (size_t)view[OUT].len);
    if (kind == CURVATURE)
        curvature_pass(data, fold, first, stop, out);
    else if (kind == ROTATED)
        rotated_pass(data, fold, first, stop, out);
    else if (kind == CUBES)
        cubes_pass(data, fold, first, stop, out);
    else
        gradient_pass(data, fold, first, stop, out, view[HAT].obj ? view[HAT].buf : NULL);
}

static PyObject *fold_rows(PyObject *const object[], Py_ssize_t first, Py_ssize_t stop, Kind kind)
{
    Py_buffer view[ALL];
    Data data = {0};
    Fold *fold = NULL;
    memset(view, 0, sizeof view);
    int failed = take_all(object, view, &data, kind) < 0;
    if (!failed && (first < 0 || stop < first || stop > data.n))
        failed = refuse("no such rows");
    else if (!failed && !(fold = open_fold(&data, view[ROOT].buf, view[ROOT].shape[1], kind))) {
        PyErr_NoMemory();
        failed = 1;
    }
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        run(&data, fold, view, first, stop, kind);
        Py_END_ALLOW_THREADS
    }
    release(fold);
    release_buffers(view, ALL);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* info_gradient(X, events, trials, nonevents, weights, offset, limit, beta, root, out, hat, first, stop) -> None */
PyObject *glmlogit_info_gradient(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[ALL];
    Py_ssize_t first, stop;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOnn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, object + 9, object + 10, &first, &stop))
        return NULL;
    return fold_rows(object, first, stop, GRADIENT);
}

/* Arguments of a fold that has no leverages to give: up to out, then the rows. */
static PyObject *fold_arguments(PyObject *args, Kind kind)
{
    PyObject *object[ALL];
    Py_ssize_t first, stop;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOnn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, object + 9, &first, &stop))
        return NULL;
    object[HAT] = Py_None;
    return fold_rows(object, first, stop, kind);
}

/* info_curvature(X, events, trials, nonevents, weights, offset, limit, beta, root, out, first, stop) -> None */
PyObject *glmlogit_info_curvature(PyObject *self, PyObject *args)
{
    (void)self;
    return fold_arguments(args, CURVATURE);
}

/* rotated_information(X, events, trials, nonevents, weights, offset, limit, beta, root, out, first, stop) -> None */
PyObject *glmlogit_rotated_information(PyObject *self, PyObject *args)
{
    (void)self;
    return fold_arguments(args, ROTATED);
}

/* info_cubes(X, events, trials, nonevents, weights, offset, limit, beta, root, out, first, stop) -> None */
PyObject *glmlogit_info_cubes(PyObject *self, PyObject *args)
{
    (void)self;
    return fold_arguments(args, CUBES);
}
