#!/usr/bin/env bash
# The C folds under gcc's sanitizers: tests/attacks/sanitizers.sh [thread|address] in an environment with the test extra.
# Builds the extension in a copy of the tree and runs the tests of the folds; any report of a sanitizer fails them.
set -euo pipefail
kind=${1:-address}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r glmlogit tests pyproject.toml "$work"
cd "$work"
python=${PYTHON:-python3}
flags="-O1 -g -DONE_TARGET -march=native -fno-omit-frame-pointer -fopenmp-simd -fno-math-errno -fno-trapping-math"
case $kind in
thread)
    flags="$flags -fsanitize=thread"
    libraries=$(gcc -print-file-name=libtsan.so)
    export TSAN_OPTIONS="exitcode=66 halt_on_error=1 report_signal_unsafe=0 die_after_fork=0"
    ;;
address)
    flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=undefined"
    libraries="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
    export ASAN_OPTIONS="detect_leaks=0 halt_on_error=1 allocator_may_return_null=1"
    export UBSAN_OPTIONS="print_stacktrace=1"
    ;;
*)
    echo "thread or address, not $kind" >&2
    exit 2
    ;;
esac
include=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
rm -f glmlogit/numerics/*.so
c=glmlogit/numerics/c
# shellcheck disable=SC2086
gcc $flags -shared -fPIC -I"$include" $c/row_pass.c $c/coded_pass.c $c/leverages.c -lm -o glmlogit/numerics/_rowpass.abi3.so
# shellcheck disable=SC2086
gcc $flags -shared -fPIC -I"$include" $c/descent.c $c/active_set.c -lm -o glmlogit/numerics/_descent.abi3.so
# shellcheck disable=SC2086
gcc $flags -shared -fPIC -I"$include" $c/softmax_pass.c -lm -o glmlogit/numerics/_softmax.abi3.so
# shellcheck disable=SC2086
gcc $flags -ffp-contract=off -shared -fPIC -I"$include" $c/exact.c -lm -o glmlogit/numerics/_exact.abi3.so
export PYTHONPATH=$work OPENBLAS_NUM_THREADS=1
LD_PRELOAD="$libraries" "$python" -c 'import glmlogit.numerics.kernels as k; assert k.COMPILED; print(k.config()["instructions"])'
LD_PRELOAD="$libraries" "$python" -m pytest -q -n 0 -p no:cacheprovider -p no:faulthandler \
    tests/numerics/test_kernels.py tests/numerics/test_cells.py tests/numerics/test_leverages.py tests/numerics/test_linalg.py \
    tests/numerics/test_doubledouble.py tests/numerics/test_exact_score.py \
    tests/numerics/test_descent.py tests/estimators/test_multinomial_laws.py tests/shrinkage/test_active_set.py "${@:2}"
