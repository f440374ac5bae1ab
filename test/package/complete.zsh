# Types a line and a tab in an interactive zsh, and prints the line that the shell then has.
zmodload zsh/zpty
zpty shell zsh -f -i
# npm sets EDITOR=vi, for which zsh would take the keys of vi.
zpty -w shell "bindkey -e; PS1='%% '; autoload -Uz compinit; compinit -u -D; source ${(q)1}; print REA''DY"
zpty -r -m shell seen '*READY*'
# The line becomes the argument of print.
zpty -w -n shell "$2"$'\t\x01print -r -- BEGIN\x27\x27:\x27\x05\x27:E\x27\x27ND\n'
zpty -r -m shell seen '*BEGIN:*:END*'
print -r -- "${${seen##*BEGIN:}%%:END*}"
zpty -d shell
