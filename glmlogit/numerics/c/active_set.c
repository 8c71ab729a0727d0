/* The maximum of a log-likelihood of dense columns less absolute values and squares, at one penalty, in one call.

   Steps of proximal Newton. The quadratic model is maximised exactly by its active set (feature-sign search: Lee,
   Battle, Raina & Ng 2007): a Cholesky factor of the information of the coefficients that are not 0 gets a row where
   one leaves 0, and its later rows anew where one meets 0. Whatever is not regular is left to the caller: a factor that
   does not exist, a step that must be shortened, coefficients that run to infinity. */

#include "active_set.h"
#include "arguments.h"

#define SLICE 256      /* rows of columns times the roots of their weights, at a time */
#define SINGULAR 1e-13 /* share of a column's square that others leave of it, below which there is no factor */
#define ROUNDS 60      /* of columns joining in one step */
#define STALLED 0.5    /* share of the last step that a step of rounding is at least */
#define NEAR 0.999999  /* share of l1 that a score is proved to stay below */
#define MANY 3         /* scores are all taken anew where more than one in so many may be near l1 */

/* A problem, and where its steps are. Vectors are of columns (p), of rows (n) or of the active columns (most). */
typedef struct {
    Py_ssize_t n, p, most, count, workings, members;
    const double *X, *events, *nonevents, *offset, *l1, *l2, *low, *high, *scale;
    const double *mean, *spread;                   /* columns: mean and length about it */
    double *beta, *score, *before;                 /* columns: at the last step; the scores last taken of all */
    double *at;                                    /* rows: residuals of these scores */
    double *x, *slope;                             /* columns: in the quadratic model */
    double *eta, *residual, *weight, *omega, *way; /* rows: the last two of the quadratic model */
    double *H, *L, *step, *sign, *block;           /* active columns */
    Py_ssize_t *active, *working, *member, *near;
    char *state; /* columns: bits of these */
    double value;
} Path;

enum { ACTIVE = 1, WORKING = 2, MEMBER = 4 };

CLONES static void four_dots(const double *r, const double *const *x, Py_ssize_t n, double *to)
{
    const double *a = x[0], *b = x[1], *c = x[2], *d = x[3];
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
    for (Py_ssize_t i = 0; i < n; i++) {
        s0 += a[i] * r[i];
        s1 += b[i] * r[i];
        s2 += c[i] * r[i];
        s3 += d[i] * r[i];
    }
    to[0] = s0, to[1] = s1, to[2] = s2, to[3] = s3;
}

CLONES static void add_four(const double *const *x, const double *by, Py_ssize_t n, double *to)
{
    const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], b0 = by[0], b1 = by[1], b2 = by[2], b3 = by[3];
#pragma omp simd
    for (Py_ssize_t i = 0; i < n; i++)
        to[i] += (b0 * x0[i] + b1 * x1[i]) + (b2 * x2[i] + b3 * x3[i]);
}

/* H += the products of rows of a block, four with two at a time, below the diagonal. */
CLONES static void add_products(const double *block, Py_ssize_t rows, Py_ssize_t count, double *H, Py_ssize_t most)
{
    for (Py_ssize_t a = 0; a < count; a += 4)
        for (Py_ssize_t b = 0; b < a + 4 && b < count; b += 2) {
            const double *x0 = block + a * SLICE, *x1 = x0 + SLICE, *x2 = x1 + SLICE, *x3 = x2 + SLICE;
            const double *y = block + b * SLICE, *z = y + SLICE;
            double s0 = 0, s1 = 0, s2 = 0, s3 = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3, t0, t1, t2, t3)
            for (Py_ssize_t i = 0; i < rows; i++) {
                s0 += x0[i] * y[i], t0 += x0[i] * z[i];
                s1 += x1[i] * y[i], t1 += x1[i] * z[i];
                s2 += x2[i] * y[i], t2 += x2[i] * z[i];
                s3 += x3[i] * y[i], t3 += x3[i] * z[i];
            }
            double *to = H + a * most + b;
            to[0] += s0, to[1] += t0;
            to[most] += s1, to[most + 1] += t1;
            to[2 * most] += s2, to[2 * most + 1] += t2;
            to[3 * most] += s3, to[3 * most + 1] += t3;
        }
}

