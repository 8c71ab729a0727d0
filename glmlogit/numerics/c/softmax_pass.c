/* One pass over the rows of a multinomial logit: log-likelihood, score and all blocks of the information.

   The twin of the NumPy lines in softmax_pass.py, which say what is computed and why. Outcome 0 is the base, whose
   predictor is 0; r = K - 1 outcomes have coefficients, p each, one outcome after the other. */

#include "rows.h"

/* Outcome numbers (n,), or counts (n, K); an offset (n, r); which outcomes are possible (n, K). */
typedef struct {
    Data rows;
    Py_ssize_t levels;
    const int32_t *codes;
    const double *counts, *weights, *offset, *scale;
    const uint8_t *possible;
} Outcomes;

/* Vectors of a tile by outcome: predictors, then exponentials, then probabilities; observed weights; residuals. */
typedef struct {
    Work *work;
    double *beta, *score, *gram;  /* r times padded columns; r times score; blocks of pairs */
    double *p, *y, *residual, *q; /* (levels, MOST_ROWS) each */
    double top[MOST_ROWS], rest[MOST_ROWS], inverse[MOST_ROWS], total[MOST_ROWS], best[MOST_ROWS], value[MOST_ROWS];
    Py_ssize_t length; /* doubles in the sums of one block */
} Softmax;

/* Linear predictors of all outcomes, that of the base 0; -1e300 where an outcome is not possible. */
INLINE void outcome_predictors(const Outcomes *data, Softmax *soft, Py_ssize_t first, int rows)
{
    const Py_ssize_t r = data->levels - 1;
    Work *work = soft->work;
    memset(soft->p, 0, sizeof(double) * MOST_ROWS);
    for (Py_ssize_t k = 0; k < r; k++) {
        double *eta = soft->p + (k + 1) * MOST_ROWS;
        work->beta = soft->beta + k * work->padded;
        predictors(work, rows);
        memcpy(eta, work->eta, sizeof(double) * MOST_ROWS);
        if (data->offset)
            for (int i = 0; i < rows; i++)
                eta[i] += data->offset[(first + i) * r + k];
    }
    if (data->possible)
        for (Py_ssize_t k = 0; k <= r; k++)
            for (int i = 0; i < rows; i++)
                if (!data->possible[(first + i) * data->levels + k])
                    soft->p[k * MOST_ROWS + i] = -INFINITE;
}

/* Weight times number of observations of each outcome; rows that fill the tile up have none. */
INLINE void observe(const Outcomes *data, Softmax *soft, Py_ssize_t first, int rows, int full)
{
    const Py_ssize_t K = data->levels;
    memset(soft->total, 0, sizeof soft->total);
    for (Py_ssize_t k = 0; k < K; k++) {
        double *restrict y = soft->y + k * MOST_ROWS, *restrict total = soft->total;
        if (data->counts)
            for (int i = 0; i < rows; i++)
                y[i] = data->counts[(first + i) * K + k];
        else
            for (int i = 0; i < rows; i++)
                y[i] = data->codes[first + i] == k ? 1.0 : 0.0;
        if (data->weights)
            for (int i = 0; i < rows; i++)
                y[i] *= data->weights[first + i];
        for (int i = rows; i < full; i++)
            y[i] = 0.0;
        for (int i = 0; i < full; i++)
            total[i] += y[i];
    }
}

/* Probabilities of all outcomes and their complements, the largest predictor taken out; returns the log-likelihood.
   Only the first of the largest probabilities can be above one half: its complement is the sum of the others. */
