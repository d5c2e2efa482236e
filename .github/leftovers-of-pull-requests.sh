#!/usr/bin/env bash
# Fails when an environment of a pull request that is not open any more has a state or anything else.
#   .github/leftovers-of-pull-requests.sh SETTINGS_FILE
# Needs gh, and GH_TOKEN for it; the AWS CLI, and credentials for it.
set -euo pipefail
settings=$1
bucket=$(sed -n 's/^STATE_BUCKET=//p' "$settings")
open=$(gh pr list --state open --limit 1000 --json number --jq '.[].number')
states=$(aws s3api list-objects-v2 --bucket "$bucket" --prefix catalog-api/pr- --query 'Contents[].Key' --output text)
left=0
for key in $states; do
  suffix=$(cut -d/ -f2 <<< "$key")
  grep -qx "${suffix#pr-}" <<< "$open" && continue
  # A destroyed environment keeps its state, which is empty then.
  bin/catalog leftovers --suffix "$suffix" || left=1
done
exit $left
