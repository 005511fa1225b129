# bash completion for cosemu
_cosemu() {
	local current=${COMP_WORDS[COMP_CWORD]} word
	[ "$current" != "=" ] || current=
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		# bash has taken "--flag=" off the current word
		case ${COMP_WORDS[COMP_CWORD]}${COMP_WORDS[COMP_CWORD - 1]} in *=*) word=${word#--*=} ;; esac
		case $word in "$current"*) COMPREPLY+=("$word") ;; esac
	done < <("${COMP_WORDS[0]/#\~\//$HOME/}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _cosemu cosemu