INLINE double probabilities(const Outcomes *data, Softmax *soft, int full)
{
    const Py_ssize_t K = data->levels;
    double *restrict top = soft->top, *restrict rest = soft->rest, *restrict best = soft->best;
    double *restrict inverse = soft->inverse, *restrict value = soft->value;
    const double *restrict total = soft->total;
    memcpy(top, soft->p, sizeof(double) * (size_t)full);
    memset(best, 0, sizeof(double) * (size_t)full);
    memset(rest, 0, sizeof(double) * (size_t)full);
    memset(value, 0, sizeof(double) * (size_t)full);
    for (Py_ssize_t k = 1; k < K; k++) {
        const double *restrict eta = soft->p + k * MOST_ROWS;
        const double level = (double)k;
#pragma omp simd simdlen(8)
        for (int i = 0; i < full; i++) {
            best[i] = eta[i] > top[i] ? level : best[i];
            top[i] = eta[i] > top[i] ? eta[i] : top[i];
        }
    }
    for (Py_ssize_t k = 0; k < K; k++) {
        double *restrict p = soft->p + k * MOST_ROWS;
        const double *restrict y = soft->y + k * MOST_ROWS;
        const double level = (double)k;
#pragma omp simd simdlen(8)
        for (int i = 0; i < full; i++) {
            const double below = p[i] - top[i];
            const double power = exp_of_negative(below);
            value[i] += y[i] > 0.0 ? y[i] * below : 0.0;
            rest[i] += best[i] == level ? 0.0 : power;
            p[i] = power;
        }
    }
#pragma omp simd simdlen(8)
    for (int i = 0; i < full; i++)
        inverse[i] = 1.0 / (1.0 + rest[i]);
    for (Py_ssize_t k = 0; k < K; k++) {
        double *restrict p = soft->p + k * MOST_ROWS, *restrict q = soft->q + k * MOST_ROWS;
        double *restrict residual = soft->residual + k * MOST_ROWS;
        const double *restrict y = soft->y + k * MOST_ROWS;
        const double level = (double)k;
#pragma omp simd simdlen(8)
        for (int i = 0; i < full; i++) {
            p[i] *= inverse[i];
            q[i] = best[i] == level ? rest[i] * inverse[i] : 1.0 - p[i];
            residual[i] = y[i] * q[i] - (total[i] - y[i]) * p[i];
        }
    }
    double llf = 0.0;
    for (int i = 0; i < full; i++)
        llf += value[i];
    if (data->counts || data->weights) {
        for (int i = 0; i < full; i++)
            llf -= total[i] > 0.0 ? total[i] * log1p(rest[i]) : 0.0;
        return llf;
    }
    /* The logarithm of products, kept as P - 1; K^8 at most each. */
    double u[PADDING] = {0};
    for (int i = 0; i < full; i += PADDING)
#pragma omp simd simdlen(8)
        for (int k = 0; k < PADDING; k++)
            u[k] += total[i + k] * rest[i + k] * (1.0 + u[k]);
    for (int k = 0; k < PADDING; k++)
        llf -= log1p(u[k]);
    return llf;
}

INLINE double softmax_tile(const Outcomes *data, Softmax *soft, Py_ssize_t first, int rows, int with_gram)
{
    const Py_ssize_t r = data->levels - 1;
    Work *work = soft->work;
    take_columns(&data->rows, work, first, rows);
    outcome_predictors(data, soft, first, rows);
    const int full = fill(&data->rows, work, rows);
    for (Py_ssize_t k = 0; k <= r; k++)
        for (int i = rows; i < full; i++)
            soft->p[k * MOST_ROWS + i] = 0.0;
    observe(data, soft, first, rows, full);
    const double llf = probabilities(data, soft, full);
    for (Py_ssize_t k = 0; k < r; k++) {
        memcpy(work->residual, soft->residual + (k + 1) * MOST_ROWS, sizeof(double) * (size_t)full);
        work->score = soft->score + k * work->padded;
        add_score(work, full);
    }
    if (!with_gram)
        return llf;
    if (data->scale)
        apply_scale(&data->rows, work, full);
    double *gram = soft->gram;
    for (Py_ssize_t j = 1; j <= r; j++)
        for (Py_ssize_t k = j; k <= r; k++, gram += soft->length) {
            const double *restrict a = soft->p + j * MOST_ROWS;
            const double *restrict b = j == k ? soft->q + j * MOST_ROWS : soft->p + k * MOST_ROWS;
            const double sign = j == k ? 1.0 : -1.0;
            double *restrict weight = work->weight;
            for (int i = 0; i < full; i++)
                weight[i] = sign * soft->total[i] * a[i] * b[i];
            work->gram = gram;
            add_gram(&data->rows, work, full);
        }
    return llf;
}

