#!/usr/bin/env bash
# Fuzzes what the network and files feed us: tests/fuzz/run.sh [SECONDS] [TARGET…]
#
# Each target runs SECONDS (default 20) and prints one line. A crash, a run of over FUZZ_TIMEOUT seconds (default 1)
# or over 512 MiB keeps its input under crashes/TARGET/ and makes the exit status 1; 2 means it could not run.
# Repeat one with: tests/fuzz/target/<host>/release/TARGET tests/fuzz/crashes/TARGET/FILE
set -uo pipefail
cd "$(dirname "$0")" || exit 2

seconds=${1:-20}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: run.sh [SECONDS] [TARGET…]" >&2; exit 2; }
shift || true
declare -A package=([sip_datagram]=sip [sip_stream]=sip [sdp]=sip [digest]=sip [rtp]=media [wav]=media [config]=script [flow]=script)
declare -A longest=([sip_datagram]=8192 [sip_stream]=8192 [sdp]=16384 [digest]=4096 [rtp]=2048 [wav]=16384 [config]=8192 [flow]=4096)
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || targets=(sip_datagram sip_stream sdp digest rtp wav config flow)

host=$(rustc -vV | sed -n 's/^host: //p')
bin=${CARGO_TARGET_DIR:-target}/$host/release
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"

status=0
for target in "${targets[@]}"; do
    [[ -n ${package[$target]:-} ]] || { echo "unknown target $target; known: ${!package[*]}" >&2; exit 2; }
    cargo build --quiet --release --target "$host" -p "fuzz-${package[$target]}" --bin "$target" || exit 2
done
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "crashes/$target" "seeds/$target"
    log=corpus/$target.log
    dictionary=()
    [[ -f dictionaries/$target.dict ]] && dictionary=(-dict="dictionaries/$target.dict")
    "$bin/$target" -max_total_time="$seconds" -timeout="${FUZZ_TIMEOUT:-1}" -rss_limit_mb=512 -malloc_limit_mb=256 \
        -max_len="${longest[$target]}" -print_final_stats=1 -artifact_prefix="crashes/$target/" \
        "${dictionary[@]}" "corpus/$target" "seeds/$target" >"$log" 2>&1
    ended=$?
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    crashes=$(find "crashes/$target" -type f | wc -l)
    printf '%-13s %10s executions %8s/s %3s kept crashes\n' "$target" "${executions:-?}" "${rate:-?}" "$crashes"
    if [[ $ended -ne 0 ]]; then
        status=1
        grep -m 3 -E 'panicked at|ERROR: libFuzzer|Test unit written' "$log" | sed 's/^/    /'
        echo "    all of it: tests/fuzz/$log"
    fi
done
exit $status
