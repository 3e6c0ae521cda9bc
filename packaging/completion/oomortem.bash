# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of oomortem: commands, the options that each of them takes, their values, files.

# Completes the last of the values in a list with commas: _oomortem_list WORDS
_oomortem_list() {
	local before=
	[[ $cur == *,* ]] && before=${cur%,*},
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$1" -- "${cur##*,}")
	compopt -o nospace 2>/dev/null
}

# The values of option $1; fails if it has none to offer.
_oomortem_value() {
	case $1 in
	-f | --format)
		if [[ $command == list ]]; then mapfile -t COMPREPLY < <(compgen -W 'text csv json' -- "$cur")
		else _oomortem_list 'text markdown jira html json'; fi ;;
	--census) mapfile -t COMPREPLY < <(compgen -W '1/16' -- "$cur") ;;
	--redact) _oomortem_list 'hosts addresses users cmdlines paths cgroups all' ;;
	--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur") ;;
	--event) mapfile -t COMPREPLY < <(compgen -W 'last all' -- "$cur") ;;
	--group) mapfile -t COMPREPLY < <(compgen -W 'signature' -- "$cur") ;;
	--sort) mapfile -t COMPREPLY < <(compgen -W 'time host cause culprit size release input signature count' -- "$cur") ;;
	--cause) mapfile -t COMPREPLY < <(compgen -W 'memcg-limit memcg-ancestor-limit numa-cpuset numa-mempolicy numa-node
		fragmentation lowmem host-exhausted forced allocation-failure userspace-oom unknown none' -- "$cur") ;;
	-o | --output | -k | --vmlinux | -S | --system-map | --btf | --redact-key | --redact-map | --files-from | --newer-than)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	--tmpdir)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	--top | --max-size | --max-spool | --max-memory | --timeout | --since | --until | --shard | --host | --culprit | --release | -j | --jobs) ;;
	*) return 1 ;;
	esac
	return 0
}

_oomortem() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=report
	local commands='report log slim extract classify batch list merge'
	local input='-k --vmlinux -S --system-map --btf --deep' spool='--tmpdir --max-spool'
	local redact='--redact --redact-key --redact-map' every='-q --quiet -v --verbose -h --help -V --version'
	local report="-f --format -o --output --event --top --max-size --color $redact"
	local options
	COMPREPLY=()
	[[ $COMP_CWORD -gt 1 && " $commands " == *" ${COMP_WORDS[1]} "* ]] && command=${COMP_WORDS[1]}
	# bash cuts words at "=": --format = json. Only with it have --redact and --census a value.
	local equals=
	[[ $cur == = ]] && cur= equals=1
	[[ $prev == = && $COMP_CWORD -gt 2 ]] && prev=${COMP_WORDS[COMP_CWORD - 2]} equals=1
	[[ $equals || ! $prev =~ ^--(redact|census)$ ]] && _oomortem_value "$prev" && return
	COMPREPLY=()
	if [[ $cur == -* ]]; then
		case $command in
		report) options="$report --split --census $input $spool" ;;
		log) options="-o --output --split $input $spool $redact" ;;
		extract) options="-o --output --split --census $input $spool $redact" ;;
		classify) options="$report" ;;
		slim) options="-o --output --for-crash --split $input $redact" ;;
		batch) options="-f --format -o --output --top --max-size --census $input $spool --redact --redact-key -j --jobs --files-from --timeout --max-memory --newer-than
			--since --shard" ;;
		list) options="-f --format -o --output --sort --group --since --until --cause --host --culprit --release" ;;
		merge) options="-o --output" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options $every" -- "$cur")
	else
		[[ $COMP_CWORD -eq 1 ]] && mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
		compopt -o filenames 2>/dev/null
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -F _oomortem oomortem