/* Log-likelihood of rows, their residuals and weights. */
CLONES static double at_rows(Py_ssize_t n, const double *eta, const double *events, const double *nonevents,
                             double *residual, double *weight)
{
    double value = 0.0;
#pragma omp simd reduction(+ : value)
    for (Py_ssize_t i = 0; i < n; i++) {
        const double size = fabs(eta[i]), t = exp_of_negative(-size), big = 1.0 / (1.0 + t), small = t * big;
        const double with = eta[i] >= 0 ? events[i] : nonevents[i];
        const double against = eta[i] >= 0 ? nonevents[i] : events[i];
        const double towards = with * small - against * big;
        residual[i] = eta[i] >= 0 ? towards : -towards;
        weight[i] = (with + against) * small * big;
        value += (with + against) * log1p_of_unit(t) + against * size;
    }
    return -value;
}

/* to = X'r of some columns, or of all. */
static void sums(const Path *path, const double *r, const Py_ssize_t *which, Py_ssize_t count, double *to)
{
    for (Py_ssize_t k = 0; k < count; k += 4) {
        const double *x[4];
        double four[4];
        Py_ssize_t j[4];
        for (int m = 0; m < 4; m++) {
            const Py_ssize_t at = k + m < count ? k + m : k;
            j[m] = which ? which[at] : at;
            x[m] = path->X + j[m] * path->n;
        }
        four_dots(r, x, path->n, four);
        for (int m = 0; m < 4; m++)
            to[j[m]] = four[j[m] == j[0] ? 0 : m];
    }
}

/* to += X(b − less) of the member columns. */
static void add_times(const Path *path, const double *b, const double *less, double *to)
{
    for (Py_ssize_t k = 0; k < path->members; k += 4) {
        const double *x[4];
        double by[4];
        for (int m = 0; m < 4; m++) {
            const Py_ssize_t j = path->member[k + m < path->members ? k + m : k];
            x[m] = path->X + j * path->n;
            by[m] = k + m < path->members ? b[j] - (less ? less[j] : 0.0) : 0.0;
        }
        add_four(x, by, path->n, to);
    }
}

static void evaluate(Path *path, const double *beta)
{
    for (Py_ssize_t i = 0; i < path->n; i++)
        path->eta[i] = path->offset ? path->offset[i] : 0.0;
    add_times(path, beta, NULL, path->eta);
    path->value = at_rows(path->n, path->eta, path->events, path->nonevents, path->residual, path->weight);
}

static double penalty(const Path *path, const double *beta)
{
    double sum = 0.0;
    for (Py_ssize_t k = 0; k < path->members; k++) {
        const Py_ssize_t j = path->member[k];
        sum += 0.5 * path->l2[j] * beta[j] * beta[j] + path->l1[j] * fabs(beta[j]);
    }
    return sum;
}

static int is_free(const Path *path, Py_ssize_t j)
{
    return path->l1[j] == 0 && path->l2[j] == 0 && isinf(path->low[j]) && isinf(path->high[j]);
}

/* How steeply likelihood less penalty rises in a coefficient of value x and score g: 0 where it cannot move. */
static double slope_at(const Path *path, Py_ssize_t j, double g, double x)
{
    const double rest = g - path->l2[j] * x, outside = fabs(rest) - path->l1[j];
    const double slope = x != 0 ? rest - copysign(path->l1[j], x) : outside > 0 ? copysign(outside, rest) : 0.0;
    return (x <= path->low[j] && slope < 0) || (x >= path->high[j] && slope > 0) ? 0.0 : slope;
}

static void join(Path *path, Py_ssize_t j, int bit, Py_ssize_t *list, Py_ssize_t *count)
{
    if (!(path->state[j] & bit))
        list[(*count)++] = j;
    path->state[j] |= (char)bit;
}

