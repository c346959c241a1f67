#!/usr/bin/env bash
# Runs the tour of README.md against a server of its own and checks every answer: on SQLite, and, where
# TEST_DATABASE_URL and TEST_REDIS_URL are set, on Postgres and Redis with the same results.
set -Eeuo pipefail
cd "$(dirname "$0")/.."
binary=${MADANG_BINARY:-target/debug/madang}
folder=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" || true; }
    server=
}
trap 'stop; rm -rf "$folder"' EXIT

sed -n '/^<!-- tour -->$/,/^<!-- \/tour -->$/p' README.md | sed '/^<!--/d; /^```/d' >"$folder/tour.bash"
[ -s "$folder/tour.bash" ] || { echo "tour: README.md has no tour" >&2; exit 1; }

# expect <what> <json> <jq filter that must hold>
expect() {
    jq -e "$3" >/dev/null <<<"$2" || { printf 'tour: %s: not %s in\n%s\n' "$1" "$3" "$2" >&2; return 1; }
    echo "ok: $1"
}

# walk <name> <environment…>: a fresh server, the lines of the README, the checks.
walk() {
    local name=$1 api="" line
    shift
    echo "tour on $name"
    env "$@" MADANG__DATA_DIR="$folder/$name" MADANG__HTTP__LISTEN=127.0.0.1:0 \
        MADANG__HTTP__INTERNAL_LISTEN=127.0.0.1:0 "$binary" serve >"$folder/$name.out" 2>"$folder/$name.log" &
    server=$!
    for _ in $(seq 300); do
        read -r line <"$folder/$name.out" || true
        [[ ${line:-} != "madang ready on "* ]] || { line=${line#madang ready on }; api=${line%% *}; break; }
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    [ -n "$api" ] || { echo "tour: the server was never ready" >&2; tail "$folder/$name.log" >&2; return 1; }

    # In no condition: there a line that fails would not end the tour, but spoil an answer further down.
    trap 'echo "tour: a line of README.md failed: $BASH_COMMAND" >&2' ERR
    # shellcheck source=/dev/null
    . "$folder/tour.bash" >"$folder/$name.said"
    trap - ERR
    # shellcheck disable=SC2154
    {
        expect "log in" "$mina" '.tokenType == "Bearer" and (.accessToken | length > 100)'
        expect "event" "$event" '.start.timeZone == "Asia/Seoul" and .recurrence == ["RRULE:FREQ=WEEKLY;COUNT=3"]'
        expect "import" "$import" '.created == 2 and .skipped == 0 and .warnings == []'
        expect "month" "$month" '[.items[] | [(.start.dateTime // .start.date)[:10], .title]] == [
            ["2026-12-02", "합창 연습"], ["2026-12-05", "Picnic by the Han"], ["2026-12-09", "합창 연습"],
            ["2026-12-12", "Picnic by the Han"], ["2026-12-16", "합창 연습"], ["2026-12-19", "Picnic by the Han"],
            ["2026-12-28", "Winter holidays"], ["2026-12-30", "합창 연습"]]'
        expect "follow" "$follow" '.followerId != .followeeId'
        expect "post" "$post" '.author.nickname == "mina" and .event.title == "Picnic by the Han"'
        expect "feed" "$feed" '[.items[].text] == ["Who brings the kimbap? #picnic"]'
        expect "notification" "$notifications" '[.items[] | [.kind, .actor.nickname]] == [["follow", "joon"]]'
        expect "refusal" "$(curl -sS "$api/v1/me")" '.status == 401 and (.code | contains("."))'
    }
    expect "document" "$(curl -fsS "$api/openapi.json")" '.paths | length > 30'
    browser=$(command -v "${CHROMIUM:-chromium}" || true)
    if [ -n "$browser" ] && [ -e target/tools/stamp ]; then
        CHROMIUM=$browser timeout 120 node scripts/swagger.mjs "$api" "$folder/swagger.png"
    else
        echo "skipped: Swagger UI in a browser (needs chromium and scripts/tools/install.sh)"
    fi
    stop
}

walk sqlite RUST_BACKTRACE=1
if [ -n "${TEST_DATABASE_URL:-}" ]; then
    walk postgres DATABASE_URL="$TEST_DATABASE_URL" ${TEST_REDIS_URL:+REDIS_URL="$TEST_REDIS_URL"}
fi
