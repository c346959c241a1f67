#!/usr/bin/env bash
# Postgres, Redis and a mail server for tests: on free loopback ports, gone afterwards.
#
#   scripts/services.sh run cargo test     start, run the command with TEST_DATABASE_URL, TEST_REDIS_URL,
#                                          TEST_SMTP_URL and TEST_SMTP_MAILDIR set, stop; its exit code is ours
#
# A variable that is set already is used as it is, and nothing is started for it. SERVICES="postgres
# smtp" limits what is started.
set -euo pipefail

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
}

fail() {
    echo "services.sh: $*" >&2
    exit 69
}

[ "${1:-}" = run ] && [ $# -ge 2 ] || usage
shift

folder=$(mktemp -d "${TMPDIR:-/tmp}/madang-services.XXXXXX")
chmod 755 "$folder"
pids=()

stop() {
    local pid
    for pid in "${pids[@]}"; do
        kill -INT "$pid" 2>/dev/null || true
    done
    for pid in "${pids[@]}"; do
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

wanted() {
    case " ${SERVICES:-postgres redis smtp} " in *" $1 "*) return 0 ;; esac
    return 1
}

# Asks the system for a port nobody uses; another process may take it before we do, hence retries.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# install <command> <package>: only as root on a system with apt; otherwise says what is missing.
install() {
    command -v "$1" >/dev/null && return
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "$1 is missing: install the package $2 (or set the variable to a running one)"
    fi
    echo "services.sh: installing $2" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2"; } >"$folder/apt.log" 2>&1 ||
        fail "could not install $2: $(tail -n 3 "$folder/apt.log")"
}

# The newest server: distributions keep it outside the PATH.
postgres_bin() {
    local initdb
    initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$initdb" ] || initdb=$(command -v initdb || true)
    [ -z "$initdb" ] || dirname "$initdb"
}

# Becomes the command. Postgres refuses to run as root.
unprivileged() {
    if [ "$(id -u)" = 0 ]; then
        exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@"
    fi
    exec "$@"
}

start_postgres() {
    local bin port pid
    bin=$(postgres_bin)
    if [ -z "$bin" ]; then
        install initdb postgresql
        bin=$(postgres_bin)
    fi
    [ -n "$bin" ] || fail "Postgres is missing: install the package postgresql"
    mkdir "$folder/postgres"
    [ "$(id -u)" != 0 ] || chown postgres "$folder/postgres"
    (cd "$folder/postgres" && unprivileged "$bin/initdb" -D "$folder/postgres/data" -U madang -A trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1) ||
        fail "initdb: $(tail -n 3 "$folder/initdb.log")"
    for _ in 1 2 3; do
        port=$(free_port)
        # Nothing here outlives the tests, so nothing waits for the disk.
        (cd "$folder/postgres" && unprivileged "$bin/postgres" -D "$folder/postgres/data" -p "$port" \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
            -c fsync=off -c synchronous_commit=off -c full_page_writes=off) >"$folder/postgres.log" 2>&1 &
        pid=$!
        if wait_for "$pid" "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U madang; then
            pids+=("$pid")
            export TEST_DATABASE_URL="postgres://madang@127.0.0.1:$port/postgres"
            return
        fi
    done
    fail "Postgres did not start: $(tail -n 5 "$folder/postgres.log")"
}

start_redis() {
    local port pid
    install redis-server redis-server
    for _ in 1 2 3; do
        port=$(free_port)
        redis-server --bind 127.0.0.1 --port "$port" --save "" --appendonly no --dir "$folder" \
            >"$folder/redis.log" 2>&1 &
        pid=$!
        if wait_for "$pid" redis-cli -h 127.0.0.1 -p "$port" ping; then
            pids+=("$pid")
            export TEST_REDIS_URL="redis://127.0.0.1:$port/"
            return
        fi
    done
    fail "Redis did not start: $(tail -n 5 "$folder/redis.log")"
}

# A Python that has aiosmtpd: the system's, or one of our own in target/tools.
smtp_python() {
    local own=target/tools/smtp
    if python3 -c 'import aiosmtpd' 2>/dev/null; then
        command -v python3
    elif [ -x "$own/bin/python" ] && "$own/bin/python" -c 'import aiosmtpd' 2>/dev/null; then
        echo "$PWD/$own/bin/python"
    elif python3 -m venv "$own" >/dev/null 2>&1 &&
        "$own/bin/pip" --disable-pip-version-check install --quiet aiosmtpd==1.4.6 >/dev/null 2>&1; then
        echo "$PWD/$own/bin/python"
    fi
}

# Without a mail server its tests are skipped, and say so; REQUIRE_SMTP=1 makes that an error.
start_smtp() {
    local port pid python
    python=$(smtp_python)
    if [ -z "$python" ]; then
        [ -z "${REQUIRE_SMTP:-}" ] || fail "aiosmtpd cannot be installed (pip install aiosmtpd)"
        echo "services.sh: NO MAIL SERVER: aiosmtpd cannot be installed; its tests will be skipped" >&2
        return
    fi
    for _ in 1 2 3; do
        port=$(free_port)
        "$python" -m aiosmtpd -n -l "127.0.0.1:$port" -c aiosmtpd.handlers.Mailbox "$folder/maildir" \
            >"$folder/smtp.log" 2>&1 &
        pid=$!
        if wait_for "$pid" greeted "$port"; then
            pids+=("$pid")
            export TEST_SMTP_URL="smtp://127.0.0.1:$port" TEST_SMTP_MAILDIR="$folder/maildir"
            return
        fi
    done
    fail "aiosmtpd did not start: $(tail -n 5 "$folder/smtp.log")"
}

# greeted <port>: whether somebody says hello there.
greeted() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 2 line <&3 && [[ $line == 220* ]]) 2>/dev/null
}

# wait_for <pid> <question…>: until the question is answered, the process is gone, or 15 s passed.
wait_for() {
    local pid=$1
    shift
    for _ in $(seq 150); do
        "$@" >/dev/null 2>&1 && kill -0 "$pid" 2>/dev/null && return 0
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    return 1
}

if [ -z "${TEST_DATABASE_URL:-}" ] && wanted postgres; then start_postgres; fi
if [ -z "${TEST_REDIS_URL:-}" ] && wanted redis; then start_redis; fi
if [ -z "${TEST_SMTP_URL:-}" ] && wanted smtp; then start_smtp; fi
# No service, but a judge that tests need as well.
if [ -n "${REQUIRE_EXIFTOOL:-}" ]; then install exiftool libimage-exiftool-perl; fi

echo "TEST_DATABASE_URL=${TEST_DATABASE_URL:-} TEST_REDIS_URL=${TEST_REDIS_URL:-} TEST_SMTP_URL=${TEST_SMTP_URL:-}" >&2
code=0
"$@" || code=$?
exit "$code"