/* Row k of the Cholesky factor; 0 where there is none. */
CLONES static int factor_row(Path *path, Py_ssize_t k)
{
    double *row = path->L + k * path->most, left = path->H[k * path->most + k];
    for (Py_ssize_t b = 0; b < k; b++) {
        const double *other = path->L + b * path->most;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (Py_ssize_t m = 0; m < b; m++)
            sum += row[m] * other[m];
        row[b] = (path->H[k * path->most + b] - sum) / other[b];
        left -= row[b] * row[b];
    }
    if (!(left > SINGULAR * path->H[k * path->most + k]))
        return 0;
    row[k] = sqrt(left);
    return 1;
}

static int factor(Path *path, Py_ssize_t first)
{
    for (Py_ssize_t k = first; k < path->count; k++)
        if (!factor_row(path, k))
            return 0;
    return 1;
}

/* The information of the active columns at the weights of the last step, and its factor. */
static int inform(Path *path)
{
    const Py_ssize_t n = path->n, most = path->most, count = path->count;
    memcpy(path->omega, path->weight, sizeof(double) * (size_t)n);
    memset(path->block + count * SLICE, 0, sizeof(double) * 3 * SLICE);
    for (Py_ssize_t k = 0; k < count; k++)
        memset(path->H + k * most, 0, sizeof(double) * (size_t)count);
    for (Py_ssize_t first = 0; first < n; first += SLICE) {
        const Py_ssize_t rows = n - first < SLICE ? n - first : SLICE;
        double root[SLICE];
        for (Py_ssize_t i = 0; i < rows; i++)
            root[i] = sqrt(path->omega[first + i]);
        for (Py_ssize_t k = 0; k < count; k++) {
            const double *x = path->X + path->active[k] * n + first;
            for (Py_ssize_t i = 0; i < rows; i++)
                path->block[k * SLICE + i] = root[i] * x[i];
        }
        add_products(path->block, rows, count, path->H, most);
    }
    for (Py_ssize_t k = 0; k < count; k++)
        path->H[k * most + k] += path->l2[path->active[k]];
    return factor(path, 0);
}

/* A column becomes active, with the sign of its slope; 0 where it depends on the others. */
static int activate(Path *path, Py_ssize_t j)
{
    const Py_ssize_t n = path->n, k = path->count;
    if (k + 4 >= path->most)
        return 0;
    join(path, j, ACTIVE, path->active, &path->count);
    join(path, j, MEMBER, path->member, &path->members);
    path->sign[k] = path->l1[j] == 0 ? 0.0 : copysign(1.0, path->x[j] != 0 ? path->x[j] : path->slope[j]);
    const double *own = path->X + j * n;
    for (Py_ssize_t i = 0; i < n; i++)
        path->way[i] = path->omega[i] * own[i];
    for (Py_ssize_t b = 0; b <= k; b += 4) {
        const double *x[4];
        for (int m = 0; m < 4; m++)
            x[m] = path->X + path->active[b + m <= k ? b + m : k] * n;
        four_dots(path->way, x, n, path->H + k * path->most + b);
    }
    path->H[k * path->most + k] += path->l2[j];
    return factor_row(path, k);
}

/* An active column is no longer. */
static int leave(Path *path, Py_ssize_t k)
{
    const Py_ssize_t most = path->most, after = --path->count - k;
    path->state[path->active[k]] &= ~ACTIVE;
    memmove(path->active + k, path->active + k + 1, sizeof(Py_ssize_t) * (size_t)after);
    memmove(path->sign + k, path->sign + k + 1, sizeof(double) * (size_t)after);
    for (Py_ssize_t a = k; a < path->count; a++) {
        double *row = path->H + a * most, *from = row + most;
        memcpy(row, from, sizeof(double) * (size_t)k);
        memcpy(row + k, from + k + 1, sizeof(double) * (size_t)(a + 1 - k));
    }
    return factor(path, k);
}

