/* One pass over the rows of a logit model: log-likelihood, score and information.

   The twin of the NumPy lines in _kernels.py, which says what is computed and why. */

#include "rows.h"
#include "leverages.h"

#include "coded_pass.h"

#define ELEMENT double
#define NAMED(name) name##_of_doubles
#include "panels.h"

#define ELEMENT float
#define NAMED(name) name##_of_floats
#include "panels.h"

CLONES static void pass(const Data *data, Work *work, Py_ssize_t first, Py_ssize_t stop, double *out, int with_gram)
{
    const Py_ssize_t p = data->p;
    const Form form = work->form;
    const int size = form == TURNED ? work->size : form == AS_THEY_ARE ? work->aside : PANEL_ROWS;
    double *gram = out + 1 + p;
    while (first < stop) {
        const Py_ssize_t end = stop - first > GROUP ? first + GROUP : stop;
        double llf = 0.0;
        for (; first < end; first += size) {
            const int rows = end - first < size ? (int)(end - first) : size;
            if (form == IN_PANELS)
                llf += tile_of_doubles(data, work, first, rows);
            else if (form == IN_COARSE_PANELS)
                llf += tile_of_floats(data, work, first, rows);
            else if (form == AS_THEY_ARE)
                llf += tile_by_rows(data, work, rows_aside(data, work, first, rows), first, rows);
            else
                llf += tile(data, work, first, rows, with_gram);
        }
        out[0] += llf;
        flush(data, work, out, with_gram && form == TURNED);
        if (form == IN_PANELS)
            flush_of_doubles(data, work, gram);
        else if (form == IN_COARSE_PANELS)
            flush_of_floats(data, work, gram);
    }
    for (Py_ssize_t j = 0; with_gram && j < p; j++)
        for (Py_ssize_t k = 0; k < j; k++)
            gram[j * p + k] = gram[k * p + j];
}

/* accumulate(X, events, trials, nonevents, weights, offset, limit, beta, scale, out, first, stop, coarse) -> None;
   coarse: products of columns in floats where columns are many */
static PyObject *accumulate(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[ARGUMENTS];
    Py_buffer view[ARGUMENTS];
    Data data = {0};
    Py_ssize_t first, stop;
    int with_gram, coarse, failed = 1;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOnnp", object, object + 1, object + 2, object + 3, object + 4, object + 5,
                          object + 6, object + 7, object + 8, object + 9, &first, &stop, &coarse))
        return NULL;
    memset(view, 0, sizeof view);
    if (take_arguments(object, view, &data, &with_gram) == 0) {
        Work *work = NULL;
        if (first < 0 || stop < first || stop > data.n)
            refuse("no such rows");
        else if (!(work = prepare_for(&data, form_of(data.p, with_gram, coarse))))
            PyErr_NoMemory();
        else {
            double *out = view[OUTPUT].buf;
            Py_BEGIN_ALLOW_THREADS
            memset(out, 0, (size_t)view[OUTPUT].len);
            pass(&data, work, first, stop, out, with_gram);
            Py_END_ALLOW_THREADS
            free(work);
            failed = 0;
        }
    }
    release_buffers(view, ARGUMENTS);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* instructions() -> the instruction set that the loader chose, of those compiled */
static PyObject *instructions(PyObject *self, PyObject *args)
{
    (void)self, (void)args;
#ifdef SEVERAL_TARGETS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4"))
        return PyUnicode_FromString("x86-64-v4 (AVX-512)");
    if (__builtin_cpu_supports("x86-64-v3"))
        return PyUnicode_FromString("x86-64-v3 (AVX2)");
#endif
    return PyUnicode_FromString("as compiled");
}

/* Largest |x| of each column, and whether it holds one value only. The bits of |x| are in the order of |x| as integers,
   infinity and NaN above all numbers. Eight rows at a time, so that a loop over them fills whole vectors. */
#define SIDE_BY_SIDE 8

