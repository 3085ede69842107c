#!/bin/sh
# Cleans up after the process that started it, however that one ends: its end closes our standard input, and that is
# true of SIGKILL as well. Runs in a session of its own, so that Ctrl-C in a terminal does not reach it. A shell, since
# it costs 1 MB and starts at once where a second Node would cost 45 MB.
#
# Orders, one a line:
#   watch GROUP SIGNAL   end this process group with SIGNAL, and with KILL where that does not help
#   forget GROUP         it has ended
#   undo ID COMMAND      run COMMAND once the groups are gone
#   done ID              it has been undone
trap '' HUP INT TERM

watched=''
undos=''
newline='
'

without() { # LINES KEY: the lines that do not start with KEY
  kept=''
  while read -r key rest; do
    [ -z "$key" ] || [ "$key" = "$2" ] || kept="$kept$key $rest$newline"
  done <<END
$1
END
  printf '%sx' "$kept" # command substitution would drop the last newline; the caller removes the x
}

while read -r verb rest; do
  case $verb in
    watch) watched="$watched$rest$newline" ;;
    forget) watched=$(without "$watched" "$rest") && watched=${watched%x} ;;
    undo) undos="$undos$rest$newline" ;;
    done) undos=$(without "$undos" "$rest") && undos=${undos%x} ;;
  esac
done

each_group() { # SIGNAL: sends it, or with no argument the signal of each; fails when no group is left
  found=1
  while read -r group signal; do
    [ -n "$group" ] && kill -s "${1:-$signal}" -- "-$group" 2>/dev/null && found=0
  done <<END
$watched
END
  return $found
}

if each_group; then
  tries=0
  while [ $tries -lt 30 ] && each_group 0; do
    sleep 0.1
    tries=$((tries + 1))
  done
  each_group KILL
fi

while read -r id command; do
  [ -z "$id" ] || sh -c "$command" >/dev/null 2>&1
done <<END
$undos
END
exit 0
