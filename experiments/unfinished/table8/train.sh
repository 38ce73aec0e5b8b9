#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Trains the nine runs of docs/speed.md's table of kernels and precisions, two at a time; goes on where it was stopped.
#
#   experiments/unfinished/table8/train.sh OUT SECONDS     OUT: a folder for the runs, begun as a copy of this one
set -euo pipefail
export out=$1 deadline=$(($(date +%s) + $2)) OMP_WAIT_POLICY=passive
export run=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../../run
"$run" train --help >/dev/null # builds it
one() {
  local left=$((deadline - $(date +%s)))
  ((left > 30)) || exit 0
  read -r kernels precision seed <<<"$1"
  "$run" train --model resnet20 --schedule 1/8 --kernels "$kernels" --precision "$precision" --seed "$seed" --threads 1 \
    --evaluate-every 8000 --log-gradients-every 0 --out "$out" --stop-after-seconds "$left"
}
export -f one
printf '%s\n' fast\ {bf16,fp32}\ {0,1,2} eager\ fp32\ {0,1,2} | xargs -P 2 -I{} bash -c 'one "{}"'