CLONES static void survey_rows(const int64_t *restrict x, Py_ssize_t rows, Py_ssize_t p, int64_t *restrict largest,
                               int64_t *restrict differ, const int64_t *restrict start)
{
    const Py_ssize_t length = p * SIDE_BY_SIDE;
    for (Py_ssize_t i = 0; i < rows / SIDE_BY_SIDE; i++, x += length)
        for (Py_ssize_t k = 0; k < length; k++) {
            int64_t size = x[k] & INT64_MAX;
            largest[k] = size > largest[k] ? size : largest[k];
            differ[k] |= x[k] ^ start[k];
        }
    for (Py_ssize_t k = 0; k < rows % SIDE_BY_SIDE * p; k++) {
        int64_t size = x[k] & INT64_MAX;
        largest[k] = size > largest[k] ? size : largest[k];
        differ[k] |= x[k] ^ start[k];
    }
}

/* survey(X, out, p, first, stop): X row after row, out 2 by p: largest |x|, then 1.0 where all rows equal row 0, which
   is not 0. */
static PyObject *survey(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *X, *to;
    Py_ssize_t p, first, stop;
    if (!PyArg_ParseTuple(args, "OOnnn", &X, &to, &p, &first, &stop))
        return NULL;
    Py_buffer rows = {0}, out = {0};
    int failed = PyObject_GetBuffer(X, &rows, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0 ||
                 PyObject_GetBuffer(to, &out, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0;
    if (!failed && (p < 1 || p > WIDEST || strcmp(rows.format, "d") || strcmp(out.format, "d") || first < 0 ||
                    stop <= first || stop > rows.len / 8 / p || out.len != 16 * p)) {
        PyErr_SetString(PyExc_ValueError, "expected rows of contiguous doubles and a 2 by p output");
        failed = 1;
    }
    if (!failed) {
        const Py_ssize_t length = p * SIDE_BY_SIDE;
        int64_t largest[WIDEST * SIDE_BY_SIDE], differ[WIDEST * SIDE_BY_SIDE], start[WIDEST * SIDE_BY_SIDE];
        double *answer = out.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t k = 0; k < length; k++) {
            largest[k] = differ[k] = 0;
            memcpy(start + k, (const double *)rows.buf + k % p, sizeof(double));
        }
        survey_rows((const int64_t *)rows.buf + first * p, stop - first, p, largest, differ, start);
        for (Py_ssize_t j = 0; j < p; j++) {
            int64_t all = 0, any = 0;
            double value;
            for (Py_ssize_t k = j; k < length; k += p) {
                all = largest[k] > all ? largest[k] : all;
                any |= differ[k];
            }
            memcpy(answer + j, &all, sizeof(double));
            memcpy(&value, start + j, sizeof(double));
            answer[p + j] = any == 0 && (value < 0.0 || value > 0.0);
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&rows);
    PyBuffer_Release(&out);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

CLONES static void copy_zero_one(const double *restrict from, double *restrict to, Py_ssize_t count, Py_ssize_t *zeros,
                                 Py_ssize_t *ones)
{
    int64_t none = 0, one = 0;
#pragma omp simd reduction(+ : none, one) simdlen(8)
    for (Py_ssize_t i = 0; i < count; i++) {
        to[i] = from[i] + 0.0; /* -0.0 becomes 0.0 */
        none += from[i] == 0.0;
        one += from[i] == 1.0;
    }
    *zeros = (Py_ssize_t)none, *ones = (Py_ssize_t)one;
}

/* zero_one(values, out, first, stop) -> (zeros, ones): copies some of the doubles and counts those that are 0 and 1. */
static PyObject *zero_one(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *from, *to;
    Py_ssize_t first, stop, zeros = 0, ones = 0;
    if (!PyArg_ParseTuple(args, "OOnn", &from, &to, &first, &stop))
        return NULL;
    Py_buffer values = {0}, out = {0};
    int failed = PyObject_GetBuffer(from, &values, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0 ||
                 PyObject_GetBuffer(to, &out, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0;
    if (!failed && (!is_format(&values, "d") || !is_format(&out, "d") || values.len != out.len || first < 0 ||
                    stop < first || stop > values.len / (Py_ssize_t)sizeof(double) ||
                    ((uintptr_t)values.buf | (uintptr_t)out.buf) % sizeof(double)))
        failed = refuse("expected contiguous doubles, and as many to write to");
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        copy_zero_one((const double *)values.buf + first, (double *)out.buf + first, stop - first, &zeros, &ones);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&values);
    PyBuffer_Release(&out);
    return failed ? NULL : Py_BuildValue("nn", zeros, ones);
}

/* tally(numbers, counts): adds 1 to the count, modulo 2^16, of each of the numbers. */
static PyObject *tally(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *from, *to;
    if (!PyArg_ParseTuple(args, "OO", &from, &to))
        return NULL;
    Py_buffer numbers = {0}, counts = {0};
    int failed = PyObject_GetBuffer(from, &numbers, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0 ||
                 PyObject_GetBuffer(to, &counts, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0;
    if (!failed && (!is_format(&numbers, "i") || !is_format(&counts, "H")))
        failed = refuse("expected numbers of int32 and counts of uint16");
    if (!failed) {
        const int32_t *number = numbers.buf;
        const Py_ssize_t count = numbers.len / (Py_ssize_t)sizeof(int32_t), size = counts.len / 2;
        uint16_t *restrict times = counts.buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = 0; i < count; i++)
            if (number[i] >= 0 && number[i] < size)
                times[number[i]]++;
            else
                failed = 1;
        Py_END_ALLOW_THREADS
        if (failed)
            refuse("a number is negative or too large");
    }
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&counts);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* The upper triangle of UAU column after column, zeros below, with U the powers of two near one over the roots of the
   diagonal of A, row after row; whether all of it is finite, and positive on the diagonal. */
static int scale_to_unit(const double *restrict A, double *restrict upper, double *restrict unit, Py_ssize_t p)
{
    int sound = 1;
    for (Py_ssize_t j = 0; j < p; j++) {
        int exponent = 0;
        const double d = A[j * p + j];
        if (!(d > 0.0 && isfinite(d)))
            return 0;
        frexp(d, &exponent);
        unit[j] = ldexp(1.0, -(exponent >> 1));
    }
    for (Py_ssize_t j = 0; j < p; j++) {
        for (Py_ssize_t i = 0; i <= j; i++) {
            upper[j * p + i] = A[i * p + j] * unit[j] * unit[i];
            sound &= isfinite(upper[j * p + i]) != 0;
        }
        for (Py_ssize_t i = j + 1; i < p; i++)
            upper[j * p + i] = 0.0;
    }
    return sound;
}

/* equilibrate(A, upper, unit) -> bool: p by p row after row, to p by p column after column and p powers of two. */
static PyObject *equilibrate(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[3];
    Py_buffer view[3] = {{0}, {0}, {0}};
    static const int order[3] = {PyBUF_C_CONTIGUOUS, PyBUF_F_CONTIGUOUS | PyBUF_WRITABLE,
                                 PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE};
    int sound = 0, failed = 0;
    if (!PyArg_ParseTuple(args, "OOO", object, object + 1, object + 2))
        return NULL;
    for (int i = 0; i < 3 && !failed; i++)
        failed = PyObject_GetBuffer(object[i], view + i, order[i] | PyBUF_FORMAT) < 0;
    for (int i = 0; i < 3 && !failed; i++) {
        const int dimensions = i < 2 ? 2 : 1; /* first, since a scalar has no shape */
        if (view[i].ndim != dimensions || !is_format(view + i, "d") || view[i].shape[0] != view[0].shape[0] ||
            view[i].shape[dimensions - 1] != view[0].shape[0] || (uintptr_t)view[i].buf % sizeof(double))
            failed = refuse("expected a square matrix of doubles, and room for another and for its diagonal");
    }
    if (!failed) {
        Py_BEGIN_ALLOW_THREADS
        sound = scale_to_unit(view[0].buf, view[1].buf, view[2].buf, view[0].shape[0]);
        Py_END_ALLOW_THREADS
    }
    release_buffers(view, 3);
    return failed ? NULL : PyBool_FromLong(sound);
}

/* --- Newton steps that need no care: newton_steps.py says which ------------------------------------------------------ */
#define MOST_FACTORED 32 /* columns */

INLINE double dot(const double *a, const double *b, Py_ssize_t count)
{
    double sum = 0.0;
    for (Py_ssize_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The upper triangle of a matrix, column after column, becomes R with R'R that matrix; whether it has one. */
static int factorise(double *R, Py_ssize_t p)
{
    for (Py_ssize_t j = 0; j < p; j++) {
        double *column = R + j * p;
        for (Py_ssize_t i = 0; i < j; i++)
            column[i] = (column[i] - dot(R + i * p, column, i)) / R[i * p + i];
        const double square = column[j] - dot(column, column, j);
        if (!(square > 0.0 && isfinite(square)))
            return 0;
        column[j] = sqrt(square);
    }
    return 1;
}

/* The inverse of R, column after column, zeros below; returns the largest sum of a column of |R| times that of its
   inverse. */
static double invert(const double *R, Py_ssize_t p, double *inverse)
{
    double most = 0.0, most_of_inverse = 0.0;
    for (Py_ssize_t j = 0; j < p; j++) {
        double *column = inverse + j * p, sum = 0.0, sum_of_inverse = 0.0;
        for (Py_ssize_t i = 0; i < p; i++)
            sum += fabs(R[j * p + i]), column[i] = i == j ? 1.0 : 0.0;
        for (Py_ssize_t i = j; i >= 0; i--) {
            column[i] /= R[i * p + i];
            for (Py_ssize_t k = 0; k < i; k++)
                column[k] -= R[i * p + k] * column[i];
            sum_of_inverse += fabs(column[i]);
        }
        most = sum > most ? sum : most;
        most_of_inverse = sum_of_inverse > most_of_inverse ? sum_of_inverse : most_of_inverse;
    }
    return most * most_of_inverse;
}

/* Newton's step D R^-1 R^-T D s of a score; returns the square of its length in the metric of the information. */
static double newton_step(const double *R, const double *D, const double *score, Py_ssize_t p, double *step)
{
    for (Py_ssize_t j = 0; j < p; j++)
        step[j] = (D[j] * score[j] - dot(R + j * p, step, j)) / R[j * p + j];
    const double square = dot(step, step, p);
    for (Py_ssize_t j = p - 1; j >= 0; j--) {
        step[j] /= R[j * p + j];
        for (Py_ssize_t i = 0; i < j; i++)
            step[i] -= R[j * p + i] * step[j];
    }
    for (Py_ssize_t j = 0; j < p; j++)
        step[j] *= D[j];
    return square;
}

typedef struct {
    double unit, tol, flat, share, slack, condition, careful;
} Rules;

/* A step at some sums, and what it follows from: the information is D^-1 R'R D^-1. */
typedef struct {
    double R[MOST_FACTORED * MOST_FACTORED], inverse[MOST_FACTORED * MOST_FACTORED], D[MOST_FACTORED], step[MOST_FACTORED];
    double condition, decrement;
} Place;

/* Whether the information at these sums is well enough conditioned for a step. */
static int step_at(const double *sums, const Data *data, const Rules *rules, Place *here)
{
    const Py_ssize_t p = data->p;
    here->decrement = INFINITY;
    if (!scale_to_unit(sums + 1 + p, here->R, here->D, p) || !factorise(here->R, p))
        return 0;
    here->condition = invert(here->R, p, here->inverse);
    if (!(here->condition <= rules->condition))
        return 0;
    for (Py_ssize_t j = 0; data->scale && j < p; j++)
        here->D[j] *= data->scale[j];
    here->decrement = sqrt(newton_step(here->R, here->D, sums + 1, p, here->step) / rules->unit);
    return 1;
}

static void sum_at(const Data *data, Work *work, const double *beta, double *sums)
{
    memcpy(work->beta, beta, sizeof(double) * (size_t)data->p);
    memset(sums, 0, sizeof(double) * (size_t)(1 + data->p + data->p * data->p));
    pass(data, work, 0, data->n, sums, 1);
}

/* Steps from data->beta, which ends in `beta`, the sums there in `at` and in `there` by turns; the number of steps. The
   step `here` is the last that was looked at: to be taken where its decrement is no longer above the tolerance. */
static Py_ssize_t take_steps(const Data *data, Work *work, const Rules *rules, Py_ssize_t most, double *at, double *there,
                             double *beta, double *trace, Place *here)
{
    const Py_ssize_t p = data->p;
    double candidate[MOST_FACTORED], last = INFINITY;
    Py_ssize_t taken = 0;
    memcpy(beta, data->beta, sizeof(double) * (size_t)p);
    sum_at(data, work, beta, at);
    for (; taken < most; taken++) {
        if (!step_at(at, data, rules, here))
            break;
        const int flat = here->decrement < rules->flat;
        if (!(here->decrement > (here->condition > rules->careful ? rules->flat : rules->tol)) ||
            (flat && here->decrement > 0.5 * last))
            break;
        for (Py_ssize_t j = 0; j < p; j++)
            candidate[j] = beta[j] + here->step[j];
        sum_at(data, work, candidate, there);
        if (!flat && !(there[0] >= at[0] + rules->share * dot(at + 1, here->step, p) - rules->slack * fabs(at[0])))
            break;
        trace[2 * taken] = at[0], trace[2 * taken + 1] = last = here->decrement;
        memcpy(beta, candidate, sizeof(double) * (size_t)p);
        double *turned = at;
        at = there, there = turned;
    }
    return taken;
}

enum { END = ARGUMENTS, TRACE, RULES, ARGUMENTS_OF_STEPS };

/* full_steps(X, events, trials, nonevents, weights, offset, limit, beta, scale, out, end, trace, rules): out as of
   accumulate, with products, end (p,), trace (most, 2), rules a tuple; returns the number of steps. */
static PyObject *full_steps(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[ARGUMENTS_OF_STEPS];
    Py_buffer view[RULES];
    Data data = {0};
    Rules rules;
    int with_gram, failed = 1;
    Py_ssize_t taken = 0;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOO(ddddddd)", object, object + 1, object + 2, object + 3, object + 4,
                          object + 5, object + 6, object + 7, object + 8, object + 9, object + END, object + TRACE,
                          &rules.unit, &rules.tol, &rules.flat, &rules.share, &rules.slack, &rules.condition,
                          &rules.careful))
        return NULL;
    memset(view, 0, sizeof view);
    const int order = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE;
    if (take_arguments(object, view, &data, &with_gram) == 0 && PyObject_GetBuffer(object[END], view + END, order) == 0 &&
        PyObject_GetBuffer(object[TRACE], view + TRACE, order) == 0) {
        const Py_ssize_t p = data.p, length = 1 + p + p * p;
        Work *work = NULL;
        double *there = NULL;
        if (!with_gram || p > MOST_FACTORED || !is_format(view + END, "d") || !is_format(view + TRACE, "d") ||
            view[END].len != p * (Py_ssize_t)sizeof(double) ||
            ((uintptr_t)view[END].buf | (uintptr_t)view[TRACE].buf) % sizeof(double))
            refuse("expected few columns, and room for coefficients, sums and a trace");
        else if (!(work = prepare_for(&data, form_of(p, 1, 0))) || !(there = malloc(sizeof(double) * (size_t)length)))
            PyErr_NoMemory();
        else {
            double *out = view[OUTPUT].buf;
            const Py_ssize_t most = view[TRACE].len / (2 * (Py_ssize_t)sizeof(double));
            Py_BEGIN_ALLOW_THREADS
            Place here;
            taken = take_steps(&data, work, &rules, most, out, there, view[END].buf, view[TRACE].buf, &here);
            if (taken % 2)
                memcpy(out, there, sizeof(double) * (size_t)length);
            Py_END_ALLOW_THREADS
            failed = 0;
        }
        free(work);
        free(there);
    }
    release_buffers(view, RULES);
    return failed ? NULL : PyLong_FromSsize_t(taken);
}

/* --- the maximum of few rows by such steps: at_once.py says what for ------------------------------------------- */
/* ProofRules of at_once.py. */
typedef struct {
    double loose, total, offset, far, same, negligible, pivot, epsilon;
} Facts;

/* Smallest and largest value of each column. */
static void ends_of(const Data *data, double *restrict low, double *restrict high)
{
    for (Py_ssize_t j = 0; j < data->p; j++)
        low[j] = INFINITY, high[j] = -INFINITY;
    for (Py_ssize_t i = 0; i < data->n; i++)
        for (Py_ssize_t j = 0; j < data->p; j++) {
            const double x = *(const double *)(data->X + i * data->row + j * data->column);
            low[j] = x < low[j] ? x : low[j], high[j] = x > high[j] ? x : high[j];
        }
}

/* The middle of columns far from zero beside a constant of 1, the first, 0 for others; largest absolute values less that.
   The number of such columns, or -1 where squares might leave the range of numbers. */
static int shifts_of(const Data *data, double far, double *shift, double *magnitude)
{
    double low[MOST_FACTORED], high[MOST_FACTORED];
    int shifted = 0, usual = 1;
    ends_of(data, low, high);
    const int beside = data->p > 0 && low[0] == 1.0 && high[0] == 1.0;
    for (Py_ssize_t j = 0; j < data->p; j++) {
        const double middle = (low[j] + high[j]) / 2, range = high[j] - low[j];
        const int moves = beside && range > 0.0 && fabs(low[j] + high[j]) > 2.0 * far * range;
        shift[j] = moves ? middle : 0.0;
        magnitude[j] = fmax(fabs(low[j] - shift[j]), fabs(high[j] - shift[j]));
        usual &= magnitude[j] == 0.0 || (magnitude[j] >= 0x1p-400 && magnitude[j] <= 0x1p400);
        shifted += moves;
    }
    return usual ? shifted : -1;
}

/* The rows less their shifts, row after row: nothing is rounded. */
static void shift_rows(Data *data, const double *shift, double *X)
{
    for (Py_ssize_t i = 0; i < data->n; i++)
        for (Py_ssize_t j = 0; j < data->p; j++)
            X[i * data->p + j] = *(const double *)(data->X + i * data->row + j * data->column) - shift[j];
    data->X = (const char *)X, data->row = data->p * (Py_ssize_t)sizeof(double), data->column = sizeof(double);
    data->whole_rows = 1;
}

/* What rounding in one evaluation can move a linear predictor by: rounding_of_step in binary.py. */
static double rounding_of_step(const Data *data, const Facts *facts, const Place *here, const double *magnitude,
                               const double *beta)
{
    const Py_ssize_t p = data->p;
    double reach = 0.0, size = facts->offset;
    for (Py_ssize_t j = 0; j < p; j++) {
        double sum = 0.0;
        for (Py_ssize_t i = 0; i <= j; i++)
            sum += magnitude[i] * here->D[i] * fabs(here->inverse[j * p + i]);
        reach = hypot(reach, sum);
        size += magnitude[j] * fabs(beta[j]);
    }
    const double in_eta = (double)(p + 2) * facts->epsilon * size * sqrt(facts->total) / 2.0;
    return reach * (in_eta + (8192.0 + (double)data->n / 8192.0) * facts->epsilon * facts->total * reach);
}

/* Coefficients and score of shifted columns as those of the data, the coefficient of the constant as a pair. */
static void turn_back(const double *shift, Py_ssize_t p, double *beta, double *low, double *score)
{
    for (Py_ssize_t j = 1; j < p; j++) {
        const volatile double product = shift[j] * beta[j]; /* not to be fused with what follows */
        const double sum = beta[0] - product, back = sum - beta[0];
        const double rest = low[0] - fma(shift[j], beta[j], -product) + ((beta[0] - (sum - back)) + (-product - back));
        beta[0] = sum + rest;
        low[0] = rest - (beta[0] - sum);
        score[j] += shift[j] * score[0];
    }
}

/* The root of the information of shifted columns as that of the data: its first row changes. Whether it is sound. */
static int turn_root_back(const double *shift, Py_ssize_t p, double pivot, double *R, double *D)
{
    const double first = R[0] / D[0];
    int sound = fabs(R[0]) > pivot;
    for (Py_ssize_t j = 1; j < p; j++) {
        int exponent = 0;
        double *column = R + j * p, square = 0.0;
        frexp(shift[j], &exponent);
        const double unit = shift[j] == 0.0 ? D[j] : ldexp(1.0, -exponent); /* nothing leaves the range of numbers */
        for (Py_ssize_t i = 0; i <= j; i++) {
            column[i] = column[i] * (unit / D[j]) + (i == 0 ? first * (shift[j] * unit) : 0.0);
            square += column[i] * column[i];
        }
        if (!(square > 0.0 && isfinite(square)))
            return 0;
        const double times = exp2(-rint(0.5 * log2(square)));
        for (Py_ssize_t i = 0; i <= j; i++)
            column[i] *= times;
        D[j] = unit * times;
        sound &= fabs(column[j]) > pivot;
    }
    return sound;
}

/* Steps to the maximum, and the last, whose end is not looked at where more digits are to come: `out` is that of the
   step before then. The number of steps; 0 where care is needed, or a finite maximum is not proved. */
static Py_ssize_t maximise(const Data *data, Work *work, const Rules *rules, const Facts *facts, const double *magnitude,
                           Py_ssize_t most, int *refined, double *out, double *there, double *beta, double *trace,
                           Place *here)
{
    const Py_ssize_t p = data->p, taken = take_steps(data, work, rules, most, out, there, beta, trace, here);
    double moved = 0.0;
    if (taken % 2)
        memcpy(out, there, sizeof(double) * (size_t)(1 + p + p * p));
    if (taken == most || !(here->decrement <= rules->tol))
        return 0;
    trace[2 * taken] = out[0], trace[2 * taken + 1] = here->decrement;
    const double rounding = rounding_of_step(data, facts, here, magnitude, beta);
    for (Py_ssize_t j = 0; j < p; j++) {
        moved += magnitude[j] * fabs(here->step[j]);
        beta[j] += here->step[j];
    }
    if (!(moved < facts->negligible && moved + rounding < 1.0))
        return 0;
    *refined = here->condition >= facts->loose;
    if (!*refined && moved > facts->same)
        sum_at(data, work, beta, out);
    return taken + 1;
}

enum { ROOT = TRACE + 1, PLACES };

/* maximum(X, events, trials, nonevents, weights, offset, limit, beta, scale, out, end, trace, root, rules, facts): as
   full_steps, with end (2, p) for coefficients in pairs, and root (p + 1, p) for R column after column and D; returns the
   number of steps, whether columns were shifted, and whether the coefficients are to be refined. */
static PyObject *maximum(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[PLACES];
    Py_buffer view[PLACES];
    Data data = {0};
    Rules rules;
    Facts facts;
    int with_gram, failed = 1, shifted = 0, refined = 0;
    Py_ssize_t taken = 0;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOO(ddddddd)(dddddddd)", object, object + 1, object + 2, object + 3, object + 4,
                          object + 5, object + 6, object + 7, object + 8, object + 9, object + END, object + TRACE,
                          object + ROOT, &rules.unit, &rules.tol, &rules.flat, &rules.share, &rules.slack,
                          &rules.condition, &rules.careful, &facts.loose, &facts.total, &facts.offset, &facts.far,
                          &facts.same, &facts.negligible, &facts.pivot, &facts.epsilon))
        return NULL;
    memset(view, 0, sizeof view);
    int ready = take_arguments(object, view, &data, &with_gram) == 0;
    for (int i = END; i < PLACES && ready; i++)
        ready = PyObject_GetBuffer(object[i], view + i, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) == 0;
    if (ready) {
        const Py_ssize_t p = data.p, size = sizeof(double), length = 1 + p + p * p;
        int usable = with_gram && p <= MOST_FACTORED && !data.single && data.n > 0;
        for (int i = END; i < PLACES; i++)
            usable &= is_format(view + i, "d") && (uintptr_t)view[i].buf % sizeof(double) == 0;
        Work *work = NULL;
        double *memory = NULL, *end = view[END].buf, *root = view[ROOT].buf, *out = view[OUTPUT].buf;
        double shift[MOST_FACTORED], magnitude[MOST_FACTORED];
        if (!usable || view[END].len != 2 * p * size || view[ROOT].len != (p + 1) * p * size || view[TRACE].len < 2 * size)
            refuse("expected few columns of doubles, and room for coefficients, a trace and a root");
        else if ((shifted = shifts_of(&data, facts.far, shift, magnitude)) < 0)
            failed = 0;
        else if (!(memory = malloc((size_t)(size * (length + (shifted ? data.n * p : 0))))) ||
                 !(work = prepare_for(&data, form_of(p, 1, 0))))
            PyErr_NoMemory();
        else {
            Place here;
            Py_BEGIN_ALLOW_THREADS
            if (shifted) {
                shift_rows(&data, shift, memory + length);
                facts.loose = 0.0;
            }
            memset(end, 0, (size_t)view[END].len);
            taken = maximise(&data, work, &rules, &facts, magnitude, view[TRACE].len / (2 * size) - 1, &refined, out, memory,
                             end, view[TRACE].buf, &here);
            if (taken && shifted) {
                turn_back(shift, p, end, end + p, out + 1);
                taken = turn_root_back(shift, p, facts.pivot, here.R, here.D) ? taken : 0;
            }
            memcpy(root, here.R, (size_t)(p * p * size));
            memcpy(root + p * p, here.D, (size_t)(p * size));
            Py_END_ALLOW_THREADS
            failed = 0;
        }
        free(work);
        free(memory);
    }
    release_buffers(view, PLACES);
    return failed ? NULL : Py_BuildValue("nii", taken, shifted > 0, refined);
}

static PyMethodDef methods[] = {
    {"equilibrate", equilibrate, METH_VARARGS, "Powers of two that bring the diagonal of a matrix near 1."},
    {"zero_one", zero_one, METH_VARARGS, "Copy of some doubles, with counts of zeros and ones."},
    {"survey", survey, METH_VARARGS, "Largest absolute value of columns, and which are constant."},
    {"full_steps", full_steps, METH_VARARGS, "Newton steps that need no care."},
    {"maximum", maximum, METH_VARARGS, "The maximum by such steps, where they prove it."},
    {"accumulate", accumulate, METH_VARARGS, "Log-likelihood, score and information of some rows."},
    {"accumulate_cells", glmlogit_accumulate_cells, METH_VARARGS, "The same, and sums by cells of rows."},
    {"accumulate_events", glmlogit_accumulate_events, METH_VARARGS, "Sums of probabilities of events, by cells of rows."},
    {"tally", tally, METH_VARARGS, "How often each number is there."},
    {"info_gradient", glmlogit_info_gradient, METH_VARARGS, "Gradient of a trace of the information; leverages."},
    {"info_curvature", glmlogit_info_curvature, METH_VARARGS, "First and second derivatives of the information."},
    {"info_cubes", glmlogit_info_cubes, METH_VARARGS, "Third derivatives of the log-likelihood along directions."},
    {"rotated_information", glmlogit_rotated_information, METH_VARARGS, "The information in other coordinates."},
    {"instructions", instructions, METH_NOARGS, "Instruction set in use."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_rowpass", "Row pass of the logit model.", 0, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__rowpass(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made && (PyModule_AddIntConstant(made, "WIDEST", WIDEST) < 0 ||
                 PyModule_AddIntConstant(made, "MOST_CELLS", MOST_CELLS) < 0 ||
                 PyModule_AddIntConstant(made, "WIDEST_CURVATURE", WIDEST_CURVATURE) < 0)) {
        Py_DECREF(made);
        return NULL;
    }
    return made;
}