/* step = H⁻¹ slope. */
CLONES static void solve(Path *path)
{
    double *step = path->step;
    for (Py_ssize_t k = 0; k < path->count; k++) {
        const double *row = path->L + k * path->most;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (Py_ssize_t b = 0; b < k; b++)
            sum += row[b] * step[b];
        step[k] = (path->slope[path->active[k]] - sum) / row[k];
    }
    for (Py_ssize_t k = path->count - 1; k >= 0; k--) {
        const double *row = path->L + k * path->most, here = step[k] /= row[k];
        for (Py_ssize_t b = 0; b < k; b++)
            step[b] -= here * row[b];
    }
}

/* The maximum of the model in the active columns; those that meet 0 or a limit on the way are active no longer. */
static int maximise(Path *path)
{
    for (Py_ssize_t most = 4 * path->most; most > 0; most--) {
        Py_ssize_t first = -1;
        double share = 1.0, bound = 0.0;
        solve(path);
        for (Py_ssize_t k = 0; k < path->count; k++) {
            const Py_ssize_t j = path->active[k];
            const double x = path->x[j], step = path->step[k];
            double end = step < 0 ? path->low[j] : path->high[j];
            if (path->sign[k] * step < 0)
                end = step < 0 ? fmax(end, 0.0) : fmin(end, 0.0);
            if (!isfinite(step))
                return 0;
            if (step < 0 ? x + step > end : step > 0 ? x + step < end : 1)
                continue;
            const double here = (end - x) / step;
            if (first < 0 || here < share)
                share = here, first = k, bound = end;
        }
        for (Py_ssize_t k = 0; k < path->count; k++) {
            path->x[path->active[k]] += share * path->step[k];
            path->slope[path->active[k]] *= 1.0 - share;
        }
        if (first < 0)
            return 1;
        path->x[path->active[first]] = bound;
        if (!leave(path, first))
            return 0;
    }
    return 0;
}

/* Where the model of the last step has its maximum; the length of the way there, or a negative number where nothing
   says. */
static double step_to(Path *path, double slack)
{
    memcpy(path->slope, path->score, sizeof(double) * (size_t)path->p);
    double squares = 0.0;
    for (int round = 0; round < ROUNDS; round++) {
        Py_ssize_t joined = 0;
        for (Py_ssize_t k = 0; k < path->workings; k++) {
            const Py_ssize_t j = path->working[k];
            path->slope[j] = slope_at(path, j, path->slope[j], path->x[j]);
        }
        for (Py_ssize_t k = 0; k < path->workings; k++) {
            const Py_ssize_t j = path->working[k];
            if (path->state[j] & ACTIVE || !(fabs(path->slope[j]) > slack * path->l1[j]))
                continue;
            if (!activate(path, j))
                return -1.0;
            joined++;
        }
        if (round && !joined)
            return sqrt(squares);
        if (!maximise(path))
            return -1.0;
        memset(path->way, 0, sizeof(double) * (size_t)path->n);
        add_times(path, path->x, path->beta, path->way);
        squares = 0.0;
        for (Py_ssize_t k = 0; k < path->members; k++) {
            const Py_ssize_t j = path->member[k];
            squares += path->l2[j] * (path->x[j] - path->beta[j]) * (path->x[j] - path->beta[j]);
        }
        for (Py_ssize_t i = 0; i < path->n; i++) {
            const double weighted = path->omega[i] * path->way[i];
            squares += weighted * path->way[i];
            path->way[i] = path->residual[i] - weighted;
        }
        sums(path, path->way, path->working, path->workings, path->slope);
    }
    return -1.0;
}

/* Numbers of the loop in shrinkage/solve.py. */
typedef struct {
    double tolerance, flat, slow, slack, moving;
    Py_ssize_t steps;
} Rules;

