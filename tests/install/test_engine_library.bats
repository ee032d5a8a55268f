# Pins: the installed engine is a library of its own. With nothing but what pkg-config says, in a folder of its own,
# docs/engine-example.c compiles without a warning by gcc and clang, prints the same on any number of threads and agrees
# with the closed form; it needs no library but the C library and OpenMP; every installed header of base and engine
# compiles alone; the contract refuses C++. Not pinned: speed, the values of digests.

setup_file() {
    export INSTALLED=$BATS_FILE_TMPDIR/usr ROOT=$PWD
    # The variant under test has exported its name.
    env -u VARIANT make install PREFIX="$INSTALLED"
    export PKG_CONFIG_PATH=$INSTALLED/lib/pkgconfig
    mkdir "$BATS_FILE_TMPDIR/user"
    cp docs/engine-example.c "$BATS_FILE_TMPDIR/user/"
}

setup() {
    cd "$BATS_FILE_TMPDIR/user"
    read -ra cflags < <(pkg-config --cflags aasim-engine)
    read -ra libs < <(pkg-config --libs aasim-engine)
}

headers() {
    (cd "$INSTALLED/include/aasim" && printf '%s\n' base/*.h engine/*.h)
}

# The number after a word of the example's output.
number_after() {
    grep -oP "$1 *\K[0-9.]+" output
}

expect_example() {
    "$1" -std=c17 -O2 -Wall -Wextra -Werror engine-example.c "${cflags[@]}" "${libs[@]}" -o ask
    ./ask 1 >output
    cat output
    for threads in 2 3 8; do
        ./ask "$threads" | diff output -
    done
    awk -v share="$(number_after 'given up')" -v half="$(number_after '\+-')" -v exact="$(number_after 'exact')" \
        'BEGIN { distance = share < exact ? exact - share : share - exact
                 exit !(half > 0 && half < 0.05 * exact && distance < 2 * half) }'
}

@test "the example, by gcc" { expect_example gcc; }

@test "docs/engine.md shows what the example prints" {
    gcc -std=c17 -O2 engine-example.c "${cflags[@]}" "${libs[@]}" -o ask
    sed -n '/^given up/,/^digest/p' "$BATS_TEST_DIRNAME/../../docs/engine.md" >shown
    ./ask 1 | diff shown -
}

@test "the example, by clang" {
    command -v clang || skip "no clang"
    expect_example clang
}

@test "the example needs the C library and OpenMP only" {
    gcc -std=c17 engine-example.c "${cflags[@]}" "${libs[@]}" -o ask
    run ldd ask
    [ "$status" -eq 0 ]
    for library in $(awk '{ print $1 }' <<<"$output"); do
        [[ ${library##*/} =~ ^(linux-vdso|ld-linux.*|libc|libm|libgomp|libpthread)\.so ]] || {
            echo "needs $library"
            return 1
        }
    done
}

@test "the library asks for GSL where variates are made, for no other library" {
    run nm --undefined-only --print-file-name "$INSTALLED/lib/libaasim-engine.a"
    [ "$status" -eq 0 ]
    [ -z "$(grep -E ' U (H5|yaml_|json_|XXH)' <<<"$output")" ]
    [ -z "$(grep ' U gsl_' <<<"$output" | grep -vE ':(cumulative|distribution|gslstream|variate)\.o:')" ]
}

@test "variates take GSL and nothing else" {
    cat >draw.c <<'C'
#include <base/variate.h>
#include <stdio.h>

int main(void)
{
    struct arena arena = {0};
    struct distribution constant = distribution_constant(3);
    struct variate v = variate_compile(&arena, &constant, 1);
    struct stream s = stream_open(1, 0, "user", "draws");
    printf("%g\n", variate_draw(&v, &s));
    arena_free(&arena);
    return 0;
}
C
    gcc -std=c17 -Wall -Wextra -Werror draw.c "${cflags[@]}" "${libs[@]}" $(pkg-config --libs gsl) -o draw
    [ "$(./draw)" = 3 ]
}

@test "every header compiles alone" {
    [ "$(headers | wc -l)" -gt 30 ]
    for compiler in gcc clang; do
        command -v "$compiler" || continue
        for header in $(headers); do
            echo "$compiler $header"
            $compiler -std=c17 -Wall -Wextra -Werror -fsyntax-only "${cflags[@]}" -x c - <<<"#include <$header>"
        done
    done
}

@test "misuse stops the program and is named; cancelling a dead timer, if the program asks for checks" {
    cat >twice.c <<'C'
#include <engine/api.h>

static void handle(struct cell *cell, void *world, const struct event *event)
{
    (void)world, (void)event;
    uint64_t ticket = cell_arm(cell, 0, 1);
    cell_disarm(cell, 0, ticket);
    cell_disarm(cell, 0, ticket);
    if (event->time > 0)
        cell_send(cell, 1, 5, 1, 0, 0);
}

int main(int argc, char **argv)
{
    (void)argv;
    const uint32_t cells[] = {0, 1};
    const simtime lookahead[] = {0, 10, 10, 0};
    struct engine *engine = engine_create(&(struct engine_conf){
        .n_lps = 2, .lp_cell = cells, .n_cells = 2, .lookahead = lookahead, .handler = handle});
    engine_lane(engine, 0, 100, 2);
    engine_post(engine, 0, 0, argc > 1, 1, 0, 0);
    engine_run(engine, 1000, 1, 0);
    engine_destroy(engine);
    return 0;
}
C
    gcc -std=c17 twice.c "${cflags[@]}" "${libs[@]}" -o twice
    ./twice
    run ./twice late
    [ "$status" -eq 134 ]
    [[ $output == *"after 5 ns, but the lookahead from cell 0 to cell 1 is 10 ns"* ]]
    gcc -std=c17 -DAASIM_CHECKS=1 twice.c "${cflags[@]}" "${libs[@]}" -o twice
    run ./twice
    [ "$status" -eq 134 ]
    [[ $output == *"disarms timer 1 of lane 0"* ]]
}

@test "C++ is refused with a reason" {
    command -v g++ || skip "no g++"
    run g++ -fsyntax-only "${cflags[@]}" -x c++ - <<<'#include <engine/api.h>'
    [ "$status" -ne 0 ]
    [[ $output == *"compile the model as C"* ]]
}

@test "the engine alone, packaged: DESTDIR is not in the pkg-config file" {
    cd "$ROOT"
    env -u VARIANT make install-engine DESTDIR="$BATS_TEST_TMPDIR" PREFIX=/opt/engine
    local packaged=$BATS_TEST_TMPDIR/opt/engine
    [ "$(PKG_CONFIG_PATH=$packaged/lib/pkgconfig pkg-config --cflags aasim-engine | xargs)" = \
        "-I/opt/engine/include/aasim -fopenmp -ffp-contract=off" ]
    [ "$(cd "$packaged" && printf '%s ' *)" = "include lib " ]
    [ "$(cd "$packaged/include/aasim" && printf '%s ' *)" = "base engine " ]
}
