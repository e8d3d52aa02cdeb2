#!/bin/sh
# One line of JSON per second, as many as the request's body says (5 without a body): watch them come with curl -N.
read -r count || count=${count:-}
case $count in
    '' | *[!0-9]*) count=5 ;;
esac
number=1
while [ "$number" -le "$count" ]; do
    printf '{"tick":%s,"time":"%s"}\n' "$number" "$(date -u +%H:%M:%S)"
    [ "$number" -eq "$count" ] || sleep 1
    number=$((number + 1))
done
