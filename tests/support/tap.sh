# shellcheck shell=sh disable=SC2034
# For test scripts: results in TAP, one line for each. To be sourced.

number=0
failed=0

# result NAME WRONG: the test failed if WRONG, which says why, is not empty.
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
		failed=1
	fi
}

# check NAME COMMAND...: the test failed if the command does.
check() {
	check_name=$1
	shift
	if check_words=$("$@" 2>&1); then
		result "$check_name" ""
	else
		result "$check_name" "${check_words:-$1 failed}"
	fi
}

# The last line of a script: the plan, and the exit status.
finish_tests() {
	echo "1..$number"
	exit "$failed"
}