/* Sums of a group to out: score, and both triangles of each block (j, k) with j <= k of the information. */
static void flush_softmax(const Outcomes *data, Softmax *soft, double *out, int with_gram)
{
    const Py_ssize_t p = data->rows.p, r = data->levels - 1, size = r * p;
    const Work *work = soft->work;
    for (Py_ssize_t k = 0; k < r; k++)
        for (Py_ssize_t j = 0; j < p; j++)
            out[1 + k * p + j] += soft->score[k * work->padded + j];
    memset(soft->score, 0, sizeof(double) * (size_t)(r * work->padded));
    if (!with_gram)
        return;
    double *to = out + 1 + size;
    const double *sum = soft->gram;
    for (Py_ssize_t a = 0; a < r; a++)
        for (Py_ssize_t b = a; b < r; b++)
            for (Py_ssize_t j = 0; j < p; j += 4)
                for (Py_ssize_t k = j; k < p; k += 4)
                    for (int e = 0; e < 16; e++, sum += work->width) {
                        const Py_ssize_t row = j + e % 8 / 2, column = k + e / 8 * 2 + e % 2;
                        if (row <= column && column < p)
                            to[(a * p + row) * size + b * p + column] += lanes(sum, work->width);
                    }
    memset(soft->gram, 0, sizeof(double) * (size_t)(soft->length * r * (r + 1) / 2));
}

/* What is below the diagonals, of blocks and of the whole. */
static void mirror(const Outcomes *data, double *to)
{
    const Py_ssize_t p = data->rows.p, r = data->levels - 1, size = r * p;
    for (Py_ssize_t a = 0; a < r; a++)
        for (Py_ssize_t b = a; b < r; b++)
            for (Py_ssize_t j = 0; j < p; j++)
                for (Py_ssize_t k = 0; k < j; k++)
                    to[(a * p + j) * size + b * p + k] = to[(a * p + k) * size + b * p + j];
    for (Py_ssize_t j = 0; j < size; j++)
        for (Py_ssize_t k = 0; k < j; k++)
            to[j * size + k] = to[k * size + j];
}

CLONES static void softmax_rows(const Outcomes *data, Softmax *soft, Py_ssize_t first, Py_ssize_t stop, double *out,
                                int with_gram)
{
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        const int size = soft->work->size;
        double llf = 0.0;
        for (; first < end; first += size)
            llf += softmax_tile(data, soft, first, end - first < size ? (int)(end - first) : size, with_gram);
        out[0] += llf;
        flush_softmax(data, soft, out, with_gram);
    }
    if (with_gram)
        mirror(data, out + 1 + (data->levels - 1) * data->rows.p);
}

/* All of the working memory in one piece, zeroed; free() it. */
static Softmax *prepare_softmax(const Outcomes *data, Work *work, int with_gram)
{
    const Py_ssize_t r = data->levels - 1, p = data->rows.p;
    const Py_ssize_t length = 16 * work->width * work->blocks;
    const size_t head = (sizeof(Softmax) + 63) / 64 * 64, vectors = (size_t)(4 * data->levels) * MOST_ROWS;
    const size_t gram = with_gram ? (size_t)(length * r * (r + 1) / 2) : 0;
    const size_t columns = (size_t)((2 * r * work->padded + 7) / 8 * 8);
    char *memory = calloc(head + 64 + sizeof(double) * (gram + vectors + columns), 1);
    if (!memory)
        return NULL;
    Softmax *soft = (Softmax *)memory;
    soft->work = work;
    soft->gram = (double *)(memory + head + (64 - (uintptr_t)memory % 64) % 64);
    soft->p = soft->gram + gram;
    soft->q = soft->p + data->levels * MOST_ROWS;
    soft->y = soft->q + data->levels * MOST_ROWS;
    soft->residual = soft->y + data->levels * MOST_ROWS;
    soft->score = soft->residual + data->levels * MOST_ROWS;
    soft->beta = soft->score + r * work->padded;
    soft->length = length;
    for (Py_ssize_t k = 0; k < r; k++)
        memcpy(soft->beta + k * work->padded, data->rows.beta + k * p, sizeof(double) * (size_t)p);
    return soft;
}