/* Members at the start, those nothing holds first; the first information. */
static int begin(Path *path)
{
    for (int pass = 0; pass < 2; pass++)
        for (Py_ssize_t j = 0; j < path->p; j++)
            if (pass == 0 ? is_free(path, j) : path->beta[j] != 0 && !(path->state[j] & MEMBER)) {
                if (path->count + 4 >= path->most)
                    return 0;
                join(path, j, MEMBER, path->member, &path->members);
                join(path, j, WORKING, path->working, &path->workings);
                if (path->low[j] < path->beta[j] && path->beta[j] < path->high[j]) {
                    path->sign[path->count] = path->l1[j] == 0 ? 0.0 : copysign(1.0, path->beta[j]);
                    join(path, j, ACTIVE, path->active, &path->count);
                }
            }
    evaluate(path, path->beta);
    sums(path, path->residual, path->working, path->workings, path->score);
    return 1;
}

/* Scores of the columns that may be as large as l1; of others those before, from which residuals are too near for that
   (Cauchy and Schwarz). */
static void take_scores(Path *path)
{
    const size_t columns = sizeof(double) * (size_t)path->p;
    double squares = 0.0, sum = 0.0;
    for (Py_ssize_t i = 0; i < path->n; i++) {
        const double d = path->residual[i] - path->at[i];
        squares += d * d, sum += d;
    }
    const double far = sqrt(squares), shift = fabs(sum);
    Py_ssize_t count = 0;
    for (Py_ssize_t j = 0; j < path->p; j++)
        if (path->state[j] & MEMBER ||
            !(fabs(path->before[j]) + far * path->spread[j] + shift * fabs(path->mean[j]) < NEAR * path->l1[j]))
            path->near[count++] = j;
    if (MANY * count < path->p) {
        memcpy(path->score, path->before, columns);
        sums(path, path->residual, path->near, count, path->score);
        return;
    }
    sums(path, path->residual, NULL, path->p, path->score);
    memcpy(path->before, path->score, columns);
    memcpy(path->at, path->residual, sizeof(double) * (size_t)path->n);
}

/* Whether steps have led to the maximum in all columns; others that must leave 0 join the working ones. */
static int nothing_joins(Path *path, double slack)
{
    int nothing = 1;
    take_scores(path);
    for (Py_ssize_t j = 0; j < path->p; j++)
        if (!(path->state[j] & ACTIVE) && fabs(slope_at(path, j, path->score[j], path->beta[j])) > slack * path->l1[j]) {
            join(path, j, WORKING, path->working, &path->workings);
            nothing = 0;
        }
    return nothing;
}

/* The step to x; whether it raises the objective by a share of what it promises. */
static int rises(Path *path)
{
    const double before = path->value, held = penalty(path, path->beta), holds = penalty(path, path->x);
    double promised = held - holds;
    for (Py_ssize_t k = 0; k < path->members; k++)
        promised += path->score[path->member[k]] * (path->x[path->member[k]] - path->beta[path->member[k]]);
    evaluate(path, path->x);
    const double rounding = 64 * 2.220446049250313e-16 * (fabs(before) + held);
    return (path->value - holds) - (before - held) >= 1e-4 * promised - rounding;
}

/* Largest change of a predictor by one standard deviation of a column that nothing holds; they are first. */
static double moves(const Path *path)
{
    double most = 0.0;
    for (Py_ssize_t k = 0; k < path->count && is_free(path, path->active[k]); k++) {
        const Py_ssize_t j = path->active[k];
        most = fmax(most, fabs((path->x[j] - path->beta[j]) * path->scale[j]));
    }
    return most;
}

/* Steps until what the last one leaves is within the tolerance, or rounding: how many, 0 where one is not regular. */
static Py_ssize_t steps_to(Path *path, const Rules *rules)
{
    double last = INFINITY, share = 1.0;
    if (!begin(path))
        return 0;
    for (Py_ssize_t count = 1; count <= rules->steps; count++) {
        const int renewed = share > rules->slow;
        if (renewed && !inform(path))
            return 0;
        memcpy(path->x, path->beta, sizeof(double) * (size_t)path->p);
        const double size = step_to(path, rules->slack);
        if (!(size >= 0) || !(rises(path) || size < rules->flat))
            return 0;
        const double moved = moves(path);
        memcpy(path->beta, path->x, sizeof(double) * (size_t)path->p);
        share = size / last;
        const int stalled = renewed && share > STALLED && size < rules->flat;
        if (stalled || size * (isinf(last) ? 1.0 : share) <= rules->tolerance) {
            if (moved > rules->moving)
                return 0;
            if (nothing_joins(path, rules->slack))
                return count;
            last = INFINITY;
        } else {
            sums(path, path->residual, path->working, path->workings, path->score);
            last = size;
        }
    }
    return 0;
}

