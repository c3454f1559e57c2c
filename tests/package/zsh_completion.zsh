# A zsh inside a zsh: what it completes is read back from its line.
#   zsh -f zsh_completion.zsh FOLDER_OF_TEXTS
zmodload zsh/zpty
home=$(mktemp -d)
trap 'zpty -d inner 2>/dev/null; rm -rf $home' EXIT
touch $home/some.log

zpty inner "TERM=dumb ZDOTDIR=$home HOME=$home zsh -f -i"
# Each answer ends with a line of its own that says so.
zpty -w inner "unsetopt zle_bracketed_paste; PS1=; cd $home; fpath=(${1:a} \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=0
lb() { print -r -- \"<\${(j:|:)@}>\"; }; print re''ady"
zpty -r inner answer '*ready*' || { print "zsh does not start"; exit 1; }

failed=0
# completes "WHAT IS TYPED" "a|b": the arguments of the command after a tab.
completes() {
  local answer
  zpty -w inner "lb $1"$'\t'
  zpty -r inner answer '*<*>*' || { print "no answer for: lb $1"; exit 1; }
  answer=${${answer##*<}%%>*}
  [[ $answer == $2 ]] && return
  print -r -- "for: lb $1"
  print -r -- "expected: $2"
  print -r -- "completed: $answer"
  failed=1
}

# The = goes again when nothing is typed behind it.
completes '--health-pat' '--health-path'
completes '--log-format j' '--log-format|json'
completes '--log-format=te' '--log-format=text'
completes '--all-down t' '--all-down|try'
completes '-p 80 --bal' '-p|80|--balance'
completes '--access-log som' '--access-log|some.log'
completes '--access-log of' '--access-log|off'
completes '--takeover som' '--takeover|some.log'
completes "--takeover=$home/som" "--takeover=$home/some.log"
completes '--dem' '--demo'
completes '--demo --no-heal' '--demo|--no-health'
completes '--port 80 --por' '--port|80|--port'
exit $failed