enum { SOFT_X, SOFT_CODES, SOFT_COUNTS, SOFT_WEIGHTS, SOFT_OFFSET, SOFT_POSSIBLE, SOFT_BETA, SOFT_SCALE, SOFT_OUT, SOFT_ALL };

/* A contiguous vector of `count` items of a format; None leaves *to NULL. */
static int take_items(PyObject *object, Py_buffer *view, Py_ssize_t count, const char *format, Py_ssize_t item,
                      const void **to)
{
    if (object == Py_None)
        return 0;
    if (PyObject_GetBuffer(object, view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return -1;
    if (!is_format(view, format) || view->len != count * item || (uintptr_t)view->buf % (size_t)item)
        return refuse("a vector is of another type, or not as long as there are rows and outcomes");
    *to = view->buf;
    return 0;
}

static int take_outcomes(PyObject *const object[], Py_buffer view[], Outcomes *data, int *with_gram)
{
    if (take_matrix(object[SOFT_X], view + SOFT_X, &data->rows, 1) < 0)
        return -1;
    const Py_ssize_t n = data->rows.n, p = data->rows.p, K = data->levels, size = (K - 1) * p;
    const Py_ssize_t item = sizeof(double);
    if (take_items(object[SOFT_CODES], view + SOFT_CODES, n, "i", 4, (const void **)&data->codes) < 0 ||
        take_items(object[SOFT_COUNTS], view + SOFT_COUNTS, n * K, "d", item, (const void **)&data->counts) < 0 ||
        take_items(object[SOFT_WEIGHTS], view + SOFT_WEIGHTS, n, "d", item, (const void **)&data->weights) < 0 ||
        take_items(object[SOFT_OFFSET], view + SOFT_OFFSET, n * (K - 1), "d", item, (const void **)&data->offset) < 0 ||
        take_items(object[SOFT_POSSIBLE], view + SOFT_POSSIBLE, n * K, "B", 1, (const void **)&data->possible) < 0 ||
        take_items(object[SOFT_BETA], view + SOFT_BETA, size, "d", item, (const void **)&data->rows.beta) < 0 ||
        take_items(object[SOFT_SCALE], view + SOFT_SCALE, p, "d", item, (const void **)&data->scale) < 0)
        return -1;
    data->rows.scale = data->scale;
    if (!data->rows.beta || !data->codes == !data->counts)
        return refuse("coefficients are needed, and either numbers of outcomes or counts");
    return take_output(object[SOFT_OUT], view + SOFT_OUT, size, with_gram);
}

/* accumulate(X, codes, counts, weights, offset, possible, beta, scale, out, levels, first, stop) -> None */
static PyObject *accumulate(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[SOFT_ALL];
    Py_buffer view[SOFT_ALL];
    Outcomes data;
    Py_ssize_t first, stop;
    int with_gram, failed = 1;
    memset(&data, 0, sizeof data);
    if (!PyArg_ParseTuple(args, "OOOOOOOOOnnn", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, &data.levels, &first, &stop))
        return NULL;
    memset(view, 0, sizeof view);
    if (data.levels < 2)
        refuse("an outcome has two levels or more");
    else if (take_outcomes(object, view, &data, &with_gram) == 0) {
        Work *work = NULL;
        Softmax *soft = NULL;
        if (first < 0 || stop < first || stop > data.rows.n)
            refuse("no such rows");
        else if (!(work = prepare(&data.rows)) || !(soft = prepare_softmax(&data, work, with_gram)))
            PyErr_NoMemory();
        else {
            double *out = view[SOFT_OUT].buf;
            Py_BEGIN_ALLOW_THREADS
            memset(out, 0, (size_t)view[SOFT_OUT].len);
            softmax_rows(&data, soft, first, stop, out, with_gram);
            Py_END_ALLOW_THREADS
            failed = 0;
        }
        free(soft);
        free(work);
    }
    release_buffers(view, SOFT_ALL);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"accumulate", accumulate, METH_VARARGS, "Log-likelihood, score and information of some rows."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_softmax", "Row pass of the multinomial logit.", 0, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__softmax(void)
{
    return PyModule_Create(&module);
}
