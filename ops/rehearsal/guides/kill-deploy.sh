# For the guides' rehearsal: destroys what stands, deploys anew, and kills the deployment with all that it has started when
# it has made some resources ($KILL_AFTER of them, 60 by default), as a machine does that loses power.
descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    descendants "$child"
    echo "$child"
  done
}

bin/catalog destroy --settings production.env --yes
log=$(mktemp)
bin/catalog deploy --settings production.env --yes > "$log" 2>&1 &
deployment=$!
while [ "$(grep -c ' created ' "$log" || true)" -lt "${KILL_AFTER:-60}" ]; do
  kill -0 "$deployment" || { cat "$log"; false; }
  sleep 0.2
done
# The state is written every 20 s: what was made since then is in none.
# shellcheck disable=SC2046
kill -KILL $(descendants "$deployment") "$deployment"
wait "$deployment" || true
