cd -- "$1" || exit 126
[ "$2" = 0 ] || ulimit -d "$2"
shift 2
while [ "$1" != -- ]; do
  echo 0 >"$1/cgroup.procs" || exit 126
  shift
done
shift
exec "$@"
