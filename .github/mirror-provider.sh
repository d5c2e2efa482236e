#!/usr/bin/env bash
# Puts one version of the AWS provider where the rehearsal looks for a mirror.
#   .github/mirror-provider.sh VERSION
set -euo pipefail
version=$1
folder=$(mktemp -d)
cat > "$folder/main.tf" <<END
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "$version"
    }
  }
}
END
terraform -chdir="$folder" providers mirror "$HOME/.terraform.d/plugins"
