# What start, stop and watch share: where the node lives, whether it answers, how it ends. For Linux.
# Everything that changes the node happens under one lock, so that callers may come at the same time.
#
#   HUB_ES_DIR    where it is installed and runs (~/.cache/hub-elasticsearch)
#   HUB_ES_DATA   where it keeps its data while it runs, if not there
#   HUB_ES_PORT   where it listens on 127.0.0.1 (9200)
#   ES_JAVA_HOME  the JDK, version 21 or later, that runs it (found by itself where it stands in a usual place)

version=9.2.4
cluster=hub-tests
dir=${HUB_ES_DIR:-$HOME/.cache/hub-elasticsearch}
port=${HUB_ES_PORT:-9200}
url=http://127.0.0.1:$port
node=$dir/node-$port
data=${HUB_ES_DATA:-$node}/data-$port
users=$node/users
plugin_source=$(dirname "${BASH_SOURCE[0]}")/plugin/StandardAnalysis.java
home=$dir/elasticsearch-$version-$(cksum <"$plugin_source" | cut -d ' ' -f 1)

fail() {
    echo "Elasticsearch for the tests: $*" >&2
    exit 1
}

installed() {
    [ -d "$home" ]
}

lock() {
    command -v flock >/dev/null || fail "the command flock is missing (Debian: util-linux)"
    mkdir -p "$users" 2>/dev/null || fail "cannot write to $dir: set HUB_ES_DIR to a folder of yours"
    exec 9>"$dir/lock-$port"
    flock -w 300 9 || fail "another process has held $dir/lock-$port for five minutes"
}

# Whether our own node answers and is fit for use; somebody else's cluster on that port is not ours to fill.
answers() {
    local health
    health=$(curl -sf --max-time 5 "$url/_cluster/health?wait_for_status=yellow&timeout=2s") || return 1
    [[ $health == *"\"cluster_name\":\"$cluster\""* ]]
}

# A zombie is not: who killed a test run may be slow to notice.
alive() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
    [[ -n $state && $state != [ZX] ]]
}

# The pid of the node that runs from this folder, and nothing where the file is stale.
node_pid() {
    local pid
    pid=$(cat "$node/pid" 2>/dev/null) || return 1
    [ -n "$pid" ] && alive "$pid" && [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") == *"$dir/"* ]] && echo "$pid"
}

# Forgets the users that ended without saying so, and tells whether any is left.
in_use() {
    local user
    for user in "$users"/*; do
        [ -e "$user" ] || continue
        [ "${user##*/}" = by-hand ] || alive "${user##*/}" || rm -f "$user"
    done
    [ -n "$(ls -A "$users" 2>/dev/null)" ]
}

# A JDK of version 21 or later, with its compiler.
find_jdk() {
    local candidate release
    for candidate in "${ES_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -x "$candidate/bin/javac" ] || continue
        release=$("$candidate/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
        [ "${release:-0}" -ge 21 ] && echo "$candidate" && return
    done
    return 1
}

stop_node() {
    local pid
    pid=$(node_pid) || return 0
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do
        alive "$pid" || break
        sleep 0.2
    done
    ! alive "$pid" || kill -9 "$pid" 2>/dev/null || true
    rm -rf "$node/pid" "$data"
}
