#!/bin/sh
# deploy/roll.sh SERVICE: replaces its containers by new ones of today's image and settings, and stops the old ones once the
# new ones are ready. The ledgers are two services of one container each: ledger-a, and ledger-b when it is done.
set -eu
cd "$(dirname "$0")"
service=${1:?which service? For example: deploy/roll.sh verifier}
is_ready() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; }
# Ten minutes; past that what is new stays beside what is old, for somebody to look at.
wait_for() {
  for container in $1; do
    tries=0
    until is_ready "$container"; do
      tries=$((tries + 1))
      [ "$tries" -lt 300 ] || { echo "$service is not ready: docker logs $container" >&2; exit 1; }
      sleep 2
    done
  done
}
# Those that ended as well: Compose counts them.
old=$(docker compose ps -aq "$service")
case $service in
  ledger-*)
    docker compose up -d --no-deps --force-recreate "$service"
    wait_for "$(docker compose ps -q "$service")"
    exit ;;
esac
count=$(echo "$old" | wc -w)
[ "$count" -gt 0 ] || { echo "Nothing of $service runs; start it: docker compose up -d $service" >&2; exit 1; }
docker compose up -d --no-deps --no-recreate --scale "$service=$((count * 2))" "$service"
wait_for "$(docker compose ps -q "$service")"
docker stop --time 30 $old
docker rm $old
