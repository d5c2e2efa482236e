#!/usr/bin/env bash
# Writes what a plan says as a comment on a pull request, one that is changed and not repeated.
#   .github/plan-comment.sh SETTINGS_FILE PULL_REQUEST
# Ends with 0 for a plan, with or without changes; else with the plan's own exit code. Needs gh, and GH_TOKEN for it.
set -uo pipefail
settings=$1 pull_request=$2
code=0
# On standard output is the plan in words; progress goes to the job's log. No plan file is kept: it holds the origin token.
text=$(bin/catalog plan --settings "$settings") || code=$?
case $code in
0 | 2) ;; # 2: there are changes
*) text="The plan failed: see the job's log." ;;
esac
{
  echo "### Plan of \`$settings\`"
  echo
  echo '```text'
  echo "$text"
  echo '```'
} > comment.md
gh pr comment "$pull_request" --edit-last --create-if-none --body-file comment.md || exit
[ "$code" = 2 ] || exit "$code"
