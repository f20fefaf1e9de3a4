# A step of a CI job, such as one under `run:` of GitHub Actions. It wants two variables:
# UPFRONT, where server.internal is reached, and UPFRONT_TOKEN, what is in control_token there.
mark() {
  curl -fsS -m 10 --retry 3 -X POST -H "Authorization: Bearer $UPFRONT_TOKEN" \
    --data-urlencode "note=$GITHUB_SHA" "$UPFRONT/api/v1/deploys/shop/$1" || true
}
trap 'mark end' EXIT                 # however the release ends
mark start
./deploy.sh