static int room(Path *path, void **memory)
{
    const size_t n = (size_t)path->n, p = (size_t)path->p, most = (size_t)path->most;
    double *at = *memory = malloc(sizeof(double) * (5 * n + 2 * p + 2 * most * most + (2 + SLICE) * most) +
                                  sizeof(Py_ssize_t) * (3 * p + most) + p);
    if (!at)
        return 0;
    path->eta = at, path->residual = at += n, path->weight = at += n, path->omega = at += n, path->way = at += n;
    path->x = at += n, path->slope = at += p;
    path->H = at += p, path->L = at += most * most;
    path->step = at += most * most, path->sign = at += most, path->block = at += most;
    path->active = (Py_ssize_t *)(at + SLICE * most);
    path->working = path->active + most, path->member = path->working + p;
    path->near = path->member + p, path->state = (char *)(path->near + p);
    memset(path->state, 0, p);
    return 1;
}

/* (X by columns, events, nonevents, offset or None, l1, l2, low, high, scale, mean, spread, before, at, beta, score,
   value, working, most, tolerance, flat, slow, slack, moving, steps): beta (p,), the point to start from, becomes the
   maximum; score (p,) and value (1,) are those there. Returns the number of steps, 0 where the caller must go on from
   where it was. */
PyObject *active_set(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *object[17];
    Py_buffer view[17] = {{0}};
    Rules rules;
    Path path = {0};
    Py_ssize_t steps = 0;
    void *memory = NULL;
    if (!PyArg_ParseTuple(args, "OOOOOOOOOOOOOOOOOndddddn", object, object + 1, object + 2, object + 3, object + 4,
                          object + 5, object + 6, object + 7, object + 8, object + 9, object + 10, object + 11,
                          object + 12, object + 13, object + 14, object + 15, object + 16, &path.most,
                          &rules.tolerance, &rules.flat, &rules.slow, &rules.slack, &rules.moving, &rules.steps))
        return NULL;
    int failed = take(object, view, "dddodddddddDDDDDq", 17);
    if (!failed) {
        const int64_t *working = view[16].buf;
        const Py_ssize_t n = path.n = view[1].len / 8, p = path.p = view[13].len / 8, given = view[16].len / 8;
        int inside = view[0].len / 8 == n * p && lengths_are(view, 2, 4, n) && lengths_are(view, 4, 12, p);
        inside = inside && lengths_are(view, 12, 13, n) && lengths_are(view, 14, 15, p) && view[15].len == 8;
        inside = inside && path.most > 0;
        for (Py_ssize_t k = 0; inside && k < given; k++)
            inside = working[k] >= 0 && working[k] < p;
        if (!inside)
            failed = refuse("shapes disagree");
        else if (!room(&path, &memory)) {
            PyErr_NoMemory();
            failed = 1;
        } else {
            path.X = view[0].buf, path.events = view[1].buf, path.nonevents = view[2].buf, path.offset = view[3].buf;
            path.l1 = view[4].buf, path.l2 = view[5].buf, path.low = view[6].buf, path.high = view[7].buf;
            path.scale = view[8].buf, path.mean = view[9].buf, path.spread = view[10].buf, path.before = view[11].buf;
            path.at = view[12].buf, path.beta = view[13].buf, path.score = view[14].buf;
            Py_BEGIN_ALLOW_THREADS
            for (Py_ssize_t k = 0; k < given; k++)
                join(&path, (Py_ssize_t)working[k], WORKING, path.working, &path.workings);
            steps = steps_to(&path, &rules);
            Py_END_ALLOW_THREADS
            *(double *)view[15].buf = path.value;
        }
    }
    free(memory);
    return release(view, 17, failed, (double)steps);
}
