# Ends process groups on request, and all that are held when its input ends because the gateway is gone.
# Lines: hold GROUP, free GROUP, or a signal name and GROUP.
trap '' HUP INT TERM
live=' '
while read -r verb group; do
  case $verb in
    hold) live="$live$group " ;;
    free) case $live in *" $group "*) live="${live%% "$group" *} ${live#* "$group" }" ;; esac ;;
    *) kill -s "$verb" -- "-$group" 2>/dev/null ;;
  esac
done
[ "$live" = ' ' ] && exit 0
for group in $live; do kill -s TERM -- "-$group" 2>/dev/null; done
sleep 1
for group in $live; do kill -s KILL -- "-$group" 2>/dev/null; done
exit 0
