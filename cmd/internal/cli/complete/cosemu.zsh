#compdef cosemu
# zsh completion for cosemu
_cosemu() {
	local -a found
	local word help
	while IFS=$'\t' read -r word help; do
		found+=("${word//:/\\:}${help:+:$help}")
	done < <("${words[1]/#\~\//$HOME/}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
	if (( $#found )); then
		_describe -V cosemu found
	else
		_files
	fi
}
if [ "${funcstack[1]}" = _cosemu ]; then
	_cosemu "$@"
else
	compdef _cosemu cosemu
fi
