# Lays out a private mount namespace, says so, and holds it until its input ends.
# $1 this function's secrets; $2 data directory, hidden; $3 working directory if it lies in there, else empty;
# $4 "ro" when nothing but /tmp may be written; $5 the replica's mark, as the source of a mount.
set -e
for place in /var/openfaas/secrets /run/secrets; do
  mount --bind -o ro "$1" "$place"
done
if [ -n "$3" ]; then
  exec 4<"$3"
fi
mount -t tmpfs -o mode=0755,size=1m,nr_inodes=1k "$5" "$2"
if [ -n "$3" ]; then
  mkdir -p "$3"
  mount --no-canonicalize --bind /proc/self/fd/4 "$3"
  exec 4<&-
fi
mount -o remount,ro "$2"
if [ "$4" = ro ]; then
  mount -t tmpfs -o mode=1777,nosuid,nodev "$5" /tmp
  cut -d ' ' -f 5 /proc/self/mountinfo | sed 's/\\040/ /g' | while read -r point; do
    case $point in
      /proc | /proc/* | /sys | /sys/* | /dev | /dev/* | /tmp) ;;
      *) mount -o remount,bind,ro "$point" || echo "still writable: $point" >&2 ;;
    esac
  done
fi
echo ready
read -r _ || :
